"""What a query would cost, and the refusal that says how to read less."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from catalog.refusals import TooExpensive
from catalog.tables import Table
from warehouse.bill import Price, size_words

LEAST_BILLED = 10 * 1024**2
"""Bytes: BigQuery bills at least 10 MiB for each table that a query reads."""


def estimate_note(size: int, price: Price) -> str:
    """The sentence that an answer carries."""
    return f"The query reads {size_words(size)}: {price.words(size)}."


def over_the_cap(estimate: int | None, cap: int, price: Price, tables: Iterable[Table], tree: exp.Expr) -> TooExpensive:
    """The refusal of a query that would read more than `cap` bytes: estimate, cap, and the filter that helps.

    `tables` are those it reads; `tree` is the statement before the tables in it were replaced."""
    needs = f"would read {size_words(estimate)}, {price.words(estimate)}" if estimate is not None else "would read more"
    advice = [_advice(table) for table in tables if table.partition and not filters(tree, table.partition)]
    hint = " ".join(advice) or "Name only the columns you need, and narrow the dates."
    return TooExpensive(f"The query {needs}; it may read at most {size_words(cap)}.", hint=hint)


def _advice(table: Table) -> str:
    column = table.partition or ""
    known = table.column(column)
    word = "DATE" if known is None or known.type == "date" else "DATETIME"
    return f"Add a filter on {table.name}.{column}, for example: WHERE {column} >= {word} '2026-01-01'."


def filters(tree: exp.Expr, column: str) -> bool:
    """Whether any condition of the statement compares that column with something."""
    kinds = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
    for where in tree.find_all(exp.Where):
        for test in where.find_all(*kinds):
            if any(c.name.lower() == column.lower() for c in test.this.find_all(exp.Column)):
                return True
    return False
