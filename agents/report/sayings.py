"""Facts → claims of a report: each a sentence that already reads well, with other wordings that say the same.

A verb carries the direction, so changes stand without their sign. Words follow the facts: a change that is nothing is
"unchanged"; a causal word stands in driver claims only.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from agents.claims import Claim, ClaimKind
from agents.facts import Fact
from agents.report.drivers import Driver, Why
from agents.report.kpis import Kpi
from agents.report.reported import Restated
from catalog.metrics import Direction
from tools.analysis.mix_rate import MIX

Tone = Literal["good", "bad", "neutral"]
NOTHING = Decimal("0.0005")
"""A relative change below this reads as none: it would be written as zero."""


def tone_of(change: Decimal, direction: Direction) -> Tone:
    """Is a change of this sign good or bad for the business?"""
    if not change or direction not in ("up_is_good", "down_is_good"):
        return "neutral"
    return "good" if (change > 0) == (direction == "up_is_good") else "bad"


class Sayings:
    """Makes the claims of one report, with ids in order."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}

    def say(
        self,
        kind: ClaimKind,
        facts: Sequence[Fact | None],
        sentence: str,
        *variants: str,
        must: bool = False,
        weight: float = 0.0,
        tone: Tone = "neutral",
    ) -> Claim:
        """One more claim."""
        ids = tuple(dict.fromkeys(f.id for f in facts if f))
        claim = Claim(f"c{len(self.claims) + 1}", kind, ids, sentence, variants, must, weight, tone)
        self.claims[claim.id] = claim
        return claim

    def moved(self, kpi: Kpi, *, kind: ClaimKind = "change", must: bool = False, weight: float = 0.0) -> Claim | None:
        """How a figure moved against the period before; None where there is nothing to compare."""
        value, prior, change, size = kpi.value, kpi.prior, kpi.change, size_of(kpi)
        if value is None or change is None or size is None or prior is None:
            return None
        tone = tone_of(change.value, kpi.metric.direction)
        if is_nothing(kpi):
            return self.say(
                kind,
                (value, prior),
                f"{{{value.id}:name}} held at {{{value.id}}}.",
                f"{{{value.id}:name}} was unchanged at {{{value.id}}}.",
                must=must,
                weight=weight,
            )
        verb, noun = ("rose", "up") if change.value > 0 else ("fell", "down")
        v, s, p = value.id, size.id, prior.id
        return self.say(
            kind,
            (value, size, prior),
            f"{{{v}:name}} {verb} {{{s}}} to {{{v}}} in {{{v}:when}}.",
            f"{{{v}:name}} was {{{v}}} in {{{v}:when}}, {noun} {{{s}}} from {{{p}}}.",
            f"{{{v}:name}} {verb} from {{{p}}} to {{{v}}} in {{{v}:when}}, {noun} {{{s}}}.",
            must=must,
            weight=weight,
            tone=tone,
        )

    def stands(self, value: Fact) -> Claim:
        """Where a figure stands."""
        return self.say("level", (value,), f"{{{value.id}:name}} is {{{value.id}}}.")

    def so_far(self, value: Fact) -> Claim:
        """A figure whose period is not all there."""
        v = value.id
        text = f"{{{v}:name}} is not complete for {{{v}:when}}: it is compared over the days that are in."
        return self.say("trust", (value,), text, must=True, weight=66)

    def drivers(self, kpi: Kpi, why: Why, weight: float) -> list[Claim]:
        """What explains a change, and what moved against it."""
        change = kpi.change
        if change is None:
            return []
        noun = "rise" if change.value > 0 else "fall"
        said: list[Claim] = []
        if why.broad:
            text = f"No single part of the business explains the {noun} in {{{change.id}:name}}: it is broad-based."
            said.append(self.say("broad", (change,), text, weight=weight))
        for driver in why.drivers[:2]:
            said.append(self._driver(driver, noun, weight))
        for offset in why.offsets[:1]:
            said.append(self._offset(offset, noun, weight))
        if why.story == MIX and why.mix and why.rate:
            text = (
                f"It is a matter of mix, not of rate: the mix adds {{{why.mix.id}:signed}}, "
                f"the rates {{{why.rate.id}:signed}}."
            )
            said.append(self.say("mix", (why.mix, why.rate), text, weight=weight))
        return said

    def _driver(self, driver: Driver, noun: str, weight: float) -> Claim:
        c, share = driver.contribution.id, driver.share
        if share is None:
            text = f"{{{c}:where}} explains {{{c}:signed}} of the {noun}."
            return self.say("driver", (driver.contribution,), text, weight=weight)
        return self.say(
            "driver",
            (driver.contribution, share),
            f"{{{c}:where}} explains {{{share.id}}} of the {noun} ({{{c}:signed}}).",
            f"{{{share.id}}} of the {noun} comes from {{{c}:where}} ({{{c}:signed}}).",
            weight=weight,
        )

    def _offset(self, offset: Driver, noun: str, weight: float) -> Claim:
        c = offset.contribution.id
        return self.say(
            "offset",
            (offset.contribution,),
            f"{{{c}:where}} moved the other way ({{{c}:signed}}).",
            f"Against the {noun}, {{{c}:where}} added {{{c}:signed}}.",
            weight=weight,
        )

    def outside(self, kpi: Kpi, why: Why, weight: float) -> Claim | None:
        """A figure outside the range of its own history."""
        value, low, high = kpi.value, why.low, why.high
        if value is None or low is None or high is None:
            return None
        text = (
            f"{{{value.id}:name}} of {{{value.id}}} lies outside the range that its own history leads to expect "
            f"({{{low.id}}} to {{{high.id}}})."
        )
        return self.say("anomaly", (value, low, high), text, weight=weight, tone="bad")

    def against_plan(self, kpi: Kpi, weight: float) -> Claim | None:
        """Where a figure stands against plan."""
        target, gap = kpi.target, kpi.target_pct
        if target is None or gap is None:
            return None
        t, g = target.id, gap.id
        if abs(gap.value) < NOTHING:
            return self.say("target", (target,), f"{{{t}:name}} is on plan ({{{t}}} for {{{t}:when}}).", weight=weight)
        side = "above" if gap.value > 0 else "below"
        tone = tone_of(gap.value, kpi.metric.direction)
        text = f"{{{t}:name}} is {{{g}}} {side} the plan of {{{t}}} for {{{t}:when}}."
        return self.say("target", (target, gap), text, weight=weight, tone=tone)

    def restated(self, item: Restated) -> Claim:
        """A figure that was told and is now another."""
        then, now, change = item.then.id, item.now.id, item.change.id
        verb = "raised" if item.change.value > 0 else "lowered"
        text = f"{{{now}:name}} for {{{now}:when}} is now {{{now}}}; we had told you {{{then}}} ({{{change}:signed}})."
        facts = [item.now, item.then, item.change]
        if item.by_definition is not None:
            facts.append(item.by_definition)
            text += f" The new definition {verb_of(item.by_definition)} it by {{{item.by_definition.id}}}"
            if item.by_data is not None:
                facts.append(item.by_data)
                text += f", newer data {verb_of(item.by_data)} it by {{{item.by_data.id}}}"
            text += "."
            return self.say("definition", facts, text, must=True, weight=60)
        variant = f"We had told you {{{then}}} for {{{now}:name}} in {{{now}:when}}; newer data {verb} it to {{{now}}}."
        return self.say("restatement", facts, text, variant, must=True, weight=60)


def verb_of(fact: Fact) -> str:
    """How a change moves a figure."""
    return "raised" if fact.value > 0 else "lowered"


def size_of(kpi: Kpi) -> Fact | None:
    """The size of a change as it is said: points for ratios, else percent (the amount where there is no percent)."""
    return kpi.change if kpi.metric.unit in ("ratio", "points") or kpi.change_pct is None else kpi.change_pct


def is_nothing(kpi: Kpi) -> bool:
    """Does the change read as zero?"""
    if kpi.change is None or not kpi.change.value:
        return True
    if kpi.metric.unit in ("ratio", "points"):
        return abs(kpi.change.value) < (NOTHING if kpi.metric.unit == "ratio" else Decimal("0.05"))
    return kpi.change_pct is not None and abs(kpi.change_pct.value) < NOTHING
