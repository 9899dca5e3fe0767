-- count
SELECT COUNT(*) FROM gold.dim_customer
---
-- sum by a joined column
SELECT segment, SUM(r.amount_usd) AS total FROM fact_revenue AS r JOIN dim_customer USING (customer_id) WHERE r.revenue_date >= DATE '2026-01-01' GROUP BY segment HAVING SUM(r.amount_usd) > 0 ORDER BY total DESC NULLS LAST LIMIT 10
---
-- weeks
SELECT DATE_TRUNC(revenue_date, ISOWEEK) AS w, COUNT(DISTINCT customer_id) n FROM gold.fact_revenue GROUP BY 1
---
-- weeks and ages
SELECT DATE_TRUNC(revenue_date, WEEK(MONDAY)) AS w, DATE_DIFF(CURRENT_DATE(), revenue_date, DAY) FROM gold.fact_revenue LIMIT 3
---
-- months as text
SELECT FORMAT_DATE('%Y-%m', revenue_date) m, SAFE_DIVIDE(SUM(amount_usd), COUNT(*)) FROM `gold.fact_revenue` GROUP BY m
---
-- all but a column
SELECT * EXCEPT (region) FROM gold.dim_customer
---
-- an alias's star
SELECT c.* FROM gold.dim_customer c WHERE EXISTS (SELECT 1 FROM gold.fact_revenue f WHERE f.customer_id = c.customer_id)
---
-- row numbers
SELECT customer_id, ROW_NUMBER() OVER (PARTITION BY segment ORDER BY customer_id) rn FROM dim_customer QUALIFY rn = 1
---
-- quantiles
WITH a AS (SELECT customer_id, SUM(amount_usd) x FROM fact_revenue GROUP BY 1) SELECT APPROX_QUANTILES(x, 4)[OFFSET(2)] FROM a
---
-- a spine of days
SELECT d, COUNT(f.customer_id) FROM UNNEST(GENERATE_DATE_ARRAY(DATE '2026-01-01', DATE '2026-01-31', INTERVAL 1 DAY)) AS d LEFT JOIN fact_revenue f ON f.revenue_date = d GROUP BY d
---
-- conditional counts
SELECT COUNTIF(segment = 'SMB'), STRING_AGG(DISTINCT segment, ', ' ORDER BY segment) FROM dim_customer
---
-- parts of dates and casts
SELECT EXTRACT(ISOWEEK FROM revenue_date), EXTRACT(YEAR FROM revenue_date), SAFE_CAST('x' AS INT64), CAST(1 AS NUMERIC) FROM fact_revenue
---
-- an array
SELECT ARRAY_AGG(segment IGNORE NULLS ORDER BY segment LIMIT 3) FROM dim_customer
---
-- conditions
SELECT IF(segment IS NULL, 'x', segment), IFNULL(segment,'y'), COALESCE(segment, 'z'), CASE WHEN segment LIKE 'S%' THEN 1 END FROM dim_customer
---
-- safe functions
SELECT SAFE.SUBSTR(segment, 0, 2), SAFE_ADD(1,2) FROM dim_customer
---
-- a percentile
SELECT PERCENTILE_CONT(amount_usd, 0.5) OVER () FROM fact_revenue LIMIT 1
---
-- a named window
SELECT LAG(amount_usd) OVER w FROM fact_revenue WINDOW w AS (PARTITION BY customer_id ORDER BY revenue_date)
---
-- a rollup
SELECT segment, region, COUNT(*) FROM dim_customer GROUP BY ROLLUP (segment, region)
---
-- a pivot
SELECT * FROM (SELECT segment, region FROM dim_customer) PIVOT (COUNT(*) FOR region IN ('West', 'East'))
---
-- today
SELECT DATE_SUB(CURRENT_DATE('America/New_York'), INTERVAL 7 DAY), CURRENT_TIMESTAMP(), CURRENT_DATETIME()
---
-- texts
SELECT REGEXP_CONTAINS(segment, r'^S\w+'), REPLACE(segment,'a','b'), LEFT(segment, 2), segment || 'x' FROM dim_customer
---
-- places in an array
SELECT x, o FROM UNNEST(['a','b']) AS x WITH OFFSET AS o
---
-- days and moments
SELECT DATE(posted_at) d, LAST_DAY(revenue_date, MONTH), TIMESTAMP('2026-01-01 00:00:00'), DATETIME '2026-01-01 00:00:00' FROM fact_revenue
---
-- a union
(SELECT segment FROM dim_customer) UNION ALL (SELECT region FROM dim_customer)
---
-- a difference
SELECT segment FROM dim_customer EXCEPT DISTINCT SELECT 'SMB'
---
-- logic over rows
SELECT LOGICAL_OR(segment = 'SMB'), ANY_VALUE(segment HAVING MAX customer_id) FROM dim_customer
---
-- numbers
SELECT MOD(3, 2), DIV(3, 2), 1 IN UNNEST([1,2]), 3 & 1, 3 ^ 1, ~1
---
-- a struct of columns
SELECT STRUCT(segment AS s, region AS r) FROM dim_customer
---
-- JSON
SELECT JSON_VALUE('{"a":1}', '$.a')
---
-- a comma join
SELECT c.segment FROM gold.dim_customer AS c, gold.fact_revenue AS f WHERE c.customer_id = f.customer_id
---
-- a correlated subquery
SELECT c.customer_id, (SELECT SUM(r.amount_usd) FROM gold.fact_revenue AS r WHERE r.customer_id = c.customer_id) AS total FROM gold.dim_customer AS c
---
-- a name hidden by a WITH table
WITH dim_customer AS (SELECT customer_id, 1 AS n FROM gold.dim_customer) SELECT SUM(n) FROM dim_customer
---
-- an alias called like a schema
SELECT gold.segment FROM gold.dim_customer AS gold
---
-- a net function
SELECT NET.REG_DOMAIN('https://www.example.com/x'), NET.HOST('https://www.example.com')
---
-- HLL sketches
SELECT HLL_COUNT.EXTRACT(HLL_COUNT.INIT(customer_id)) FROM gold.fact_revenue
---
-- unpivot
SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT (n FOR which IN (a, b))
---
-- grouping by all
SELECT segment, COUNT(*) AS n FROM gold.dim_customer GROUP BY ALL
---
-- days in a zone
SELECT TIMESTAMP_TRUNC(TIMESTAMP '2026-01-01 00:00:00+00', DAY, 'America/New_York'), DATE_DIFF(DATE '2026-02-01', revenue_date, WEEK(MONDAY)) FROM fact_revenue
---
-- patterns and escapes
SELECT REGEXP_CONTAINS(segment, r'^\d+\'s$'), REGEXP_CONTAINS(segment, '^\\d+'), 'a\tb\x41\u0041\101\'', "it's", '''it's''' FROM dim_customer
---
-- a column called like its WITH table
WITH total AS (SELECT COUNT(*) AS total FROM gold.dim_customer) SELECT total FROM total ORDER BY total
---
-- logarithms and positions
SELECT LOG10(1000), LOG(8, 2), STRPOS(segment, 'M'), SPLIT(segment)[SAFE_OFFSET(0)], OCTET_LENGTH(segment) FROM dim_customer
