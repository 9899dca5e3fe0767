"""A wall-clock deadline that can also be cancelled, handed down from the caller to whatever must stop; with it goes the
purse that pays for what the call makes the warehouse bill."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from warehouse.purse import UNLIMITED, Purse


class Deadline:
    """Counts down from `seconds` on a monotonic clock; `cancel()` ends it at once and calls the stoppers."""

    def __init__(
        self, seconds: float, clock: Callable[[], float] = time.monotonic, *, purse: Purse = UNLIMITED
    ) -> None:
        self._clock = clock
        self.seconds = seconds
        self.purse = purse
        self._ends = clock() + seconds
        self._lock = threading.Lock()
        self._stoppers: list[Callable[[], None]] = []
        self._cancelled = False

    def remaining(self) -> float:
        """Seconds left; 0 when over or cancelled."""
        return 0.0 if self._cancelled else max(0.0, self._ends - self._clock())

    @property
    def cancelled(self) -> bool:
        """True once the caller went away."""
        return self._cancelled

    def on_cancel(self, stop: Callable[[], None]) -> Callable[[], None]:
        """Have `stop` called on `cancel()` (at once if already cancelled); returns what takes it off again."""
        with self._lock:
            if not self._cancelled:
                self._stoppers.append(stop)
                return lambda: self._take_off(stop)
        stop()
        return lambda: None

    def cancel(self) -> None:
        """The caller went away: end the deadline and call every stopper once."""
        with self._lock:
            self._cancelled, stoppers = True, list(self._stoppers)
            self._stoppers.clear()
        for stop in stoppers:
            stop()

    def _take_off(self, stop: Callable[[], None]) -> None:
        with self._lock:
            if stop in self._stoppers:
                self._stoppers.remove(stop)
