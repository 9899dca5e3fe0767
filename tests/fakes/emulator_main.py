"""Starts `bqemulator` with what it lacks: DATE_TRUNC by ISOWEEK, the statement type of a query that begins with a
bracket or joins two with UNION, and results of queries through the Storage Read API. Run by the emulator's own Python,
not by ours.

    emulator_main.py start --rest-port 0 --grpc-port 0 ...
"""

# pyright: basic
from __future__ import annotations

import re
from typing import Any

import duckdb_extensions
import sqlglot
from bqemulator.cli import main
from bqemulator.jobs import executor
from bqemulator.sql.translator import SQLTranslator
from bqemulator.storage.engine import DuckDBEngine
from sqlglot import exp

_translated = SQLTranslator.translate
_classified = executor.classify_statement_type
_fetched = DuckDBEngine.fetch_arrow


def _translate(self: SQLTranslator, bq_sql: str, **options: Any) -> Any:
    """Translate, with every truncation to an ISO week spelled out."""
    return _translated(self, _with_iso_weeks(bq_sql) if "ISOWEEK" in bq_sql else bq_sql, **options)


def _with_iso_weeks(sql: str) -> str:
    """BigQuery: "ISOWEEK truncates to the preceding ISO 8601 week boundary; ISO weeks begin on Monday". With Sunday as
    day 1, that is (day + 5) modulo 7 days back."""
    tree = sqlglot.parse_one(sql, read="bigquery")
    for node in list(tree.find_all(exp.DateTrunc)):
        if node.args["unit"].name.upper() == "ISOWEEK":
            day = node.this.sql("bigquery")
            back = f"DATE_SUB({day}, INTERVAL (MOD(EXTRACT(DAYOFWEEK FROM {day}) + 5, 7)) DAY)"
            node.replace(sqlglot.parse_one(f"CAST({back} AS DATE)", read="bigquery"))
    return tree.sql("bigquery")


def _classify(sql: str) -> str:
    """What the emulator says; every query is a SELECT, as in BigQuery."""
    return _classified(sql) or ("SELECT" if isinstance(sqlglot.parse_one(sql, read="bigquery"), exp.Query) else "")


def _fetch(self: DuckDBEngine, sql: str, parameters: Any = None) -> Any:
    """What the emulator reads; the table that a job names as its destination holds the job's rows."""
    if found := re.fullmatch(r'SELECT \* FROM .*_bqemu_anonymous.*"anon(\w+)"', sql):
        return executor.JOB_RESULTS[found[1]]
    return _fetched(self, sql, parameters)


if __name__ == "__main__":
    SQLTranslator.translate = _translate
    executor.classify_statement_type = _classify
    DuckDBEngine.fetch_arrow = _fetch
    duckdb_extensions.import_extension("spatial")
    main()
