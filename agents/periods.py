"""Whole periods of the company's calendar, as facts speak of them."""

from __future__ import annotations

from datetime import date

from agents.facts import Period
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain


def whole_period(grain: Grain, start: date, calendar: CompanyCalendar) -> Period:
    """The period of `grain` that begins on `start`."""
    return Period(start, calendar.end_of(grain, start), grain, calendar.is_fiscal)


def finished_period(grain: Grain, calendar: CompanyCalendar) -> Period:
    """The last period of `grain` that ended before today."""
    return whole_period(grain, calendar.next_start(grain, calendar.start_of(grain, calendar.today), -1), calendar)


def period_before(period: Period, calendar: CompanyCalendar, count: int = 1) -> Period:
    """The period `count` periods earlier."""
    grain = period.grain or "week"
    return whole_period(grain, calendar.next_start(grain, period.start, -count), calendar)
