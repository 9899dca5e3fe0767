"""Warehouse values → cells of an answer: JSON values that say exactly what was read, and text that is only data.

Numbers that a JSON reader could not hold exactly become text; control characters and direction marks are taken out of
texts, so that data can neither move a terminal's cursor nor hide words; long texts are cut.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tools.answer import JsonCell
from warehouse.port import Cell

MAX_CELL = 2_000
"""Characters of one cell."""
MAX_EXACT = 2**53
"""Integers beyond this are not exact in every JSON reader."""

_LINE_BREAKS = re.compile(r"[\t\n\r\v\f\x85  ]+")
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, escape included
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks and overrides
    "\u00ad\u200b\u2060\u2061-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"  # unseen, tags, surrogates
)


@dataclass
class Shaper:
    """Shapes values and remembers what a reader must be told."""

    _told: dict[str, None] = field(default_factory=dict[str, None])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what could not be shown as it was, each once."""
        return tuple(self._told)

    def rows(self, rows: Sequence[Sequence[Cell]]) -> list[list[JsonCell]]:
        """All rows, cell by cell."""
        return [[self.cell(value) for value in row] for row in rows]

    def cell(self, value: Cell) -> JsonCell:
        """One value. Dates and moments are ISO; a number that is none (NaN, infinite) is null and told."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            return value if -MAX_EXACT <= value <= MAX_EXACT else self._as_text(str(value))
        if isinstance(value, float):
            if math.isfinite(value):
                return value
            self._told["A value that is not a number (NaN or infinite) is shown as empty."] = None
            return None
        if isinstance(value, Decimal):
            return self._decimal(value)
        return value.isoformat(sep="T") if isinstance(value, datetime) else value.isoformat()

    def _decimal(self, value: Decimal) -> JsonCell:
        if not value.is_finite():
            return self.cell(float(value))
        number = float(value)
        return number if Decimal(repr(number)) == value else self._as_text(format(value, "f"))

    def _as_text(self, digits: str) -> str:
        self._told["A number with more digits than JSON numbers hold exactly is shown as text."] = None
        return digits

    def _text(self, value: str) -> str:
        if value.isascii() and value.isprintable() and len(value) <= MAX_CELL:
            return value
        clean = clean_text(value)
        if len(clean) > MAX_CELL:
            self._told[f"Texts longer than {MAX_CELL:,} characters are cut (…)."] = None
            return clean[: MAX_CELL - 1] + "…"
        return clean


def clean_text(value: str) -> str:
    """One line of visible text: breaks become a space, invisible and direction characters go."""
    return _LINE_BREAKS.sub(" ", _INVISIBLE.sub("", _LINE_BREAKS.sub(" ", value)))


def iso(day: date | None) -> str:
    """ISO day, or nothing."""
    return day.isoformat() if day else ""
