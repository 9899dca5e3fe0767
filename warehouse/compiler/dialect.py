"""What differs between DuckDB and BigQuery: truncation to a period, moving a date, inline tables.

Emitted per dialect from the plan. Transpiling finished text is not used: a Monday week of DuckDB would silently
become a Sunday week of BigQuery.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from catalog.metrics import Grain
from catalog.tables import ColumnType
from warehouse.port import Dialect


def date_literal(day: date) -> exp.Expr:
    """DATE '2026-11-16': read alike in both dialects, and shorter than the CAST that sqlglot would write."""
    return exp.Var(this=f"DATE '{day.isoformat()}'")


def as_day(column: exp.Expr, kind: ColumnType) -> exp.Expr:
    """The day of a column: itself where the catalog says that it is a date."""
    return column if kind == "date" else exp.cast(column, "DATE")


OPERATORS = (exp.Binary, exp.Connector, exp.Unary, exp.Between, exp.In)


def wrapped(tree: exp.Expr) -> exp.Expr:
    """The tree in parentheses, unless it cannot be torn apart without."""
    return exp.paren(tree) if isinstance(tree, OPERATORS) and not isinstance(tree, exp.Paren) else tree


def truncated(column: exp.Expr, grain: Grain, fiscal_start_month: int, dialect: Dialect) -> exp.Expr:
    """First day of the period that holds the day: ISO weeks, fiscal quarters and years."""
    day = column
    if grain == "day":
        return day
    offset = (fiscal_start_month - 1) % (3 if grain == "quarter" else 12) if grain in ("quarter", "year") else 0
    if offset:
        return moved(_trunc(moved(day, -offset, True, dialect), grain, dialect), offset, True, dialect)
    return _trunc(day, grain, dialect)


def _trunc(day: exp.Expr, grain: Grain, dialect: Dialect) -> exp.Expr:
    if dialect == "bigquery":
        # The cast makes one type of it where the column is not the date that the catalog says.
        unit = "ISOWEEK" if grain == "week" else grain.upper()
        return exp.cast(exp.Anonymous(this="DATE_TRUNC", expressions=[day, exp.Var(this=unit)]), "DATE")
    return exp.cast(exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(grain), day]), "DATE")


def moved(day: exp.Expr, amount: int, months: bool, dialect: Dialect) -> exp.Expr:
    """The date `amount` months (or days) later."""
    if amount == 0:
        return day
    unit = "MONTH" if months else "DAY"
    interval = exp.Interval(this=exp.Literal.string(str(abs(amount))), unit=exp.Var(this=unit))
    if dialect == "bigquery":
        interval = exp.Interval(this=exp.Literal.number(abs(amount)), unit=exp.Var(this=unit))
        name = "DATE_ADD" if amount > 0 else "DATE_SUB"
        return exp.Anonymous(this=name, expressions=[day, interval])
    kind = exp.Add if amount > 0 else exp.Sub
    return exp.cast(exp.paren(kind(this=day, expression=interval)), "DATE")


def inline_table(alias: str, columns: Sequence[str], rows: Sequence[Sequence[date]]) -> exp.Expr:
    """A small table of dates: VALUES in DuckDB, UNNEST of STRUCTs in BigQuery."""
    tuples = [exp.Tuple(expressions=[date_literal(day) for day in row]) for row in rows]
    names = [exp.to_identifier(name) for name in columns]
    return exp.Values(expressions=tuples, alias=exp.TableAlias(this=exp.to_identifier(alias), columns=names))
