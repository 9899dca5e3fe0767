"""A metric and the periods a source reported → gold's own values, computed like any answer but with all rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import cast, get_args

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain
from catalog.refusals import BadArgument, Refusal, Timeout, WarehouseDown
from catalog.request import MetricRequest
from tools.reconciliation.ops_rows import as_decimal
from warehouse.compiler import compile_request
from warehouse.deadline import Deadline
from warehouse.port import Warehouse

SECONDS = 120
"""Ceiling of one metric over its whole history; on 100M rows this is a scan of a few seconds."""


def gold_values(
    warehouse: Warehouse, company: Access, calendar: CompanyCalendar, metric: str, grain: str, periods: Iterable[date]
) -> dict[date, Decimal | None]:
    """Value of `metric` for each *closed* period of `periods` (first days at `grain`); None where gold has no value.
    Periods whose data is not complete to the last day are left out, and so are those whose snapshot is of an earlier
    day than the period's last: the source's total is of that day, and the two would differ for no fault.

    Raises WarehouseDown, Timeout; BadArgument and other refusals when the metric cannot be computed."""
    step = grain_of(grain)
    closed = sorted(p for p in set(periods) if calendar.end_of(step, p) < calendar.today)
    if not closed:
        return {}
    request = MetricRequest(metrics=(metric,), grain=step, start=closed[0], end=calendar.end_of(step, closed[-1]))
    query = compile_request(request, company, calendar, warehouse.horizons(), warehouse.dialect)
    rows = warehouse.compiled_rows(company, query, Deadline(SECONDS)).rows
    names = [column.name for column in query.columns]
    at, value = names.index(step), names.index(metric)
    found = {_day(row[at]): as_decimal(row[value]) for row in rows}
    through, snapshots = query.through, query.snapshot_dates.values()

    def comparable(period: date) -> bool:
        end = calendar.end_of(step, period)
        return (through is None or end <= through) and all(days.get(period) == end for days in snapshots)

    return {period: found.get(period) for period in closed if comparable(period)}


def try_gold_values(
    warehouse: Warehouse, company: Access, calendar: CompanyCalendar, metric: str, grain: str, periods: Iterable[date]
) -> tuple[dict[date, Decimal | None], str]:
    """As `gold_values`, with the reason in words in place of a refusal (a warehouse that is down still raises)."""
    try:
        return gold_values(warehouse, company, calendar, metric, grain, periods), ""
    except (WarehouseDown, Timeout):
        raise
    except Refusal as refusal:
        return {}, f"{metric} cannot be compared with its source: {refusal.message}"


def grain_of(text: str) -> Grain:
    """A grain by name. Raises BadArgument."""
    if text not in get_args(Grain):
        raise BadArgument(f"'{text}' is not a grain.", exists=get_args(Grain))
    return cast(Grain, text)


def _day(cell: object) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return date.fromisoformat(str(cell)[:10])
