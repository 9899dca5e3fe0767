-- name: products held
-- Which products a customer buys, from when to when, and the unscaled price of each a month.
CREATE TEMP TABLE holding AS
WITH base AS (
  SELECT
    *,
    CASE segment
      WHEN 'SMB' THEN 500 + 2200 * u(cid, 'price') * u(cid, 'price')
      WHEN 'Mid-Market' THEN 2200 + 7000 * u(cid, 'price') * u(cid, 'price')
      ELSE 8000 + 26000 * u(cid, 'price') * u(cid, 'price')
    END AS price,
    CASE segment WHEN 'SMB' THEN 0.30 WHEN 'Mid-Market' THEN 0.65 ELSE 0.90 END AS plus_share,
    CASE segment WHEN 'SMB' THEN 0.12 WHEN 'Mid-Market' THEN 0.45 ELSE 0.80 END AS compliance_share,
    CASE segment WHEN 'SMB' THEN 0.15 WHEN 'Mid-Market' THEN 0.40 ELSE 0.60 END AS analytics_share
  FROM customer
), wanted AS (
  SELECT cid, start_day, churn_day, CASE WHEN u(cid, 'plus') < plus_share THEN 2 ELSE 1 END AS pid, price,
         start_day AS from_day, FALSE AS add_on FROM base
  UNION ALL
  SELECT cid, start_day, churn_day, 3, price * 0.35, start_day + floor(u(cid, 'compliance day') * 500)::INTEGER, TRUE
  FROM base WHERE u(cid, 'compliance') < compliance_share
  UNION ALL
  SELECT cid, start_day, churn_day, 4, price * 0.20, start_day + floor(u(cid, 'analytics day') * 500)::INTEGER, TRUE
  FROM base WHERE u(cid, 'analytics') < analytics_share
)
SELECT
  cid, pid, price, start_day, from_day,
  least(churn_day, CASE WHEN add_on AND u(cid * 10 + pid, 'cancel') < 0.2
    THEN from_day + 200 + floor(u(cid * 10 + pid, 'cancel day') * 900)::INTEGER ELSE churn_day END) AS to_day
FROM wanted
WHERE from_day < churn_day AND from_day <= getvariable('last_day');

-- name: price steps
-- Every half-year since the start the price may move: a contraction, a flat renewal, an uplift or an expansion.
CREATE TEMP TABLE raw_plan AS
WITH moves AS (
  SELECT
    *, ((least(to_day, getvariable('last_day') + 1) - 1 - start_day) // 182)::BIGINT AS last_step,
    list_transform(range(0, 30), lambda s: CASE
      WHEN s = 0 THEN 1.0
      WHEN u(cid * 1000 + pid * 100 + s, 'move') < 0.07 THEN 0.85
      WHEN u(cid * 1000 + pid * 100 + s, 'move') < 0.55 THEN 1.0
      WHEN u(cid * 1000 + pid * 100 + s, 'move') < 0.90 THEN 1.03 + 0.05 * u(cid * 1000 + pid * 100 + s, 'uplift')
      ELSE 1.15 + 0.15 * u(cid * 1000 + pid * 100 + s, 'expansion') END::DOUBLE) AS factors
  FROM holding
)
SELECT
  cid, pid, s::INTEGER AS step,
  greatest(from_day, start_day + 182 * s::INTEGER) AS from_day,
  least(to_day, start_day + 182 * (s::INTEGER + 1)) AS to_day,
  round(100 * price * list_reduce(factors[1:s + 1], lambda x, y: x * y))::BIGINT AS raw_cents
FROM moves, LATERAL unnest(range(0, last_step + 1)) r(s)
WHERE start_day + 182 * (s::INTEGER + 1) > from_day;

-- name: scale
-- Prices scaled so that the company's last day stands at about 30 million dollars a year per 840 customers.
SET VARIABLE scale = (
  SELECT getvariable('customers') / 840.0 * (246000000 + 8000000 * u(0, 'arr')) / sum(raw_cents)
  FROM raw_plan WHERE getvariable('last_day') BETWEEN from_day AND to_day - 1);

-- name: plans
-- What a customer pays a month for a product during each step.
CREATE TEMP TABLE plan AS
SELECT * EXCLUDE (raw_cents), round(raw_cents * getvariable('scale')::DOUBLE)::BIGINT AS mrr_cents FROM raw_plan;

-- name: revenue lines
-- A day's recognized cents of a customer's product: the ratable part is a year's price over 365 days, whatever the
-- year; the usage part belongs to the base product and holds credits.
CREATE TEMP VIEW line AS
SELECT
  d.cid, p.pid, d.day, p.mrr_cents, (p.mrr_cents * 12 + 182) // 365 AS ratable_cents,
  CASE WHEN p.pid <= 2 THEN (p.mrr_cents * 12 * d.usage_bp) // 3650000 ELSE 0 END AS usage_cents
FROM live_day d JOIN plan p ON p.cid = d.cid AND p.step = d.step AND d.day >= p.from_day AND d.day < p.to_day;

-- name: current recurring revenue
-- A customer's monthly recurring cents on the last day.
CREATE TEMP TABLE current_mrr AS
SELECT cid, sum(mrr_cents)::BIGINT AS mrr_cents
FROM plan WHERE getvariable('last_day') BETWEEN from_day AND to_day - 1 GROUP BY cid;
