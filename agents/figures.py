"""Fact → text: the one formatter of every number, date and name that a reader sees.

One rounding rule (half to even, on exact decimals), one real minus, one way to write money; nothing else in the product
turns a fact into digits. Formats only: escaping for HTML, Slack or Markdown is the renderers' part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from agents.claims import PLACEHOLDER
from agents.facts import Fact, Period
from tools.cells import clean_text

MINUS = "−"
MAX_NAME = 90
"""Characters of a label or slice: longer names are cut, so that data never floods a text."""
WHOLE = "the whole company"
"""How the slice of everything reads."""
DIFFERENCES: frozenset[str] = frozenset(
    {
        "change",
        "change_pct",
        "yoy_pct",
        "yoy_points",
        "target_pct",
        "contribution",
        "by_data",
        "by_definition",
        "rest",
    }
)
"""Kinds that a verb gives the direction of: they read without their sign."""
PERCENTS: frozenset[str] = frozenset({"change_pct", "yoy_pct", "target_pct", "share", "rate"})
"""Kinds that are fractions whatever the unit of their metric."""
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "AUD": "A$", "CAD": "CA$"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_STEPS = (
    (Decimal(1), "", 0),
    (Decimal(10) ** 3, "K", 1),
    (Decimal(10) ** 6, "M", 2),
    (Decimal(10) ** 9, "B", 2),
)
_LARGEST = Decimal(10) ** 12
_TIMES = {"hours": "hour", "days": "day", "weeks": "week", "months": "month", "minutes": "minute"}


class UnknownPlaceholder(ValueError):
    """A template names a fact that is not there, or holds braces that are no placeholder."""


def shown(fact: Fact, aspect: str = "") -> str:
    """A fact as it reads. `aspect` is that of the placeholder: "" (a difference has no sign), "signed", "when",
    "where" or "name". Raises ValueError for any other."""
    if aspect == "when":
        return when(fact.period)
    if aspect == "where":
        return _name(" / ".join(member for _, member in fact.slice)) if fact.slice else WHOLE
    if aspect == "name":
        return _name(fact.label)
    if aspect not in ("", "signed"):
        raise ValueError(f"a fact has no aspect {aspect!r}")
    if fact.unit == "day":
        return long_date(date.fromordinal(int(fact.value)))
    size = amount(fact)
    if not re.search("[1-9]", size):
        return size
    if fact.value < 0 and (aspect == "signed" or fact.kind not in DIFFERENCES):
        return f"{MINUS}{size}"
    return f"+{size}" if aspect == "signed" else size


def reads_as_zero(fact: Fact) -> bool:
    """Is there no digit but 0 in it as shown? Such a change did not happen for a reader."""
    return fact.unit != "day" and not re.search("[1-9]", amount(fact))


def fill(template: str, facts: Mapping[str, Fact], render: Callable[[Fact, str], str] = shown) -> str:
    """The template with each placeholder written by `render` (fact, aspect). Raises UnknownPlaceholder."""
    parts: list[str] = []
    end = 0
    for match in PLACEHOLDER.finditer(template):
        if match[1] not in facts:
            raise UnknownPlaceholder(f"no fact {match[1]}")
        parts += [template[end : match.start()], render(facts[match[1]], match[2] or "")]
        end = match.end()
    rest = (*parts[::2], template[end:])
    if any("{" in text or "}" in text for text in rest):
        raise UnknownPlaceholder("braces that are no placeholder")
    return "".join((*parts, template[end:]))


def amount(fact: Fact) -> str:
    """The size of a number in its unit, without its sign."""
    size = abs(fact.value)
    if fact.kind == "rank":
        return ordinal(int(size))
    if fact.kind in PERCENTS or fact.unit == "ratio":
        return _fraction(fact, size)
    if fact.unit in _TIMES:
        return _time(size, fact.unit)
    if _CURRENCY.fullmatch(fact.unit):
        return money(size, fact.unit)
    text = _plain(size)
    return _counted(text, "point") if fact.unit == "points" and fact.kind in DIFFERENCES else text


def _fraction(fact: Fact, size: Decimal) -> str:
    """A fraction in percent; a difference of two fractions in points. A level below a tenth keeps one digit more."""
    text = f"{_rounded(size * 100, 1):,}"
    if fact.kind in DIFFERENCES and fact.kind not in PERCENTS:
        return _counted(text, "point")
    if size and fact.kind not in DIFFERENCES and not re.search("[1-9]", text):
        text = f"{_rounded(size * 100, 2):,}"
    return f"{text}%"


def money(size: Decimal, currency: str) -> str:
    """An amount, compact: $1.28M, $412.3K, $950; of small odd amounts the cents too."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    for step, letter, places in _STEPS:
        odd = size < 100 and size != size.to_integral_value()
        number = _rounded(size / step, 2 if odd else places)
        # What would read as a thousand is written in the next step: $999,960 is $1.00M, not $1,000.0K.
        if number < 1000:
            return f"{symbol}{number}{letter}"
    return f"{symbol}{_rounded(size / _LARGEST, 2):,}T"


def ordinal(place: int) -> str:
    """1st, 2nd, 3rd, 11th, ..."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending}"


def when(period: Period) -> str:
    """A period in words: "the week of November 9", "October 2026", "Q3 2026", a day, or from a day to a day. Quarters
    and years of a fiscal calendar are told by their days: companies number them in different ways."""
    start, end = period.start, period.end
    if start == end:
        return long_date(start)
    if period.grain == "week":
        return f"the week of {start:%B} {start.day}"
    if period.grain == "month":
        return f"{start:%B %Y}"
    if period.grain == "quarter" and not period.fiscal and start.day == 1 and start.month % 3 == 1:
        return f"Q{start.month // 3 + 1} {start.year}"
    if period.grain == "year" and not period.fiscal and (start.month, start.day) == (1, 1):
        return str(start.year)
    if start.year != end.year:
        return f"{long_date(start)} to {long_date(end)}"
    if start.month != end.month:
        return f"{start:%B} {start.day} to {long_date(end)}"
    return f"{start:%B} {start.day} to {end.day}, {end.year}"


def long_date(day: date) -> str:
    """September 30, 2026."""
    return f"{day:%B} {day.day}, {day.year}"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _plain(size: Decimal) -> str:
    """A bare number: whole ones as they are, others with the digits that their size leaves a meaning."""
    if size == size.to_integral_value():
        return f"{_rounded(size, 0):,}"
    return f"{_rounded(size, 2 if size < 10 else 1 if size < 1000 else 0):,}"


def _time(size: Decimal, unit: str) -> str:
    whole = size == size.to_integral_value() or size >= 100
    return _counted(f"{_rounded(size, 0 if whole else 1):,}", _TIMES[unit])


def _counted(number: str, noun: str) -> str:
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def _name(text: str) -> str:
    line = clean_text(text).strip()
    return line if len(line) <= MAX_NAME else line[: MAX_NAME - 1].rstrip() + "…"
