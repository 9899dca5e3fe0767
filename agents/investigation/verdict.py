"""Evidence about a change → what it was, how sure that is, and which checks say so.

The data comes first: conclusive evidence of a fault rules a business reading out, unless the days that are whole moved
just as far (then it is both). Without such evidence a change beyond threshold and habit is held to be business; that is
an absence of evidence, not a proof, and the claim says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from agents.claims import Claim
from agents.desk import Desk, Refused
from agents.facts import Fact, Period
from agents.investigation.checks import Case, Evidence
from agents.investigation.faults import CheckId
from agents.investigation.watch import Sighting, large
from catalog.metrics import Metric

VerdictName = Literal["data_fault", "business", "mixed", "undetermined"]
Confidence = Literal["high", "medium", "low"]
WORDS = {
    "data_fault": "a data fault",
    "business": "a business change",
    "mixed": "a data fault and a business change",
    "undetermined": "not determined",
}
FEWEST_WHOLE_DAYS = 3
BROAD = 0.5
"""Below this share of the change the largest cause is no cause of it."""


@dataclass(frozen=True)
class Verdict:
    """`rests_on` names the checks that decide it; `claims` say it and what follows."""

    name: VerdictName
    confidence: Confidence
    rests_on: tuple[CheckId, ...]
    claims: tuple[Claim, ...]


def judge(case: Case, evidence: Sequence[Evidence]) -> Verdict:
    """The verdict on one change."""
    decisive = [e for e in evidence if e.outcome == "found" and e.weight == "conclusive"]
    doubtful = [e for e in evidence if e.outcome == "found" and e.weight == "suggestive"]
    unseen = _checks([e for e in evidence if e.outcome == "unknown" and e.check != "policy_change"])
    if decisive:
        rest = whole_days(case, decisive)
        names = _checks(decisive)
        if rest is not None and rest[0]:
            said = _claim(
                "The days that are whole moved just as far ({x:signed}), so the fault does not explain it all.", rest[1]
            )
            return Verdict("mixed", "medium", names, (said,))
        sure: Confidence = (
            "high" if rest is not None or any(e.fault and e.fault.serious for e in decisive) else "medium"
        )
        claims = (_claim("On the days that are whole the change is {x:signed}.", rest[1]),) if rest else ()
        return Verdict("data_fault", sure, names, claims)
    if doubtful:
        names = _checks(doubtful)
        text = "It may be the data: what was found does not decide it."
        return Verdict("undetermined", "low", names, (Claim("doubt", "data_fault", (), text, must=True, weight=3.0),))
    explained = case.sighting.explained
    if explained["verdict"] in ("undetermined", "data_fault"):
        text = "What is usual for this figure is not known well enough to say what the change is."
        return Verdict("undetermined", "low", (), (Claim("doubt", "trust", (), text, must=True, weight=3.0),))
    return Verdict("business", _sure(case.sighting, unseen), _looked(evidence), _no_proof(unseen))


def _sure(sighting: Sighting, unseen: Sequence[CheckId]) -> Confidence:
    """High: every check could look, the range of habit is known, and one part of the business carries it."""
    explained = sighting.explained
    if explained["expected_low"] is None:
        return "low"
    one = bool(explained["causes"]) and not broad(sighting)
    blind = [check for check in unseen if check != "unit_factor"]
    return "high" if one and not blind else "medium"


def broad(sighting: Sighting) -> bool:
    """Does no named cause explain half of the change?"""
    causes = sighting.explained["causes"]
    return not causes or max(cause["share"] for cause in causes) < BROAD


def _looked(evidence: Sequence[Evidence]) -> tuple[CheckId, ...]:
    return _checks([e for e in evidence if e.outcome == "clean"])


def _checks(evidence: Sequence[Evidence]) -> tuple[CheckId, ...]:
    found: list[CheckId] = []
    for item in evidence:
        if item.check not in found:
            found.append(item.check)
    return tuple(found)


def _no_proof(unseen: Sequence[CheckId]) -> tuple[Claim, ...]:
    text = "No fault was found in the data, which does not prove that there is none"
    text += "; some checks could not look." if unseen else "."
    return (Claim("no-proof", "trust", (), text, must=True, weight=3.0),)


def _claim(text: str, fact: Fact) -> Claim:
    return Claim("whole-days", "data_fault", (fact.id,), text.replace("{x", "{" + fact.id), must=True, weight=3.5)


def whole_days(case: Case, evidence: Sequence[Evidence]) -> tuple[bool, Fact] | None:
    """Leave out the days that are not whole, in both periods: is the change beyond the threshold all the same? With
    the change of those days; None where the days of the fault are not known or the metric is no sum over days."""
    known = [e.fault.since for e in evidence if e.fault and e.fault.since]
    metric, window, base = case.metric, case.window, case.base
    if not known or not _flows(metric) or window.grain != "week":
        return None
    days = (min(known) - window.start).days
    if days < FEWEST_WHOLE_DAYS or min(known) > window.end:
        return None
    try:
        after = _sum(case.desk, case.sighting, window.start, days)
        before = _sum(case.desk, case.sighting, base.start, days)
    except Refused:
        return None
    if not before or after is None:
        return None
    fact = case.book.add(
        metric=metric.name,
        label=f"{metric.label} on the days that are whole",
        period=Period(window.start, window.start + timedelta(days=days - 1)),
        kind="change_pct",
        value=(after - before) / abs(before),
        unit="ratio",
        receipt=str(case.sighting.explained["receipt"]),
        direction=metric.direction,
    )
    return large(case.sighting.watch, before, after), fact


def _flows(metric: Metric) -> bool:
    """Is it a sum over days, so that days can be left out?"""
    return metric.measure is not None and metric.snapshot is None and metric.measure.agg in ("sum", "count")


def _sum(desk: Desk, sighting: Sighting, start: date, days: int) -> Decimal | None:
    name = sighting.watch.metric.name
    where = [{"dimension": dimension, "op": "=", "value": member} for dimension, member in sighting.slice]
    span = {"start": start, "end": start + timedelta(days=days - 1)}
    found = desk.query(
        "What were the days that are whole?", metrics=[name], **span, **({"where": where} if where else {})
    )
    return found.decimal(0, name) if found.rows else None


def verdict_claim(verdict: Verdict) -> Claim:
    """The verdict with its confidence, in one sentence."""
    words = WORDS[verdict.name]
    kind = "anomaly" if verdict.name == "business" else "data_fault"
    text = f"This is {words} ({verdict.confidence} confidence)."
    if verdict.name == "undetermined":
        text = "Whether this is the data or the business is not determined."
    return Claim("verdict", kind, (), text, must=True, weight=8.0)
