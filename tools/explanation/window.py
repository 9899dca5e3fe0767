"""The days to explain → a range, the grain it is one period of, and where its history lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.request import CompareTo

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
PERIODS_A_YEAR: Mapping[Grain, int] = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
SEASON: Mapping[Grain, int] = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 0}
"""Periods after which a pattern returns: weekdays for days, the year for longer ones."""
WEEK = timedelta(days=6)
"""From the first day of seven to the last."""
HISTORY: Mapping[Grain, int] = {"day": 56, "week": 105, "month": 36, "quarter": 12, "year": 10}
"""Periods looked back on."""


@dataclass(frozen=True)
class Window:
    """`start` to `end`, inclusive; `grain` is None when they are not exactly one calendar period."""

    start: date
    end: date
    grain: Grain | None


def window_of(metric: Metric, start: date | None, end: date | None, calendar: CompanyCalendar) -> Window:
    """The range asked for. With one end only: the month that starts or ends there, else seven days. Without any: the
    last week that is over by the calendar, whether or not its data has come in (the last month, quarter or year where
    the metric has no weeks)."""
    if start is None and end is None:
        finest = metric.time.min_grain if metric.time else "day"
        grain = finest if GRAINS.index(finest) > GRAINS.index("week") else "week"
        start = calendar.next_start(grain, calendar.start_of(grain, calendar.today), -1)
        return Window(start, calendar.end_of(grain, start), grain)
    if end is None:
        first = start or calendar.today
        end = calendar.end_of("month", first) if first.day == 1 else first + WEEK
    if start is None:
        start = end.replace(day=1) if end == calendar.end_of("month", end) else end - WEEK
    return Window(start, end, grain_between(start, end, calendar))


def grain_between(start: date, end: date, calendar: CompanyCalendar) -> Grain | None:
    """The grain of which start to end is exactly one period, or None."""
    for grain in GRAINS:
        if calendar.start_of(grain, start) == start and calendar.end_of(grain, start) == end:
            return grain
    return None


def history_of(window: Window, calendar: CompanyCalendar) -> tuple[date, date] | None:
    """First and last day of the periods before the window; None when it is not one period."""
    if window.grain is None:
        return None
    first = calendar.next_start(window.grain, window.start, -HISTORY[window.grain])
    return first, window.start - timedelta(days=1)


def lag_of(grain: Grain, compare_to: CompareTo) -> int:
    """Periods between a value and its baseline."""
    return 1 if compare_to == "prior_period" else PERIODS_A_YEAR[grain]
