"""Periods in words → days: "last quarter", "since March", "in Q2 2026", "trailing 90 days", "year to date".

Every pattern yields a `Period` with its first and last day; months, quarters and years without a year are the most
recent ones that have begun. Quarters and halves are fiscal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from catalog.company_calendar import CompanyCalendar, add_months
from catalog.metrics import Grain
from catalog.refusals import Ambiguous, NotUnderstood
from tools.question.text import Words, phrase

DAY = timedelta(days=1)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
NUMBERS = {
    w: n
    for n, w in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split(), start=1
    )
} | {"eighteen": 18, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90}
M = "|".join(MONTHS)
N = r"\d{1,3}|" + "|".join(NUMBERS)
UNIT = "day|days|week|weeks|month|months|quarter|quarters|year|years"
ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
O_ = "first|second|third|fourth|1 st|2 nd|3 rd|4 th"
AT = r"(?:(?:at|as of|as at|by|on|for) )?(?:the )?"
IN = r"(?:(?:in|during|for|over|within|of|on) )?(?:the )?"
AT_END = re.compile(r"(?:(?:as of|as at|at|by|in|for) )?(?:the )?(?:very )?end of(?: the)?$")


DAYS = (
    rf"\d{{4}}-\d{{2}}-\d{{2}}|(?:{M}) \d{{1,2}}(?: (?:st|nd|rd|th))?(?: 20\d\d)?"
    rf"|\d{{1,2}}(?: (?:st|nd|rd|th))?(?: of)? (?:{M})(?: 20\d\d)?"
)
POINT = (
    rf"{DAYS}|(?:{M})(?: (?:of )?20\d\d)?|q ?[1-4](?: (?:of )?(?:fy ?)?(?:20)?\d\d)?|20\d\d q ?[1-4]"
    rf"|(?:{O_}) quarter(?: of)?(?: 20\d\d)?|h ?[12](?: (?:of )?20\d\d)?|(?:first|second) half(?: of)?(?: 20\d\d)?"
    r"|fy ?(?:20)?\d\d|(?:fiscal |calendar )?(?:year )?20\d\d"
)
LAST_YEARS = rf"(?:{M})|q ?[1-4]|(?:{O_}) quarter|h ?[12]|(?:first|second) half"
"""What "last year" can stand behind: "October last year", "Q3 of last year"."""


@dataclass(frozen=True)
class Period:
    """`grain` when it is one calendar unit; `open_end` when it runs until the data end; `point` for "as of" a day or the
    end of a period; `units` when it is several of them ("last 6 months"); `ends` are the two periods of a range."""

    start: date
    end: date
    grain: Grain | None = None
    open_end: bool = False
    point: bool = False
    units: Grain | None = None
    ends: tuple[Period, Period] | None = None


def unit_of(word: str) -> Grain:
    """The grain that a word for a unit of time names."""
    grains: dict[str, Grain] = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
    return grains[word.rstrip("s")]


def number_of(word: str) -> int:
    """A number in digits or in a word."""
    return int(word) if word.isdigit() else NUMBERS[word]


class Periods:
    """Finds the periods of one question, relative to the company's today."""

    def __init__(self, calendar: CompanyCalendar) -> None:
        self.calendar = calendar
        self.today = calendar.today

    def take_all(self, words: Words) -> list[tuple[int, Period]]:
        """Every period in the words, marked as understood, each with the position of its first word."""
        found: list[tuple[int, Period]] = []
        for pattern, meaning in RULES:
            while (hit := words.search(pattern)) is not None:
                match, start, end = hit
                words.take(start, end, "period")
                found.append((start, _at_end(words, start, meaning(self, match))))
        return sorted(found, key=lambda each: each[0])

    def unit(self, grain: Grain, day: date) -> Period:
        """The calendar unit that holds a day."""
        return Period(self.calendar.start_of(grain, day), self.calendar.end_of(grain, day), grain)

    def calendar_year(self, year: int) -> Period:
        """January to December, which is no unit of a company whose year begins otherwise."""
        aligned = self.calendar.fiscal_start_month == 1
        return Period(date(year, 1, 1), date(year, 12, 31), "year" if aligned else None)

    def read(self, text: str, after: str = "") -> Period:
        """A day, month, quarter, half or year in words."""
        return _read_point(text, self, _year_in(text) or _year_in(after))


def _range(periods: Periods, match: re.Match[str]) -> Period:
    first, last = periods.read(match["a"], after=match["b"]), periods.read(match["b"], after=match["a"])
    if last.end < first.start:
        raise NotUnderstood(f"The range ends ({last.end}) before it begins ({first.start}).")
    return Period(first.start, last.end, ends=(first, last))


def _since(periods: Periods, match: re.Match[str]) -> Period:
    return Period(periods.read(match["a"]).start, periods.today - DAY, open_end=True)


def _to_date(periods: Periods, match: re.Match[str]) -> Period:
    short: dict[str, Grain] = {"ytd": "year", "fytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
    groups = match.groupdict()
    grain = short[groups["s"]] if groups.get("s") else unit_of(groups["u"])
    if groups.get("k") == "calendar " and grain in ("quarter", "year"):
        return Period(_calendar_start(periods, grain), periods.today - DAY, open_end=True)
    return Period(periods.calendar.start_of(grain, periods.today), periods.today - DAY, open_end=True)


def _trailing(periods: Periods, match: re.Match[str]) -> Period:
    grain, count = unit_of(match["u"]), number_of(match["n"])
    if count == 0:
        raise NotUnderstood("A period of no length was asked for.")
    end = periods.calendar.start_of(grain, periods.today)
    return Period(
        periods.calendar.next_start(grain, end, -count), end - DAY, grain if count == 1 else None, units=grain
    )


def _last(periods: Periods, match: re.Match[str]) -> Period:
    grain = unit_of(match["u"])
    if "calendar year" in match[0]:
        return periods.calendar_year(periods.today.year - 1)
    return periods.unit(grain, periods.calendar.start_of(grain, periods.today) - DAY)


def _before_last(periods: Periods, match: re.Match[str]) -> Period:
    grain = unit_of(match["u"])
    start = periods.calendar.next_start(grain, periods.calendar.start_of(grain, periods.today), -2)
    return periods.unit(grain, start)


def _year_end(periods: Periods, match: re.Match[str]) -> Period:
    """The end of a year that is named: a moment for levels."""
    named = match["a"].startswith("f") or (match["k"] or "") == "fiscal "
    if not named and match["k"] is None and periods.calendar.fiscal_start_month != 1:
        raise Ambiguous("The fiscal and the calendar year end on different days.", hint="Say which, or name the day.")
    year = periods.read(f"fy {match['a'][-2:]}") if named else periods.read(match["a"])
    return replace(year, point=True)


def _this(periods: Periods, match: re.Match[str]) -> Period:
    if "calendar year" in match[0]:
        return periods.calendar_year(periods.today.year)
    return periods.unit(unit_of(match["u"]), periods.today)


def _past(periods: Periods, match: re.Match[str]) -> Period:
    unit = match["u"]
    raise Ambiguous(f"'past {unit}' can be the last {unit} or the days until now.", hint=f"Say 'last {unit}'.")


def _ago(periods: Periods, match: re.Match[str]) -> Period:
    grain, count = unit_of(match["u"]), 1 if match["n"] == "a" else number_of(match["n"])
    if grain == "year":
        raise Ambiguous("A year ago can be a day, a month or a whole year.", hint="Name the month or the year.")
    return periods.unit(
        grain, periods.calendar.next_start(grain, periods.calendar.start_of(grain, periods.today), -count)
    )


def _week_of(periods: Periods, match: re.Match[str]) -> Period:
    day = periods.read(match["a"]).start
    week = periods.unit("week", day)
    named = {"of": day, "ending": week.end}.get(match["p"], week.start)
    if day != named:
        raise NotUnderstood(f"Weeks run from Monday to Sunday: none is {match['p']} {day}.")
    return week


def _week_number(periods: Periods, match: re.Match[str]) -> Period:
    number, year = int(match["n"]), int(match["y"]) if match["y"] else periods.today.isocalendar().year
    try:
        start = date.fromisocalendar(year, number, 1)
        if not match["y"] and start > periods.today:
            start = date.fromisocalendar(year - 1, number, 1)
    except ValueError as error:
        raise NotUnderstood(f"There is no week {number} in {year}.") from error
    return periods.unit("week", start)


def _on(periods: Periods, match: re.Match[str]) -> Period:
    day = periods.read(match["a"]).start
    return Period(day, day, "day", point=match["p"] != "on")


def _in_last_year(periods: Periods, match: re.Match[str]) -> Period:
    first = periods.calendar.next_start("year", periods.calendar.start_of("year", periods.today), -1)
    if match["a"] not in MONTHS:
        return _read_point(match["a"], periods, None, first)
    fiscal = add_months(first, (MONTHS[match["a"]] - first.month) % 12)
    if fiscal.year != periods.today.year - 1:
        raise Ambiguous(
            f"'{match['a']} last year' can be of the last calendar or of the last fiscal year.",
            hint="Name the year.",
        )
    return periods.unit("month", fiscal)


def _point(periods: Periods, match: re.Match[str]) -> Period:
    return periods.read(match["a"])


def _calendar_start(periods: Periods, grain: Grain) -> date:
    months = {"quarter": 3, "year": 12}[grain]
    return date(periods.today.year, (periods.today.month - 1) // months * months + 1, 1)


def _slashed(periods: Periods, match: re.Match[str]) -> Period:
    raise Ambiguous(
        f"'{match[0].replace(' ', '')}' begins with a day for some readers and with a month for others.",
        hint="Write dates as in 2026-10-15, or name the month.",
    )


RULES: tuple[tuple[re.Pattern[str], Callable[[Periods, re.Match[str]], Period]], ...] = (
    (phrase(r"\d{1,2} / \d{1,2} / (?:\d{2}|\d{4})"), _slashed),
    (
        phrase(rf"(?:between|from) (?P<a>{POINT}) (?:and|to|until|till|through|thru) (?P<b>{POINT})"),
        _range,
    ),
    (phrase(rf"{IN}(?P<a>{POINT}) (?:to|until|till|through|thru) (?P<b>{POINT})"), _range),
    (
        phrase(rf"{AT}(?P<k>fiscal |calendar )?(?:year end|end of year)(?: of| in)? (?P<a>20\d\d|fy ?(?:20)?\d\d)"),
        _year_end,
    ),
    (phrase(rf"{AT}(?P<k>fiscal |calendar )?(?P<a>20\d\d|fy ?(?:20)?\d\d) year end"), _year_end),
    (phrase(rf"{IN}(?P<a>{LAST_YEARS}) (?:of )?(?:the )?last year"), _in_last_year),
    (phrase(rf"{IN}last (?P<a>{M})"), lambda periods, match: periods.read(match["a"])),
    (phrase(rf"since (?:the (?:start|beginning) of )?(?:the )?(?P<a>{POINT})"), _since),
    (
        phrase(r"(?:since the (?:start|beginning) of|so far) (?:the|this) (?P<u>year|quarter|month|week)"),
        _to_date,
    ),
    (
        phrase(rf"{IN}(?P<k>fiscal |calendar )?(?:(?P<u>year|quarter|month|week) to date|(?P<s>ytd|qtd|mtd|wtd|fytd))"),
        _to_date,
    ),
    (
        phrase(
            rf"{IN}(?:last|past|previous|prior|trailing|most recent|rolling) (?P<n>{N}) (?:complete |full )?(?P<u>{UNIT})"
        ),
        _trailing,
    ),
    (phrase(rf"{IN}(?P<u>week|month|quarter|year) before last"), _before_last),
    (
        phrase(rf"{IN}last quarter of (?P<y>20\d\d)"),
        lambda periods, match: _quarter(4, _year_start(int(match["y"]), periods.calendar), periods),
    ),
    (phrase(rf"{IN}past (?P<u>week|month|quarter|year)"), _past),
    (
        phrase(
            rf"{IN}(?:last|previous|prior|most recent) (?:complete |full )?(?:fiscal |calendar )?(?P<u>day|week|month|quarter|year)"
        ),
        _last,
    ),
    (
        phrase(
            rf"{IN}(?:this|current|the current|present) (?:fiscal |calendar )?(?P<u>week|month|quarter|year)(?: so far)?"
        ),
        _this,
    ),
    (phrase(rf"(?P<n>{N}|a) (?P<u>{UNIT}) ago"), _ago),
    (phrase(rf"{IN}week (?P<p>of|starting|beginning|ending)(?: on)? (?P<a>{DAYS})"), _week_of),
    (
        phrase(r"(?:in |for |during )?(?:iso )?week (?P<n>\d{1,2})(?: (?:of |in )?(?P<y>20\d\d))?"),
        _week_number,
    ),
    (phrase(rf"(?P<p>as of|as at|on) (?P<a>{DAYS})"), _on),
    (phrase(rf"{IN}(?P<a>{POINT})"), _point),
    (phrase(r"(?:for |on )?yesterday"), lambda periods, _: Period(periods.today - DAY, periods.today - DAY, "day")),
)
"""What is looked for, in this order; words that one took are gone for the next."""


def _at_end(words: Words, start: int, period: Period) -> Period:
    """The period as a point in time where "at the end of" stands before it."""
    begins = start + 1 if words.words[start] == "of" else start
    match = AT_END.search(" ".join(words.words[:begins]))
    if match is None:
        return period
    first = begins - len(match[0].split())
    if any(words.taken[first:start]):
        return period
    for index in range(first, start):
        words.take(index, index + 1, "link")
    return replace(period, point=True)


def _year_in(text: str) -> int | None:
    found = re.search(r"\b(20\d\d)\b", text)
    return int(found[1]) if found else None


def _read_point(text: str, periods: Periods, year: int | None, first: date | None = None) -> Period:
    """`first` is the first day of the year that a quarter or half belongs to, where no year is named."""
    calendar, today = periods.calendar, periods.today
    if iso := re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _day(iso[0], lambda: date.fromisoformat(text))
    if half := re.search(r"\bh ?([12])\b|\b(first|second) half\b", text):
        number = int(half[1]) if half[1] else ORDINAL[half[2]]
        return _half(number, _year_start(year, calendar) if year else first, calendar, today)
    if quarter := re.search(rf"\bq ?([1-4])\b|\b({O_}) quarter", text):
        number = int(quarter[1]) if quarter[1] else ORDINAL[quarter[2].replace(" ", "")]
        short = re.search(r"q ?[1-4] (?:of )?(?:fy ?)?(\d\d)$", text)
        named = year or (2000 + int(short[1]) if short else None)
        return _quarter(number, _year_start(named, calendar) if named else first, periods)
    month = re.search(rf"\b({M})\b", text)
    if month is None:
        return _fiscal_year(text, periods)
    number = MONTHS[month[1]]
    rest = re.sub(r"\b20\d\d\b", " ", text.replace(month[1], " "))
    day = re.search(r"\b(\d{1,2})\b", rest)
    if day is None:
        start = date(year or today.year, number, 1)
        return periods.unit("month", start if year or start <= today else date(today.year - 1, number, 1))
    return _day(text, lambda: _recent(year, number, int(day[1]), today))


def _recent(year: int | None, month: int, day: int, today: date) -> date:
    found = date(year or today.year, month, day)
    return found if year or found <= today else date(today.year - 1, month, day)


def _day(text: str, make: Callable[[], date]) -> Period:
    try:
        day = make()
    except ValueError as error:
        raise NotUnderstood(f"There is no day '{text}'.") from error
    return Period(day, day, "day")


def _fiscal_year(text: str, periods: Periods) -> Period:
    digits = re.search(r"(\d{2,4})", text)
    number = int(digits[1]) if digits else periods.today.year
    if not text.startswith(("f", "y")):
        return periods.calendar_year(number)
    start = _year_start(number if number > 100 else 2000 + number, periods.calendar)
    return periods.unit("year", start)


def _year_start(year: int, calendar: CompanyCalendar) -> date:
    """First day of fiscal year `year`. Raises Ambiguous where the company has not said how its years are named."""
    if not calendar.names_years_clearly:
        raise Ambiguous(
            f"Fiscal {year} can be the year that begins in {year} or the one that ends in it.",
            hint="Name the months, or say 'last fiscal year'. The setting company.fiscal_years_named_by settles it.",
        )
    return calendar.year_named(year)


def _quarter(number: int, year_start: date | None, periods: Periods) -> Period:
    calendar = periods.calendar
    current = calendar.start_of("year", periods.today)
    start = add_months(year_start or current, 3 * (number - 1))
    return periods.unit("quarter", start if year_start or start <= periods.today else add_months(start, -12))


def _half(number: int, year_start: date | None, calendar: CompanyCalendar, today: date) -> Period:
    current = calendar.start_of("year", today)
    start = add_months(year_start or current, 6 * (number - 1))
    if not year_start and start > today:
        start = add_months(start, -12)
    return Period(start, add_months(start, 6) - DAY)
