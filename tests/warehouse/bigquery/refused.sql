-- NOT_ALLOWED: a query in another database
SELECT * FROM EXTERNAL_QUERY('us.connection', 'SELECT 1')
---
-- NOT_READ_ONLY: an export
EXPORT DATA OPTIONS(uri = 'gs://bucket/*.csv', format = 'CSV') AS SELECT 1
---
-- NOT_READ_ONLY: a load
LOAD DATA INTO gold.x FROM FILES(format = 'CSV', uris = ['gs://bucket/x.csv'])
---
-- NOT_READ_ONLY: a script
DECLARE x INT64 DEFAULT 1; SELECT x
---
-- NOT_READ_ONLY: a block
BEGIN SELECT 1; END
---
-- NOT_READ_ONLY: two statements
SELECT 1; SELECT 2
---
-- NOT_READ_ONLY: a dynamic statement
EXECUTE IMMEDIATE 'SELECT 1'
---
-- NOT_READ_ONLY: a procedure
CALL gold.refresh()
---
-- NOT_READ_ONLY: a temporary function
CREATE TEMP FUNCTION f(x INT64) AS (x + 1); SELECT f(1)
---
-- NOT_READ_ONLY: a temporary function alone
CREATE TEMP FUNCTION f(x INT64) AS (x + 1)
---
-- NOT_READ_ONLY: a table from a query
CREATE TEMP TABLE t AS SELECT 1 AS n
---
-- NOT_READ_ONLY: an insert
INSERT INTO gold.fact_revenue (revenue_id) VALUES ('x')
---
-- NOT_READ_ONLY: a delete
DELETE FROM gold.fact_revenue WHERE TRUE
---
-- NOT_READ_ONLY: a merge
MERGE gold.fact_revenue USING gold.dim_customer ON FALSE WHEN MATCHED THEN DELETE
---
-- NOT_READ_ONLY: a session setting
SET @@query_label = 'a:b'
---
-- NOT_READ_ONLY: an assertion
ASSERT EXISTS (SELECT 1) AS 'x'
---
-- NOT_READ_ONLY: a graph query
GRAPH g MATCH (n) RETURN n
---
-- UNKNOWN_TABLE: a wildcard table
SELECT * FROM `gold.fact_*`
---
-- UNKNOWN_TABLE: a wildcard table of the whole name
SELECT * FROM `assay-demo.gold.fact_*` WHERE _TABLE_SUFFIX = 'revenue'
---
-- NOT_ALLOWED: time travel
SELECT * FROM gold.fact_revenue FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01 00:00:00+00'
---
-- NOT_ALLOWED: a function of a dataset
SELECT gold.my_remote_function(1)
---
-- NOT_ALLOWED: a function by its full name
SELECT `assay-demo.gold.my_remote_function`(1)
---
-- BAD_ARGUMENT: a model
SELECT * FROM ML.PREDICT(MODEL gold.churn, (SELECT 1 AS x))
---
-- NOT_ALLOWED: a function of ML
SELECT ML.DISTANCE([1.0], [2.0])
---
-- NOT_ALLOWED: a function of AI
SELECT AI.GENERATE('say hello')
---
-- BAD_ARGUMENT: a table function of AI
SELECT * FROM AI.FORECAST(TABLE gold.fact_revenue, data_col => 'amount_usd')
---
-- BAD_ARGUMENT: a search by vectors
SELECT * FROM VECTOR_SEARCH(TABLE gold.fact_revenue, 'x', TABLE gold.fact_revenue)
---
-- BAD_ARGUMENT: the changes of a table
SELECT * FROM APPENDS(TABLE gold.fact_revenue, NULL, NULL)
---
-- NOT_ALLOWED: a table function
SELECT * FROM gold.revenue_of('x')
---
-- NOT_ALLOWED: a function with another prefix
SELECT KEYS.NEW_KEYSET('AEAD_AES_GCM_256')
---
-- NOT_ALLOWED: the user
SELECT SESSION_USER()
---
-- NOT_ALLOWED: a session variable
SELECT @@session_id
---
-- NOT_ALLOWED: a parameter
SELECT @value
---
-- NOT_ALLOWED: chance
SELECT RAND()
---
-- NOT_ALLOWED: chance under SAFE
SELECT SAFE.RAND()
---
-- NOT_ALLOWED: an error of one's own
SELECT ERROR('x')
---
-- UNKNOWN_TABLE: the schema of a dataset
SELECT * FROM gold.INFORMATION_SCHEMA.TABLES
---
-- UNKNOWN_TABLE: the schema of a project
SELECT * FROM INFORMATION_SCHEMA.SCHEMATA
---
-- UNKNOWN_TABLE: the jobs of a region
SELECT * FROM `region-us`.INFORMATION_SCHEMA.JOBS
---
-- UNKNOWN_TABLE: the tables of a dataset
SELECT * FROM gold.__TABLES__
---
-- UNKNOWN_TABLE: another dataset
SELECT * FROM hr.fact_revenue
---
-- UNKNOWN_TABLE: another project
SELECT * FROM `bigquery-public-data.samples.shakespeare`
---
-- UNKNOWN_TABLE: another project in parts
SELECT * FROM `other-project`.gold.fact_revenue
---
-- UNKNOWN_TABLE: the real name of a visible table
SELECT * FROM `assay-demo.gold.fact_revenue`
---
-- UNKNOWN_TABLE: a hidden table among others
SELECT x FROM UNNEST([1]) AS x, gold.dim_employee AS e
---
-- NOT_ALLOWED: a row as a struct
SELECT AS STRUCT c.segment FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: a row as a value
SELECT AS VALUE c FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: an alias as a value
SELECT c FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: an alias in an aggregate
SELECT ANY_VALUE(c) FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: a row as JSON
SELECT TO_JSON_STRING(c) FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: a struct's star
SELECT s.* FROM (SELECT STRUCT(segment AS a) AS s FROM gold.dim_customer)
---
-- BAD_ARGUMENT: a struct's star through an alias
SELECT x.s.* FROM (SELECT STRUCT(segment AS a) AS s FROM gold.dim_customer) AS x
---
-- NOT_ALLOWED: a subquery of structs
SELECT ARRAY(SELECT AS STRUCT * FROM gold.dim_customer)
---
-- UNKNOWN_COLUMN: an array that the catalog does not know
SELECT tag FROM gold.dim_customer AS c, UNNEST(c.tags) AS tag
---
-- BAD_ARGUMENT: a field of a struct
SELECT c.address.city FROM gold.dim_customer AS c
---
-- UNKNOWN_COLUMN: a field of a struct without an alias
SELECT address.city FROM gold.dim_customer
---
-- NOT_ALLOWED: rows unnested
SELECT * FROM UNNEST((SELECT ARRAY_AGG(c) FROM gold.dim_customer AS c))
---
-- NOT_ALLOWED: a row unnested
SELECT * FROM gold.dim_customer AS c, UNNEST([c])
---
-- TOO_EXPENSIVE: a giant array unnested
SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000000))
---
-- TOO_EXPENSIVE: an array without a bound
SELECT * FROM gold.dim_time, UNNEST(GENERATE_ARRAY(1, year)) AS n
---
-- NOT_ALLOWED: pipe syntax
FROM gold.fact_revenue |> AGGREGATE COUNT(*)
---
-- NOT_ALLOWED: pipe syntax after a query
SELECT * FROM gold.fact_revenue |> WHERE TRUE
---
-- NOT_ALLOWED: recursion
WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a) SELECT * FROM a
---
-- NOT_ALLOWED: a sample
SELECT * FROM gold.fact_revenue TABLESAMPLE SYSTEM (10 PERCENT)
---
-- BAD_ARGUMENT: a hint
SELECT * FROM gold.fact_revenue@{force_index = x}
---
-- UNKNOWN_COLUMN: the time of a partition
SELECT _PARTITIONTIME FROM gold.fact_revenue
---
-- BAD_ARGUMENT: a column by three names
SELECT gold.fact_revenue.amount_usd FROM gold.fact_revenue
---
-- BAD_ARGUMENT: an alias that looks like a path
SELECT `a.b`.segment FROM gold.dim_customer AS `a.b`
---
-- BAD_ARGUMENT: the clock of another zone
SELECT CURRENT_DATE('UTC')
---
-- BAD_ARGUMENT: the time of day
SELECT CURRENT_TIME()
---
-- PII_DENIED: a denied column behind a WITH table
WITH fact_revenue AS (SELECT * FROM gold.dim_customer) SELECT primary_contact_email FROM fact_revenue
---
-- BAD_ARGUMENT: nonsense
SELECT FROM WHERE
