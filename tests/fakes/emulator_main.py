"""Starts `bqemulator` with what it lacks: DATE_TRUNC by ISOWEEK. Run by the emulator's own Python, not by ours.

emulator_main.py --rest-port 0 --grpc-port 0 ...
"""

# pyright: basic
from __future__ import annotations

import duckdb_extensions
from bqemulator.cli import main
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


if __name__ == "__main__":
    duckdb_extensions.import_extension("spatial")
    main()
