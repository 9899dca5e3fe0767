"""Earlier values of a series → the range in which the next one is unremarkable.

Robust and without a model: the median step and its spread (MAD) over the history, which never contains the tested
value; a step like the one at the same place a season earlier counts as expected too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MIN_STEPS = 8
"""Fewer steps than this say nothing about what is normal."""
MAD_TO_SIGMA = 1.4826
"""MAD of a normal distribution to its standard deviation."""
WIDTH = 3.0
"""Half-width of the range in robust standard deviations."""
FLOOR = 0.01
"""A relative step below 1 % is never remarkable, however smooth the series."""


@dataclass(frozen=True)
class ExpectedRange:
    """Bounds for the value, and the step that is usual. `z` is the tested step's distance in standard deviations."""

    low: float
    high: float
    z: float

    def holds(self, value: float) -> bool:
        """Is the value unremarkable?"""
        return self.low <= value <= self.high


def expected_range(
    history: Sequence[float], baseline: float, value: float, *, relative: bool, season: int, lag: int = 1
) -> ExpectedRange | None:
    """Range for `value` against `baseline`, from `history` (oldest first, ending with the value before the tested
    one). `relative` steps are ratios − 1, else differences. `season` is the number of periods in a year (0: none);
    `lag` how many periods a step spans (1: against the period before; a year: against the year before).

    None with fewer than 8 usable steps, or where ratios make no sense (values that are not above 0)."""
    if relative and (baseline <= 0 or min(history, default=0.0) <= 0):
        return None
    steps = [_step(a, b, relative) for a, b in zip(history, history[lag:], strict=False)]
    if len(steps) < MIN_STEPS:
        return None
    usual = median(steps)
    spread = MAD_TO_SIGMA * median(abs(s - usual) for s in steps)
    sigma = max(spread, FLOOR / WIDTH if relative else FLOOR / WIDTH * max(abs(v) for v in history))
    tested = _step(baseline, value, relative)
    seasons_ago = range(season, len(steps) + 1, season) if season else ()
    centres = [usual, *(steps[-back] for back in seasons_ago)]
    centre = min(centres, key=lambda c: abs(tested - c))
    low, high = (_value(baseline, centre + side * WIDTH * sigma, relative) for side in (-1, 1))
    return ExpectedRange(low, high, (tested - centre) / sigma if sigma else 0.0)


def _step(before: float, after: float, relative: bool) -> float:
    return after / before - 1 if relative else after - before


def _value(baseline: float, step: float, relative: bool) -> float:
    return baseline * (1 + step) if relative else baseline + step
