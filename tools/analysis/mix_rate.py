"""A quotient per member before and after → how much of its change is mix (weights moved) and how much is rate.

With s the member's share of the denominator, r its own rate and R the total's rate, before (0) and after (1):
rate effect = (s0 + s1)/2 · (r1 − r0), mix effect = (s1 − s0) · ((r0 + r1)/2 − (R0 + R1)/2). Both sum over all members
to R1 − R0 exactly (midpoint decomposition). A member that is new or gone has one rate only, which stands for both
sides: its whole effect is mix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tools.analysis.contributions import ZERO, Breakdown, Contribution

MIX, RATE, BOTH = "mix, not rate", "rate, not mix", "mix and rate"
SAME_STORY = 0.8
"""Share of the change from which one effect is called the story."""


@dataclass(frozen=True)
class Parts:
    """Numerator and denominator of one member on one side."""

    numerator: Decimal
    denominator: Decimal


def mix_and_rate(before: Mapping[str, Parts], after: Mapping[str, Parts], change: Decimal) -> Breakdown | None:
    """Split `change` of a quotient over the members, largest effect first; None when one side has no denominator."""
    total_0, total_1 = _total(before), _total(after)
    if not total_0.denominator or not total_1.denominator:
        return None
    middle = (_rate(total_0) + _rate(total_1)) / 2
    members: list[Contribution] = []
    for name in before.keys() | after.keys():
        mix, rate = _effects(before.get(name), after.get(name), total_0, total_1, middle)
        members.append(
            Contribution(name, _own_rate(before.get(name)), _own_rate(after.get(name)), mix + rate, mix=mix, rate=rate)
        )
    members.sort(key=lambda m: (-abs(m.change), m.member))
    return Breakdown(
        change,
        tuple(members),
        change - sum((m.change for m in members), ZERO),
        mix=sum((m.mix or ZERO for m in members), ZERO),
        rate=sum((m.rate or ZERO for m in members), ZERO),
    )


def story(breakdown: Breakdown) -> str:
    """ "mix, not rate", "rate, not mix", "mix and rate", or "" where there is no change or no such split."""
    if not breakdown.change or breakdown.mix is None or breakdown.rate is None:
        return ""
    mix, rate = float(breakdown.mix / breakdown.change), float(breakdown.rate / breakdown.change)
    if mix >= SAME_STORY and abs(rate) <= 1 - SAME_STORY:
        return MIX
    if rate >= SAME_STORY and abs(mix) <= 1 - SAME_STORY:
        return RATE
    return BOTH


def _effects(
    before: Parts | None, after: Parts | None, total_0: Parts, total_1: Parts, middle: Fraction
) -> tuple[Decimal, Decimal]:
    share_0 = Fraction(before.denominator) / Fraction(total_0.denominator) if before else Fraction(0)
    share_1 = Fraction(after.denominator) / Fraction(total_1.denominator) if after else Fraction(0)
    own = [_rate(parts) for parts in (before, after) if parts and parts.denominator]
    if not own:
        return ZERO, ZERO
    first, last = own[0], own[-1]
    mix = (share_1 - share_0) * ((first + last) / 2 - middle)
    rate = (share_0 + share_1) / 2 * (last - first)
    return _decimal(mix), _decimal(rate)


def _total(members: Mapping[str, Parts]) -> Parts:
    return Parts(
        sum((p.numerator for p in members.values()), ZERO), sum((p.denominator for p in members.values()), ZERO)
    )


def _rate(parts: Parts) -> Fraction:
    return Fraction(parts.numerator) / Fraction(parts.denominator)


def _own_rate(parts: Parts | None) -> Decimal | None:
    return _decimal(_rate(parts)) if parts and parts.denominator else None


def _decimal(value: Fraction) -> Decimal:
    """28 digits, the context's precision: the last of them ends up in the rest."""
    return Decimal(value.numerator) / Decimal(value.denominator)
