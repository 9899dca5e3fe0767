-- name: closed months
-- The totals of each whole month, as gold states them.
CREATE TEMP TABLE month_total AS
WITH month AS (
  SELECT DISTINCT month_start AS period, last_day(month_start) AS ends FROM gold.dim_time
  WHERE last_day(month_start) <= getvariable('last_day')
)
SELECT CASE revenue_type WHEN 'recognized' THEN 'recognized_revenue' ELSE revenue_type END AS metric,
       date_trunc('month', revenue_date)::DATE AS period, sum(amount_usd)::DECIMAL(18, 2) AS value
FROM gold.fact_revenue WHERE revenue_date <= (SELECT max(ends) FROM month) GROUP BY ALL
UNION ALL
SELECT 'mrr', period, sum(mrr_usd)::DECIMAL(18, 2) FROM month JOIN gold.fact_subscription ON snapshot_date = ends GROUP BY period
UNION ALL
SELECT 'customer_count', period, count(DISTINCT customer_id)
FROM month JOIN gold.fact_subscription ON snapshot_date = ends WHERE mrr_usd > 0 GROUP BY period
UNION ALL
SELECT 'active_lives', period, sum(active_lives) FROM month JOIN gold.fact_active_lives ON snapshot_date = ends GROUP BY period
UNION ALL
SELECT 'ticket_volume', period, count(*) FROM month JOIN gold.fact_support_ticket ON date_trunc('month', opened_at) = period GROUP BY period;

-- name: targets
-- The plan: near what happened for the past, a steady one and a half percent a month from there to the year's end.
CREATE TABLE gold.fact_target AS
WITH planned AS (
  SELECT metric, period, value * (0.97 + 0.06 * u((period - DATE '2020-01-01'), metric)) AS value
  FROM month_total WHERE metric <> 'ticket_volume'
), latest AS (SELECT metric, max(period) AS period, arg_max(value, period) AS value FROM planned GROUP BY metric)
SELECT metric, period AS period_start, round(value, 2)::DECIMAL(14, 2) AS target_value FROM planned
UNION ALL
SELECT metric, (period + to_months(k))::DATE, round(value * (1 + 0.015 * k), 2)::DECIMAL(14, 2)
FROM latest, (VALUES (1), (2)) future(k)
UNION ALL
SELECT 'arr', period, round(12 * value, 2)::DECIMAL(14, 2) FROM planned WHERE metric = 'mrr'
ORDER BY metric, period_start;
