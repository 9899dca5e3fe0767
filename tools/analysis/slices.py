"""Leaf cells before and after → the few slices of the business that explain a change.

A slice fixes one to three dimensions. It is scored by the scan statistic of Kulldorff (1997), V·ln(V/F) − (V − F),
with F what was expected of it and V what came, for slices that moved the way the total did. A parent dilutes the cause
and a child has less mass, so the true granularity scores highest; each further dimension must earn `LAYER_PENALTY`.
The best slice is taken, what it explains is set aside (F becomes V inside it; scaling F by V/F there instead leaves
remnants that were named as further causes and were wrong more often), and the search goes on until the score is small
or three causes are found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

LAYER_PENALTY = 0.1
"""Share of the score that each dimension after the first costs: chosen on one half of a public root-cause set
(RobustSpot's), measured on the other."""
MAX_DIMENSIONS = 3
MAX_CAUSES = 3
SMALL = 0.10
"""Stop when the next score is below this share of the first."""
BROAD = 0.5
"""A best slice that explains less than this share of the change is no root cause: the change is broad-based."""
MIN_SUPPORT = 0.005
"""A slice with a smaller share of the base is one of very many: what stands out there is chance."""
ALL = 1e-9
"""A slice that leaves less than this share of the base outside is no part of the business but all of it."""
STANDS_OUT = 1.5
"""A slice is a cause only if it moved this many times as far as everything outside it (in logarithms)."""
NOTHING = 1e-3
"""What was (nearly) empty before has no finite ratio: this share of the change stands for "nothing"."""

Members = tuple[tuple[str, str], ...]
"""A slice: (dimension, member) pairs, in dimension order."""


@dataclass(frozen=True)
class Cell:
    """Amounts of one leaf: `before` is what was expected of it, `after` what came. `base` is its weight for the
    support guard (for a quotient its denominator); without one it is the larger of the two amounts."""

    members: Members
    before: Decimal
    after: Decimal
    base: Decimal | None = None


@dataclass(frozen=True)
class Cause:
    """A slice that explains `share` of the total's change (1 = all of it, more when other slices moved against).
    `change` leaves out what the causes named before it explain, so changes and shares of causes may be added."""

    members: Members
    before: Decimal
    after: Decimal
    change: Decimal
    share: float


@dataclass
class _Slice:
    """Running sums of one slice; `expected` nears `actual` as causes are explained away."""

    before: float = 0.0
    expected: float = 0.0
    actual: float = 0.0
    base: float = 0.0


def scan(cells: Sequence[Cell], change: Decimal, *, dimensions: int = MAX_DIMENSIONS) -> tuple[Cause, ...]:
    """At most three causes of `change` (the total's, in the unit of the cells), best first; () when it is 0 or no
    slice of up to `dimensions` dimensions stands out."""
    field = _Field(cells, float(change), dimensions)
    causes: list[Cause] = []
    first = 0.0
    while change and len(causes) < MAX_CAUSES:
        points, members = min(field.scores(), key=_order, default=(0.0, ()))
        first = first or points
        if points <= 0 or points < SMALL * first:
            break
        causes.append(field.cause(members, change))
        field.explain_away(members)
    return tuple(causes)


def ranking(
    cells: Sequence[Cell], change: Decimal, *, dimensions: int = MAX_DIMENSIONS, top: int = 3
) -> tuple[Cause, ...]:
    """The `top` slices by score, nothing explained away: they may lie within each other and must not be added."""
    field = _Field(cells, float(change), dimensions)
    scored = sorted(field.scores(), key=_order) if change else []
    return tuple(field.cause(members, change) for points, members in scored[:top] if points > 0)


def broad_based(causes: Sequence[Cause]) -> bool:
    """True when even the best slice explains too little to be called the cause."""
    return not causes or causes[0].share < BROAD


class _Field:
    """All slices over the cells, with their sums."""

    def __init__(self, cells: Sequence[Cell], change: float, dimensions: int) -> None:
        self.rising = change > 0
        self.floor = abs(change) * NOTHING
        self.leaves = [(cell, _subsets(cell.members, dimensions)) for cell in cells]
        self.expected = [float(cell.before) for cell in cells]
        self.total = _Slice()
        self.slices: dict[Members, _Slice] = {}
        for cell, subsets in self.leaves:
            before, after = float(cell.before), float(cell.after)
            base = max(before, after) if cell.base is None else float(cell.base)
            for sums in (self.total, *(self.slices.setdefault(members, _Slice()) for members in subsets)):
                sums.before += before
                sums.expected += before
                sums.actual += after
                sums.base += base

    def scores(self) -> Iterator[tuple[float, Members]]:
        """(points, members) of the slices that moved along, are large enough and stand out."""
        least, most = MIN_SUPPORT * self.total.base, (1 - ALL) * self.total.base
        for members, sums in self.slices.items():
            moved_along = (sums.actual > sums.expected) == self.rising
            if moved_along and least <= sums.base <= most and self._stands_out(sums):
                yield self._points(sums) * (1 - LAYER_PENALTY * (len(members) - 1)), members

    def cause(self, members: Members, change: Decimal) -> Cause:
        """The slice with its exact amounts."""
        inside = [cell for cell, subsets in self.leaves if members in subsets]
        before, after = sum((c.before for c in inside), Decimal(0)), sum((c.after for c in inside), Decimal(0))
        sums = self.slices[members]
        explained = Decimal(repr(sums.before - sums.expected))
        moved = after - before + explained
        return Cause(members, before, after, moved, float(moved / change))

    def explain_away(self, members: Members) -> None:
        """Expect of every leaf inside the slice what came of it."""
        for at, (cell, subsets) in enumerate(self.leaves):
            if members in subsets:
                rest = float(cell.after) - self.expected[at]
                self.expected[at] += rest
                for sums in (self.total, *(self.slices[each] for each in subsets)):
                    sums.expected += rest

    def _points(self, sums: _Slice) -> float:
        expected, actual = max(sums.expected, self.floor), max(sums.actual, 0.0)
        return (actual * math.log(actual / expected) if actual else 0.0) - (actual - expected)

    def _stands_out(self, sums: _Slice) -> bool:
        """Did it move further than the rest of the total did in the same direction?"""
        inside = self._distance(sums.expected, sums.actual)
        outside = self._distance(self.total.expected - sums.expected, self.total.actual - sums.actual)
        return inside > STANDS_OUT * outside

    def _distance(self, expected: float, actual: float) -> float:
        moved = math.log(max(actual, self.floor) / max(expected, self.floor))
        return moved if self.rising else -moved


def _order(found: tuple[float, Members]) -> tuple[float, int, Members]:
    """Highest score first; of equals the slice with fewer dimensions, then by name."""
    points, members = found
    return -points, len(members), members


def _subsets(members: Members, dimensions: int) -> frozenset[Members]:
    most = min(dimensions, len(members))
    return frozenset(found for size in range(1, most + 1) for found in combinations(members, size))


def rate_cells(sides: Mapping[Members, tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]]) -> list[Cell]:
    """(numerator, denominator) before and after of each leaf → cells whose change is the rate effect, the mix taken
    out: what is expected is the leaf's old rate times its new denominator (the total's old rate where it had none)."""
    over = sum((before[0] for before, _ in sides.values()), Decimal(0))
    under = sum((before[1] for before, _ in sides.values()), Decimal(0))
    usual = over / under if under else Decimal(0)
    return [
        Cell(members, (before[0] / before[1] if before[1] else usual) * after[1], after[0], after[1])
        for members, (before, after) in sides.items()
    ]
