"""How many calls a user may make: a bucket of tokens for each, refilled evenly on a monotonic clock."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from catalog.refusals import RateLimited

MAX_USERS = 10_000
"""Buckets kept; the user longest away is forgotten first."""


class CallRate:
    """Thread-safe; lives in this process. A bucket holds one minute's calls."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, user: str, calls_per_minute: int) -> None:
        """Count one call of `user`. Raises RateLimited, saying when the next one is free."""
        per_second = calls_per_minute / 60
        with self._lock:
            now = self._clock()
            tokens, since = self._buckets.pop(user, (float(calls_per_minute), now))
            tokens = min(float(calls_per_minute), tokens + (now - since) * per_second)
            allowed = tokens >= 1
            self._buckets[user] = (tokens - 1 if allowed else tokens, now)
            if len(self._buckets) > MAX_USERS:
                self._buckets.popitem(last=False)
        if not allowed:
            wait = max(1, math.ceil((1 - tokens) / per_second))
            raise RateLimited(
                f"More than {calls_per_minute} calls a minute.", hint=f"The next call is free in {wait} s; wait for it."
            )
