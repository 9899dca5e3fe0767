"""Cells say exactly what was read, and texts in the data are only data."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.cells import Shaper, clean_text
from tools.csv_text import csv_text
from warehouse.port import Cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2**53 + 1, "9007199254740993"),
        (Decimal("1234567.89"), 1234567.89),
        (Decimal("0.10"), 0.1),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
        (1.5, 1.5),
        (math.nan, None),
        (-math.inf, None),
        (date(2026, 11, 16), "2026-11-16"),
        (datetime(2026, 11, 16, 8, 30), "2026-11-16T08:30:00"),
        ("Mid-Market", "Mid-Market"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x07", "[31mred"),
        ("abc‮txt.exe​", "abctxt.exe"),
        ("naïve 日本 🎉", "naïve 日本 🎉"),
        ("x" * 3_000, "x" * 1_999 + "…"),
    ],
)
def test_a_value_becomes_the_cell_that_says_it(value: Cell, cell: object) -> None:
    assert Shaper().cell(value) == cell


def test_what_could_not_be_shown_as_it_was_is_told_once() -> None:
    shaper = Shaper()
    shaper.rows([[math.nan, 2**60, "y" * 5_000], [math.inf, 1, ""]])
    assert len(shaper.warnings) == 3


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**16), max_value=10**16))
def test_a_decimal_survives_json_exactly(value: Decimal) -> None:
    cell = json.loads(json.dumps(Shaper().cell(value)))
    assert Decimal(str(cell)) == value


@given(st.text())
def test_cleaned_text_is_one_line_without_control_or_direction_characters(text: str) -> None:
    clean = clean_text(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in clean)
    assert clean_text(clean) == clean


@given(st.lists(st.lists(st.one_of(st.text(), st.integers()), min_size=2, max_size=2), max_size=20))
def test_csv_reads_back_as_it_was(rows: list[list[str | int]]) -> None:
    cells = Shaper().rows(rows)
    text = csv_text(["a", "b"], cells).text
    assert list(csv.reader(io.StringIO(text))) == [["a", "b"], *[[str(c) for c in row] for row in cells]]


def test_csv_holds_whole_rows_within_its_budget_and_one_at_least() -> None:
    fits = csv_text(["a"], [["x" * 10]] * 5, budget=30)
    assert (fits.rows, fits.text) == (2, "a\n" + ("x" * 10 + "\n") * 2)
    assert csv_text(["a"], [["x" * 100]] * 5, budget=30).rows == 1
