"""A moment of the company → the period a report speaks of: the last one that is over by the calendar."""

from __future__ import annotations

from agents.facts import Period
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain


def finished_period(grain: Grain, calendar: CompanyCalendar) -> Period:
    """The last period of `grain` that ended before today."""
    start = calendar.next_start(grain, calendar.start_of(grain, calendar.today), -1)
    return Period(start, calendar.end_of(grain, start), grain)


def period_before(period: Period, calendar: CompanyCalendar, count: int = 1) -> Period:
    """The period `count` periods earlier."""
    grain = period.grain or "week"
    start = calendar.next_start(grain, period.start, -count)
    return Period(start, calendar.end_of(grain, start), grain)
