"""A clock that is set neither opens a new day nor closes the present one; a day is the company's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tools.limits.moments import BELIEVED_AFTER_SECONDS, Moments, day_ends, day_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
HOUR = 3_600.0


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self) -> None:
        self.steady = 500.0
        self.set_by = 0.0
        self.moments = Moments(lambda: self.steady)

    def now(self) -> float:
        return self.moments.at(NOON + self.steady - 500.0 + self.set_by).timestamp() - NOON


@pytest.mark.parametrize("step", [-HOUR, 24 * HOUR])
def test_time_goes_on_evenly_over_a_step_until_the_step_has_stood_for_an_hour(step: float) -> None:
    machine = Machine()
    assert machine.now() == 0
    machine.set_by = step
    for passed in (1.0, 60.0, BELIEVED_AFTER_SECONDS):
        machine.steady = 500.0 + passed
        assert machine.now() == pytest.approx(passed)
    machine.steady = 500.0 + BELIEVED_AFTER_SECONDS + 1
    assert machine.now() == pytest.approx(BELIEVED_AFTER_SECONDS + 1 + step)


def test_a_step_that_is_taken_back_leaves_no_trace() -> None:
    machine = Machine()
    machine.now()
    machine.set_by, machine.steady = 24 * HOUR, 510.0
    assert machine.now() == pytest.approx(10)
    machine.set_by, machine.steady = 0.0, 520.0
    assert machine.now() == pytest.approx(20)


def test_small_corrections_are_followed_at_once() -> None:
    machine = Machine()
    machine.now()
    machine.set_by = -3.0
    assert machine.now() == pytest.approx(-3)


def test_a_machine_that_slept_wakes_up_on_the_right_day() -> None:
    machine = Machine()
    machine.now()
    machine.steady += 72 * HOUR
    assert machine.now() == pytest.approx(72 * HOUR)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Africa/Cairo", "2026-04-23", 24),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Asia/Kathmandu", "2026-11-21", 24),
    ],
)
def test_the_day_ends_with_the_company_s_day_whatever_summer_time_does(zone: str, day: str, hours: int) -> None:
    there = ZoneInfo(zone)
    second = datetime.fromisoformat(day).replace(tzinfo=there).astimezone(UTC)
    while day_of(second, there).isoformat() < day:
        second += timedelta(minutes=30)
    seconds, local = day_ends(second, there)
    assert seconds == hours * 3_600 + 1
    after = second + timedelta(seconds=seconds)
    assert day_of(after, there) > day_of(second, there) == datetime.fromisoformat(day).date()
    assert local.startswith(day_of(after, there).isoformat())
    assert local.endswith(zone)
