"""Times a piece of work in this process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def milliseconds(work: Callable[[], object], repeats: int = 200, warm: int = 5) -> tuple[float, float]:
    """Median and 95th percentile of `work` (ms), after a warm-up."""
    for _ in range(warm):
        work()
    spent: list[float] = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    spent.sort()
    return statistics.median(spent), spent[int(len(spent) * 0.95)]
