"""Dates at the edges of what a date can be: an answer or a coded refusal, never a fault of ours."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from server.wiring import Program

RANGES = (
    ("0001-01-01", "9999-12-31"),
    ("0001-01-01", "0001-01-01"),
    ("9999-12-31", "9999-12-31"),
    (None, "9999-12-31"),
    ("0001-01-01", None),
    (None, "0001-01-01"),
    ("2026-01-01", "9999-12-31"),
    ("2026-01-01", "2100-12-31"),
)


@pytest.mark.parametrize("range_", RANGES)
def test_a_far_date_is_answered_or_refused_with_a_code(demo_program: Program, range_: tuple[str | None, ...]) -> None:
    principal = demo_program.principal(None, None, {})
    days = {name: day for name, day in zip(("start", "end"), range_, strict=True) if day}
    codes: set[str] = set()
    for metric, compare_to in product(("recognized_revenue", "arr", "nrr"), (None, "prior_period", "prior_year")):
        asked: dict[str, Any] = days | ({"compare_to": compare_to} if compare_to else {})
        calls = [("explain_number", {"metric": metric, **asked})]
        for grain in (None, "day", "week", "month", "year"):
            request = {"question": "q", "metrics": [metric], **asked, **({"grain": grain} if grain else {})}
            calls.append(("query_curated_data", request))
        codes |= {demo_program.toolset.call(principal, tool, arguments).structured["code"] for tool, arguments in calls}
    assert codes <= {"", "BAD_ARGUMENT", "TOO_EXPENSIVE"}
