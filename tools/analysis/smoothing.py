"""A regular series → its smooth level and season, learned from values pulled in to what was usual.

Above `ets`, which fits with statsmodels; below `expected`, which makes a range of the forecast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from statistics import median
from typing import Protocol, cast

MAD_TO_SIGMA = 1.4826
"""MAD of a normal distribution to its standard deviation."""
PULLED_IN = 3.5
"""Past errors beyond this many robust standard deviations are pulled in to it."""


class Fit(Protocol):
    """What `tools.analysis.ets` finds: next value, one-step errors of the past, their standard deviation."""

    @property
    def forecast(self) -> float: ...
    @property
    def errors(self) -> tuple[float, ...]: ...
    @property
    def sigma(self) -> float: ...


class _Engine(Protocol):
    def fit(self, values: Sequence[float], season: int) -> Fit | None: ...


def prepare() -> None:
    """Import what the first range would otherwise wait for (seconds): for a process that has started and is idle."""
    _engine()


def _engine() -> _Engine:
    # The module behind this costs seconds to import, which no start of a program should pay.
    return cast(_Engine, import_module("tools.analysis.ets"))


def smooth(series: Sequence[float], season: int, floor: float) -> Fit | None:
    """Fit level and, with a `season` of at least 2, pattern; a second time where the first fit shows values out of the
    ordinary: they would widen the range and drag the level along. None for a series that does not move, and where no
    fit is found. Standard deviations below `floor` count as noise of a smooth series."""
    if max(series) - min(series) < floor * floor:
        return None
    engine = _engine()
    first = engine.fit(series, season)
    if first is None:
        return None
    most = PULLED_IN * max(spread(first.errors), floor)
    outliers = _outliers(first.errors, most, season)
    tamed = [
        v - math.copysign(abs(first.errors[i]) - most, first.errors[i]) if i in outliers else v
        for i, v in enumerate(series)
    ]
    return first if not outliers else engine.fit(tamed, season) or first


def _outliers(errors: Sequence[float], most: float, season: int) -> set[int]:
    """Where errors are larger than `most`, without the echoes of larger ones: a fit that learned from an outlier
    misses its neighbours, and the values at its place in other seasons, the other way."""
    found: set[int] = set()
    for at in sorted(range(len(errors)), key=lambda i: -abs(errors[i])):
        if abs(errors[at]) <= most:
            break
        near = [then for then in found if abs(at - then) == 1 or (season and (at - then) % season == 0)]
        if not any(errors[then] * errors[at] < 0 for then in near):
            found.add(at)
    return found


def spread(errors: Sequence[float]) -> float:
    """Standard deviation as the median distance from the median tells it."""
    middle = median(errors)
    return MAD_TO_SIGMA * median(abs(e - middle) for e in errors)
