"""What an engine bills: the price of bytes, what an answer cost, and the sentence in which the answer says so."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from warehouse.purse import MICRO_USD

TIB = 1024**4
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


@dataclass(frozen=True)
class Price:
    """Dollars for a TiB read on demand, as of a day."""

    usd_per_tib: float
    as_of: date

    def of(self, size: int) -> float:
        """Dollars for `size` bytes."""
        return size / TIB * self.usd_per_tib

    def micro_usd(self, size: int) -> int:
        """Millionths of a dollar for `size` bytes, rounded up."""
        return math.ceil(self.of(size) * MICRO_USD)

    def words(self, size: int) -> str:
        """ "about $0.0123 (at $6.25 a TiB, as of 2026-11-01)"."""
        usd = self.of(size)
        shown = f"${usd:,.2f}" if usd >= 1 else f"${usd:.4f}" if usd >= 0.0001 else "less than $0.0001"
        about = shown if shown.startswith("less") else f"about {shown}"
        return f"{about} (at ${self.usd_per_tib:g} a TiB, as of {self.as_of})"


@dataclass(frozen=True)
class Bill:
    """What one run was billed: its bytes, and whether all of it came from the engine's own cache."""

    price: Price
    size: int
    from_cache: bool = False

    @property
    def words(self) -> str:
        """The sentence that the answer carries."""
        if self.size:
            return f"The warehouse billed {size_words(self.size)} for this answer: {self.price.words(self.size)}."
        if self.from_cache:
            return "The warehouse answered from its cache: nothing was billed."
        return "The warehouse billed nothing for this answer."


def bill_notes(bills: Iterable[Bill | None]) -> list[str]:
    """One sentence for all runs behind an answer; none where no run was billed by bytes, or where none ran."""
    found = [bill for bill in bills if bill is not None]
    if not found:
        return []
    return [Bill(found[0].price, sum(b.size for b in found), all(b.from_cache for b in found)).words]


def size_words(size: int) -> str:
    """ "1.5 GiB"."""
    amount = float(size)
    for unit in _UNITS[:-1]:
        if amount < 1024:
            return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} {_UNITS[-1]}"
