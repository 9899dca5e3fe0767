"""One question and the dimensions a metric allows → how each dimension splits the change, and the causes found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.catalog import Dimension
from catalog.metrics import Metric
from catalog.refusals import Refusal, Timeout, WarehouseDown
from tools.analysis.contributions import ZERO, Breakdown, Contribution, additive
from tools.analysis.mix_rate import MIX, Parts, mix_and_rate, story
from tools.analysis.slices import Cause
from tools.explanation.leaves import FEW_MEMBERS, TIME_TO_KEEP, Members, causes_of
from tools.explanation.reading import Pair, Question, grouped
from tools.explanation.shape import Shape

MAX_DIMENSIONS = 16
"""Dimensions looked at; those with a closed list of values first."""


@dataclass(frozen=True)
class Split:
    """The change over one dimension. `story` is "mix, not rate" and the like for quotients."""

    dimension: str
    breakdown: Breakdown
    story: str = ""
    exact: bool = True
    """False where groups can only be set side by side: nothing adds up."""


@dataclass(frozen=True)
class Splits:
    """All splits, the one that explains most first, and causes. `left_out`: dimensions that were not read."""

    splits: tuple[Split, ...]
    causes: tuple[Cause, ...]
    left_out: tuple[str, ...]


def splits_of(question: Question, metric: Metric, shape: Shape, change: Decimal) -> Splits:
    """Split `change` over every dimension that the metric allows and the caller may read. Raises Timeout only where
    nothing at all could be read."""
    wanted = allowed_dimensions(question, metric)
    deadline = question.call.deadline
    found: list[Split] = []
    small: dict[str, Members] = {}
    left_out = [d.name for d in wanted[MAX_DIMENSIONS:]]
    for dimension in wanted[:MAX_DIMENSIONS]:
        if deadline.remaining() < TIME_TO_KEEP * deadline.seconds:
            left_out.append(dimension.name)
            continue
        members = _members(question, shape, (dimension.name,), change)
        if not members:
            continue
        split = _split(dimension.name, shape, members, change)
        found += [split] if split else []
        if shape.kind != "other" and 1 < len(members) <= FEW_MEMBERS:
            small[dimension.name] = members
    # Where one small dimension shows that weights moved and rates did not, a rate moving over another is its shadow.
    shifted = any(split.story == MIX and split.dimension in small for split in found)
    causes = () if shifted else causes_of(question, shape, small, change)
    ordered = sorted(found, key=lambda split: _rank(split, causes))
    return Splits(tuple(ordered), causes, tuple(left_out))


def allowed_dimensions(question: Question, metric: Metric) -> list[Dimension]:
    """Dimensions of the metric (of its inputs where it names none) that the caller may read and has not fixed by a
    filter, small closed lists first."""
    catalog = question.call.access.catalog
    rules = metric.dimensions.allowed or tuple(a for m in catalog.inputs_of(metric) for a in m.dimensions.allowed)
    fixed = {c.dimension for c in question.where if c.op == "="}
    named = [
        d
        for d in question.call.access.dimensions.values()
        if d.name not in fixed and d.column.type != "date"
        if d.name in rules or f"{d.table.name}.{d.column.name}" in rules or f"{d.table.name}.*" in rules
    ]
    return sorted(named, key=lambda d: (not d.column.values, d.column.pii is not None, d.name in _keys(d), d.name))


def _keys(dimension: Dimension) -> tuple[str, ...]:
    return dimension.table.grain


def _members(question: Question, shape: Shape, group_by: Sequence[str], change: Decimal) -> Members | None:
    """Members of the dimensions; None where the metric cannot be grouped by them."""
    falling = change < 0 if shape.kind == "additive" else None
    try:
        return grouped(question, shape.access, shape.metrics, group_by, falling)
    except (WarehouseDown, Timeout):
        raise
    except Refusal:
        # Allowed by name and still out of reach (another dataset of the metric does not have it).
        return None


def _split(dimension: str, shape: Shape, members: Members, change: Decimal) -> Split | None:
    named = {key[0]: pair for key, pair in members.items()}
    if shape.kind == "quotient":
        before, after = _parts(named, 0), _parts(named, 1)
        breakdown = mix_and_rate(before, after, change)
        return Split(dimension, breakdown, story(breakdown)) if breakdown else None
    own = {name: pair[0] for name, pair in named.items()}
    if shape.kind == "additive":
        before = {name: pair.before for name, pair in own.items() if pair.before is not None}
        after = {name: pair.after for name, pair in own.items() if pair.after is not None}
        return Split(dimension, additive(before, after, change))
    beside = [Contribution(name, p.before, p.after, p.change or ZERO) for name, p in own.items()]
    beside.sort(key=lambda m: (-abs(m.change), m.member))
    return Split(dimension, Breakdown(change, tuple(beside), change), exact=False)


def _parts(members: Mapping[str, tuple[Pair, ...]], side: int) -> dict[str, Parts]:
    """Numerators and denominators of one side (0 before, 1 after), without members that were not there."""
    parts: dict[str, Parts] = {}
    for name, (over, under) in members.items():
        numerator, denominator = ((p.before, p.after)[side] for p in (over, under))
        if denominator:
            parts[name] = Parts(numerator or ZERO, denominator)
    return parts


def _rank(split: Split, causes: Sequence[Cause]) -> tuple[bool, bool, bool, bool, float, str]:
    """The dimensions of the first cause first, then exact and small ones, then those that show a pure shift of mix,
    then by how much lies in one member."""
    named = {dimension for dimension, _ in causes[0].members} if causes else set[str]()
    members = split.breakdown.members
    top = max((float(m.change / split.breakdown.change) for m in members if split.breakdown.change), default=0.0)
    many = len(members) > FEW_MEMBERS
    return split.dimension not in named, not split.exact, many, split.story != MIX, -min(top, 1.0), split.dimension
