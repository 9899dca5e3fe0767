"""Lets calls run in turn: at most so many of one user and so many in all; the rest wait, users round robin, each user's
calls in the order they came.

The queue is bounded. When it is full, a newcomer takes the place of the last call of whoever waits with more calls than
it does; so one user can fill the queue while alone, and never keeps another out.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from catalog.refusals import RateLimited, Timeout
from tools.limits.accounts import Account
from warehouse.deadline import Deadline

LONGEST_COME_BACK = 60
"""Seconds; nobody is told to stay away longer for a queue."""
SMOOTHING = 0.2
"""Weight of the latest call in the mean duration of calls."""


@dataclass(eq=False)
class _Waiter:
    user: Account
    most: int
    changed: threading.Event = field(default_factory=threading.Event)
    state: Literal["waiting", "granted", "displaced"] = "waiting"


class Turns:
    """Thread-safe; lives in this process. `total` calls run, `waiting` more may wait."""

    def __init__(self, total: int, waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._bound, self._clock = total, waiting, clock
        self._lock = threading.Lock()
        self._running: Counter[Account] = Counter()
        self._queues: OrderedDict[Account, deque[_Waiter]] = OrderedDict()
        self._mean_seconds = 0.0
        self._waited_seconds = 0.0

    @property
    def running(self) -> int:
        """Calls that run now."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """Calls that wait now."""
        return sum(len(queue) for queue in tuple(self._queues.values()))

    @property
    def waited_seconds(self) -> float:
        """Seconds that calls have waited, all together."""
        return self._waited_seconds

    @contextmanager
    def turn(self, user: Account, most: int, deadline: Deadline) -> Generator[None]:
        """Wait for a turn and hold it while the block runs; `most` calls of the user may run at once.

        Raises RateLimited where the queue is full or the deadline comes first, Timeout where the caller went away."""
        self._enter(user, most, deadline)
        began = self._clock()
        try:
            yield
        finally:
            self._leave(user, self._clock() - began)

    def _enter(self, user: Account, most: int, deadline: Deadline) -> None:
        with self._lock:
            if user not in self._queues and self.running < self._total and self._running[user] < most:
                self._running[user] += 1
                return
            waiter = _Waiter(user, most)
            self._queue(waiter)
        began = self._clock()
        take_off = deadline.on_cancel(waiter.changed.set)
        waiter.changed.wait(deadline.remaining())
        take_off()
        with self._lock:
            self._waited_seconds += self._clock() - began
            state, cancelled, refusal = waiter.state, deadline.cancelled, self._refused(waiter)
            if state == "waiting":
                self._take_out(waiter)
        if state == "granted" and not cancelled:
            return
        if state == "granted":
            self._leave(user, None)
        raise Timeout() if cancelled else refusal

    def _queue(self, waiter: _Waiter) -> None:
        own = len(self._queues.get(waiter.user, ()))
        if self.waiting >= self._bound:
            longest = max(self._queues.values(), key=len, default=deque[_Waiter]())
            if len(longest) <= own + 1:
                raise self._refused(waiter)
            displaced = longest[-1]
            self._take_out(displaced)
            displaced.state = "displaced"
            displaced.changed.set()
        self._queues.setdefault(waiter.user, deque()).append(waiter)

    def _take_out(self, waiter: _Waiter) -> None:
        queue = self._queues[waiter.user]
        queue.remove(waiter)
        if not queue:
            del self._queues[waiter.user]

    def _leave(self, user: Account, seconds: float | None) -> None:
        """Give the turn back (`seconds`: how long it was held, if a call ran) and let the next ones run."""
        with self._lock:
            self._running[user] -= 1
            if not self._running[user]:
                del self._running[user]
            if seconds is not None:
                self._mean_seconds += SMOOTHING * (seconds - self._mean_seconds)
            while self.running < self._total and (following := self._next()) is not None:
                self._take_out(following)
                if following.user in self._queues:
                    self._queues.move_to_end(following.user)
                self._running[following.user] += 1
                following.state = "granted"
                following.changed.set()

    def _next(self) -> _Waiter | None:
        """The first call of the user who has waited longest for a turn and may have one more."""
        heads = (queue[0] for queue in self._queues.values())
        return next((head for head in heads if self._running[head.user] < head.most), None)

    def _refused(self, waiter: _Waiter) -> RateLimited:
        running, ahead = self._running[waiter.user], len(self._queues.get(waiter.user, ()))
        if running >= waiter.most:
            words = f"Too many calls of yours at once: {running} of {waiter.most} run and {ahead} wait."
            wait = self._mean_seconds * (ahead + 1) / waiter.most
        else:
            words = f"Too many calls at once here: {self.running} of {self._total} run and {self.waiting} wait."
            wait = self._mean_seconds * (self.waiting + 1) / self._total
        seconds = min(LONGEST_COME_BACK, max(1, math.ceil(wait)))
        return RateLimited(words, hint=f"Ask again in {seconds} s, with fewer calls beside each other.")
