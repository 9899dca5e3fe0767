"""A value and what came before it → is it an anomaly? One value at a time, or a whole series walked forward.

Two questions are asked and both must be answered yes: is the value outside the range of its own history, and, where the
business said from when a change matters to it, does it matter? The same code watches metrics and is measured on public
series.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tools.analysis.expected import ExpectedRange, expected_range
from tools.analysis.scales import Scale


@dataclass(frozen=True)
class Habits:
    """How a series behaves: `season` is the number of periods after which a pattern returns (0: none), `look_back`
    the periods learned from, `level` the probability that an unremarkable value is inside the range."""

    season: int
    scale: Scale
    look_back: int
    level: float = 0.99


@dataclass(frozen=True)
class Materiality:
    """From when a change matters to the business: `change` is a fraction of the value `lag` periods before, and that
    value must be at least `min_base` away from 0."""

    change: float = 0.0
    min_base: float = 0.0
    lag: int = 1

    def met(self, baseline: float, value: float) -> bool:
        """Is the change from `baseline` to `value` large enough, on a base large enough?"""
        return abs(baseline) >= self.min_base and abs(value - baseline) >= self.change * abs(baseline)


@dataclass(frozen=True)
class Judgement:
    """`expected` and `z` (standard deviations from it) are None where there is too little history to judge by."""

    value: float
    anomaly: bool
    expected: ExpectedRange | None
    z: float | None


ANY_CHANGE = Materiality()


def judge(
    history: Sequence[float],
    value: float,
    habits: Habits,
    matters: Materiality = ANY_CHANGE,
    excluded: Collection[int] = (),
) -> Judgement:
    """Judge `value` by the values before it, oldest first; `excluded` are indexes of past incidents in `history`."""
    from_ = max(0, len(history) - habits.look_back)
    expected = expected_range(
        history[from_:],
        season=habits.season,
        scale=habits.scale,
        excluded={i - from_ for i in excluded if i >= from_},
        level=habits.level,
    )
    if expected is None or value != value:
        return Judgement(value, False, expected, None)
    material = len(history) < matters.lag or matters.met(history[-matters.lag], value)
    return Judgement(value, material and not expected.holds(value), expected, expected.z(value))


def walk_forward(
    series: Sequence[float], habits: Habits, matters: Materiality = ANY_CHANGE, *, warm_up: int
) -> list[Judgement]:
    """Judge each value from index `warm_up` on by the values before it, as if it were the last known. Past anomalies
    need no setting aside: the range is learned from values pulled in to what was usual (pulling alarmed values in
    once more was measured: a shifted level then alarmed for longer)."""
    return [judge(series[:at], series[at], habits, matters) for at in range(warm_up, len(series))]
