-- name: rates
-- How often each segment opens tickets and how often it is pleased with the answer.
CREATE TEMP TABLE ticket_rate AS
SELECT * FROM (VALUES ('SMB', 0.75, 0.70), ('Mid-Market', 1.25, 0.82), ('Enterprise', 2.6, 0.93)) r(segment, monthly, pleased);

-- name: opened tickets
-- A day of a customer opens a ticket or not; strain opens more. T2: since last month small customers write more and
-- large ones less.
CREATE TEMP TABLE ticket AS
SELECT d.cid, d.day, c.segment, d.points, r.pleased, d.cid * 100000 + (d.day - DATE '2020-01-01') AS key
FROM live_day d JOIN customer c USING (cid) JOIN ticket_rate r USING (segment)
WHERE u(d.cid * 100000 + (d.day - DATE '2020-01-01'), 'ticket') < r.monthly / 30.4 * weekday_weight(d.day)
  * (1 + 2.5 * d.points / 36.0)
  * CASE WHEN NOT getvariable('t2') OR d.day < getvariable('mix_since') THEN 1
         WHEN c.segment = 'SMB' THEN 1.65 WHEN c.segment = 'Enterprise' THEN 0.30 ELSE 1 END;

-- name: support tickets
-- Ratings are dealt out in each segment and month so that its share of pleased customers never moves.
CREATE TABLE gold.fact_support_ticket AS
WITH dealt AS (
  SELECT *, u(key, 'rated') < 0.6 AS rated,
    row_number() OVER (PARTITION BY segment, date_trunc('month', day), u(key, 'rated') < 0.6 ORDER BY u(key, 'csat'), key) AS n,
    count(*) OVER (PARTITION BY segment, date_trunc('month', day), u(key, 'rated') < 0.6) AS total,
    moment(day, key, 'opened') AS opened,
    row_number() OVER (ORDER BY day DESC, key) AS recent
  FROM ticket
), answered AS (
  SELECT *, opened + to_minutes(20 + floor(u(key, 'hours') * u(key, 'hours') * 9000)::BIGINT) AS closed FROM dealt
)
SELECT
  'T-' || cid || '-' || strftime(day, '%y%m%d') AS ticket_id, customer_key(cid) AS customer_id, opened AS opened_at,
  CASE WHEN closed < getvariable('last_day') + INTERVAL 1 DAY THEN closed END AS closed_at,
  CASE WHEN u(key, 'severity') < 0.35 THEN 'low' WHEN u(key, 'severity') < 0.75 THEN 'medium'
       WHEN u(key, 'severity') < 0.94 - points / 200.0 THEN 'high' ELSE 'urgent' END AS severity,
  CASE WHEN NOT rated OR closed >= getvariable('last_day') + INTERVAL 1 DAY THEN NULL
       WHEN n <= round(total * pleased) THEN 4 + (u(key, 'five') < 0.55)::INTEGER
       ELSE 1 + floor(u(key, 'low') * 3)::INTEGER END AS csat,
  u(key, 'cancel') < 0.01 + points / 90.0 AS mentions_cancel,
  CASE WHEN getvariable('t12') AND recent % 9 = 4 AND recent // 9 < 7 THEN getvariable('injections')[1 + recent // 9]
       ELSE pick(getvariable('subjects'), key, 'subject') END AS subject
FROM answered ORDER BY opened_at, ticket_id;

-- name: T2 truth
-- The overall share falls although no segment's does.
INSERT INTO truth
SELECT 'T2', 'mix', getvariable('mix_since'), getvariable('last_day'), ['segment=SMB', 'segment=Enterprise'],
       'tickets move from Enterprise to SMB; each segment is as pleased as before',
       (SELECT avg((csat >= 4)::INTEGER) FROM gold.fact_support_ticket
        WHERE csat IS NOT NULL AND opened_at >= getvariable('mix_since') AND opened_at < getvariable('mix_since') + INTERVAL 1 MONTH)
       - (SELECT avg((csat >= 4)::INTEGER) FROM gold.fact_support_ticket
          WHERE csat IS NOT NULL AND opened_at < getvariable('mix_since') AND opened_at >= getvariable('mix_since') - INTERVAL 1 MONTH),
       ['csat'], getvariable('mix_since') + INTERVAL 7 DAY, 'mix, not rate', NULL
WHERE getvariable('t2');

-- name: survey responses
-- Answers follow the health of the day.
CREATE TABLE gold.fact_nps_response AS
WITH asked AS (
  SELECT cid, day, health, cid * 100000 + (day - DATE '2020-01-01') AS key FROM scored_day
  WHERE isodow(day) <= 5 AND u(cid * 100000 + (day - DATE '2020-01-01'), 'survey') < 0.0063
)
SELECT 'N-' || cid || '-' || strftime(day, '%y%m%d') AS response_id, customer_key(cid) AS customer_id,
       moment(day, key, 'responded') AS responded_at,
       greatest(0, least(10, health // 9 - 1 + floor(u(key, 'score') * 4)::INTEGER))::INTEGER AS score
FROM asked ORDER BY responded_at, response_id;

-- name: interventions
-- What a customer success manager did about an episode, and routine reviews twice a year; judged after six weeks.
CREATE TABLE gold.fact_intervention AS
WITH tried AS (
  SELECT cid, start_day + greatest(7, length * 2 // 3) AS day, ending AS outcome, 42 AS judged_after,
         pick(['exec_sponsor_call', 'training_session', 'success_plan', 'pricing_review'], cid + (start_day - DATE '2020-01-01'), 'kind') AS kind
  FROM episode WHERE helped AND ending <> 'wobbled'
  UNION ALL
  SELECT cid, start_day + 90 + 182 * n::INTEGER, 'no_change', 14, 'business_review'
  FROM customer, range(0, 40) r(n)
  WHERE start_day + 90 + 182 * n::INTEGER < churn_day - 120 AND u(cid * 100 + n, 'review') < 0.45
    AND cid NOT IN (SELECT cid FROM decline WHERE ending <> 'wobbled')
), placed AS (
  SELECT *, cid * 100000 + (day - DATE '2020-01-01') AS key, day + judged_after <= getvariable('last_day') AS closed
  FROM tried WHERE day BETWEEN getvariable('first_day') + 7 AND getvariable('last_day')
)
SELECT
  'I-' || p.cid || '-' || strftime(p.day, '%y%m%d') || '-' || left(p.kind, 1) AS intervention_id, customer_key(p.cid) AS customer_id,
  moment(p.day, p.key, 'started') AS started_at, p.kind, c.csm_owner,
  CASE WHEN p.closed THEN p.outcome END AS outcome,
  before.health AS health_before, CASE WHEN p.closed THEN after.health END AS health_after,
  pick(getvariable('notes'), p.key, 'note') || ' ' || split_part(c.primary_contact_name, ' ', 1) || '.' AS note
FROM placed p
JOIN gold.dim_customer c ON c.customer_id = customer_key(p.cid)
JOIN scored_day before ON before.cid = p.cid AND before.day = p.day
LEFT JOIN scored_day after ON after.cid = p.cid AND after.day = p.day + p.judged_after
ORDER BY started_at, intervention_id;

-- name: T8 truth
-- Who declined, from when, how it ended, and who only wobbled.
INSERT INTO truth
SELECT 'T8', CASE WHEN real THEN 'decline' ELSE 'near miss' END, min(start_day), max(start_day + length),
       list(customer_key(cid) ORDER BY cid),
       CASE WHEN real THEN 'health falls over three to eight weeks' ELSE 'health falls by nine points and comes back' END,
       CASE WHEN real THEN -10 ELSE -9 END, ['customer_health_score'], min(start_day),
       CASE WHEN real THEN 'an alert when the fall reaches ten points; similar cases cited' ELSE 'silence' END,
       to_json(list({customer_id: customer_key(cid), since: start_day, weeks: length / 7.0, depth: depth, ending: ending,
         alert_on: start_day + ceil(10.0 * length / depth)::INTEGER - 1} ORDER BY cid))
FROM decline GROUP BY real;
