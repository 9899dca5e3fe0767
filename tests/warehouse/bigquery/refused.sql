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
---
-- UNKNOWN_TABLE: a hidden table in one pair of quotes
SELECT * FROM `gold.dim_employee`
---
-- UNKNOWN_TABLE: a project with dashes and no quotes
SELECT * FROM assay-demo.gold.fact_revenue
---
-- BAD_ARGUMENT: another project with dashes
SELECT * FROM my-other-project-123.gold.fact_revenue
---
-- BAD_ARGUMENT: a snapshot decorator
SELECT * FROM gold.fact_revenue@-3600000
---
-- UNKNOWN_TABLE: a snapshot decorator in quotes
SELECT * FROM `gold.fact_revenue@-3600000`
---
-- UNKNOWN_TABLE: a partition decorator
SELECT * FROM gold.fact_revenue$20260101
---
-- BAD_ARGUMENT: a table of legacy SQL
SELECT * FROM [assay-demo:gold.dim_employee]
---
-- UNKNOWN_TABLE: a wildcard table of everything
SELECT * FROM `gold.*`
---
-- UNKNOWN_TABLE: a wildcard table without quotes
SELECT * FROM gold.fact_*
---
-- BAD_ARGUMENT: the columns of a dataset in one pair of quotes
SELECT * FROM `gold.INFORMATION_SCHEMA.COLUMNS`
---
-- UNKNOWN_TABLE: the older list of tables
SELECT * FROM gold.__TABLES_SUMMARY__
---
-- BAD_ARGUMENT: a graph
SELECT * FROM GRAPH_TABLE(gold.g MATCH (n) RETURN n.name)
---
-- BAD_ARGUMENT: a pattern of rows
SELECT * FROM gold.fact_revenue MATCH_RECOGNIZE (ORDER BY revenue_date MEASURES FIRST(a.amount_usd) AS f PATTERN (a+) DEFINE a AS TRUE)
---
-- NOT_ALLOWED: pipe syntax after FROM alone
FROM gold.dim_customer |> SELECT segment
---
-- NOT_ALLOWED: a key
SELECT KEYS.KEYSET_CHAIN('gcp-kms://x', b'')
---
-- NOT_ALLOWED: a decryption
SELECT AEAD.DECRYPT_STRING(FROM_BASE64('x'), FROM_BASE64('x'), '')
---
-- NOT_ALLOWED: a judgement of AI over rows
SELECT AI.GENERATE_BOOL(('is it large?', segment)) FROM gold.dim_customer
---
-- BAD_ARGUMENT: the changes of a table over time
SELECT * FROM CHANGES(TABLE gold.fact_revenue, NULL, TIMESTAMP '2026-01-01 00:00:00+00')
---
-- BAD_ARGUMENT: a table as an argument
SELECT * FROM gold.tvf(TABLE gold.fact_revenue)
---
-- NOT_ALLOWED: the project of the session
SELECT @@project_id
---
-- NOT_ALLOWED: the last error
SELECT @@error.message
---
-- NOT_READ_ONLY: a call that cancels jobs
CALL BQ.JOBS.CANCEL('x')
---
-- NOT_READ_ONLY: a loop
FOR r IN (SELECT 1 AS n) DO SELECT r.n; END FOR
---
-- NOT_READ_ONLY: a row access policy
CREATE ROW ACCESS POLICY p ON gold.dim_customer GRANT TO ('allUsers') FILTER USING (TRUE)
---
-- BAD_ARGUMENT: an aggregation threshold of the caller's own
SELECT WITH AGGREGATION_THRESHOLD OPTIONS(threshold = 1, privacy_unit_column = customer_id) COUNT(*) FROM gold.dim_customer
---
-- BAD_ARGUMENT: noise of the caller's own
SELECT WITH DIFFERENTIAL_PRIVACY OPTIONS(epsilon = 1e20, delta = .5, privacy_unit_column = customer_id) COUNT(*) FROM gold.dim_customer
---
-- BAD_ARGUMENT: a join hint
SELECT COUNT(*) FROM gold.fact_revenue JOIN@{join_type = hash} gold.dim_customer USING (customer_id)
---
-- UNKNOWN_TABLE: a letter that only looks like one
SELECT * FROM gоld.dim_customer
---
-- PII_DENIED: a denied column in an order
SELECT segment FROM gold.dim_customer ORDER BY primary_contact_email
---
-- PII_DENIED: a denied column in a named window
SELECT ROW_NUMBER() OVER w FROM gold.dim_customer WINDOW w AS (ORDER BY primary_contact_email)
---
-- PII_DENIED: a denied column in QUALIFY
SELECT segment FROM gold.dim_customer QUALIFY primary_contact_email LIKE 'a%'
---
-- PII_DENIED: a denied column left out
SELECT * EXCEPT (primary_contact_email) FROM gold.dim_customer
---
-- PII_DENIED: a denied column under another's name
SELECT * REPLACE (primary_contact_email AS segment) FROM gold.dim_customer
---
-- PII_DENIED: a denied column as a table
SELECT * FROM gold.dim_customer AS c JOIN c.primary_contact_email AS e
---
-- PII_DENIED: a denied column turned into rows
SELECT * FROM gold.dim_customer UNPIVOT (v FOR k IN (segment, primary_contact_email))
---
-- PII_DENIED: a denied column in a PIVOT
SELECT * FROM gold.dim_customer PIVOT (ANY_VALUE(primary_contact_email) FOR segment IN ('SMB'))
---
-- PII_DENIED: a denied column behind a column of the same name
WITH x AS (SELECT 1 AS primary_contact_email) SELECT c.primary_contact_email FROM gold.dim_customer AS c, x
---
-- UNKNOWN_TABLE: a hidden table in a PIVOT
SELECT * FROM gold.dim_customer PIVOT (COUNT(*) FOR segment IN (SELECT department FROM gold.dim_employee))
---
-- UNKNOWN_TABLE: a hidden table after a WITH table of its name
SELECT (WITH dim_employee AS (SELECT 1 AS n) SELECT n FROM dim_employee), (SELECT COUNT(*) FROM dim_employee)
---
-- UNKNOWN_TABLE: a hidden table before a WITH table of its name
WITH a AS (SELECT * FROM dim_employee), dim_employee AS (SELECT 1 AS n) SELECT * FROM a
---
-- UNKNOWN_TABLE: a hidden table in an interval
SELECT DATE_ADD(revenue_date, INTERVAL (SELECT 1 FROM gold.dim_employee) DAY) FROM gold.fact_revenue
---
-- UNKNOWN_COLUMN: an array of a table that has none
SELECT * FROM gold.dim_customer AS c, c.tags AS t
---
-- UNKNOWN_COLUMN: how a row was changed
SELECT _CHANGE_TYPE FROM gold.fact_revenue
---
-- UNKNOWN_COLUMN: the file of a row
SELECT _FILE_NAME FROM gold.fact_revenue
---
-- NOT_ALLOWED: a row as a text under its own name
SELECT FORMAT('%T', c) AS c FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: a row under the name of a column elsewhere
WITH y AS (SELECT 1 AS c) SELECT FORMAT('%T', c) FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: a derived row as a text under its own name
SELECT FORMAT('%T', t) AS t FROM (SELECT * FROM gold.dim_customer) AS t
---
-- NOT_ALLOWED: a row searched
SELECT segment FROM gold.dim_customer AS c WHERE CONTAINS_SUBSTR(c, '@')
---
-- NOT_ALLOWED: a field of a row in brackets
SELECT (c).primary_contact_email FROM gold.dim_customer AS c
---
-- NOT_ALLOWED: an error of one's own in quotes
SELECT `ERROR`('x') FROM gold.dim_customer
---
-- NOT_ALLOWED: an error caught
SELECT IFERROR(1, 2)
---
-- NOT_ALLOWED: an error under SAFE
SELECT SAFE.ERROR(segment) FROM gold.dim_customer
---
-- NOT_ALLOWED: the user in quotes
SELECT `session_user`()
---
-- NOT_ALLOWED: a function of a dataset under SAFE
SELECT SAFE.gold.my_fn(1)
---
-- NOT_ALLOWED: a call out of the net functions
SELECT NET.HTTP_GET('http://169.254.169.254')
---
-- BAD_ARGUMENT: a type of a dataset
SELECT CAST('x' AS gold.t)
---
-- BAD_ARGUMENT: a name that ends in a backslash
SELECT 1 AS `a\`, 2 AS `b`
---
-- BAD_ARGUMENT: a pattern without its backslash
SELECT REGEXP_CONTAINS(segment, '\d+') FROM gold.dim_customer
---
-- BAD_ARGUMENT: a number that runs into a name
SELECT 1_000
