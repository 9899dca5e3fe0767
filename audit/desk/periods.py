"""Days, months, quarters as words → periods in the company's time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from audit.desk.calls import Period
from catalog.company_calendar import CompanyCalendar, add_months
from catalog.refusals import BadArgument

MONTHS = ("january february march april may june july august september october november december").split()


def day(text: str, name: str = "day") -> date:
    """A day like 2026-03-01. Raises BadArgument."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadArgument(f"{name} takes a day like 2026-03-01, not '{text[:40]}'.") from error


def days(calendar: CompanyCalendar, first: date | None, last: date | None) -> Period:
    """From the start of `first` to the end of `last` on the company's clocks; None is open. Raises BadArgument."""
    if first and last and last < first:
        raise BadArgument(f"The period ends on {last}, before it starts on {first}.")
    zone = ZoneInfo(calendar.time_zone)

    def start(of: date) -> datetime:
        return datetime.combine(of, time(), zone).astimezone(UTC)

    return Period(start(first) if first else None, start(calendar.next_start("day", last)) if last else None)


def month(calendar: CompanyCalendar, text: str) -> Period:
    """A month like 2026-03. Raises BadArgument."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1:
        raise BadArgument(f"A month is written like 2026-03, not '{text[:40]}'.")
    return _whole(calendar, date(int(found[1]), int(found[2]), 1), 1)


def quarter(calendar: CompanyCalendar, text: str = "") -> tuple[str, date, date]:
    """Name, first and last day of a fiscal quarter like 2026Q3 (a fiscal year is named by the calendar year it begins
    in, unless the company says otherwise); without words, the last that is over.

    Raises BadArgument."""
    if not text:
        first = calendar.next_start("quarter", calendar.start_of("quarter", calendar.today), -1)
        return _name(calendar, first), first, calendar.end_of("quarter", first)
    found = re.fullmatch(r"(\d{4})-?Q([1-4])", text.strip().upper())
    if not found or int(found[1]) < 2:
        raise BadArgument(f"A quarter is written like 2026Q3, not '{text[:40]}'.")
    year, number = int(found[1]), int(found[2])
    first = add_months(calendar.year_named(year), (number - 1) * 3)
    return f"{year}Q{number}", first, calendar.end_of("quarter", first)


def named_month(calendar: CompanyCalendar, words: str) -> Period | None:
    """ "March" (the last one that has begun) or "March 2026"; None for anything else."""
    name, _, year = words.strip().casefold().partition(" ")
    if name not in MONTHS or (year and not re.fullmatch(r"\d{4}", year)):
        return None
    number = MONTHS.index(name) + 1
    begun = calendar.today.year - (number > calendar.today.month)
    return _whole(calendar, date(int(year) if year else begun, number, 1), 1)


def _whole(calendar: CompanyCalendar, first: date, months: int) -> Period:
    return days(calendar, first, calendar.next_start("day", add_months(first, months), -1))


def _name(calendar: CompanyCalendar, first: date) -> str:
    year = calendar.start_of("year", first)
    named = year.year + (year.year - calendar.year_named(year.year).year)
    return f"{named}Q{((first.month - year.month) % 12) // 3 + 1}"
