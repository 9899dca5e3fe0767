"""Rows → CSV that a spreadsheet opens without taking a text for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from audit.desk.table import Cell
from tools.cells import clean_text

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet would take for a formula; some take the full-width letters too."""


def write_csv(out: TextIO, columns: Iterable[str], rows: Iterable[Iterable[Cell]]) -> None:
    """Rows as CSV; a text that begins like a formula gets an apostrophe, so that it stays a text."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_written(cell) for cell in row])


def _written(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    text = clean_text(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
