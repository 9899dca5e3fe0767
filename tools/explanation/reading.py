"""Requests over one metric and one window, run as the caller → plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from catalog.access import Access
from catalog.metrics import Grain
from catalog.refusals import Refusal, Timeout, WarehouseDown
from catalog.request import CompareTo, Condition, MetricRequest, Order
from tools.explanation.window import Window, history_of
from tools.metric_answer import compiled_for
from tools.tool import Call
from warehouse.bill import Bill
from warehouse.compiled import CompiledQuery
from warehouse.port import Cell

DIGITS = Decimal("1e-12")
"""Quotients are carried to twelve decimals, so that what is shown adds up exactly."""
LARGE = 10**12
"""Beyond this, twelve decimals are more digits than a float holds."""
MAX_MEMBERS = 300
"""Members of one dimension that are read; of a sum, those furthest in the direction of the change."""
NO_MEMBER = "(none)"
"""How a missing value of a dimension reads."""


@dataclass(frozen=True)
class Pair:
    """A value and its baseline; None where there is none."""

    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """after − before, where both are there."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Question:
    """What is being explained, and for whom."""

    call: Call
    metric: str
    window: Window
    compare_to: CompareTo
    where: tuple[Condition, ...]
    watermark: str
    tables: set[str] = field(default_factory=set[str])
    """Tables read so far."""
    columns: set[str] = field(default_factory=set[str])
    """Columns read so far ("table.column"): what is on record of it."""
    bills: list[Bill] = field(default_factory=list[Bill])
    """What the runs so far were billed."""

    def query(
        self,
        access: Access,
        metrics: Sequence[str],
        group_by: Sequence[str] = (),
        order_by: tuple[Order, ...] = (),
        limit: int | None = None,
    ) -> CompiledQuery:
        """The window and its baseline, compiled for this caller. Raises the compiler's refusals."""
        request = MetricRequest(
            metrics=tuple(metrics),
            group_by=tuple(group_by),
            start=self.window.start,
            end=self.window.end,
            where=self.where,
            order_by=order_by,
            limit=limit,
            compare_to=self.compare_to,
        )
        return compiled_for(request, replace(self.call, access=access), self.watermark)

    def run(self, query: CompiledQuery, access: Access) -> tuple[tuple[Cell, ...], ...]:
        """Rows of a compiled query."""
        self.tables.update(query.tables)
        self.columns.update(query.columns_read)
        call = self.call
        rows = call.services.warehouse.compiled_rows(access, query, call.deadline, call.purpose)
        if rows.bill is not None:
            self.bills.append(rows.bill)
        return rows.rows

    def total(self, query: CompiledQuery) -> Pair:
        """Value and baseline of a query without groups."""
        rows = self.run(query, self.call.access)
        return _pair(query, rows[0], self.metric) if rows else Pair(None, None)

    def history(self) -> list[float]:
        """Values of the periods before the window, oldest first, NaN where there is none; empty when there are none to
        read."""
        span = history_of(self.window, self.call.calendar)
        grain = self.window.grain
        if span is None or grain is None:
            return []
        request = MetricRequest(metrics=(self.metric,), grain=grain, start=span[0], end=span[1], where=self.where)
        try:
            query = compiled_for(request, self.call, self.watermark)
        except (WarehouseDown, Timeout):
            raise
        except Refusal:
            # The metric has no such grain, or no data that far back: then nothing is known of its habits.
            return []
        values = _by_period(query, self.run(query, self.call.access), grain, self.metric)
        starts = [span[0]]
        while (following := self.call.calendar.next_start(grain, starts[-1])) <= span[1]:
            starts.append(following)
        return [values.get(start.isoformat(), math.nan) for start in starts]


def grouped(
    question: Question,
    access: Access,
    metrics: Sequence[str],
    group_by: Sequence[str],
    falling: bool | None,
    most: int = MAX_MEMBERS,
) -> dict[tuple[str, ...], tuple[Pair, ...]] | None:
    """Value and baseline of each metric by members of the dimensions. With `falling` (is the total going down?) only
    the `most` members furthest in that direction are read; without, None when there are more than that."""
    order: tuple[Order, ...] = ()
    if falling is not None:
        order = (Order(by=f"{metrics[0]}__change", direction="asc" if falling else "desc"),)
    query = question.query(access, metrics, group_by, order, most + 1)
    rows = question.run(query, access)
    if len(rows) > most and falling is None:
        return None
    width = len(group_by)
    return {
        tuple(NO_MEMBER if cell is None else str(cell) for cell in row[:width]): tuple(
            _pair(query, row, metric) for metric in metrics
        )
        for row in rows[:most]
    }


def _pair(query: CompiledQuery, row: Sequence[Cell], metric: str) -> Pair:
    at = {c.role: i for i, c in enumerate(query.columns) if c.metric == metric}
    return Pair(number(row[at["prior"]]), number(row[at["value"]]))


def _by_period(query: CompiledQuery, rows: Sequence[Sequence[Cell]], grain: Grain, metric: str) -> dict[str, float]:
    """Value by first day of the period (ISO)."""
    names = [column.name for column in query.columns]
    at, when = names.index(metric), names.index(grain)
    return {str(row[when])[:10]: float(value) for row in rows if (value := number(row[at])) is not None}


def number(cell: Cell) -> Decimal | None:
    """A cell as an exact number: decimals and integers as they are, others to twelve decimals."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return None
    exact = Decimal(str(cell)) if isinstance(cell, float) else Decimal(cell)
    if not exact.is_finite():
        return None
    return exact.quantize(DIGITS) if isinstance(cell, float) and abs(exact) < LARGE else exact
