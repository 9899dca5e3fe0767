"""Generated requests over seeded random rows: this compiler and MetricFlow, which know nothing of each other, agree.

MetricFlow shows only groups that have rows, where ours shows every period of every group that is seen: a row that it
leaves out must be empty in ours.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from catalog.company_calendar import CompanyCalendar
from tests.warehouse.compiler.market import THROUGH, Market, open_market
from tests.warehouse.compiler.metricflow_oracle import DIMENSIONS, RATIOS, SIMPLE, Oracle, fill_with_chance

GRAINS: list[Any] = ["day", "week", "month", "quarter", "year"]
KEYS = (*GRAINS, *DIMENSIONS)
OF_REFUNDS = {"refunds", "refund_rate", "net_takings"}


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Market, Oracle]]:
    """The stalls with random rows, and MetricFlow over the same engine."""
    market = open_market()
    fill_with_chance(market.connection, seed=7)
    yield market, Oracle(market.connection)


def _request(chance: random.Random) -> dict[str, Any]:
    names = chance.sample([*SIMPLE, *RATIOS, "net_takings"], chance.randint(1, 3))
    shared = ["city", "size"] if OF_REFUNDS & set(names) else ["city", "size", "kind"]
    first = date(2024, 1, 1) if OF_REFUNDS & set(names) else date(2023, 5, 1)
    start = first + timedelta(days=chance.randrange((THROUGH - first).days))
    end = start + timedelta(days=chance.randrange((THROUGH - start).days + 1))
    found: dict[str, Any] = {"metrics": " ".join(names)}
    if chance.random() < 0.7:
        found["grain"] = chance.choice(GRAINS)
        start, end = _whole_periods(found["grain"], start, end, first)
    found |= {"start": start.isoformat(), "end": end.isoformat()}
    found["group_by"] = chance.sample(shared, chance.randint(0, 2))
    if chance.random() < 0.5:
        dimension = chance.choice(shared)
        found["where"] = [{"dimension": dimension, **chance.choice(CONDITIONS[dimension])}]
    return found


def _whole_periods(grain: Any, start: date, end: date, first: date) -> tuple[date, date]:
    """MetricFlow widens a range to whole periods; ours reads the range as asked. Only the last may be unfinished."""
    calendar = CompanyCalendar(datetime(2024, 5, 15))
    begin = calendar.start_of(grain, start)
    begin = begin if begin >= first else calendar.next_start(grain, begin)
    return begin, calendar.end_of(grain, max(begin, end))


CONDITIONS: dict[str, list[dict[str, Any]]] = {
    "city": [{"op": "=", "value": "Bern"}, {"op": "!=", "value": "Bern"}, {"op": "in", "value": ["Bern", "Chur"]}],
    "size": [{"op": ">=", "value": 3}, {"op": "<", "value": 5}, {"op": "not in", "value": [2, 8]}],
    "kind": [{"op": "=", "value": "cash"}, {"op": "!=", "value": "card"}, {"op": "in", "value": ["card", "voucher"]}],
}


def _by_key(rows: list[dict[str, Any]], names: list[str]) -> dict[tuple[Any, ...], tuple[float | None, ...]]:
    found: dict[tuple[Any, ...], tuple[float | None, ...]] = {}
    for row in rows:
        key = tuple(_as_day(row[k]) for k in KEYS if k in row)
        assert key not in found, f"two rows for {key}"
        found[key] = tuple(None if row[n] is None else round(float(row[n]), 9) for n in names)
    return found


def _as_day(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value


def _differences(market: Market, oracle: Oracle, request: dict[str, Any]) -> list[str]:
    names = request["metrics"].split()
    query = market.compile(**request)
    cells = market.connection.execute(query.sql).fetchall()
    ours = _by_key([dict(zip([c.name for c in query.columns], row, strict=True)) for row in cells], names)
    theirs = _by_key(oracle.rows(request), names)
    wrong = [f"{k}: {ours.get(k)} instead of {v}" for k, v in theirs.items() if ours.get(k) != pytest.approx(v)]
    return wrong + [f"{k}: {v} where there is no row" for k, v in ours.items() if k not in theirs and any(v)]


def _disagreeing(both: tuple[Market, Oracle], seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    found: list[str] = []
    for _ in range(count):
        request = _request(chance)
        if wrong := _differences(*both, request):
            found.append(f"{request}\n  " + "\n  ".join(wrong[:5]))
    return found


@pytest.mark.wide
def test_twenty_five_generated_requests_agree_with_metricflow(both: tuple[Market, Oracle]) -> None:
    assert _disagreeing(both, seed=1, count=25) == []


@pytest.mark.prove
def test_three_hundred_generated_requests_agree_with_metricflow(both: tuple[Market, Oracle]) -> None:
    assert _disagreeing(both, seed=2, count=300) == []
