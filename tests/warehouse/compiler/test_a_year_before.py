"""The same days of the year before, where one of the two years has a 29 February."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain
from catalog.request import MetricRequest
from warehouse.compiler.windows import Reach, find_windows

CALENDAR = CompanyCalendar(datetime(2025, 8, 20, 8), "UTC", 1)
RANGES = [
    ("2025-01-01", "2025-06-30", "2024-01-01", "2024-06-30"),
    ("2025-01-01", "2025-08-19", "2024-01-01", "2024-08-19"),
    ("2024-01-01", "2024-06-30", "2023-01-01", "2023-06-30"),
    ("2025-02-01", "2025-02-28", "2024-02-01", "2024-02-29"),
    ("2025-01-15", "2025-03-14", "2024-01-15", "2024-03-14"),
    ("2025-01-01", "2025-12-31", "2024-01-01", "2024-08-19"),
    ("2024-07-01", "2025-06-30", "2023-07-01", "2024-06-30"),
]


def before(start: str, end: str, grain: Grain | None = None) -> list[tuple[str, str]]:
    reach = Reach(date(2022, 1, 1), date(2025, 8, 19), snapshots_only=False, default_grain="month")
    request = MetricRequest(metrics=("takings",), start=start, end=end, grain=grain, compare_to="prior_year")
    return [(str(w.lo), str(w.hi)) for w in find_windows(request, reach, CALENDAR).prior]


@pytest.mark.parametrize(("start", "end", "first", "last"), RANGES)
def test_a_range_is_compared_with_the_same_days_of_the_year_before(start: str, end: str, first: str, last: str) -> None:
    assert before(start, end) == [(first, last)]


def test_an_unfinished_year_is_compared_with_the_same_days_of_the_year_before() -> None:
    assert before("2024-01-01", "2025-12-31", "year") == [("2023-01-01", "2023-12-31"), ("2024-01-01", "2024-08-19")]
