"""What a query would cost, and the refusal that says how to read less."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from catalog.refusals import TooExpensive
from catalog.tables import Table
from warehouse.bigquery.demand import advice
from warehouse.bigquery.ranges import compared
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
    helps = [advice(t, t.partition) for t in tables if t.partition and not compared(tree, t.partition)]
    hint = " ".join(helps) or "Name only the columns you need, and narrow the dates."
    return TooExpensive(f"The query {needs}; it may read at most {size_words(cap)}.", hint=hint)
