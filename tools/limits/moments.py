"""What time it is for limits: the wall clock, held steady when somebody sets it.

Quotas end at the company's midnight, so they must go by the wall clock; but a clock that is put forward must not open a
new day, nor one that is put back close the present one. So time goes on evenly over a step, and the step is believed
once it has stood for an hour.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

TOLERANCE_SECONDS = 60.0
"""Clocks are set right by less than this all the time."""
BELIEVED_AFTER_SECONDS = 3_600.0


def steady_seconds() -> float:
    """Seconds since the machine started, also while it slept; the same for all processes."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Moments:
    """Thread-safe. `steady` gives seconds that only go forward, evenly."""

    def __init__(self, steady: Callable[[], float] = steady_seconds) -> None:
        self._steady = steady
        self._lock = threading.Lock()
        self._last: tuple[float, float] | None = None
        self._step: tuple[float, float] | None = None

    def at(self, wall: float) -> datetime:
        """The moment in UTC, where a wall clock says `wall` (seconds since 1970)."""
        with self._lock:
            steady = self._steady()
            now = self._believed(wall, steady)
            self._last = (now, steady)
        return datetime.fromtimestamp(now, UTC)

    def _believed(self, wall: float, steady: float) -> float:
        if self._last is None:
            return wall
        even = self._last[0] + steady - self._last[1]
        away = wall - even
        if abs(away) <= TOLERANCE_SECONDS:
            self._step = None
            return wall
        if self._step is None or abs(away - self._step[0]) > TOLERANCE_SECONDS:
            self._step = (away, steady)
        if steady - self._step[1] < BELIEVED_AFTER_SECONDS:
            return even
        self._step = None
        return wall


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The company's day."""
    return moment.astimezone(zone).date()


def day_ends(moment: datetime, zone: ZoneInfo) -> tuple[int, str]:
    """When the company's day is over: in how many seconds, and as the company's own clock then says it."""
    midnight = datetime.combine(day_of(moment, zone) + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    # Where a day begins at 01:00 because summer time does, this is that moment.
    ends = midnight.astimezone(UTC)
    local = ends.astimezone(zone)
    return max(1, int((ends - moment).total_seconds()) + 1), f"{local:%Y-%m-%d %H:%M} {zone.key}"
