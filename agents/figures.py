"""How facts read: the one formatter behind every mail, post, chart label and sentence.

Decimals are rounded half to even, once, from the exact value. Fractions of 1 read as percent; a difference of two
fractions, or of two scores, reads as points; money is compact. A change stands without its sign, because the verb has
it, unless `signed` is asked for; a change that rounds to nothing has no sign at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from agents.claims import PLACEHOLDER
from agents.facts import Fact, FactKind, Period
from tools.cells import clean_text

CHANGES: frozenset[FactKind] = frozenset(
    {
        "change",
        "change_pct",
        "yoy_pct",
        "yoy_points",
        "target_pct",
        "contribution",
        "rest",
        "by_data",
        "by_definition",
    }
)
"""Kinds whose direction a verb tells."""
FRACTIONS: frozenset[FactKind] = frozenset({"change_pct", "yoy_pct", "target_pct", "share", "rate"})
"""Kinds that are fractions of 1 whatever they are fractions of."""
SYMBOLS: Mapping[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
MINUS = "−"
COMPACT_FROM = 10_000
"""Money below this is written out."""
SCALES = ((Decimal(10**9), "B", 2), (Decimal(10**6), "M", 2), (Decimal(10**3), "K", 1))


def shown(fact: Fact, aspect: str = "") -> str:
    """One fact as text: "" as it reads in a sentence, "signed" with its sign, "when" its period, "where" its slice,
    "name" its label."""
    if aspect == "when":
        return period_words(fact.period)
    if aspect == "where":
        return clean_text(", ".join(member for _, member in fact.slice)) or "everywhere"
    if aspect == "name":
        return clean_text(fact.label)
    if fact.kind == "day":
        return day_words(date.fromordinal(int(fact.value)))
    if fact.kind == "rank":
        return ordinal(int(fact.value))
    size = _size(fact)
    if not any(digit in "123456789" for digit in size):
        return size
    if aspect == "signed":
        return ("+" if fact.value > 0 else MINUS) + size
    return MINUS + size if fact.value < 0 and fact.kind not in CHANGES else size


def fill(template: str, facts: Mapping[str, Fact], render: Callable[[Fact, str], str] | None = None) -> str:
    """A template with every placeholder replaced; `render` is given the fact and how it reads. Raises KeyError for an
    unknown fact."""

    def one(fact: Fact, aspect: str) -> str:
        text = shown(fact, aspect)
        return render(fact, text) if render else text

    return PLACEHOLDER.sub(lambda found: one(facts[found[1]], found[2] or ""), template)


def period_words(period: Period) -> str:
    """ "the week of November 9, 2026", "October 2026", "the quarter to September 2026", "November 1 to 15, 2026"."""
    start, end = period.start, period.end
    if period.grain == "day" or start == end:
        return day_words(end)
    if period.grain == "week":
        return f"the week of {day_words(start)}"
    if period.grain == "month":
        return f"{end:%B %Y}"
    if period.grain in ("quarter", "year"):
        return f"the {period.grain} to {end:%B %Y}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start:%B} {start.day} to {end.day}, {end.year}"
    first = f"{start:%B} {start.day}" if start.year == end.year else day_words(start)
    return f"{first} to {day_words(end)}"


def day_words(day: date) -> str:
    """ "November 9, 2026"."""
    return f"{day:%B} {day.day}, {day.year}"


def ordinal(number: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def _size(fact: Fact) -> str:
    """The value without its sign, with its unit."""
    size = abs(fact.value)
    if fact.kind in FRACTIONS:
        return f"{_rounded(size * 100, 1):,}%"
    if fact.unit == "ratio":
        text = f"{_rounded(size * 100, 1):,}"
        return f"{text} points" if fact.kind in CHANGES else f"{text}%"
    if fact.unit == "points":
        text = f"{_rounded(size, 1):,}"
        return f"{text} points" if fact.kind in CHANGES else text
    if fact.unit in ("hours", "days"):
        whole = _rounded(size, 0)
        return f"{whole:,} {fact.unit[:-1] if whole == 1 else fact.unit}"
    if len(fact.unit) == 3 and fact.unit.isupper():
        return money(size, fact.unit)
    if fact.kind == "count" or size == size.to_integral_value() or size >= 100:
        return f"{_rounded(size, 0):,}"
    return f"{_rounded(size, 2 if size >= 1 else 3):,}"


def money(size: Decimal, currency: str) -> str:
    """An amount that is not negative: "$606.1K", "$29.77M", "CHF 9,120", "$4.50"."""
    sign = SYMBOLS.get(currency, f"{currency} ")
    if _rounded(size, 0) < COMPACT_FROM:
        cents = size < 10 and size != size.to_integral_value()
        return f"{sign}{_rounded(size, 2 if cents else 0):,}"
    scaled = [(_rounded(size / scale, digits), word) for scale, word, digits in SCALES]
    number, word = next(((n, w) for n, w in scaled if n >= 1), scaled[-1])
    return f"{sign}{number:,}{word}"


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
