"""Attacks on the SQL door, as families: each family is one idea, written out over the places where it could work.

An attack must end in a refusal, or give exactly what the same text gives on the copy that the role should see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.security.exhausting import exhausting

MASKED = ("email", "phone", "rider_name", "note", "risk_score")
HIDDEN_TABLES = ("mechanic", "team_size", "stock", "payroll", "gold.mechanic", "raw.payroll", "main.rider", "src.rider")
SOURCE_NAMES = (
    "__assay_source.gold.rider",
    "one.gold.rider",
    "rights.gold.rider",
    "memory.main.rider",
    "system.main.x",
)
FILES = (
    "'/etc/passwd'",
    "'/proc/self/environ'",
    "'~/.ssh/id_rsa'",
    "'*.duckdb'",
    "'https://x.example/a.csv'",
    "'s3://b/k'",
)
READERS = (
    *("read_csv", "read_csv_auto", "read_json", "read_json_auto", "read_ndjson", "read_parquet", "read_text"),
    *("read_blob", "read_duckdb", "parquet_metadata", "parquet_schema", "sniff_csv", "glob", "parquet_scan"),
    *("read_single_csv_file", "read_json_objects", "parquet_full_metadata", "read_ndjson_objects"),
)
CATALOG_TABLES = (
    *("information_schema.tables", "information_schema.columns", "pg_catalog.pg_class", "pg_catalog.pg_attribute"),
    *("sqlite_master", "sqlite_schema", "sqlite_temp_master", "duckdb_tables", "duckdb_columns", "pg_tables"),
    *("duckdb_settings", "pragma_database_list", "information_schema.schemata", "duckdb_logs", "pg_views"),
)
CATALOG_FUNCTIONS = (
    *("duckdb_tables()", "duckdb_columns()", "duckdb_views()", "duckdb_settings()", "duckdb_secrets()"),
    *("duckdb_functions()", "duckdb_databases()", "duckdb_variables()", "duckdb_logs()", "duckdb_memory()"),
    *("duckdb_prepared_statements()", "pragma_table_info('gold.rider')", "pragma_show('rider')"),
    *("pragma_storage_info('gold.rider')", "pragma_database_size()", "pragma_version()", "pragma_user_agent()"),
    *("which_secret('x', 's3')", "test_all_types()", "duckdb_external_file_cache()", "duckdb_extensions()"),
    *("duckdb_temporary_files()", "duckdb_constraints()", "pg_timezone_names()", "arrow_scan(1, 2, 3)"),
    *(
        "histogram(gold.rider, email)",
        "histogram_values(gold.rider, email)",
        "summary(gold.rider)",
        "seq_scan('rider')",
    ),
)
SESSION_FUNCTIONS = (
    *("current_setting('threads')", "getvariable('x')", "current_user", "session_user", "user", "current_schema()"),
    *("current_database()", "current_catalog()", "current_schemas(true)", "current_query()", "version()"),
    *("txid_current()", "pg_backend_pid()", "in_search_path('a', 'b')", "pg_get_viewdef(1)", "current_role"),
    *("has_table_privilege('x', 'y')", "inet_server_addr()", "pg_conf_load_time()", "getenv('HOME')"),
    *("current_connection_id()", "current_transaction_id()", "nextval('s')", "currval('s')", "uuid()", "random()"),
    *("gen_random_uuid()", "setseed(0.5)", "error('x')", "sleep_ms(20000)", "pg_sleep(20)", "write_log('x')"),
    *("stats(fee_eur)", "vector_type(fee_eur)", "query('SELECT 1')", "json_serialize_sql('SELECT 1')"),
    *("json_execute_serialized_sql('x')", "enum_range(NULL::VARCHAR)", "create_sort_key(fee_eur, 'ASC')"),
    *(
        "current_localtimestamp()",
        "ago(INTERVAL 1 DAY)",
        "age(started_at)",
        "assert_true(false)",
        "get_block_size('x')",
    ),
)
STATEMENTS = (
    *("DESCRIBE rider", "SHOW TABLES", "SHOW ALL TABLES", "SUMMARIZE rider", "EXPLAIN SELECT * FROM rider"),
    *("EXPLAIN ANALYZE SELECT * FROM rider", "PRAGMA database_list", "PRAGMA show_tables", "CALL duckdb_tables()"),
    *(
        "SET threads = 1",
        "SET search_path = 'raw'",
        "SET VARIABLE x = 1",
        "RESET threads",
        "USE raw",
        "SET schema = 'raw'",
    ),
    *(
        "ATTACH 'x.duckdb'",
        "DETACH rights",
        "COPY rider TO 'x.csv'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "EXPORT DATABASE 'x'",
    ),
    *(
        "IMPORT DATABASE 'x'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE TABLE x AS SELECT 1",
        "CREATE TEMP VIEW v AS SELECT 1",
    ),
    *(
        "CREATE TEMP MACRO lower(x) AS 'gotcha'",
        "CREATE SECRET s (TYPE s3)",
        "DROP VIEW rider",
        "INSERT INTO rider SELECT 1",
    ),
    *(
        "UPDATE rider SET tier = 'x'",
        "DELETE FROM rider",
        "TRUNCATE rider",
        "MERGE INTO rider USING ride ON true WHEN MATCHED THEN DELETE",
    ),
    *(
        "ALTER TABLE rider RENAME TO x",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
    ),
    *(
        "CHECKPOINT",
        "FORCE CHECKPOINT",
        "VACUUM",
        "ANALYZE",
        "COMMENT ON TABLE rider IS 'x'",
        "GRANT ALL ON rider TO x",
        "KILL 1",
    ),
    *("SELECT 1; SELECT 2", "SELECT 1; DROP VIEW rider", "; SELECT 1; DELETE FROM rider", "", ";", "--", "/* */"),
    *("WITH x AS (DELETE FROM rider RETURNING *) SELECT * FROM x", "WITH x AS (COPY rider TO 'f') SELECT 1"),
    *("WITH x AS (INSERT INTO rider SELECT * FROM rider RETURNING *) SELECT * FROM x", "SELECT * INTO x FROM rider"),
    *(
        "WITH x AS (UPDATE rider SET tier = 'x' RETURNING *) FROM x",
        "SELECT * FROM (DESCRIBE rider)",
        "FROM (SHOW TABLES)",
    ),
    *(
        "SELECT * FROM (SUMMARIZE rider)",
        "SELECT 1 FOR UPDATE",
        "SELECT * FROM rider FOR SHARE",
        "FROM (PRAGMA database_list)",
    ),
)
SHAPES = (
    "SELECT {0} FROM rider",
    "SELECT r.{0} FROM rider r",
    "SELECT gold.rider.{0} FROM gold.rider",
    "SELECT {0}.upper() FROM rider",
    'SELECT "{0}" FROM rider',
    "SELECT COLUMNS('.*{0}.*') FROM rider",
    "SELECT COLUMNS(lambda c: c LIKE '%{0}%') FROM rider",
    "SELECT * LIKE '%{0}' FROM rider",
    "SELECT r['{0}'] FROM rider r",
    "SELECT struct_extract(r, '{0}') FROM rider r",
    "SELECT (r).{0} FROM rider r",
    "SELECT rider_id FROM rider ORDER BY {0}, rider_id",
    "SELECT count(*) FROM rider GROUP BY {0}",
    "SELECT min({0}), max({0}) FROM rider",
    "SELECT rider_id FROM rider WHERE {0}::VARCHAR LIKE '%1%'",
    "SELECT CAST({0} AS INTEGER) FROM rider WHERE {0} IS NOT NULL",
    "SELECT CAST({0}::VARCHAR AS DATE) FROM rider WHERE {0} IS NOT NULL",
    "SELECT strptime({0}::VARCHAR, '%Y') FROM rider",
    "SELECT json_extract({0}::VARCHAR, '$.a') FROM rider",
    "SELECT regexp_extract({0}::VARCHAR, '(.*)@') FROM rider",
    "SELECT string_agg({0}::VARCHAR, ',' ORDER BY rider_id) FROM rider",
    "SELECT arg_max(rider_id, ({0}, rider_id)) FROM rider",
    "SELECT a.rider_id, b.rider_id FROM rider a JOIN rider b ON a.{0} = b.{0} AND a.rider_id < b.rider_id",
    "SELECT rider_id, rank() OVER (ORDER BY {0}) FROM rider",
    "SELECT {0} AS tier FROM rider",
    "SELECT rider_id FROM rider x WHERE EXISTS (SELECT 1 FROM rider y WHERE y.{0} > x.{0})",
    "PIVOT rider ON {0} USING count(*)",
    "UNPIVOT rider ON {0} INTO NAME n VALUE v",
    "SELECT count(DISTINCT {0}) FROM rider",
    "SELECT CASE WHEN {0} IS NULL THEN 1 / 0 ELSE 1 END FROM rider",
    "WITH x AS (SELECT * FROM rider) SELECT {0} FROM x",
    "SELECT t.{0} FROM (SELECT * FROM rider) t",
    "SELECT * EXCLUDE (rider_id) REPLACE ({0} AS tier) FROM rider",
    "SELECT * RENAME ({0} AS harmless) FROM rider",
    "SELECT 1 FROM rider a JOIN rider b USING ({0})",
)
WHOLE_ROWS = (
    *(
        "SELECT r FROM rider r",
        "SELECT rider FROM rider",
        "SELECT r::VARCHAR FROM rider r",
        "SELECT to_json(r) FROM rider r",
    ),
    *("SELECT list(r) FROM rider r", "SELECT * FROM rider", "TABLE rider", "FROM rider", "SELECT hash(r) FROM rider r"),
    *(
        "SELECT #1, #2, #3 FROM rider",
        "SELECT t.a, t.b, t.c, t.d FROM rider AS t(a, b, c, d)",
        "SELECT row(r.*) FROM rider r",
    ),
    *("SELECT COLUMNS(*) FROM rider", "SELECT max(COLUMNS(*)) FROM rider", "SELECT struct_values(r) FROM rider r"),
    *(
        "SELECT unnest(r) FROM rider r",
        "SELECT rowid FROM rider",
        "SELECT r.rowid FROM rider r",
        "SELECT struct_keys(r) FROM rider r",
    ),
    *("SELECT * FROM ride POSITIONAL JOIN rider", "SELECT * FROM rider NATURAL JOIN ride", "SELECT [r.*] FROM rider r"),
    *(
        "SELECT typeof(r) FROM rider r LIMIT 1",
        "SELECT min(r), max(r) FROM rider r",
        "SELECT any_value(r) = 1 FROM rider r",
    ),
)
ROW_FILTER = (
    "SELECT count(*) FROM ride",
    "SELECT * FROM ride WHERE true OR 1 = 1",
    "SELECT * FROM station WHERE city = 'Bergen'",
    "SELECT count(*) FROM ride LEFT JOIN station ON false",
    "SELECT city FROM station UNION SELECT city FROM gold.station",
    "WITH station AS (SELECT 'x' AS station_id) SELECT count(*) FROM ride",
    "WITH station AS (SELECT station_id FROM gold.ride) SELECT count(*) FROM gold.station",
    "WITH gold AS (SELECT 1) SELECT count(*) FROM gold.ride",
    "SELECT count(*) FROM (WITH ride AS (SELECT 1) SELECT * FROM ride), ride",
    "WITH a AS (WITH mechanic AS (SELECT 1 AS x) SELECT * FROM mechanic) SELECT * FROM mechanic",
    "SELECT * FROM (WITH payroll AS (SELECT 1) SELECT 1) x, payroll",
    "SELECT (SELECT count(*) FROM ride), (WITH mechanic AS (SELECT 1) SELECT 1) FROM mechanic",
    "SELECT 1 UNION ALL (WITH mechanic AS (SELECT 1 AS x) FROM mechanic) UNION ALL SELECT mechanic_id FROM mechanic",
    "SELECT sum(fee_eur) FROM ride GROUP BY ROLLUP (station_id)",
    "SELECT * FROM ride TABLESAMPLE 100%",
    "SELECT * FROM ride USING SAMPLE 10 ROWS",
    "SELECT * FROM ride AT (VERSION => 1)",
    "SELECT * FROM ride AT (TIMESTAMP => now())",
    "SELECT stats(fee_eur) FROM ride",
    "SELECT count(*) FROM ride WHERE fee_eur / (CASE WHEN station_id = 's1' THEN 0 ELSE 1 END) > 0",
    "SELECT approx_count_distinct(rider_id) FROM ride",
    "SELECT max(rowid) FROM ride",
    "SELECT * FROM ride ORDER BY ride_id LIMIT 5 OFFSET 700",
    "SELECT r.ride_id FROM ride r ANTI JOIN station s USING (station_id)",
    "SELECT rider_id FROM ride EXCEPT SELECT rider_id FROM rider",
)
ODD = (
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u00a0",
    "\u2028",
    "\u202e",
    "\u0000",
    "\u00ad",
    "\u3000",
    "\ue000",
    "\u180e",
    "\x1b",
)
ODD_PLACES = (
    "SELECT email{0} FROM rider",
    "SELECT * FROM raw{0}.payroll",
    "SELECT read_text{0}('/etc/hostname')",
    'SELECT "email{0}" FROM rider',
    "SELECT 1 --{0}\nFROM rider",
)
ENCODED = (
    "SELECT DATE '0044-03-15 (BC)', DATE 'infinity', TIMESTAMP '-infinity', TIMESTAMP '290000-01-01'",
    "SELECT 'nan'::DOUBLE, 'inf'::FLOAT, 170141183460469231731687303715884105727::HUGEINT, '\\xFF'::BLOB",
    'SELECT * FROM "raw"."payroll"',
    "SELECT * FROM RAW.PAYROLL",
    "SELECT * FROM raw/**/.payroll",
    "SELECT * FROM raw . payroll",
    'SELECT * FROM "raw.payroll"',
    "SELECT * FROM 'raw.payroll'",
    "SELECT U&'\\0041'",
    "SELECT x'41'",
    "SELECT 0x41",
    "SELECT e'\\x41'",
    "SELECT 'a' 'b'",
    "SELECT $tag$ ' $tag$",
    "SELECT 'it\\'s', email FROM rider --'",
    "SELECT /* ' */ email /* ' */ FROM rider",
    'SELECT "a""b" FROM rider',
    "SELECT assay_call_read_text('x')",
    "SELECT 1 FROM assay_call_mechanic",
    "SELECT main.read_text('/etc/passwd')",
    "SELECT system.main.read_text('/etc/passwd')",
    "SELECT \"read_text\"('/etc/passwd')",
    "SELECT ReAd_TeXt('/etc/passwd')",
    "SELECT '/etc/passwd'.read_text()",
    "SELECT 'SELECT 1'.query()",
    "SELECT x.query_table() FROM (SELECT 'raw.payroll' AS x)",
    "SELECT read_text(a) FROM ride AS read_text(a)",
    "SELECT list_transform(['/etc/passwd'], lambda f: read_text(f))",
    "SELECT [read_text(f) FOR f IN ['/etc/passwd']]",
    "SELECT list_aggregate([1], 'random')",
    "SELECT list_aggregate([1], chr(115) || 'tats')",
    "SELECT list_sort([1], 'x'), list_aggregate(['a'], 'string_agg', current_setting('threads'))",
    "SELECT 1 AS x ORDER BY getvariable('x')",
    "SELECT count(*) FILTER (WHERE current_setting('threads') = '1') FROM ride",
    "SELECT sum(1) OVER (ORDER BY random()) FROM ride",
    "SELECT 1 LIMIT (SELECT length(current_setting('threads')))",
    "SELECT 1 FROM ride GROUP BY version()",
    "SELECT 1 FROM ride QUALIFY row_number() OVER (ORDER BY random()) = 1",
    "VALUES (current_setting('threads'))",
    "SELECT $1",
    "SELECT ?",
    "SELECT $name",
    "SELECT CAST('rider' AS regclass)",
    "SELECT NULL::mood",
)


@dataclass(frozen=True)
class Attack:
    """One attack; `exhausts` when it aims at time or memory and must only run in a worker."""

    family: str
    sql: str
    exhausts: bool = False


def _attacks() -> Iterator[Attack]:
    for name in (*HIDDEN_TABLES, *SOURCE_NAMES, *CATALOG_TABLES):
        yield Attack("another table", f"SELECT * FROM {name}")
    for name in ("mechanic", "raw.payroll", "duckdb_settings"):
        yield Attack("another table", f"SELECT count(*) FROM ride WHERE ride_id IN (SELECT 1 FROM {name})")
        yield Attack("another table", f"SELECT * FROM ride, LATERAL (SELECT * FROM {name}) x")
        yield Attack("another table", f"PIVOT {name} ON 1 USING count(*)")
        yield Attack("another table", f"SELECT {name}.x FROM ride")
        yield Attack("another table", f"SELECT 1 UNION SELECT 2 FROM {name}")
    for file in FILES:
        yield Attack("a file", f"SELECT * FROM {file}")
        yield Attack("a file", f"SELECT * FROM ride JOIN {file} ON true")
    for reader in READERS:
        yield Attack("a file", f"SELECT * FROM {reader}('/etc/passwd')")
        yield Attack("a file", f"SELECT {reader}('/etc/passwd')")
    for call in CATALOG_FUNCTIONS:
        yield Attack("the catalog", f"SELECT * FROM {call}")
    for call in SESSION_FUNCTIONS:
        yield Attack("settings and session", f"SELECT {call} FROM ride")
    yield from (Attack("settings and session", f"SELECT * FROM {f}('SELECT 1')") for f in ("query", "query_table"))
    yield from (Attack("another statement", sql) for sql in STATEMENTS)
    for shape, column in product(SHAPES, MASKED):
        yield Attack("a masked value", shape.format(column))
    yield from (Attack("a whole row", sql) for sql in WHOLE_ROWS)
    yield from (Attack("the row filter", sql) for sql in ROW_FILTER)
    for shape, odd in product(ODD_PLACES, ODD):
        yield Attack("odd code points", shape.format(odd))
    yield from (Attack("encodings and disguises", sql) for sql in ENCODED)
    yield from (Attack("exhaustion", sql, exhausts=True) for sql in exhausting())


ATTACKS = tuple(dict.fromkeys(_attacks()))
