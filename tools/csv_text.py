"""Columns and rows → the text channel of an answer: CSV (RFC 4180 quoting, "\\n" line ends) under a size budget."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from tools.answer import JsonCell

MAX_CHARACTERS = 40_000
"""Of one text channel; clients move or cut longer ones."""


@dataclass(frozen=True)
class CsvText:
    """The text and how many rows it holds."""

    text: str
    rows: int


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[JsonCell]], budget: int = MAX_CHARACTERS) -> CsvText:
    """A header and as many whole rows as fit into `budget` characters (one row at least). A NULL is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for number, row in enumerate(rows):
        before = out.tell()
        writer.writerow([_written(cell) for cell in row])
        if number and out.tell() > budget:
            return CsvText(out.getvalue()[:before], number)
    return CsvText(out.getvalue(), len(rows))


def _written(cell: JsonCell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell
