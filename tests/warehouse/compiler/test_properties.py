"""What must hold for any rows at all: generated sales, the same questions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.compiler.market import Market, open_market

SALES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "zz", None]),
        st.integers(0, 379),
        st.integers(-500, 5000),
        st.sampled_from(["cash", "card", None]),
    ),
    max_size=25,
)
QUARTERS = {"start": "2023-07-01", "end": "2024-03-31"}


@pytest.fixture(scope="module")
def stalls() -> Market:
    """A company of its own: its sales are replaced by each example."""
    return open_market()


def _fill(market: Market, sales: list[tuple[Any, int, int, Any]]) -> None:
    market.connection.execute("DELETE FROM gold.sale")
    for number, (stall, after, cents, kind) in enumerate(sales):
        day = date(2023, 5, 1) + timedelta(days=after)
        row = [number, stall, day, day, cents / 100, "u", kind, "captured", -1]
        market.connection.execute("INSERT INTO gold.sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


@given(sales=SALES, groups=st.sampled_from([["city"], ["kind"], ["stall_id", "kind"], ["size", "city"]]))
@settings(max_examples=30, deadline=None)
def test_groups_add_up_to_the_total(stalls: Market, sales: list[Any], groups: list[str]) -> None:
    _fill(stalls, sales)
    total = stalls.rows("takings sales", **QUARTERS)[0]
    parts = stalls.rows("takings sales", **QUARTERS, group_by=groups)
    assert sum(row[-2] for row in parts) == pytest.approx(total[0])
    assert sum(row[-1] for row in parts) == total[1]


@given(sales=SALES)
@settings(max_examples=30, deadline=None)
def test_months_add_up_to_their_quarter(stalls: Market, sales: list[Any]) -> None:
    _fill(stalls, sales)
    added: dict[date, float] = {}
    for day, value in stalls.rows("takings", grain="month", **QUARTERS):
        start = stalls.calendar.start_of("quarter", day)
        added[start] = added.get(start, 0.0) + value
    assert added == pytest.approx(dict(stalls.rows("takings", grain="quarter", **QUARTERS)))


@given(sales=SALES)
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_groups_and_of_the_metrics_changes_no_value(stalls: Market, sales: list[Any]) -> None:
    _fill(stalls, sales)
    one = stalls.rows("takings basket cash_share", **QUARTERS, group_by=["city", "kind"])
    other = stalls.rows("cash_share takings basket", **QUARTERS, group_by=["kind", "city"])
    assert {(c, k): (t, b, s) for c, k, t, b, s in one} == {(c, k): (t, b, s) for k, c, s, t, b in other}


@given(sales=SALES)
@settings(max_examples=20, deadline=None)
def test_a_metric_is_the_same_alone_and_beside_others(stalls: Market, sales: list[Any]) -> None:
    _fill(stalls, sales)
    together = stalls.rows("cash_takings buyers refunds units takings_90", grain="month", start="2024-01-01")
    for position, name in enumerate(["cash_takings", "buyers", "refunds", "units", "takings_90"], start=1):
        alone = stalls.rows(name, grain="month", start="2024-01-01", end=str(together[-1][0] + timedelta(days=20)))
        assert [(row[0], row[position]) for row in together] == alone[: len(together)]
