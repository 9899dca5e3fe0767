"""Values per member before and after → what each member contributes to the change of the total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Contribution:
    """One member. `change` is what it adds to the change of the total; for a quotient it is `mix` + `rate`.

    `before` and `after` are the member's own values: amounts, or for a quotient its own rate (None where the member
    was not there)."""

    member: str
    before: Decimal | None
    after: Decimal | None
    change: Decimal
    mix: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True)
class Breakdown:
    """A change split over the members of one dimension: Σ `members.change` + `rest` = `change`, exactly."""

    change: Decimal
    members: tuple[Contribution, ...]
    rest: Decimal
    mix: Decimal | None = None
    rate: Decimal | None = None


def additive(before: Mapping[str, Decimal], after: Mapping[str, Decimal], change: Decimal) -> Breakdown:
    """Split `change` of an additive total over its members, largest effect first. A member that is missing on one
    side counts as 0 there. Members need not add up to the total (distinct counts, members left out): `rest` is what
    they leave."""
    members = [
        Contribution(name, before.get(name), after.get(name), after.get(name, ZERO) - before.get(name, ZERO))
        for name in before.keys() | after.keys()
    ]
    members.sort(key=lambda m: (-abs(m.change), m.member))
    return Breakdown(change, tuple(members), change - sum((m.change for m in members), ZERO))


def concentration(breakdown: Breakdown, top: int = 1) -> float:
    """Share of the change (in its own direction) that the `top` members carry; 0 without change."""
    same_way = [m.change for m in breakdown.members if m.change and (m.change > 0) == (breakdown.change > 0)]
    total = sum(same_way, ZERO)
    return float(sum(sorted(same_way, key=abs, reverse=True)[:top], ZERO) / total) if total else 0.0
