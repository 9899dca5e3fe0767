"""The company's calendar: ISO weeks starting Monday, fiscal quarters and years, and what "today" is.

A period is named by its first day. All arithmetic is on plain dates in the company's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from catalog.metrics import Grain

NamedBy = Literal["start", "end"]
OLDEST, NEWEST = date(1800, 1, 1), date(2400, 1, 1)
"""Nobody's data lie outside; periods before and after still lie inside what a date can hold."""
YEAR_AGO_WEEKS = timedelta(days=364)
"""A year ago for weeks and days-of-week: 52 whole weeks, so that Mondays meet Mondays."""


@dataclass(frozen=True)
class CompanyCalendar:
    """`now` is the company's moment (pinned, or from a clock); `fiscal_start_month` is 1 for calendar years.

    `fiscal_years_named_by` says whether fiscal 2025 begins or ends in 2025; None where the company has not said."""

    now: datetime
    time_zone: str = "UTC"
    fiscal_start_month: int = 1
    fiscal_years_named_by: NamedBy | None = None

    @property
    def today(self) -> date:
        """The company's current day."""
        return self.moment.date()

    @property
    def moment(self) -> datetime:
        """The company's current moment on its own clocks, without a zone: what gold timestamps are compared with."""
        local = self.now.astimezone(ZoneInfo(self.time_zone)) if self.now.tzinfo else self.now
        return local.replace(tzinfo=None)

    def start_of(self, grain: Grain, day: date) -> date:
        """First day of the period of `grain` that holds `day`."""
        if grain == "day":
            return day
        if grain == "week":
            return day - timedelta(days=day.weekday())
        if grain == "month":
            return day.replace(day=1)
        months = 3 if grain == "quarter" else 12
        since_fiscal_start = (day.month - self.fiscal_start_month) % 12
        return add_months(day.replace(day=1), -(since_fiscal_start % months))

    @property
    def is_fiscal(self) -> bool:
        """True where quarters and years begin on other days than the calendar's."""
        return self.fiscal_start_month != 1

    @property
    def names_years_clearly(self) -> bool:
        """True when the name of a fiscal year can mean one year only."""
        return not self.is_fiscal or self.fiscal_years_named_by is not None

    def year_named(self, year: int) -> date:
        """First day of fiscal year `year`; named by its start where the company has not said."""
        ends = self.fiscal_start_month > 1 and self.fiscal_years_named_by == "end"
        return date(year - ends, self.fiscal_start_month, 1)

    def next_start(self, grain: Grain, start: date, count: int = 1) -> date:
        """First day of the period `count` periods after the one starting at `start` (negative: before)."""
        if grain == "day":
            return start + timedelta(days=count)
        if grain == "week":
            return start + timedelta(weeks=count)
        return add_months(start, {"month": 1, "quarter": 3, "year": 12}[grain] * count)

    def end_of(self, grain: Grain, day: date) -> date:
        """Last day of the period of `grain` that holds `day`."""
        return self.next_start(grain, self.start_of(grain, day)) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """`day` moved by whole months; the day of the month is clipped to the target month's length."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
