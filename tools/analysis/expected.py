"""Earlier values of a series → the range in which the next one is unremarkable.

One-step forecast of exponential smoothing with the series' own season; a yearly pattern of weeks, of which no history
holds enough, widens the range by what happened a year ago. With less history the median of the same places in earlier
seasons and its spread; with still less, nothing is claimed. Values that were themselves out of the ordinary are pulled
in before they are learned from.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median
from typing import Literal

from tools.analysis.scales import Scale, back, onto, usable
from tools.analysis.smoothing import smooth, spread

MIN_VALUES = 8
"""Fewer values than this say nothing about what is normal."""
MIN_FIT = 10
"""Values from which a smooth level can be learned."""
SEASONS = 3
"""Seasons from which a pattern can be learned."""
LONGEST_SEASON = 12
"""Longest pattern that is learned; a year of weeks would need more history than there is."""
SHORT_SEASON = 7
"""Up to this length a short history is compared place by place; between years, growth would be taken for a change."""
FLOOR = 0.01
"""Standard deviation is never below 1 %, however smooth the series."""

Method = Literal["smoothing", "smoothing and a year ago", "same place in earlier seasons"]


@dataclass(frozen=True)
class ExpectedRange:
    """Bounds and centre in the unit of the series; `sigma` is one standard deviation on `scale` (of logarithms or
    log-odds: relative)."""

    low: float
    high: float
    centre: float
    sigma: float
    method: Method
    scale: Scale = "linear"
    level: float = 0.99

    def holds(self, value: float) -> bool:
        """Is the value unremarkable?"""
        return self.low <= value <= self.high

    def z(self, value: float) -> float:
        """Standard deviations from what is expected: from the centre or, where a year ago widens the range, from
        the nearer end of what is expected then."""
        half = _width(self.level) * self.sigma
        place, centre = onto(self.scale, value), onto(self.scale, self.centre)
        upper, lower = max(onto(self.scale, self.high) - half, centre), min(onto(self.scale, self.low) + half, centre)
        return (place - min(max(place, lower), upper)) / self.sigma if self.sigma else 0.0


def expected_range(
    history: Sequence[float],
    *,
    season: int,
    scale: Scale,
    excluded: Collection[int] = (),
    level: float = 0.99,
) -> ExpectedRange | None:
    """The range that holds the next value with probability `level`.

    `history` is regular and oldest first, without the value to be tested; NaN marks a missing value. `season` is the
    number of periods after which a pattern returns (0: none). `scale` is what steps are measured on; values that do not
    fit it are taken on the next coarser one. `excluded` are indexes of past incidents: they are filled in from their
    surroundings. None where fewer than 8 values are left."""
    known = [i for i, v in enumerate(history) if math.isfinite(v) and i not in excluded]
    if len(known) < MIN_VALUES:
        return None
    scale = usable(scale, [history[i] for i in known])
    unit = fmean(abs(history[i]) for i in known) or 1.0 if scale == "linear" else 1.0
    start = known[0]
    places = {i - start: onto(scale, history[i]) / unit for i in known}
    series = _filled(places, len(history) - start, season)
    found = _forecast(series, places, season)
    if found is None:
        return None
    centre, sigma, method = found
    half = _width(level) * sigma
    low, high = centre - half, centre + half
    if season > SHORT_SEASON and method == "smoothing" and not _learns(series, season):
        for then in _a_year_ago(series, places, season):
            if not low <= then <= high:
                low, high, method = min(low, then - half), max(high, then + half), "smoothing and a year ago"
    low, centre, high = (back(scale, place * unit) for place in (low, centre, high))
    return ExpectedRange(low, high, centre, sigma * unit, method, scale, level)


def _forecast(series: list[float], known: Collection[int], season: int) -> tuple[float, float, Method] | None:
    """Centre, standard deviation and method, on the scale."""
    short = 2 <= season <= SHORT_SEASON and not _learns(series, season)
    if not short and len(known) >= MIN_FIT:
        learned = smooth(series, season if _learns(series, season) else 0, FLOOR)
        if learned is not None:
            return learned.forecast, max(learned.sigma, FLOOR), "smoothing"
    return _same_place(series, known, season if short or _learns(series, season) else 0)


def _learns(series: Sequence[float], season: int) -> bool:
    return 2 <= season <= LONGEST_SEASON and len(series) >= SEASONS * season


def _same_place(series: Sequence[float], known: Collection[int], season: int) -> tuple[float, float, Method] | None:
    """Median of the values at the tested one's place in earlier seasons, and the spread of all values about the
    medians of theirs."""
    step = max(season, 1)
    by_place = {at: [series[i] for i in known if i % step == at] for at in range(step)}
    here = by_place[len(series) % step]
    if len(here) < 2:
        return None
    errors = [v - median(values) for values in by_place.values() for v in values]
    used_up = len(errors) / max(len(errors) - sum(bool(v) for v in by_place.values()), 1)
    return median(here), max(spread(errors) * math.sqrt(used_up), FLOOR), "same place in earlier seasons"


def _a_year_ago(series: Sequence[float], known: Collection[int], season: int) -> list[float]:
    """The last value with the step that followed it in earlier years, where both ends of that step are known."""
    ends = range(len(series) - season, 0, -season)
    return [series[-1] + series[i] - series[i - 1] for i in ends if i in known and i - 1 in known]


def _filled(places: dict[int, float], length: int, season: int) -> list[float]:
    """The series without gaps: a missing value is the mean of the nearest known ones at its place in the season,
    else of its neighbours."""
    series: list[float] = []
    for at in range(length):
        steps = (season, 1) if 2 <= season <= LONGEST_SEASON else (1,)
        around = [found for step in steps if (found := _around(places, at, step, length))]
        series.append(places[at] if at in places else fmean(around[0]))
    return series


def _around(places: dict[int, float], at: int, step: int, length: int) -> list[float]:
    """The nearest known values before and after, `step` places apart."""
    before = next((places[i] for i in range(at - step, -1, -step) if i in places), None)
    after = next((places[i] for i in range(at + step, length, step) if i in places), None)
    return [v for v in (before, after) if v is not None]


def _width(level: float) -> float:
    """Half-width of the range in standard deviations."""
    return NormalDist().inv_cdf((1 + level) / 2)
