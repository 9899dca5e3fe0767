"""Amounts per slice (one member, or a pair of members) before and after → the few slices that explain a change.

Each slice is scored by the scan statistic V·ln(V/F) − (V − F), with F its value before and V after, for slices that
moved the way the total did. A parent dilutes the cause and a child has less mass, so the true granularity scores
highest; a pair must beat a single member by more than `PAIR_PENALTY`. The best slice is taken, what it explains is
set aside, and the search goes on until the score is small or three causes are found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

PAIR_PENALTY = 0.1
"""Chosen on half of a public root-cause set and confirmed on the other half."""
MAX_CAUSES = 3
SMALL = 0.10
"""Stop when the next score is below this share of the first."""
BROAD = 0.5
"""A best slice that explains less than this share of the change is no root cause: the change is broad-based."""

Members = tuple[tuple[str, str], ...]
"""A slice: (dimension, member) pairs, in dimension order."""


@dataclass(frozen=True)
class Slice:
    """Amounts of one slice."""

    members: Members
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Cause:
    """A slice that explains `share` of the total's change (1 = all of it, more when other slices moved against)."""

    members: Members
    before: Decimal
    after: Decimal
    change: Decimal
    share: float


def scan(slices: Sequence[Slice], change: Decimal) -> tuple[Cause, ...]:
    """The causes of `change`, best first; () when it is 0 or no slice moved its way. A slice that may overlap an
    earlier cause is passed over: its share would count the same rows twice."""
    if not change:
        return ()
    scored = sorted(
        ((_score(s, change), s) for s in slices), key=lambda pair: (-pair[0], len(pair[1].members), pair[1].members)
    )
    causes: list[Cause] = []
    first = scored[0][0] if scored else 0.0
    for points, found in scored:
        if len(causes) == MAX_CAUSES or points <= 0 or points < SMALL * first:
            break
        if all(_apart(found.members, cause.members) for cause in causes):
            moved = found.after - found.before
            causes.append(Cause(found.members, found.before, found.after, moved, float(moved / change)))
    return tuple(causes)


def broad_based(causes: Sequence[Cause]) -> bool:
    """True when even the best slice explains too little to be called the cause."""
    return not causes or causes[0].share < BROAD


def pairs(cells: Mapping[tuple[str, str], tuple[Decimal, Decimal]], first: str, second: str) -> list[Slice]:
    """Slices of two dimensions from (member, member) → (before, after)."""
    found: list[Slice] = []
    for (a, b), (before, after) in cells.items():
        found.append(Slice(tuple(sorted(((first, a), (second, b)))), before, after))
    return found


def _score(found: Slice, change: Decimal) -> float:
    moved = found.after - found.before
    if not moved or (moved > 0) != (change > 0):
        return 0.0
    # A slice that was (nearly) empty before has no finite ratio: a thousandth of the change stands for "nothing".
    floor = float(abs(change)) / 1000
    expected = max(float(found.before), floor)
    actual = max(float(found.after), 0.0)
    points = (actual * math.log(actual / expected) if actual else 0.0) - (actual - expected)
    return points * (1 - PAIR_PENALTY * (len(found.members) - 1))


def _apart(slice_: Members, cause: Members) -> bool:
    """Two slices name different data when some dimension has different members in them."""
    named = dict(cause)
    return any(dimension in named and named[dimension] != member for dimension, member in slice_)
