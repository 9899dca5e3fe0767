-- name: feeds
-- Which feed brings which tables; the number is the minute past five at which it usually lands.
CREATE TEMP TABLE feed AS
SELECT * FROM (VALUES
  ('netsuite_gl', 'netsuite', 2), ('netsuite_invoices', 'netsuite', 9), ('netsuite_employees', 'netsuite', 4),
  ('netsuite_plan', 'netsuite', 3), ('salesforce_accounts', 'salesforce', 12), ('salesforce_opportunities', 'salesforce', 14),
  ('salesforce_success', 'salesforce', 16), ('platform_subscriptions', 'platform', 21), ('platform_usage', 'platform', 28),
  ('platform_health', 'platform', 33), ('platform_support', 'platform', 25), ('platform_surveys', 'platform', 24)
) f(source, system, minute);

-- name: rows a day
-- How many rows each feed brought for a day.
CREATE TEMP TABLE brought AS
WITH since AS (SELECT getvariable('last_day') - getvariable('load_days')::INTEGER AS day)
SELECT source_system AS source, posted.revenue_date AS day, count(*) AS rows
FROM gold.fact_revenue posted, since WHERE posted.revenue_date >= since.day GROUP BY ALL
UNION ALL SELECT 'platform_subscriptions', snapshot_date, count(*) FROM gold.fact_subscription, since WHERE snapshot_date >= since.day GROUP BY ALL
UNION ALL SELECT 'platform_usage', login_date, count(*) FROM gold.fact_login, since WHERE login_date >= since.day GROUP BY ALL
UNION ALL SELECT 'platform_health', snapshot_date, count(*) FROM gold.fact_customer_health, since WHERE snapshot_date >= since.day GROUP BY ALL
UNION ALL SELECT 'platform_support', opened_at::DATE, count(*) FROM gold.fact_support_ticket, since WHERE opened_at >= since.day GROUP BY ALL
UNION ALL SELECT 'platform_surveys', responded_at::DATE, count(*) FROM gold.fact_nps_response, since WHERE responded_at >= since.day GROUP BY ALL
UNION ALL SELECT 'salesforce_success', started_at::DATE, count(*) FROM gold.fact_intervention, since WHERE started_at >= since.day GROUP BY ALL
UNION ALL SELECT 'netsuite_employees', event_date, count(*) FROM gold.fact_employee_events, since WHERE event_date >= since.day GROUP BY ALL;

-- name: source_load
-- One good load a morning, now and then after a failed try; one late morning in a while, never two in a month. T3: the
-- stopped feed fails from its stop on, the late one landed twenty hours ago.
CREATE TABLE ops.source_load AS
WITH slot AS (
  SELECT f.*, d.date_key AS morning, hash(f.source, d.date_key - DATE '2020-01-01', getvariable('seed')) AS h,
         d.date_key::TIMESTAMP + INTERVAL 5 HOUR + to_minutes(minute)
           + to_seconds((hash(f.source, d.date_key, 'landed') % 540)::BIGINT) AS landed
  FROM feed f JOIN gold.dim_time d
    ON d.date_key BETWEEN getvariable('last_day') - getvariable('load_days')::INTEGER AND getvariable('last_day') + 1
), tried AS (
  SELECT *,
    h % 41 = 0 AS retried,
    day(morning) = 1 + (hash(source, 'late') % 27)::INTEGER AND hash(source, 'prone') % 3 = 0 AND morning <= getvariable('last_day') - 3 AS late,
    source = getvariable('stopped_feed') IS TRUE AND landed > getvariable('stopped_at') AS down,
    source = getvariable('late_feed') IS TRUE AND landed > getvariable('now') - INTERVAL 20 HOUR AS waiting
  FROM slot
), attempt AS (
  SELECT source, system, morning, CASE WHEN retried THEN landed + INTERVAL 40 MINUTE WHEN late THEN landed + INTERVAL 4 HOUR ELSE landed END AS done,
         'success' AS status, NULL AS error
  FROM tried WHERE NOT down AND NOT waiting
  UNION ALL
  SELECT source, system, morning, landed, 'failed', 'connection reset by the source after 3 tries' FROM tried WHERE retried AND NOT down
  UNION ALL
  SELECT source, system, morning, landed, 'failed', 'source did not answer within 900 seconds' FROM tried WHERE down
  UNION ALL
  SELECT source, system, getvariable('stopped_at')::DATE, getvariable('stopped_at'), 'success', NULL FROM feed
  WHERE source = getvariable('stopped_feed')
  UNION ALL
  SELECT source, system, getvariable('last_day'), getvariable('now') - INTERVAL 20 HOUR, 'success', NULL FROM feed
  WHERE source = getvariable('late_feed')
)
SELECT
  a.source, a.system, a.done - to_seconds(300 + (hash(a.source, a.done) % 900)::BIGINT) AS started_at, a.done AS loaded_at, a.status,
  CASE a.status WHEN 'success' THEN coalesce(b.rows, 0) ELSE 0 END::BIGINT AS row_count,
  CASE a.status WHEN 'success' THEN CASE WHEN hour(a.done) > 10 THEN a.done - INTERVAL 20 MINUTE ELSE a.morning::TIMESTAMP - INTERVAL 3 MINUTE END
    END AS max_event_at,
  left(md5(a.source || CASE WHEN a.source = getvariable('drifted_feed') AND a.morning > getvariable('last_day') - 1 THEN ' drifted' ELSE '' END), 12)
    AS schema_hash,
  a.error
FROM attempt a LEFT JOIN brought b ON b.source = a.source AND b.day = a.morning - 1
WHERE a.done <= getvariable('now')
ORDER BY loaded_at, source, status;

-- name: source_total
-- What each system states for its closed months: equal to gold, recognized revenue within a twentieth of a percent.
-- T6: the restated month is reported twice, first as it was, then as it is.
CREATE TABLE ops.source_total AS
WITH told AS (
  SELECT CASE metric WHEN 'recognized_revenue' THEN 'netsuite_gl' WHEN 'billings' THEN 'netsuite_invoices'
           WHEN 'bookings' THEN 'salesforce_opportunities' WHEN 'active_lives' THEN 'platform_usage'
           WHEN 'ticket_volume' THEN 'platform_support' ELSE 'platform_subscriptions' END AS source,
         metric, period,
         CASE WHEN metric = 'recognized_revenue' AND u((period - DATE '2020-01-01'), 'off') < 0.2
           THEN round(value * (1 + 0.0004 * (u((period - DATE '2020-01-01'), 'off by') - 0.5)), 2) ELSE value END::DECIMAL(18, 2) AS value,
         (last_day(period) + 3)::TIMESTAMP + INTERVAL 6 HOUR AS reported_at
  FROM month_total
), correction AS (
  SELECT sum(cents) / 100.0::DECIMAL(5, 1) AS amount, count(*) AS n FROM restated
)
SELECT source, metric, period,
       CASE WHEN metric = 'recognized_revenue' AND period = getvariable('restated_month') AND n > 0 THEN value - amount ELSE value END::DECIMAL(18, 2) AS value,
       reported_at
FROM told, correction
UNION ALL
SELECT 'salesforce_accounts', metric, period, value, reported_at FROM told WHERE metric = 'customer_count'
UNION ALL
SELECT source, metric, period, value, getvariable('restated_at') FROM told, correction
WHERE metric = 'recognized_revenue' AND period = getvariable('restated_month') AND n > 0
ORDER BY source, metric, period, reported_at;

-- name: schema_snapshot
-- The columns of gold on each of the last thirty mornings. T7: on the last one a column is renamed or retyped, and
-- elsewhere one was added that may be empty.
CREATE TABLE ops.schema_snapshot AS
WITH run AS (SELECT (getvariable('last_day') + 1 - n::INTEGER)::TIMESTAMP + INTERVAL 345 MINUTE AS run_at, n = 0 AS last FROM range(0, 30) r(n)),
col AS (
  SELECT table_name, column_name, data_type, ordinal_position, column_name NOT IN (
    SELECT unnest(getvariable('key_columns'))) AS nullable
  FROM information_schema.columns WHERE table_schema = 'gold'
)
SELECT
  table_name AS "table",
  CASE WHEN last AND table_name = getvariable('drift_table') AND column_name = getvariable('drift_column')
    THEN coalesce(getvariable('drift_name'), column_name) ELSE column_name END AS "column",
  CASE WHEN last AND table_name = getvariable('drift_table') AND column_name = getvariable('drift_column')
    THEN coalesce(getvariable('drift_type'), data_type) ELSE data_type END AS type,
  nullable, ordinal_position::INTEGER AS ordinal, run_at
FROM col, run
UNION ALL
SELECT 'fact_nps_response', 'channel', 'VARCHAR', TRUE, 5, run_at FROM run WHERE last AND getvariable('drift_table') IS NOT NULL
ORDER BY run_at, "table", ordinal;

-- name: T7 truth
-- The column and what became of it.
INSERT INTO truth
SELECT 'T7', 'schema drift', getvariable('last_day') + INTERVAL 29 HOUR, getvariable('now'),
       [getvariable('drift_table') || '.' || getvariable('drift_column')], 'a column was renamed or retyped upstream', 1,
       getvariable('drift_metrics'), getvariable('last_day') + INTERVAL 29 HOUR, 'contract failure; the metrics that rest on it named',
       to_json({renamed_to: getvariable('drift_name'), retyped_to: getvariable('drift_type'),
                near_miss: 'fact_nps_response.channel was added and may be empty'})
WHERE getvariable('drift_table') IS NOT NULL;

-- name: check_result
-- The pipeline's own checks after each of the last seven mornings. T4: the half-loaded table misses its row count.
CREATE TABLE ops.check_result AS
WITH keyed AS (
  SELECT * FROM (VALUES
    ('dim_customer', 'customer_id'), ('dim_customer_account', 'account_id'), ('dim_product', 'product_id'), ('dim_time', 'date_key'),
    ('dim_employee', 'employee_id'), ('dim_organization', 'organization_id'), ('fact_revenue', 'revenue_id'), ('fact_invoice', 'invoice_id'),
    ('fact_support_ticket', 'ticket_id'), ('fact_nps_response', 'response_id'), ('fact_intervention', 'intervention_id'),
    ('fact_employee_events', 'event_id')) k(name, key)
), daily AS (
  SELECT * FROM (VALUES ('fact_subscription'), ('fact_active_lives'), ('fact_customer_health'), ('fact_login')) d(name)
), pointing AS (
  SELECT * FROM (VALUES
    ('fact_revenue', 'customer_id'), ('fact_revenue', 'product_id'), ('fact_subscription', 'customer_id'), ('fact_subscription', 'product_id'),
    ('fact_invoice', 'customer_id'), ('fact_login', 'customer_id'), ('fact_nps_response', 'customer_id'), ('fact_active_lives', 'customer_id'),
    ('fact_customer_health', 'customer_id'), ('fact_support_ticket', 'customer_id'), ('fact_feature_usage', 'customer_id'),
    ('fact_intervention', 'customer_id'), ('dim_customer_account', 'customer_id'), ('dim_employee', 'organization_id')) p(name, key)
), listed AS (
  SELECT * FROM (VALUES
    ('dim_customer', 'segment'), ('dim_customer', 'region'), ('fact_revenue', 'revenue_type'), ('fact_subscription', 'status'),
    ('fact_invoice', 'status'), ('fact_customer_health', 'health_band'), ('fact_support_ticket', 'severity')) l(name, key)
), told AS (
  SELECT 'uniqueness' AS kind, name, key, 'error' AS severity FROM keyed
  UNION ALL SELECT 'not_null', name, key, 'error' FROM keyed
  UNION ALL SELECT 'relationship', name, key, 'error' FROM pointing
  UNION ALL SELECT 'accepted_values', name, key, 'warn' FROM listed
  UNION ALL SELECT 'row_count', name, '', 'error' FROM daily
  UNION ALL SELECT 'reconciliation', 'fact_revenue', 'amount_usd', 'error'
), run AS (SELECT (getvariable('last_day') + 1 - n::INTEGER)::TIMESTAMP + INTERVAL 6 HOUR AS run_at, n = 0 AS last FROM range(0, 7) r(n))
SELECT
  kind || '.' || name || CASE key WHEN '' THEN '' ELSE '.' || key END AS check_id, kind,
  'gold.' || name || CASE key WHEN '' THEN '' ELSE '.' || key END AS object, severity,
  CASE WHEN short THEN 'fail' ELSE 'pass' END AS status,
  CASE WHEN kind <> 'row_count' THEN 0.0 WHEN short THEN 0.5 ELSE 1.0 END::DOUBLE AS observed,
  CASE kind WHEN 'row_count' THEN 1.0 ELSE 0.0 END::DOUBLE AS expected,
  CASE kind WHEN 'row_count' THEN 0.02 WHEN 'reconciliation' THEN 0.1 ELSE 0.0 END::DOUBLE AS tolerance,
  short::BIGINT AS failing_rows, run_at
FROM (SELECT *, last AND kind = 'row_count' AND name = getvariable('half_loaded') IS TRUE AS short FROM told, run)
ORDER BY run_at, check_id;
