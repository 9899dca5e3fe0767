"""The only source of figures: each fact is one number that a tool computed, with what it means and its receipt.

Facts carry everything a sentence needs to speak of them: the metric, the period, the slice, the kind of number and its
unit. Text never holds a number of its own; it holds a fact's id in braces, and `agents.figures` writes the number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from catalog.metrics import Direction, Grain

FactKind = Literal[
    "value",  # the metric in the period
    "prior",  # the period before
    "change",  # value - prior, in the metric's unit (of a ratio: a difference of fractions, shown in points)
    "change_pct",  # (value - prior) / |prior|, a fraction
    "year_ago",  # the same period a year before
    "yoy_pct",  # against that, a fraction
    "yoy_points",  # of a ratio: value - year_ago, shown in points
    "target",  # what was planned
    "target_pct",  # value / target - 1, a fraction
    "contribution",  # what a slice adds to the change, in the metric's unit
    "share",  # a part of the whole (of a change, of customers, ...), a fraction
    "told",  # as an earlier report had it
    "by_data",  # what newer data add to a figure told before
    "by_definition",  # what a new definition adds to it
    "rest",  # the part of a change that no named slice explains
    "low",  # bounds of the expected range
    "high",
    "count",  # how many of something
    "rank",  # place in an order, 1 = first
    "age",  # hours or days, as the unit says
    "rate",  # a fraction of 1 that is no share of a change
    "day",  # a date: `value` is its ordinal, `unit` is "day"
]

Slice = tuple[tuple[str, str], ...]
"""(dimension, member) pairs in dimension order; () is the whole."""


@dataclass(frozen=True)
class Period:
    """First and last day, inclusive; `grain` is None where it is not exactly one period of the company's calendar.
    `fiscal`: its quarters and years are not those that everybody knows by number."""

    start: date
    end: date
    grain: Grain | None = None
    fiscal: bool = False


@dataclass(frozen=True)
class Fact:
    """One number. `label` is the metric (or thing) as it reads inside a sentence; fractions are of 1; `receipt` is the
    call that computed it; `trust` is that answer's state."""

    id: str
    metric: str
    label: str
    period: Period
    kind: FactKind
    value: Decimal
    unit: str
    slice: Slice = ()
    receipt: str = ""
    trust: str = ""
    direction: Direction = "neutral"


class FactBook(Mapping[str, Fact]):
    """Facts by id, in the order they were found. Ids are short and stable: f1, f2, ..."""

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}

    def add(
        self,
        *,
        metric: str,
        label: str,
        period: Period,
        kind: FactKind,
        value: Decimal,
        unit: str,
        slice: Slice = (),
        receipt: str = "",
        trust: str = "",
        direction: Direction = "neutral",
    ) -> Fact:
        """Write a number down; the same number of the same thing is one fact."""
        for known in self._facts.values():
            same = (known.metric, known.label, known.period, known.kind, known.slice, known.value)
            if same == (metric, label, period, kind, slice, value):
                return known
        fact = Fact(
            f"f{len(self._facts) + 1}", metric, label, period, kind, value, unit, slice, receipt, trust, direction
        )
        self._facts[fact.id] = fact
        return fact

    def __getitem__(self, key: str) -> Fact:
        return self._facts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)
