"""Numbers and days → places on a sheet, and the few labels an axis needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil, floor, log10

from agents.figures import MINUS, SYMBOLS

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A straight line from [low, high] to [start, end]; a single value lies in the middle."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, values: Sequence[float], start: float, end: float) -> Scale:
        """The scale that holds these values."""
        return cls(min(values), max(values), start, end)

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, about: int = 3) -> list[float]:
    """Round numbers that enclose [low, high]: about three steps of 1, 2, 2.5 or 5 times a power of ten. The axis starts
    at zero where that costs less than half of the height."""
    if 0 < low <= high / 2:
        low = 0.0
    if low / 2 <= high < 0:
        high = 0.0
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** floor(log10(span / about))
    step = next(size * power for size in _STEPS if size * power >= span / about * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    if first == last:
        last += 1
    return [round(index * step, 12) for index in range(first, last + 1)]


def short_number(value: float, unit: str, marks: Sequence[float]) -> str:
    """An axis label with its unit, as many decimals as the steps need."""
    step = Decimal(repr(marks[1])) - Decimal(repr(marks[0]))
    largest = max(abs(mark) for mark in marks)
    number = Decimal(repr(value))
    if unit == "ratio":
        return f"{_rounded(number * 100, step * 100)}%"
    limit, letter = next(
        ((limit, letter) for limit, letter in ((10**9, "B"), (10**6, "M"), (10**4, "K")) if largest >= limit), (1, "")
    )
    divisor = 1000 if letter == "K" else limit
    digits = _rounded(abs(number) / divisor, step / divisor)
    sign = MINUS if value < 0 else ""
    return f"{sign}{_currency(unit)}{digits}{letter if value else ''}"


def _currency(unit: str) -> str:
    return SYMBOLS.get(unit, f"{unit} ") if len(unit) == 3 and unit.isupper() else ""


def _rounded(value: Decimal, step: Decimal) -> str:
    decimals = max(0, -int(step.normalize().as_tuple().exponent)) if step else 0
    return f"{value:,.{min(decimals, 6)}f}".replace("-", MINUS)


def day_labels(days: Sequence[date], room: float) -> list[tuple[date, str]]:
    """First, last and evenly chosen days between, as many as fit; with the year beyond 366 days."""
    long = (days[-1] - days[0]).days > 366
    wanted = max(2, min(5, int(room // 80)))
    if len(days) <= wanted:
        chosen = list(dict.fromkeys(days))
    else:
        chosen = [days[round(index * (len(days) - 1) / (wanted - 1))] for index in range(wanted)]
    return [(day, f"{day:%b %Y}" if long else f"{day:%b} {day.day}") for day in chosen]
