"""A series → the place where its level shifted, if it did: one split, by maximal likelihood ratio.

For each split the gain is the Gaussian log-likelihood ratio n/2 · ln(S₀/S₁), with S₀ the squared distances to one mean
and S₁ those to the means of the two sides (Hinkley 1970). Values are taken as independent about their level: of a
seasonal series pass what is left when the season is taken out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

MIN_SIDE = 3
"""Values on each side; fewer are an outlier, not a level."""
SIGNIFICANT = 3.0
"""Gain that a split must reach, on top of ln n for having looked at all of them (as a BIC for the added mean and
place does)."""


@dataclass(frozen=True)
class LevelShift:
    """`at` is the index of the first value of the new level; `before` and `after` are the means of the sides; `gain`
    is the log-likelihood ratio."""

    at: int
    before: float
    after: float
    gain: float


def level_shift(series: Sequence[float], *, min_side: int = MIN_SIDE) -> LevelShift | None:
    """The one most likely shift of level; None where there is none beyond chance, or fewer than two sides' values.
    Raises ValueError for values that are not finite."""
    if not all(math.isfinite(v) for v in series):
        raise ValueError("a level shift needs finite values")
    n = len(series)
    if n < 2 * min_side:
        return None
    # Distances from the first value, in units of the largest: sums of squares of large levels lose their digits.
    unit = max(abs(v - series[0]) for v in series)
    if not unit or not math.isfinite(unit):
        return None
    values = [(v - series[0]) / unit for v in series]
    sums = list(accumulate(values, initial=0.0))
    squares = list(accumulate((v * v for v in values), initial=0.0))

    def scatter(start: int, end: int) -> float:
        return max(squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start), 0.0)

    splits = range(min_side, n - min_side + 1)
    at = min(splits, key=lambda split: scatter(0, split) + scatter(split, n))
    within = max(scatter(0, at) + scatter(at, n), n * 1e-12)
    gain = n / 2 * math.log(scatter(0, n) / within) if scatter(0, n) > within else 0.0
    if gain < SIGNIFICANT + math.log(n):
        return None
    mean_before, mean_after = sums[at] / at, (sums[n] - sums[at]) / (n - at)
    return LevelShift(at, series[0] + unit * mean_before, series[0] + unit * mean_after, gain)
