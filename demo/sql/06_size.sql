-- name: size
-- How many of a customer's employees use leave management, from what it pays for the base product.
CREATE TEMP TABLE size AS
SELECT
  h.cid, c.steady, c.churn_day,
  greatest(8, round(h.price * getvariable('scale')::DOUBLE
    / CASE c.segment WHEN 'SMB' THEN 3.1 WHEN 'Mid-Market' THEN 2.4 ELSE 1.8 END)::INTEGER) AS lives,
  96 - floor(62 * u(h.cid, 'health') * u(h.cid, 'health'))::INTEGER AS health
FROM holding h JOIN customer c USING (cid)
WHERE h.pid <= 2;

-- name: scored days
-- The platform's health of every customer on every day.
CREATE TEMP VIEW scored_day AS
SELECT
  d.cid, d.day, d.points,
  greatest(3, least(99, s.health - d.points + CASE WHEN s.steady THEN 0
    ELSE floor(u(d.cid * 1000 + (d.day - DATE '2020-01-06') // 7, 'wiggle') * 5)::INTEGER - 2 END))::INTEGER AS health
FROM live_day d JOIN size s USING (cid);

-- name: feature use
-- Customers that adopted a feature use it every week from then on; strain makes them skip.
CREATE TABLE gold.fact_feature_usage (customer_id VARCHAR, feature VARCHAR, week_start DATE, active_users INTEGER);
INSERT INTO gold.fact_feature_usage
WITH adopted AS (
  SELECT c.cid, f.feature, s.lives,
         greatest(c.start_day, getvariable('first_day')) + floor(u(c.cid, f.feature) * 300)::INTEGER AS since,
         least(c.churn_day, getvariable('last_day') + 1) AS until
  FROM customer c JOIN size s USING (cid),
    (VALUES ('leave_tracking', 0.62), ('approval_workflow', 0.40), ('mobile_app', 0.34), ('reporting_dashboard', 0.24),
            ('compliance_alerts', 0.20), ('payroll_sync', 0.16)) f(feature, share)
  WHERE u(c.cid * 31, f.feature) < f.share
), week AS (
  SELECT DISTINCT week_start AS monday FROM gold.dim_time
  WHERE week_start >= getvariable('first_day') AND week_start + 6 <= getvariable('last_day')
), weekly AS (
  SELECT a.cid, a.feature, w.monday, a.lives, coalesce(s.points, 0) AS points,
         u(a.cid * 1000 + (w.monday - DATE '2020-01-06') // 7, a.feature) AS draw
  FROM adopted a JOIN week w ON w.monday >= a.since AND w.monday + 6 < a.until
  LEFT JOIN strain s ON s.cid = a.cid AND s.day = w.monday
)
SELECT customer_key(cid), feature, monday,
       greatest(1, round(lives * (0.10 + 0.25 * draw) * season(monday) * (1 - 0.6 * points / 36.0)))::INTEGER
FROM weekly WHERE draw > 0.02 + 0.3 * points / 36.0
ORDER BY monday, cid, feature;

-- name: snapshot tables
-- Empty daily tables, filled window by window in the order of the days.
CREATE TABLE gold.fact_subscription (
  customer_id VARCHAR, product_id VARCHAR, snapshot_date DATE, mrr_usd DECIMAL(14, 2), status VARCHAR);
CREATE TABLE gold.fact_active_lives (customer_id VARCHAR, snapshot_date DATE, active_lives INTEGER);
CREATE TABLE gold.fact_customer_health (
  customer_id VARCHAR, snapshot_date DATE, health_score INTEGER, health_band VARCHAR, usage_score INTEGER,
  engagement_score INTEGER, support_score INTEGER, nps INTEGER);
CREATE TABLE gold.fact_login (customer_id VARCHAR, login_date DATE, logins INTEGER, active_users INTEGER);
CREATE TABLE gold.fact_revenue (
  revenue_id VARCHAR, customer_id VARCHAR, product_id VARCHAR, revenue_date DATE, revenue_type VARCHAR,
  amount_usd DECIMAL(14, 2), posted_at TIMESTAMP, source_system VARCHAR);
