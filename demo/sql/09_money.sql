-- name: restating lines
-- T6: the lines that correct a closed month, posted long after its days.
INSERT INTO gold.fact_revenue
SELECT 'A-' || cid || '-' || pid || '-' || strftime(day, '%y%m%d'), customer_key(cid), 'P' || pid, day, 'recognized', usd(cents),
       getvariable('restated_at') - INTERVAL 3 HOUR, 'netsuite_gl'
FROM restated ORDER BY day, cid, pid;

-- name: bookings
-- Annual contract value by close date: new, renewed each year, expanded between.
INSERT INTO gold.fact_revenue
WITH valued AS (
  SELECT p.*, lag(mrr_cents) OVER (PARTITION BY cid, pid ORDER BY step) AS before_cents,
         row_number() OVER (PARTITION BY cid, pid ORDER BY step) AS n
  FROM plan p
), deal AS (
  SELECT cid, pid, step, from_day - floor(u(cid * 100 + pid, 'close') * 20)::INTEGER AS day,
         CASE WHEN n = 1 THEN 'new' WHEN step % 2 = 0 THEN 'renewal' ELSE 'expansion' END AS kind,
         CASE WHEN n = 1 OR step % 2 = 0 THEN 12 * mrr_cents ELSE 12 * (mrr_cents - before_cents) END AS cents
  FROM valued
)
SELECT 'B-' || cid || '-' || pid || '-' || step, customer_key(cid), 'P' || pid, day, 'bookings', usd(cents),
       moment(day, cid * 100 + step, 'posted'), 'salesforce_opportunities'
FROM deal
WHERE cents > 0 AND day BETWEEN getvariable('first_day') AND getvariable('last_day')
ORDER BY day, cid, pid, step;

-- name: T10 bookings
-- T10: at the last quarter's end contracts are signed whose service starts next year: bookings without revenue.
INSERT INTO gold.fact_revenue
SELECT 'B-' || cid || '-early', customer_key(cid), 'P2', getvariable('quarter_end') - (cid % 3)::INTEGER, 'bookings',
       usd(mrr_cents * 12 // 5), moment(getvariable('quarter_end') - (cid % 3)::INTEGER, cid, 'early'), 'salesforce_opportunities'
FROM (SELECT m.*, row_number() OVER (ORDER BY mrr_cents DESC, m.cid) AS n
      FROM current_mrr m JOIN customer c USING (cid) WHERE c.start_day < getvariable('quarter_end') - 90)
WHERE getvariable('t10') AND n <= 20
ORDER BY cid;

-- name: T10 truth
-- Two definitions of one word.
INSERT INTO truth
SELECT 'T10', 'definition', date_trunc('quarter', getvariable('quarter_end')), getvariable('quarter_end'),
       ['finance: recognized_revenue', 'revops: bookings'], 'finance and RevOps call different figures revenue',
       sum(amount_usd), ['recognized_revenue', 'bookings'], getvariable('quarter_end') + INTERVAL 1 DAY,
       'the definition names both and what sets them apart',
       to_json({bookings_without_revenue_usd: sum(amount_usd)::DOUBLE, rows: count(*)})
FROM gold.fact_revenue WHERE revenue_type = 'bookings' AND revenue_id LIKE 'B-%-early' HAVING count(*) > 0;

-- name: invoice lines
-- Subscriptions in advance (monthly, or quarterly at the quarter's end on the Scale tier) and usage at each quarter's end.
CREATE TEMP TABLE invoice_line AS
WITH month AS (
  SELECT DISTINCT month_start AS first FROM gold.dim_time WHERE month_start <= getvariable('last_day')
), priced AS (
  SELECT p.cid, p.pid, m.first, p.mrr_cents, c.billing_tier, month(m.first) % 3 = 0 AS quarter_end
  FROM month m JOIN plan p ON m.first >= p.from_day AND m.first < p.to_day
  JOIN gold.dim_customer c ON c.customer_id = customer_key(p.cid)
)
SELECT cid, pid, 'S' AS kind, first + (cid % 3)::INTEGER AS day, mrr_cents AS cents
FROM priced WHERE billing_tier <> 'Scale'
UNION ALL
SELECT cid, pid, 'Q', last_day(first) - (cid % 4)::INTEGER, 3 * mrr_cents FROM priced WHERE billing_tier = 'Scale' AND quarter_end
UNION ALL
SELECT cid, pid, 'U', last_day(first), round(3 * mrr_cents * 0.26 * (0.9 + 0.2 * u(cid * 1000 + month(first), 'true up'))
  * CASE WHEN month(first) = 12 THEN 1 + getvariable('december') / 4 ELSE 1 END)::BIGINT
FROM priced WHERE quarter_end AND pid <= 2;

-- name: invoices
-- Most are paid within fifty days, later under strain; few are void.
CREATE TABLE gold.fact_invoice AS
WITH invoice AS (
  SELECT cid, kind, day, sum(cents)::BIGINT AS cents, cid * 100000 + (day - DATE '2020-01-01') AS key
  FROM invoice_line WHERE day <= getvariable('last_day') GROUP BY cid, kind, day
), settled AS (
  SELECT i.*, u(key, 'void') < 0.007 AS void,
    i.day + 8 + floor(34 * u(key, 'paid') * u(key, 'paid'))::INTEGER + coalesce(s.points, 0)
      + CASE WHEN u(key, 'late') < 0.05 THEN 25 ELSE 0 END
      + CASE WHEN u(key, 'never') < 0.004 THEN 5000 ELSE 0 END AS paid_day
  FROM invoice i LEFT JOIN strain s ON s.cid = i.cid AND s.day = i.day
)
SELECT
  'INV-' || cid || '-' || strftime(day, '%y%m%d') || kind AS invoice_id, customer_key(cid) AS customer_id,
  day AS issued_at, day + 30 AS due_at,
  CASE WHEN NOT void AND paid_day <= getvariable('last_day') THEN paid_day END AS paid_at,
  usd(cents) AS amount_usd,
  CASE WHEN void THEN 'void' WHEN paid_day <= getvariable('last_day') THEN 'paid'
       WHEN day + 30 < getvariable('last_day') THEN 'overdue' ELSE 'open' END AS status
FROM settled ORDER BY issued_at, invoice_id;

-- name: billings
-- One line for each product of each invoice that was not voided.
INSERT INTO gold.fact_revenue
SELECT 'L-' || l.cid || '-' || strftime(l.day, '%y%m%d') || l.kind || '-' || l.pid, customer_key(l.cid), 'P' || l.pid, l.day,
       'billings', usd(sum(l.cents)::BIGINT), moment(l.day, l.cid, 'issued'), 'netsuite_invoices'
FROM invoice_line l
JOIN gold.fact_invoice i ON i.invoice_id = 'INV-' || l.cid || '-' || strftime(l.day, '%y%m%d') || l.kind
WHERE i.status <> 'void'
GROUP BY l.cid, l.pid, l.day, l.kind
ORDER BY l.day, l.cid, l.kind, l.pid;

-- name: T9 truth
-- The calendar's own ups and downs.
INSERT INTO truth
SELECT 'T9', 'seasonality', make_date(2025, 11, 22)::TIMESTAMP, make_date(2026, 1, 17)::TIMESTAMP, ['December', 'quarter ends'],
       'leave peaks before the holidays; Scale customers are billed at the quarter''s end', getvariable('december'),
       ['recognized_revenue', 'active_lives', 'billings'], NULL, 'no alarm', NULL
WHERE getvariable('t9');
