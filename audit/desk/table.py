"""What every report of the desk comes down to: a title, a few sentences, rows under named columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

Cell = str | int | float | bool | None
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Report:
    """`notes` say what the rows mean and what they cannot say."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def as_data(self) -> dict[str, object]:
        """Plain JSON values, rows as objects."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "notes": list(self.notes), "rows": rows}


def stamp(at: datetime) -> str:
    """A moment as reports show it: UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 call", "3 calls"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
