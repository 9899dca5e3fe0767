"""Past interventions → the closed cases most like a change, and what was done in them with which outcome. Pure.

Exact nearest neighbours over the vector of falls, the level and the attributes: numbers as robust z-scores, attributes
as one-hot columns in which two different members lie one apart. Only cases of the same falling component, closed before
the day, of other entities. Counts with Wilson's 95 % interval (Wilson 1927), never a promise: who tried what was a
person's choice. Measured on public churn data, this is as good as a forest's proximity and needs no training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

ENOUGH_CASES = 50
"""Below this the neighbours of a case say little about it."""
NEIGHBOURS = 10
MOST_CASES = 5_000
"""The latest ones; the distances among them are all computed."""
FARTHEST = 0.95
"""Quantile of the cases' own distances to their neighbours beyond which nothing is comparable."""
SUPPORT = 3
"""Neighbours in which an action was taken before it is spoken of."""
LEADS = 0.9
"""Share of the largest fall from which a component counts as falling with it."""
PRIOR = 2.0
"""Weight, in cases, of the success of all cases in that of an action."""
TILT = 0.2
"""How far the answers of people move an action's place: at most half of this either way."""
Z95 = 1.959963984540054
AT_ONCE = 500
"""Rows of the table of distances that are in memory together."""
MAD = 1.4826
"""Makes the median absolute deviation comparable with a standard deviation."""
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """What makes changes alike: the fall of each component (None: not known), the level, the tenure in years, and the
    members of the attributes."""

    entity: str
    falls: tuple[float | None, ...]
    level: float
    attributes: tuple[str, ...] = ()
    tenure: float | None = None


@dataclass(frozen=True)
class Case:
    """A closed intervention. `good`: it came out as wished."""

    key: str
    profile: Profile
    action: str
    good: bool
    started: date
    closed: date


@dataclass(frozen=True)
class Response:
    """What people said of an action that was suggested before: how often they took it up or left it, and the outcomes
    that they reported."""

    accepted: int = 0
    ignored: int = 0
    outcomes: int = 0
    good: int = 0


@dataclass(frozen=True)
class Tried:
    """An action among the neighbours: in how many, with how many good outcomes, between which rates by chance."""

    action: str
    used: int
    good: int
    low: float
    high: float
    rank: float


@dataclass(frozen=True)
class Similar:
    """What the past says. `pool` are the cases looked through; `neighbours` the closest, nearest first; `tried` the
    actions with support, the most promising first; `why` says why there is nothing: too few cases, or none near."""

    pool: int
    neighbours: tuple[Case, ...] = ()
    tried: tuple[Tried, ...] = ()
    why: str = ""
    distances: tuple[float, ...] = field(default=(), repr=False)


TOO_FEW = "too few cases"
NONE_NEAR = "no comparable case"


def similar_cases(
    profile: Profile, cases: Sequence[Case], day: date, responses: Mapping[str, Response] | None = None
) -> Similar:
    """The closed cases most like `profile` as they were known on `day`."""
    pool = comparable(profile, cases, day)
    if len(pool) < ENOUGH_CASES:
        return Similar(len(pool), why=TOO_FEW)
    points = vectors([*(case.profile for case in pool), profile])
    distances = _distances(points[-1:], points[:-1])[0]
    limit = float(np.quantile(_own_distances(points[:-1], [case.profile.entity for case in pool]), FARTHEST))
    near = sorted(range(len(pool)), key=lambda n: (float(distances[n]), pool[n].key))[:NEIGHBOURS]
    if float(distances[near].mean()) > limit:
        return Similar(len(pool), why=NONE_NEAR)
    neighbours = tuple(pool[n] for n in near)
    base = sum(case.good for case in pool) / len(pool)
    tried = ranked(neighbours, base, responses or {})
    return Similar(len(pool), neighbours, tried, distances=tuple(float(distances[n]) for n in near))


def comparable(profile: Profile, cases: Sequence[Case], day: date) -> list[Case]:
    """Cases closed before `day`, of other entities, in which the same component fell; the latest ones."""
    leading = leaders(profile.falls)
    found = [
        case
        for case in cases
        if case.closed < day and case.profile.entity != profile.entity and leaders(case.profile.falls) & leading
    ]
    return sorted(found, key=lambda case: (case.closed, case.key))[-MOST_CASES:]


def leaders(falls: Sequence[float | None]) -> frozenset[int]:
    """The components that fell most: the largest fall, and those that are nearly as large."""
    top = max((fall for fall in falls if fall is not None), default=0.0)
    return frozenset(n for n, fall in enumerate(falls) if fall is not None and top > 0 and fall >= LEADS * top)


def vectors(profiles: Sequence[Profile]) -> Matrix:
    """One row a profile; what is unknown lies in the middle."""
    numbers = [[*profile.falls, profile.level, profile.tenure] for profile in profiles]
    table = np.array([[np.nan if n is None else n for n in row] for row in numbers], dtype=np.float64)
    columns = [_robust(table[:, n]) for n in range(table.shape[1])]
    for place in range(len(profiles[0].attributes)):
        members = [profile.attributes[place] for profile in profiles]
        columns += [np.array([(m == member) / math.sqrt(2) for m in members]) for member in sorted(set(members))]
    return np.column_stack(columns)


def ranked(neighbours: Sequence[Case], base: float, responses: Mapping[str, Response]) -> tuple[Tried, ...]:
    """Actions with support by their smoothed success, moved by what people said of them; the best first."""
    found: list[Tried] = []
    for action in sorted({case.action for case in neighbours}):
        used = [case for case in neighbours if case.action == action]
        if len(used) < SUPPORT:
            continue
        good = sum(case.good for case in used)
        said = responses.get(action, Response())
        success = (good + said.good + PRIOR * base) / (len(used) + said.outcomes + PRIOR)
        taken = (said.accepted + 1) / (said.accepted + said.ignored + 2)
        low, high = wilson(good, len(used))
        found.append(Tried(action, len(used), good, low, high, success + TILT * (taken - 0.5)))
    return tuple(sorted(found, key=lambda t: (-t.rank, -t.used, t.action)))


def wilson(good: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion. Raises ValueError for no trials or more successes than trials."""
    if total <= 0 or not 0 <= good <= total:
        raise ValueError(f"no proportion: {good} of {total}")
    share, spread = good / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _robust(values: Matrix) -> Matrix:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return np.zeros_like(values)
    centre = float(np.median(known))
    spread = MAD * float(np.median(np.abs(known - centre))) or float(np.std(known)) or 1.0
    return np.nan_to_num((values - centre) / spread, nan=0.0)


def _distances(left: Matrix, right: Matrix) -> Matrix:
    squared = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2 * left @ right.T
    return np.sqrt(np.maximum(squared, 0.0))


def _own_distances(points: Matrix, entities: Sequence[str]) -> Matrix:
    """Of each case left out, the mean distance to its neighbours: cases of other entities."""
    _, groups = np.unique(np.array(entities), return_inverse=True)
    found: list[Matrix] = []
    for start in range(0, len(points), AT_ONCE):
        apart = _distances(points[start : start + AT_ONCE], points)
        apart[groups[start : start + AT_ONCE, None] == groups[None, :]] = np.inf
        found.append(np.partition(apart, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS].mean(axis=1))
    means = np.concatenate(found)
    finite = means[np.isfinite(means)]
    return finite if finite.size else np.zeros(1)
