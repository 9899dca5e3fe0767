-- name: names
-- Believable company names: no two alike, none real by intent; domains are reserved ones.
CREATE TEMP TABLE company_name AS
SELECT
  cid,
  roots[1 + (n // 400) % len(roots)] || ' ' || fields[1 + (n // 20) % 20] || ' ' || kinds[1 + n % 20] AS name,
  lower(roots[1 + (n // 400) % len(roots)] || fields[1 + (n // 20) % 20] || kinds[1 + n % 20]) || '.example' AS domain
FROM (
  SELECT
    cid, (cid::BIGINT * 7919 + getvariable('seed')::BIGINT * 104729) % (400 * len(getvariable('name_roots'))) AS n,
    getvariable('name_roots') AS roots, getvariable('name_fields') AS fields, getvariable('name_kinds') AS kinds
  FROM customer);

-- name: families
-- Which customer belongs to which: three in a hundred have a parent among the larger ones.
CREATE TEMP TABLE family AS
WITH parent AS (
  SELECT cid, row_number() OVER (ORDER BY u(cid, 'parent'), cid) AS n, count(*) OVER () AS total
  FROM customer WHERE segment = 'Enterprise'
), child AS (
  SELECT cid, row_number() OVER (ORDER BY cid) AS n FROM customer WHERE segment <> 'Enterprise' AND u(cid, 'child') < 0.03
)
SELECT child.cid, parent.cid AS parent_cid
FROM child JOIN parent ON parent.n = 1 + child.n % parent.total;

-- name: changes of identity
-- T11: renames, new subsidiaries and acquisitions of living customers, each on a known day.
CREATE TEMP TABLE identity_change AS
WITH chosen AS (
  SELECT cid, row_number() OVER (ORDER BY u(cid, 't11'), cid) - 1 AS n
  FROM customer
  WHERE getvariable('t11') AND start_day < getvariable('last_day') - 400 AND churn_day > getvariable('last_day')
    AND cid NOT IN (SELECT cid FROM family) AND cid NOT IN (SELECT parent_cid FROM family)
), parent AS (
  SELECT cid, row_number() OVER (ORDER BY u(cid, 't11 parent'), cid) - 1 AS n, count(*) OVER () AS total
  FROM customer WHERE segment = 'Enterprise' AND churn_day > getvariable('last_day')
    AND cid NOT IN (SELECT cid FROM chosen WHERE n < 3 * getvariable('changes'))
)
SELECT
  c.cid, ['rename', 'subsidiary', 'acquisition'][1 + (c.n // getvariable('changes'))::BIGINT] AS reason,
  getvariable('last_day') - 40 - floor(u(c.cid, 't11 day') * 320)::INTEGER AS changed_on,
  CASE WHEN c.n >= getvariable('changes') THEN p.cid END AS parent_cid
FROM chosen c JOIN parent p ON p.n = c.n % p.total
WHERE c.n < 3 * getvariable('changes');

-- name: dim_customer
-- Golden customers, past and present.
CREATE TABLE gold.dim_customer AS
WITH contact AS (
  SELECT cid, pick(getvariable('first_names'), cid, 'first') AS first, pick(getvariable('last_names'), cid, 'last') AS last
  FROM customer
)
SELECT
  customer_key(c.cid) AS customer_id,
  CASE WHEN i.reason = 'rename' THEN split_part(n.name, ' ', 1) || ' ' || split_part(n.name, ' ', 2) || ' Global' ELSE n.name END
    AS customer_name,
  n.domain,
  n.name || pick([', Inc.', ', LLC', ' Corp.', ' Ltd.'], c.cid, 'legal') AS legal_name,
  c.segment,
  pick(getvariable('industries'), c.cid, 'industry') AS industry,
  c.region, c.territory,
  pick(getvariable('csms'), c.cid, 'csm') AS csm_owner,
  CASE
    WHEN u(c.cid, 'tier') < 0.8 THEN CASE c.segment WHEN 'SMB' THEN 'Starter' WHEN 'Mid-Market' THEN 'Growth' ELSE 'Scale' END
    WHEN c.segment = 'Enterprise' OR (c.segment = 'SMB' AND u(c.cid, 'tier') < 0.97) THEN 'Growth'
    ELSE 'Scale'
  END AS billing_tier,
  customer_key(coalesce(i.parent_cid, f.parent_cid)) AS parent_customer_id,
  '0018c' || lpad((c.cid * 37 + 100000)::VARCHAR, 10, '0') AS salesforce_account_id,
  'NS' || (20000 + c.cid) AS netsuite_customer_id,
  CASE WHEN u(c.cid, 'platform') < 0.95 THEN 'plt_' || lpad((c.cid * 13)::VARCHAR, 7, '0') END AS platform_customer_id,
  pick(['tax_id', 'tax_id', 'domain', 'domain', 'name_and_city', 'manual'], c.cid, 'rule') AS match_rule,
  round(0.90 + 0.10 * u(c.cid, 'confidence'), 3) AS match_confidence,
  k.first || ' ' || k.last AS primary_contact_name,
  lower(k.first) || '.' || lower(k.last) || '@' || n.domain AS primary_contact_email,
  '+1-' || (201 + floor(u(c.cid, 'area') * 780)::INTEGER) || '-555-01' || lpad(floor(u(c.cid, 'phone') * 100)::INTEGER::VARCHAR, 2, '0')
    AS primary_contact_phone,
  (10 + c.cid % 90)::VARCHAR || '-' || lpad(((c.cid::BIGINT * 48271 + getvariable('seed')) % 10000000)::VARCHAR, 7, '0') AS tax_id,
  moment(c.start_day - 3, c.cid, 'created') AS created_at,
  CASE WHEN c.churn_day <= getvariable('last_day') THEN c.churn_day::TIMESTAMP END AS churned_at
FROM customer c
JOIN company_name n USING (cid)
JOIN contact k USING (cid)
LEFT JOIN family f USING (cid)
LEFT JOIN identity_change i USING (cid)
ORDER BY customer_id;

-- name: dim_customer_history
-- What a customer was called and whom it belonged to, from when to when.
CREATE TABLE gold.dim_customer_history AS
WITH now AS (
  SELECT c.customer_id, c.customer_name, c.parent_customer_id, c.created_at::DATE AS since, i.*, n.name AS born_as
  FROM gold.dim_customer c
  JOIN company_name n ON customer_key(n.cid) = c.customer_id
  LEFT JOIN identity_change i ON i.cid = n.cid
)
SELECT customer_id, born_as AS customer_name, NULL::VARCHAR AS parent_customer_id, since AS valid_from, changed_on AS valid_to,
       NULL::VARCHAR AS reason
FROM now WHERE reason IS NOT NULL
UNION ALL
SELECT customer_id, customer_name, parent_customer_id, coalesce(changed_on, since), NULL, reason FROM now
ORDER BY customer_id, valid_from;

-- name: T11 truth
-- The customers whose identity changed.
INSERT INTO truth
SELECT 'T11', 'identity', min(changed_on), max(changed_on), list(customer_key(cid) ORDER BY cid),
       'renames, subsidiaries and acquisitions of customers that go on', count(*), ['customer_count', 'recognized_revenue'],
       min(changed_on), 'the same customer before and after, its figures unbroken',
       to_json(list({customer_id: customer_key(cid), reason: reason, changed_on: changed_on,
                     parent_customer_id: customer_key(parent_cid)} ORDER BY cid))
FROM identity_change HAVING count(*) > 0;
