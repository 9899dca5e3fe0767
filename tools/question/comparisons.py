"""What a question compares with: the period before, the year before, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.request import CompareTo
from tools.question.periods import Period, unit_of
from tools.question.text import Words, phrase
from tools.question.vocabulary import CHANGES, UNIT, VS

SHORT: dict[str, tuple[Grain | None, CompareTo]] = {
    "yoy": (None, "prior_year"),
    "qoq": ("quarter", "prior_period"),
    "mom": ("month", "prior_period"),
    "wow": ("week", "prior_period"),
    "dod": ("day", "prior_period"),
}
YEAR_BEFORE = (
    phrase(
        rf"(?:(?:{VS}|and|from) )?(?:the )?same (?:period|time|{UNIT})(?: of| in)?(?: the)? (?:last|previous|prior) year"
    ),
    phrase(
        rf"(?:{VS}|from) (?:(?:the )?(?:prior|previous) year|a year (?:ago|earlier|before)|(?:the )?year (?:ago|before|earlier)|one year ago)"
    ),
    phrase(r"year (?:over|on|to) year"),
)
PERIOD_BEFORE = phrase(
    rf"(?:{VS}|from|and) (?:the )?(?:(?:previous|prior|preceding) (?P<a>period|{UNIT})|(?P<b>period|{UNIT}) (?:before|prior|earlier)(?: that)?|one before)"
)
LAST_UNIT = phrase(rf"(?:{VS}) (?:the )?last (?P<u>{UNIT})")
OVER = phrase(rf"(?P<u>{UNIT}) (?:over|on) (?P=u)")
ABBREVIATED = phrase(r"(?P<s>yoy|qoq|mom|wow|dod)")
CHANGE = phrase(CHANGES)
BETWEEN_PERIODS = phrase(rf"(?:{VS}|and)")


@dataclass(frozen=True)
class Comparison:
    """`unit` is the grain that the words named, if any."""

    compare_to: CompareTo
    unit: Grain | None = None
    assumed: bool = False


def take_comparison(words: Words) -> Comparison | None:
    """The comparison that the words state; they are marked as understood."""
    found: Comparison | None = None
    for pattern in YEAR_BEFORE:
        if words.consume(pattern):
            found = Comparison("prior_year")
    if match := words.consume(ABBREVIATED):
        unit, compare_to = SHORT[match["s"]]
        found = _same(found, Comparison(compare_to, unit))
    if match := words.consume(OVER):
        found = _same(found, Comparison("prior_period", unit_of(match["u"])))
    if match := words.consume(PERIOD_BEFORE):
        named = match["a"] or match["b"]
        found = _same(found, Comparison("prior_period", None if named in (None, "period") else unit_of(named)))
    if match := words.consume(LAST_UNIT):
        grain = unit_of(match["u"])
        found = _same(found, Comparison("prior_year" if grain == "year" else "prior_period", grain, assumed=True))
    changed = False
    while words.consume(CHANGE):
        changed = True
    if changed and found is None:
        return Comparison("prior_period", assumed=True)
    return found


def _same(one: Comparison | None, other: Comparison) -> Comparison:
    if one is not None and one.compare_to != other.compare_to:
        raise Ambiguous("The question compares with two different periods.", hint="Ask for one comparison at a time.")
    return other


def settle_periods(
    found: list[tuple[int, Period]], comparison: Comparison | None, words: Words, calendar: CompanyCalendar
) -> tuple[Period | None, Comparison | None]:
    """One period and its comparison, from the periods in the question. Two periods are a comparison when the earlier
    is the one before, or the same a year before; anything else is refused."""
    if not found:
        return None, comparison
    if len(found) == 1:
        return found[0][1], _checked(found[0][1], comparison)
    if len(found) > 2:
        raise NotUnderstood("The question names more than two periods.", hint="Ask for one period at a time.")
    between = words.search(BETWEEN_PERIODS)
    if between is None or (comparison is not None and not comparison.assumed):
        raise NotUnderstood("The question names two periods without saying how they belong together.")
    words.take(between[1], between[2])
    one, other = sorted((found[0][1], found[1][1]), key=lambda p: p.start)
    grain = other.grain
    if grain and one.grain == grain:
        if calendar.next_start(grain, other.start, -1) == one.start:
            return other, Comparison("prior_period", grain)
        if grain in ("month", "quarter") and calendar.next_start("month", other.start, -12) == one.start:
            return other, Comparison("prior_year", grain)
        if grain == "week" and (other.start - one.start).days == 364:
            return other, Comparison("prior_year", grain)
    raise NotUnderstood(
        f"{other.start} to {other.end} can be compared with the period before or the same period a year before, not with "
        f"{one.start} to {one.end}.",
        hint="Ask for the two periods one after the other.",
    )


def _checked(period: Period, comparison: Comparison | None) -> Comparison | None:
    if comparison and comparison.unit and not comparison.assumed and period.grain:
        longer = ("day", "week", "month", "quarter", "year")
        if longer.index(comparison.unit) > longer.index(period.grain) and comparison.compare_to == "prior_period":
            raise NotUnderstood(f"A {period.grain} cannot be compared with the {comparison.unit} before.")
    named = comparison.unit if comparison and comparison.assumed else None
    if named and named != "year" and period.grain not in (named, None):
        raise NotUnderstood(f"A {period.grain} cannot be compared with a {named}.")
    return comparison
