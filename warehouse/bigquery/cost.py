"""What a query costs: bytes in words, dollars, and the refusal that says how to read less."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from catalog.refusals import TooExpensive
from catalog.tables import Table
from warehouse.purse import MICRO_USD

TIB = 1024**4
LEAST_BILLED = 10 * 1024**2
"""Bytes: BigQuery bills at least 10 MiB for each table that a query reads."""
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


@dataclass(frozen=True)
class Price:
    """Dollars for a TiB read on demand, as of a day."""

    usd_per_tib: float
    as_of: date

    def of(self, size: int) -> float:
        """Dollars for `size` bytes."""
        return size / TIB * self.usd_per_tib

    def micro_usd(self, size: int) -> int:
        """Millionths of a dollar for `size` bytes, rounded up."""
        return math.ceil(self.of(size) * MICRO_USD)

    def words(self, size: int) -> str:
        """ "about $0.0123 (at $6.25 a TiB, as of 2026-11-01)"."""
        usd = self.of(size)
        shown = f"${usd:,.2f}" if usd >= 1 else f"${usd:.4f}" if usd >= 0.0001 else "less than $0.0001"
        about = shown if shown.startswith("less") else f"about {shown}"
        return f"{about} (at ${self.usd_per_tib:g} a TiB, as of {self.as_of})"


def size_words(size: int) -> str:
    """ "1.5 GiB"."""
    amount = float(size)
    for unit in _UNITS[:-1]:
        if amount < 1024:
            return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} {_UNITS[-1]}"


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
