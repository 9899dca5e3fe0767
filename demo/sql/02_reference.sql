-- name: time
-- One row a day, through the end of the next year.
CREATE TABLE gold.dim_time AS
SELECT
  d::DATE AS date_key,
  date_trunc('week', d)::DATE AS week_start,
  weekofyear(d)::INTEGER AS iso_week,
  date_trunc('month', d)::DATE AS month_start,
  year(d)::VARCHAR || '-Q' || quarter(d)::VARCHAR AS quarter,
  year(d)::INTEGER AS fiscal_year,
  isodow(d) <= 5 AS is_business_day
FROM range(getvariable('first_day')::TIMESTAMP, TIMESTAMP '2028-01-01', INTERVAL 1 DAY) t(d)
ORDER BY date_key;

-- name: products
-- What the company sells.
CREATE TABLE gold.dim_product AS
SELECT product_id, sku, product_name, pricing_tier
FROM (VALUES
  ('P1', 'LV-CORE', 'Leave Core', 'Basic'),
  ('P2', 'LV-PLUS', 'Leave Plus', 'Pro'),
  ('P3', 'CMP-STE', 'Compliance Suite', 'Premium'),
  ('P4', 'ANL-ADD', 'Analytics Add-on', 'Add-on')
) p(product_id, sku, product_name, pricing_tier);

-- name: organization
-- The company's own units: root, departments, two teams each.
CREATE TABLE gold.dim_organization AS
WITH department AS (
  SELECT unnest(getvariable('departments')) AS name, generate_subscripts(getvariable('departments'), 1) AS n
)
SELECT 'O000' AS organization_id, 'TechCo' AS organization_name, NULL::VARCHAR AS parent_organization_id
UNION ALL SELECT 'O' || n || '00', name, 'O000' FROM department
UNION ALL SELECT 'O' || n || '0' || t, name || CASE t WHEN 1 THEN ' Team A' ELSE ' Team B' END, 'O' || n || '00'
FROM department, range(1, 3) r(t)
ORDER BY organization_id;

-- name: employees
-- The company's own people: hired as it grew, one in eight a contractor; leavers at 14 % a year.
CREATE TABLE gold.dim_employee AS
WITH drawn AS (
  SELECT
    i,
    CASE
      WHEN u(i, 'department') < 0.26 THEN 1 WHEN u(i, 'department') < 0.42 THEN 2 WHEN u(i, 'department') < 0.56 THEN 3
      WHEN u(i, 'department') < 0.64 THEN 4 WHEN u(i, 'department') < 0.71 THEN 5 WHEN u(i, 'department') < 0.78 THEN 6
      WHEN u(i, 'department') < 0.88 THEN 7 ELSE 8
    END AS n,
    getvariable('last_day') - floor(u(i, 'hired') * 2500)::INTEGER AS hired
  FROM range(1, 341) t(i)
), left_on AS (
  SELECT *, hired + 60 + floor(-ln(1 - u(i, 'left')) / 0.14 * 365)::INTEGER AS gone FROM drawn
)
SELECT
  'E' || lpad(i::VARCHAR, 4, '0') AS employee_id,
  getvariable('departments')[n] AS department,
  'O' || n || '0' || (1 + (u(i, 'team') < 0.45)::INTEGER) AS organization_id,
  hired AS hired_at,
  CASE WHEN gone <= getvariable('last_day') THEN gone END AS terminated_at,
  CASE WHEN u(i, 'contract') < 0.12 THEN 'contractor' ELSE 'employee' END AS employment_type
FROM left_on
ORDER BY employee_id;

-- name: employee events
-- Every hire and termination, once.
CREATE TABLE gold.fact_employee_events AS
WITH event AS (
  SELECT employee_id, department, 'hire' AS event_type, hired_at AS event_date FROM gold.dim_employee
  UNION ALL
  SELECT employee_id, department, 'termination', terminated_at FROM gold.dim_employee WHERE terminated_at IS NOT NULL
)
SELECT 'EV-' || employee_id || '-' || left(event_type, 1) AS event_id, employee_id, department, event_type, event_date
FROM event ORDER BY event_date, event_id;
