"""Whole periods of a company's calendar, and how they read."""

from __future__ import annotations

from datetime import datetime

import pytest

from agents.figures import when
from agents.periods import finished_period, period_before
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain

MONDAY = datetime(2026, 11, 16, 8)


@pytest.mark.parametrize(
    ("begins", "grain", "last", "before"),
    [
        (1, "week", "the week of November 9", "the week of November 2"),
        (4, "week", "the week of November 9", "the week of November 2"),
        (4, "month", "October 2026", "September 2026"),
        (1, "quarter", "Q3 2026", "Q2 2026"),
        (4, "quarter", "July 1 to September 30, 2026", "April 1 to June 30, 2026"),
        (2, "quarter", "August 1 to October 31, 2026", "May 1 to July 31, 2026"),
        (1, "year", "2025", "2024"),
        (4, "year", "April 1, 2025 to March 31, 2026", "April 1, 2024 to March 31, 2025"),
    ],
)
def test_only_calendar_quarters_and_years_go_by_their_number(begins: int, grain: Grain, last: str, before: str) -> None:
    calendar = CompanyCalendar(MONDAY, fiscal_start_month=begins)
    period = finished_period(grain, calendar)
    assert (when(period), when(period_before(period, calendar))) == (last, before)
