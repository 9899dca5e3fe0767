"""Facts → the claims of a report, worded by `agents.narration.words`: all agents speak alike."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from agents.claims import Claim, ClaimKind
from agents.facts import Fact, FactBook
from agents.figures import reads_as_zero
from agents.narration.words import (
    Tone,
    Wording,
    anomaly_sentence,
    broad_sentence,
    change_sentence,
    definition_sentence,
    driver_sentence,
    level_sentence,
    mix_sentence,
    offset_sentence,
    rank_sentence,
    restatement_sentence,
    target_sentence,
    tone_of,
)
from agents.report.drivers import Why
from agents.report.kpis import Kpi
from agents.report.reported import Restated
from tools.analysis.mix_rate import MIX
from tools.analysis.records import standing

LONG_ENOUGH = 12
"""Periods before it that make a record worth a word."""


class Sayings:
    """Makes the claims of one report, with ids in order."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}

    def say(
        self,
        kind: ClaimKind,
        facts: Sequence[Fact | None],
        wording: Wording | str,
        *,
        must: bool = False,
        weight: float = 0.0,
        tone: Tone = "neutral",
    ) -> Claim:
        """One more claim."""
        said = Wording(wording) if isinstance(wording, str) else wording
        ids = tuple(dict.fromkeys(f.id for f in facts if f))
        claim = Claim(f"c{len(self.claims) + 1}", kind, ids, said.sentence, said.variants, must, weight, tone)
        self.claims[claim.id] = claim
        return claim

    def moved(self, kpi: Kpi, *, kind: ClaimKind = "change", must: bool = False, weight: float = 0.0) -> Claim | None:
        """How a figure moved against the period before; None where there is nothing to compare."""
        value, prior, change, size = kpi.value, kpi.prior, kpi.change, size_of(kpi)
        if value is None or change is None or size is None or prior is None:
            return None
        tone: Tone = "neutral" if is_nothing(kpi) else tone_of(change.value, kpi.metric.direction)
        wording = change_sentence(value, None, size)
        return self.say(kind, (value, size), wording, must=must, weight=weight, tone=tone)

    def stands(self, value: Fact) -> Claim:
        """Where a figure stands."""
        return self.say("level", (value,), level_sentence(value))

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
        said: list[Claim] = []
        if why.broad:
            said.append(self.say("broad", (change,), broad_sentence(change), weight=weight))
        for driver in why.drivers[:2]:
            wording = driver_sentence(driver.contribution, driver.share, change)
            said.append(self.say("driver", (driver.contribution, driver.share), wording, weight=weight))
        for offset in why.offsets[:1]:
            wording = offset_sentence(offset.contribution, change)
            said.append(self.say("offset", (offset.contribution,), wording, weight=weight))
        if why.story == MIX and why.mix and why.rate:
            said.append(self.say("mix", (why.mix, why.rate), mix_sentence(why.mix, why.rate), weight=weight))
        return said

    def outside(self, kpi: Kpi, why: Why, weight: float) -> Claim | None:
        """A figure outside the range of its own history."""
        value, low, high = kpi.value, why.low, why.high
        if value is None or low is None or high is None:
            return None
        wording = anomaly_sentence(value, low, high)
        return self.say("anomaly", (value, low, high), wording, weight=weight, tone="bad")

    def record(self, kpi: Kpi, facts: FactBook, weight: float) -> Claim | None:
        """A figure that is the highest or lowest of all periods that its chart shows."""
        value = kpi.value
        history = [float(amount) for day, amount in kpi.series if value is None or day < value.period.start]
        if value is None or len(history) < LONG_ENOUGH:
            return None
        found = standing(history, float(value.value)).record
        if found is None:
            return None
        rank = facts.add(
            metric=value.metric,
            label=value.label,
            period=value.period,
            kind="rank",
            value=Decimal(1),
            unit="",
            receipt=value.receipt,
            trust=value.trust,
        )
        grain = value.period.grain or "period"
        best = {"high": "highest", "low": "lowest"}[found]
        wording = rank_sentence(value, rank, among=f"the {grain}s in its chart", best=best)
        return self.say("rank", (value, rank), wording, weight=weight)

    def against_plan(self, kpi: Kpi, weight: float) -> Claim | None:
        """Where a figure stands against plan."""
        target, gap = kpi.target, kpi.target_pct
        if target is None or gap is None:
            return None
        tone = tone_of(gap.value, kpi.metric.direction)
        return self.say("target", (target, gap), target_sentence(target, gap), weight=weight, tone=tone)

    def restated(self, item: Restated) -> Claim:
        """A figure that was told and is now another."""
        if item.by_definition is not None:
            wording = definition_sentence(item.now, item.then, item.by_definition, item.by_data)
            facts = (item.now, item.then, item.by_definition, item.by_data)
            return self.say("definition", facts, wording, must=True, weight=60)
        wording = restatement_sentence(item.now, item.then, item.change)
        return self.say("restatement", (item.now, item.then, item.change), wording, must=True, weight=60)


def size_of(kpi: Kpi) -> Fact | None:
    """The size of a change as it is said: points for ratios, else percent (the amount where there is no percent)."""
    return kpi.change if kpi.metric.unit in ("ratio", "points") or kpi.change_pct is None else kpi.change_pct


def is_nothing(kpi: Kpi) -> bool:
    """Does the change read as zero?"""
    size = size_of(kpi)
    return size is None or reads_as_zero(size)
