"""A value and those before it → is it a record, and since when was none like it?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Standing:
    """Where a value stands among itself and those before it. `rank` is 1 for the highest, `rank_low` 1 for the lowest
    (equals share the better rank); `of` counts the values, itself included. `higher_ago` is how many periods ago a
    value was last at least as high, `lower_ago` at least as low: None if never."""

    rank: int
    rank_low: int
    of: int
    higher_ago: int | None
    lower_ago: int | None

    @property
    def record(self) -> Literal["high", "low"] | None:
        """Beyond all values before it; None also for the first value of all."""
        if self.of < 2:
            return None
        return "high" if self.higher_ago is None else "low" if self.lower_ago is None else None


def standing(history: Sequence[float], value: float) -> Standing:
    """Stand `value` beside `history` (oldest first, one value a period, NaN where there is none)."""
    return Standing(
        rank=1 + sum(v > value for v in history),
        rank_low=1 + sum(v < value for v in history),
        of=1 + sum(not math.isnan(v) for v in history),
        higher_ago=_ago([v >= value for v in history]),
        lower_ago=_ago([v <= value for v in history]),
    )


def _ago(met: Sequence[bool]) -> int | None:
    return next((ago for ago, was in enumerate(reversed(met), start=1) if was), None)
