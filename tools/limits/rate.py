"""How many calls a minute: a bucket of tokens for each user and each role (GCRA), refilled evenly.

The arithmetic is pyrate-limiter's; a bucket is one number. Here the buckets live in this process and go by its
monotonic clock. Its PostgreSQL bucket does not serve replicas: it refuses whoever finds its table locked, keeps times
without their zone, falls back to the machine's own clock and knows no burst. `ledger` keeps the shared buckets.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyrate_limiter import Duration, MonotonicClock, Rate, TokenBucket

from catalog.refusals import RateLimited
from tools.limits.accounts import Account

MAX_BUCKETS = 10_000
"""Buckets kept; the one longest unused is forgotten first."""
FLOOD_CALLS_PER_MINUTE = 30_000
"""Of one user in one process, where the role says nothing."""
EMPTY = (0,)
"""A bucket that was never used."""


@dataclass(frozen=True)
class CallRate:
    """The calls a minute of an account, `burst` of them at once."""

    account: Account
    calls_per_minute: int
    burst: int

    @property
    def emission_us(self) -> int:
        """Microseconds until one more call is free; rounded up, so never faster than said."""
        return math.ceil(60_000_000 / self.calls_per_minute)

    def refused(self, wait_seconds: float) -> RateLimited:
        """The refusal of a call that comes too early."""
        return RateLimited(
            f"More than {self.calls_per_minute:,} calls a minute{self.account.whose}: "
            f"{self.burst:,} of {self.burst:,} calls at once are used.",
            hint=f"The next call is free in {max(1, math.ceil(wait_seconds))} s; wait for it.",
        )


class CallRates:
    """The buckets of this process. Thread-safe. `clock` gives milliseconds that only go forward."""

    def __init__(self, clock: Callable[[], int] | None = None) -> None:
        self._clock = clock or MonotonicClock().now
        self._algorithm = TokenBucket()
        self._lock = threading.Lock()
        self._buckets: OrderedDict[Account, tuple[float, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, rates: Sequence[CallRate]) -> None:
        """Count one call against all of `rates`, or against none. Raises RateLimited, saying when the next is free."""
        with self._lock:
            now, filled = self._clock(), dict[Account, tuple[float, ...]]()
            for each in rates:
                rate = Rate(each.calls_per_minute, Duration.MINUTE, each.burst)
                bucket = self._buckets.get(each.account, EMPTY)
                filled[each.account], decision = self._algorithm.step([rate], bucket, now, 1)
                if not decision.allowed:
                    raise each.refused((decision.retry_after_ms or 0) / 1000)
            for account, bucket in filled.items():
                self._buckets[account] = bucket
                self._buckets.move_to_end(account)
            while len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
