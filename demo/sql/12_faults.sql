-- name: T4 half a day
-- Only half of the last day of one snapshot table arrived.
DELETE FROM gold.fact_subscription
WHERE getvariable('half_loaded') = 'fact_subscription' AND snapshot_date = getvariable('last_day')
  AND hash(customer_id, product_id, getvariable('seed')) % 2 = 0;
DELETE FROM gold.fact_active_lives
WHERE getvariable('half_loaded') = 'fact_active_lives' AND snapshot_date = getvariable('last_day')
  AND hash(customer_id, getvariable('seed')) % 2 = 0;
DELETE FROM gold.fact_customer_health
WHERE getvariable('half_loaded') = 'fact_customer_health' AND snapshot_date = getvariable('last_day')
  AND hash(customer_id, getvariable('seed')) % 2 = 0;

-- name: T4 truth
-- Which table, and the last day that is whole.
INSERT INTO truth
SELECT 'T4', 'partial load', getvariable('last_day'), getvariable('last_day'), [getvariable('half_loaded')],
       'the load broke off half way', -0.5, CASE getvariable('half_loaded') WHEN 'fact_subscription' THEN ['mrr', 'arr', 'customer_count']
         WHEN 'fact_active_lives' THEN ['active_lives'] ELSE ['customer_health_score'] END, getvariable('now'),
       'completeness fails; figures fall back to ' || (getvariable('last_day') - 1)::VARCHAR, NULL
WHERE getvariable('half_loaded') IS NOT NULL;

-- name: T3 missing rows
-- What a stopped feed would have brought after its last load is not there.
DELETE FROM gold.fact_revenue
WHERE getvariable('stopped_feed') = source_system AND revenue_date >= getvariable('stopped_at')::DATE;
DELETE FROM gold.fact_invoice WHERE getvariable('stopped_feed') = 'netsuite_invoices' AND issued_at >= getvariable('stopped_at')::DATE;
DELETE FROM gold.fact_subscription
WHERE getvariable('stopped_feed') = 'platform_subscriptions' AND snapshot_date >= getvariable('stopped_at')::DATE;
DELETE FROM gold.fact_login WHERE getvariable('stopped_feed') = 'platform_usage' AND login_date >= getvariable('stopped_at')::DATE;
DELETE FROM gold.fact_active_lives
WHERE getvariable('stopped_feed') = 'platform_usage' AND snapshot_date >= getvariable('stopped_at')::DATE;
DELETE FROM gold.fact_feature_usage
WHERE getvariable('stopped_feed') = 'platform_usage' AND week_start + 6 >= getvariable('stopped_at')::DATE;
DELETE FROM gold.fact_customer_health
WHERE getvariable('stopped_feed') = 'platform_health' AND snapshot_date >= getvariable('stopped_at')::DATE;
DELETE FROM gold.fact_support_ticket WHERE getvariable('stopped_feed') = 'platform_support' AND opened_at > getvariable('stopped_at');
DELETE FROM gold.fact_nps_response WHERE getvariable('stopped_feed') = 'platform_surveys' AND responded_at > getvariable('stopped_at');
DELETE FROM gold.fact_intervention WHERE getvariable('stopped_feed') = 'salesforce_success' AND started_at > getvariable('stopped_at');

-- name: T3 truth
-- Which feed stopped and when; and the feed that is late but within its agreement.
INSERT INTO truth
SELECT 'T3', kind, since, getvariable('now'), [feed], cause, date_diff('minute', since, getvariable('now')) / 60.0, [], since + INTERVAL 24 HOUR,
       expected, NULL
FROM (VALUES
  ('stopped', getvariable('stopped_feed'), getvariable('stopped_at'), 'the feed stopped loading',
   'red, figures labelled stale, an anomaly classed as a data fault'),
  ('near miss', getvariable('late_feed'), getvariable('now') - INTERVAL 20 HOUR, 'the feed is late within its agreement', 'silence')
) f(kind, feed, since, cause, expected)
WHERE feed IS NOT NULL;
