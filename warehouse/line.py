"""A line in which callers wait for something free: first come, first served, and never longer than their deadline."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from warehouse.deadline import Deadline

Thing = TypeVar("Thing")


class _Place(Generic[Thing]):
    """One caller's place in the line."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.got: Thing | None = None


class Line(Generic[Thing]):
    """Holds what is free, or who waits for it; never both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: deque[Thing] = deque()
        self._waiting: deque[_Place[Thing]] = deque()

    def give(self, thing: Thing) -> None:
        """Hand a thing to who waits longest, or keep it."""
        with self._lock:
            if self._waiting:
                place = self._waiting.popleft()
                place.got = thing
                place.called.set()
            else:
                self._free.append(thing)

    def take(self, deadline: Deadline) -> Thing | None:
        """A free thing, or None when the deadline ended, or was cancelled, before one was free."""
        with self._lock:
            if self._free:
                return self._free.popleft()
            place = _Place[Thing]()
            self._waiting.append(place)
        take_off = deadline.on_cancel(place.called.set)
        place.called.wait(deadline.remaining())
        take_off()
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)
        return place.got

    def clear(self) -> list[Thing]:
        """Take all that is free."""
        with self._lock:
            free = list(self._free)
            self._free.clear()
        return free
