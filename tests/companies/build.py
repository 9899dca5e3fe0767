"""Builds the second company of the tests: clinics, in another schema, with other names, roles and calendar.

Everything is derived from row numbers, so that expected values can be computed by hand-written SQL.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

FJORD = Path(__file__).parent / "fjord"
BREWERY = Path(__file__).parent / "brewery"

STATEMENTS = """
CREATE SCHEMA mart;
CREATE SCHEMA control;
CREATE TABLE mart.clinic AS
  SELECT 'c' || i AS clinic_id, 'House ' || chr(65 + i::INTEGER) AS clinic_name, 'City ' || (i % 4) AS city,
         CASE WHEN i < 4 THEN 'Norway' WHEN i < 7 THEN 'Sweden' ELSE 'Denmark' END AS country, 'house.' || i AS lead_user
  FROM range(10) t(i);
CREATE TABLE mart.practitioner AS
  SELECT 'p' || i AS practitioner_id, 'Doctor ' || i AS full_name,
         CASE i % 3 WHEN 0 THEN 'Dental' WHEN 1 THEN 'Physio' ELSE 'General' END AS specialty
  FROM range(30) t(i);
CREATE TABLE mart.visit AS
  SELECT 'v' || i AS visit_id, 'c' || (i % 10) AS clinic_id, 'p' || (i % 30) AS practitioner_id,
         'patient-' || (i % 700) AS patient_ref, DATE '2023-04-01' + (i % 830)::INTEGER AS visited_on,
         CASE WHEN i % 5 < 2 THEN 'First' ELSE 'Follow-up' END AS visit_kind,
         (40 + i % 60)::DECIMAL(14, 2) AS fee_eur, i % 11 = 0 AS no_show
  FROM range(20000) t(i);
CREATE TABLE mart.bed_day AS
  SELECT 'c' || c AS clinic_id, DATE '2023-04-01' + d::INTEGER AS as_of_day, 20 + c AS beds_total, 10 + (c + d) % 10 AS beds_used
  FROM range(10) a(c), range(830) b(d);
CREATE TABLE control.source_load AS
  SELECT s AS source, 'any' AS system, TIMESTAMP '2025-07-09 04:00:00' - INTERVAL (d) DAY AS started_at,
         TIMESTAMP '2025-07-09 04:20:00' - INTERVAL (d) DAY AS loaded_at, 'success' AS status, 100 AS row_count,
         TIMESTAMP '2025-07-08 23:59:00' - INTERVAL (d) DAY AS max_event_at, 'h1' AS schema_hash, NULL::VARCHAR AS error
  FROM (VALUES ('registry'), ('booking'), ('wards')) v(s), range(60) t(d);
CREATE TABLE control.source_total AS
  SELECT 'booking' AS source, 'visit_count' AS metric, date_trunc('month', visited_on)::DATE AS period,
         count(*)::DECIMAL(18, 2) AS value, TIMESTAMP '2025-07-02 00:00:00' AS reported_at
  FROM mart.visit WHERE visited_on < DATE '2025-07-01' GROUP BY ALL
  UNION ALL
  SELECT 'booking', 'fee_income', date_trunc('month', visited_on)::DATE, sum(fee_eur) FILTER (NOT no_show),
         TIMESTAMP '2025-07-02 00:00:00'
  FROM mart.visit WHERE visited_on < DATE '2025-07-01' GROUP BY ALL;
CREATE TABLE control.schema_snapshot AS
  SELECT table_name AS "table", column_name AS "column", data_type AS type, is_nullable = 'YES' AS nullable,
         ordinal_position AS ordinal, TIMESTAMP '2025-07-09 04:30:00' - INTERVAL (d) DAY AS run_at
  FROM information_schema.columns, range(3) t(d) WHERE table_schema = 'mart';
CREATE TABLE control.duplicate_cluster (
  cluster_id VARCHAR, source VARCHAR, members VARCHAR, rule VARCHAR, confidence DOUBLE, arr_affected_usd DECIMAL(14, 2),
  status VARCHAR, reviewer VARCHAR, rationale VARCHAR);
CREATE TABLE control.check_result (
  check_id VARCHAR, kind VARCHAR, object VARCHAR, severity VARCHAR, status VARCHAR, observed DOUBLE, expected DOUBLE,
  tolerance DOUBLE, failing_rows BIGINT, run_at TIMESTAMP);
CREATE TABLE control.match_exception (source VARCHAR, account_id VARCHAR, customer_id VARCHAR, rationale VARCHAR);
"""


def build_fjord(folder: Path) -> Path:
    """Lay the workspace and its database into `folder`; returns the database file."""
    shutil.copytree(FJORD, folder, dirs_exist_ok=True)
    file = folder / "clinics.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(STATEMENTS)
    return file


def build_brewery(folder: Path) -> Path:
    """Lay the third company, a brewery without a load log, into `folder`; returns the database file."""
    shutil.copytree(BREWERY, folder, dirs_exist_ok=True)
    file = folder / "cellar.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute((BREWERY / "tables.sql").read_text(encoding="utf-8"))
    return file
