"""Starts `bqemulator` with what it lacks: DATE_TRUNC by ISOWEEK, and the statement type of a query that begins with a
bracket or joins two with UNION. Run by the emulator's own Python, not by ours.

emulator_main.py --rest-port 0 --grpc-port 0 ...
"""

# pyright: basic
from __future__ import annotations

import duckdb_extensions
import sqlglot
from bqemulator.cli import main
from bqemulator.jobs import executor
from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp


@register
class DateTruncIsoweek(TranslationRule):
    """BigQuery: "ISOWEEK truncates to the preceding ISO 8601 week boundary; ISO weeks begin on Monday". DuckDB's week
    is that week."""

    name = "DATE_TRUNC_ISOWEEK"

    def applies_to(self, node: exp.Expression) -> bool:
        """Any DATE_TRUNC by ISOWEEK."""
        return isinstance(node, exp.DateTrunc | exp.TimestampTrunc) and node.args["unit"].name.upper() == "ISOWEEK"

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        """DuckDB's week, as a date."""
        week = exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string("week"), node.this.copy()])
        return exp.Cast(this=week, to=exp.DataType.build("DATE"))


_classified = executor.classify_statement_type


def _classify(sql: str) -> str:
    """What the emulator says; every query is a SELECT, as in BigQuery."""
    return _classified(sql) or ("SELECT" if isinstance(sqlglot.parse_one(sql, read="bigquery"), exp.Query) else "")


if __name__ == "__main__":
    executor.classify_statement_type = _classify
    duckdb_extensions.import_extension("spatial")
    main()
