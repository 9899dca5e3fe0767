"""The state of the data behind a report → claims: late feeds, what else is wrong, which figures it touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from agents.claims import Claim
from agents.desk import exact
from agents.facts import FactBook, Period
from agents.narration.words import late_sentence, trust_sentence
from agents.report.kpis import Kpi
from agents.report.sayings import Sayings

COLOURS = {"amber": "neutral", "red": "bad"}


def trust_claims(
    status: Mapping[str, Any], kpis: Sequence[Kpi], period: Period, sayings: Sayings, facts: FactBook
) -> list[Claim]:
    """What a reader must know about the data. `status` is a result of fetch_reconciliation_status. What touches none of
    these figures is said so, and never leads."""
    said: list[Claim] = []
    behind = {feed for kpi in kpis for feed in kpi.late}
    for source in status["sources"]:
        if source["status"] != "green":
            touches = not kpis or source["name"] in behind
            said.append(_late(source, period, str(status["receipt"]), sayings, facts, touches))
    for line in status["completeness"]:
        if line["status"] != "green":
            fact = _count(line["table"], len(line["incomplete_days"]), "day", period, status["receipt"], facts)
            text = f"{{{fact.id}:name}} is incomplete for {{{fact.id}}}."
            said.append(sayings.say("data_fault", (fact,), text, must=True, weight=70, tone="bad"))
    for line in status["variance"]:
        pct = exact(line["worst_pct"])
        if line["status"] != "green" and pct is not None:
            metric = str(line["metric"]).replace("_", " ")
            off = facts.add(
                metric="",
                label=metric,
                period=period,
                kind="rate",
                value=pct / 100,
                unit="ratio",
                receipt=status["receipt"],
            )
            text = f"{{{off.id}:name}} differs from its source by {{{off.id}:signed}} where it is furthest off."
            said.append(sayings.say("data_fault", (off,), text, must=True, weight=70, tone="bad"))
    for line in status["schema_drift"]:
        if line["status"] != "green":
            fact = _count(f"{line['table']}.{line['column']}", 1, "count", period, status["receipt"], facts)
            text = f"The column {{{fact.id}:name}} is no longer what the catalog says."
            said.append(sayings.say("data_fault", (fact,), text, must=True, weight=70, tone="bad"))
    duplicates = status["duplicates"]
    if duplicates and duplicates["status"] != "green":
        rate = facts.add(
            metric="",
            label=str(duplicates["table"]),
            period=period,
            kind="rate",
            value=exact(duplicates["rate"]) or Decimal(0),
            unit="ratio",
            receipt=status["receipt"],
        )
        text = f"{{{rate.id}}} of the records in {{{rate.id}:name}} are duplicates."
        said.append(sayings.say("data_fault", (rate,), text, weight=50, tone="bad"))
    doubtful = [k for k in kpis if k.value is not None and k.trust not in ("reconciled", "unreconciled")]
    for kpi in doubtful:
        assert kpi.value is not None
        wording = trust_sentence(kpi.value, _state(kpi.trust))
        said.append(sayings.say("trust", (kpi.value,), wording, must=True, weight=65, tone="bad"))
    if not said:
        good = [k.value for k in kpis if k.value is not None and k.trust == "reconciled"]
        fresh = _count("sources", len(status["sources"]), "count", period, status["receipt"], facts)
        text = f"All {{{fresh.id}}} sources are fresh, and nothing that was checked differs from its source."
        said.append(sayings.say("trust", (fresh, *good[:0]), text, weight=5, tone="good"))
    return said


def _late(
    source: Mapping[str, Any], period: Period, receipt: str, sayings: Sayings, facts: FactBook, touches: bool
) -> Claim:
    red = source["status"] == "red"
    tone = "bad" if red else "neutral"
    age, limit = exact(source["age_hours"]), exact(source["error_hours" if red else "warn_hours"])
    name = str(source["name"])
    if age is None or limit is None:
        fact = _count(name, 0, "count", period, receipt, facts)
        text = f"The feed {{{fact.id}:name}} has no successful load on record."
        return sayings.say("data_fault", (fact,), text, must=True, weight=75, tone="bad")

    def hours(value: Decimal, label: str) -> Any:
        return facts.add(metric="", label=label, period=period, kind="age", value=value, unit="hours", receipt=receipt)

    old, allowed = hours(age, name), hours(limit, f"limit of {name}")
    wording = late_sentence(old, allowed)
    if not touches:
        text = f"{wording.sentence.removesuffix('.')}; none of the figures above rests on it."
        return sayings.say("trust", (old, allowed), text, weight=4)
    return sayings.say("data_fault", (old, allowed), wording, must=red, weight=75, tone=tone)


def _count(label: str, count: int, unit: str, period: Period, receipt: str, facts: FactBook) -> Any:
    kind = "age" if unit == "day" else "count"
    return facts.add(
        metric="",
        label=label,
        period=period,
        kind=kind,
        value=Decimal(count),
        unit="days" if unit == "day" else unit,
        receipt=receipt,
    )


def _state(trust: str) -> str:
    return {
        "stale": "stale: one of its feeds is late",
        "variance": "not what its source says",
        "degraded": "degraded: a check on its data failed",
    }.get(trust, trust)


def warning(kpis: Sequence[Kpi]) -> str:
    """The label of a report whose figures are not all final; "" when they are."""
    doubtful = [k.metric.label for k in kpis if k.through is not None or k.trust in ("stale", "variance", "degraded")]
    missing = [k.metric.label for k in kpis if k.missing]
    words: list[str] = []
    if doubtful:
        words.append(f"Not final: {', '.join(doubtful)}.")
    if missing:
        words.append(f"Not available: {', '.join(missing)}.")
    return " ".join(words)
