"""What a question compares with: the period before, the year before, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from catalog.company_calendar import CompanyCalendar, add_months
from catalog.metrics import Grain
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.request import CompareTo
from tools.question.periods import DAY, N, Period, number_of, unit_of
from tools.question.text import Words, phrase
from tools.question.vocabulary import COMPARE, DOWN, EITHER, UNIT, UP, VS

SHORT: dict[str, tuple[Grain | None, CompareTo]] = {
    "yoy": (None, "prior_year"),
    "qoq": ("quarter", "prior_period"),
    "mom": ("month", "prior_period"),
    "wow": ("week", "prior_period"),
    "dod": ("day", "prior_period"),
}
LONGER: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
AFTER_CHANGE = f"{VS}|and|from|over|than|on"
"""What leads to the baseline once a word of change was said: "growth over last quarter"."""
ABBREVIATED = phrase(r"(?P<s>yoy|qoq|mom|wow|dod)")
YEAR_OVER_YEAR = phrase(r"year (?:over|on|to|by) year|y ?/ ?y")
OVER = phrase(rf"(?P<u>{UNIT}) (?:over|on) (?P=u)")
YEAR_SO_FAR = (
    "(?:prior|previous|last) (?:ytd|year to date)|(?:ytd|year to date) (?:of )?(?:the )?(?:prior|previous|last) year"
    "|(?:prior|previous|last) year (?:ytd|to date)"
)
SIGN = r"(?:%|percent|percentage|relative|absolute|net) "
EITHER_WAY = phrase(rf"(?:{SIGN})?(?:(?:{UP}) or (?:{DOWN})|(?:{DOWN}) or (?:{UP})|(?:{EITHER})|up or down)")
UPWARD = phrase(rf"(?:{SIGN})?(?:{UP})")
DOWNWARD = phrase(rf"(?:{SIGN})?(?:{DOWN})")
JOINS = phrase(f"(?:{VS}|and|from|to|than|over)")

Way = Literal["up", "down", "either"]


@dataclass(frozen=True)
class Comparison:
    """`unit` is the grain that the words named, if any; `way` what kind of change was asked for; `assumed` when no
    baseline was named; `count` of units when the baseline is several of them; `to_date` when it is a year so far."""

    compare_to: CompareTo
    unit: Grain | None = None
    assumed: bool = False
    way: Way | None = None
    count: int = 0
    to_date: bool = False


@dataclass(frozen=True)
class Settled:
    """The one period of a question, its comparison, and the grain that keeps two periods apart."""

    period: Period | None = None
    comparison: Comparison | None = None
    grain: Grain | None = None


def take_comparison(words: Words) -> Comparison | None:
    """The comparison that the words state; they are marked as understood."""
    way = _take_way(words)
    named = _take_named(words, AFTER_CHANGE if way else f"{VS}|and")
    if named:
        return replace(named, way=way)
    return Comparison("prior_period", assumed=True, way=way) if way else None


def take_compare(words: Words) -> bool:
    """True when the words ask to compare things, whatever these are."""
    return words.consume(COMPARE, "compare") is not None


def _take_way(words: Words) -> Way | None:
    ways: set[Way] = set()
    patterns: tuple[tuple[Way, re.Pattern[str]], ...] = (("either", EITHER_WAY), ("up", UPWARD), ("down", DOWNWARD))
    for way, pattern in patterns:
        while words.consume(pattern, "change"):
            if way in ways:
                raise NotUnderstood("A change of a change cannot be asked in words.")
            ways.add(way)
    if {"up", "down"} <= ways:
        raise Ambiguous("The question asks for a rise and a fall.", hint="Ask for the change.")
    return next((way for way in ("up", "down", "either") if way in ways), None)


def _take_named(words: Words, leads: str) -> Comparison | None:
    year_before = (
        phrase(rf"(?:{leads}) (?:the |that of )?same (?:period|time|{UNIT})(?: of| in)?(?: the)? (?:last|previous|prior) year"),
        phrase(rf"(?:{leads}) (?:the )?same (?:period|time|{UNIT}) (?:a year (?:ago|earlier|before)|the year before)"),
        phrase(rf"(?:{leads}) (?:(?:the )?(?:prior|previous) year|a year (?:ago|earlier|before)|(?:the )?year (?:ago|before|earlier|prior)|one year ago)"),
        YEAR_OVER_YEAR,
    )  # fmt: skip
    period_before = phrase(
        rf"(?:{leads}) (?:the )?(?:(?:previous|prior|preceding) (?P<a>period|{UNIT})|(?P<b>period|{UNIT})"
        r" (?:before|prior|earlier)(?: that)?|one before)"
    )
    several_before = phrase(
        rf"(?:{VS}|and) (?:the )?(?:(?:previous|prior|preceding) (?P<a>{N}) (?P<b>{UNIT})s"
        rf"|(?P<c>{N}) (?P<d>{UNIT})s (?:before|prior|earlier)(?: that| these| those)?)"
    )
    last_unit = phrase(rf"(?:{leads.replace('|and', '')}) (?:the )?last (?P<u>{UNIT})")
    found: Comparison | None = None
    if words.consume(phrase(rf"(?:{leads}) (?:the )?(?:{YEAR_SO_FAR})"), "compare"):
        found = Comparison("prior_year", to_date=True)
    if match := words.consume(several_before, "compare"):
        unit, count = match["b"] or match["d"], match["a"] or match["c"]
        found = _same(found, Comparison("prior_period", unit_of(unit), count=number_of(count)))
    for pattern in year_before:
        if words.consume(pattern, "compare"):
            found = Comparison("prior_year")
    if match := words.consume(ABBREVIATED, "compare"):
        unit, compare_to = SHORT[match["s"]]
        found = _same(found, Comparison(compare_to, unit))
    if match := words.consume(OVER, "compare"):
        found = _same(found, Comparison("prior_period", unit_of(match["u"])))
    if match := words.consume(period_before, "compare"):
        named = match["a"] or match["b"]
        found = _same(found, Comparison("prior_period", None if named in (None, "period") else unit_of(named)))
    if match := words.consume(last_unit, "compare"):
        grain = unit_of(match["u"])
        found = _same(found, Comparison("prior_year" if grain == "year" else "prior_period", grain, assumed=True))
    return found


def _same(one: Comparison | None, other: Comparison) -> Comparison:
    if one is not None and one.compare_to != other.compare_to:
        raise Ambiguous("The question compares with two different periods.", hint="Ask for one comparison at a time.")
    return other


def settle_periods(
    found: list[tuple[int, Period]],
    comparison: Comparison | None,
    words: Words,
    calendar: CompanyCalendar,
    *,
    compares: bool,
) -> Settled:
    """One period and its comparison, from the periods in the question. Two periods are a comparison when the earlier
    is the one before, or the same a year before; anything else is refused."""
    if not found:
        return Settled(None, comparison)
    if len(found) > 2:
        raise NotUnderstood("The question names more than two periods.", hint="Ask for one period at a time.")
    if len(found) == 2:
        return _two((found[0][1], found[1][1]), comparison, words, calendar, compares=compares)
    period = found[0][1]
    if period.ends and compares and comparison is None:
        return _compared(*period.ends, None, calendar)
    if comparison and comparison.to_date and not _is_year_so_far(period, calendar):
        raise NotUnderstood(f"{period.start} to {period.end} cannot be compared with a year so far.")
    if comparison and comparison.count:
        return Settled(period, _as_many(period, comparison, calendar))
    if comparison and comparison.assumed and comparison.unit is None:
        if period.ends:
            return _compared(*period.ends, comparison.way, calendar)
        if period.open_end or (period.units and not period.grain):
            raise Ambiguous(
                f"A change over {period.start} to {period.end} can be meant within that time or against the time before.",
                hint="Ask for the figures by week or month, or name what to compare with.",
            )
    if comparison and comparison.unit and comparison.compare_to == "prior_period" and not period.grain:
        if period.units != comparison.unit:
            raise NotUnderstood(f"{period.start} to {period.end} cannot be compared with the {comparison.unit} before.")
        return Settled(period, comparison, comparison.unit)
    return Settled(period, _checked(period, comparison))


def _is_year_so_far(period: Period, calendar: CompanyCalendar) -> bool:
    return period.open_end and period.start == calendar.start_of("year", calendar.today)


def _as_many(period: Period, comparison: Comparison, calendar: CompanyCalendar) -> Comparison:
    """ "The last 2 weeks vs the 2 weeks before": as many of the same unit."""
    unit = period.units
    if (
        unit is None
        or unit != comparison.unit
        or calendar.next_start(unit, period.start, comparison.count) != period.end + DAY
    ):
        raise NotUnderstood(
            f"{period.start} to {period.end} cannot be compared with the {comparison.count} {comparison.unit}s before."
        )
    return Comparison("prior_period", way=comparison.way)


def _two(
    pair: tuple[Period, Period],
    comparison: Comparison | None,
    words: Words,
    calendar: CompanyCalendar,
    *,
    compares: bool,
) -> Settled:
    if comparison is not None and not comparison.assumed:
        raise NotUnderstood("The question names two periods and another comparison.")
    join = words.search(JOINS)
    if join is None:
        raise NotUnderstood("The question names two periods without saying how they belong together.")
    words.take(join[1], join[2], "link")
    earlier, later = sorted(pair, key=lambda p: p.start)
    if join[0][0] in ("and", "to") and comparison is None and not compares:
        if earlier.grain and earlier.grain == later.grain and earlier.end + DAY == later.start:
            return Settled(Period(earlier.start, later.end), None, earlier.grain)
        raise NotUnderstood(
            "The question names two periods that do not follow each other.", hint="Ask for them one after the other."
        )
    return _compared(*pair, comparison.way if comparison else None, calendar)


def _compared(one: Period, other: Period, way: Way | None, calendar: CompanyCalendar) -> Settled:
    earlier, later = sorted((one, other), key=lambda p: p.start)
    grain = later.grain
    if grain and earlier.grain == grain:
        if calendar.next_start(grain, later.start, -1) == earlier.start:
            return Settled(later, Comparison("prior_period", grain, way=way))
        if grain in ("month", "quarter") and calendar.next_start("month", later.start, -12) == earlier.start:
            return Settled(later, Comparison("prior_year", grain, way=way))
        if grain == "week" and (later.start - earlier.start).days == 364:
            return Settled(later, Comparison("prior_year", grain, way=way))
    if not (grain or earlier.grain or earlier.open_end or later.open_end):
        if add_months(later.start, -12) == earlier.start and add_months(later.end + DAY, -12) == earlier.end + DAY:
            return Settled(later, Comparison("prior_year", way=way))
        if later.end < calendar.today and _directly_before(earlier, later):
            return Settled(later, Comparison("prior_period", way=way))
    raise NotUnderstood(
        f"{later.start} to {later.end} can be compared with the period before or the same period a year before, not with "
        f"{earlier.start} to {earlier.end}.",
        hint="Ask for the two periods one after the other.",
    )


def _directly_before(earlier: Period, later: Period) -> bool:
    """True for the range before as the compiler takes it: whole months before whole months, else as many days."""
    if later.start.day == 1 and (later.end + DAY).day == 1:
        months = (later.end + DAY - later.start).days // 28
        same = any(
            add_months(later.start, -n) == earlier.start and add_months(later.start, n) == later.end + DAY
            for n in range(1, months + 1)
        )
    else:
        same = earlier.end - earlier.start == later.end - later.start
    return same and earlier.end + DAY == later.start


def _checked(period: Period, comparison: Comparison | None) -> Comparison | None:
    """The comparison, where its unit goes with the period ("October" does not go with "the quarter before")."""
    unit = comparison.unit if comparison else None
    if not comparison or not unit or not period.grain or comparison.compare_to == "prior_year":
        return comparison
    if unit != period.grain:
        raise NotUnderstood(f"A {period.grain} cannot be compared with the {unit} before.")
    return comparison
