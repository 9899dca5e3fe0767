"""Values of the driver as the house's own: nothing rounded, nothing that a reader cannot be shown."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from warehouse.bigquery.cells import CUT, LONGEST_CELL, cell

OSLO, NEW_YORK = ZoneInfo("Europe/Oslo"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("1.500000000", "1.5"),
        ("1E+1", "10"),
        ("99999999999999999999.123456789", "99999999999999999999.123456789"),
        ("1E+28", "1" + "0" * 28),
        ("-99999999999999999999999999999.999999999", "-99999999999999999999999999999.999999999"),
        ("5" * 38 + "." + "5" * 38, "5" * 38 + "." + "5" * 38),
    ],
)
def test_every_digit_of_a_number_stays(number: str, shown: str) -> None:
    assert str(cell(Decimal(number), OSLO)) == shown


@pytest.mark.parametrize(
    ("moment", "zone", "local"),
    [
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), OSLO, datetime(2026, 3, 29, 3, 30)),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), OSLO, datetime.max),
        (datetime(1, 1, 1, tzinfo=UTC), NEW_YORK, datetime.min),
        (datetime(9999, 12, 31, 23, 59, 59), OSLO, datetime(9999, 12, 31, 23, 59, 59)),
    ],
)
def test_moments_at_the_ends_of_time_are_shown(moment: datetime, zone: ZoneInfo, local: datetime) -> None:
    assert cell(moment, zone) == local


@pytest.mark.parametrize("value", ["x" * 200_000, b"x" * 200_000, ["x" * 200_000]])
def test_every_kind_of_text_is_cut_at_the_same_length(value: object) -> None:
    shown = cell(value, OSLO)
    assert isinstance(shown, str) and len(shown) == LONGEST_CELL + 1 and shown.endswith(CUT)
