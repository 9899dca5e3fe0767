-- name: adjustments
-- Cents taken from revenue lines by what was planted.
CREATE TEMP TABLE adjustment (cid BIGINT, pid INTEGER, day DATE, cents BIGINT);

-- name: candidates
-- T1: the slices large enough to carry a company-wide drop, with their share of the week before.
CREATE TEMP TABLE slice AS
WITH lined AS (
  SELECT c.segment, c.region, l.pid, l.ratable_cents + l.usage_cents AS cents
  FROM line l JOIN customer c USING (cid)
  WHERE getvariable('t1') AND l.day BETWEEN getvariable('last_day') - 13 AND getvariable('last_day') - 7
), total AS (SELECT sum(cents) AS cents FROM lined)
SELECT segment, region, NULL::INTEGER AS pid, sum(l.cents) / any_value(t.cents) AS share
FROM lined l, total t GROUP BY segment, region HAVING sum(l.cents) / any_value(t.cents) BETWEEN 0.2 AND 0.6
UNION ALL
SELECT NULL, NULL, pid, sum(l.cents) / any_value(t.cents)
FROM lined l, total t GROUP BY pid HAVING sum(l.cents) / any_value(t.cents) BETWEEN 0.2 AND 0.6;

-- name: root cause
-- T1: one slice, drawn from the seed, and by how much the company's week falls; and a near miss of nine percent.
CREATE TEMP TABLE drop_plan AS
WITH drawn AS (
  SELECT *, row_number() OVER (ORDER BY hash(coalesce(segment || region, 'product' || pid), getvariable('seed'))) AS n
  FROM slice
)
SELECT segment, region, pid, 'drop' AS kind, getvariable('last_day') - 6 AS monday,
       0.115 + least(0.10, 0.4 * share - 0.08) * u(0, 't1 size') AS fall
FROM drawn WHERE n = 1
UNION ALL
SELECT segment, region, pid, 'near miss', getvariable('last_day') - 6 - 13 * 7, 0.09 FROM drawn WHERE n = 1;

-- name: service credits
-- T1: credits against the slice's lines, so that the week stands exactly where the plan wants it.
INSERT INTO adjustment
WITH lined AS (
  SELECT p.kind, p.monday, p.fall, l.cid, l.pid, l.day, l.ratable_cents + l.usage_cents AS cents,
         l.day >= p.monday AND (c.segment = p.segment AND c.region = p.region OR l.pid = p.pid) IS TRUE AS hit
  FROM drop_plan p JOIN line l ON l.day BETWEEN p.monday - 7 AND p.monday + 6 JOIN customer c USING (cid)
), needed AS (
  SELECT kind, any_value(fall) AS fall, any_value(monday) AS monday,
         sum(cents) FILTER (day >= monday) - (1 - any_value(fall)) * sum(cents) FILTER (day < monday) AS missing,
         sum(cents) FILTER (hit) AS slice_cents
  FROM lined GROUP BY kind
)
SELECT l.cid, l.pid, l.day, round(l.cents * (n.missing / n.slice_cents))::BIGINT
FROM lined l JOIN needed n USING (kind) WHERE l.hit;

-- name: T1 truth
-- The drop and its one cause.
INSERT INTO truth
SELECT 'T1', kind, monday, monday + 6,
       [coalesce('segment=' || segment, 'product_id=P' || pid), coalesce('region=' || region, 'all regions')],
       'service credits against the usage part of one slice', -fall, ['recognized_revenue'],
       (monday + 7)::TIMESTAMP + INTERVAL 8 HOUR,
       CASE kind WHEN 'drop' THEN 'business change: the slice explains at least 80 % of the fall' ELSE 'silence' END,
       to_json({segment: segment, region: region, product_id: 'P' || pid, change_pct: -100 * fall})
FROM drop_plan;

-- name: restatement
-- T6: a closed month is corrected after it was reported: each line posted later takes back about a day's revenue.
CREATE TEMP TABLE restated AS
SELECT cid, pid, day, -round((ratable_cents + usage_cents) * (0.6 + 0.9 * u(cid, 't6 size')))::BIGINT AS cents
FROM line
WHERE getvariable('t6') AND day = last_day(getvariable('restated_month')) - 7 * (cid % 3)::INTEGER AND mrr_cents > 60000;

-- name: T6 truth
-- The month, how much it changed, and how many lines did it.
INSERT INTO truth
SELECT 'T6', 'restatement', getvariable('restated_month'), last_day(getvariable('restated_month')),
       [strftime(getvariable('restated_month'), '%Y-%m')], 'recognition corrected after the month was closed',
       sum(cents) / 100.0, ['recognized_revenue'], getvariable('restated_at'),
       'changed since it was reported: the amount and the rows',
       to_json({change_usd: sum(cents) / 100.0, rows: count(*), reported_again_at: getvariable('restated_at')})
FROM restated HAVING count(*) > 0;
