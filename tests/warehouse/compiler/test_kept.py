"""Thresholds keep the rows whose figures fit, and nothing else changes."""

from __future__ import annotations

import pytest

from catalog.refusals import BadArgument
from tests.warehouse.compiler.market import Market

ALL_OF_IT = {"start": "2024-01-01", "end": "2024-05-14"}
FITS = {">": lambda v, t: v > t, ">=": lambda v, t: v >= t, "<": lambda v, t: v < t, "<=": lambda v, t: v <= t}


@pytest.mark.parametrize("op", FITS)
def test_the_rows_that_fit_are_those_of_the_whole_answer_that_do(market: Market, op: str) -> None:
    whole = market.rows("takings", **ALL_OF_IT, grain="month")
    middle = sorted(float(v) for _, v in whole if v is not None)[len(whole) // 2]
    kept = market.rows("takings", **ALL_OF_IT, grain="month", having=[{"by": "takings", "op": op, "value": middle}])
    assert kept == [row for row in whole if row[1] is not None and FITS[op](float(row[1]), middle)]
    assert 0 < len(kept) < len(whole)


def test_a_change_can_be_what_must_fit(market: Market) -> None:
    request = {**ALL_OF_IT, "grain": "month", "compare_to": "prior_period"}
    whole = market.rows("takings", **request)
    kept = market.rows("takings", **request, having=[{"by": "takings__change", "op": "<", "value": 0}])
    assert kept == [row for row in whole if row[3] is not None and row[3] < 0]
    assert kept


def test_a_limit_counts_the_rows_that_fit(market: Market) -> None:
    request = {**ALL_OF_IT, "grain": "month", "order_by": [{"by": "takings", "direction": "asc"}]}
    having = [{"by": "takings", "op": ">", "value": 101}]
    whole = market.rows("takings", **request)
    assert market.rows("takings", **request, having=having, limit=1) == [row for row in whole if row[1] > 101][:1]


@pytest.mark.parametrize("by", ["kind", "month", "takings__change", "nothing"])
def test_what_is_no_figure_of_the_answer_is_refused(market: Market, by: str) -> None:
    with pytest.raises(BadArgument, match="no figure"):
        market.compile("takings", **ALL_OF_IT, group_by=["kind"], having=[{"by": by, "op": ">", "value": 1}])
