"""Incidents that an investigation has open → claims of a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from agents.claims import Claim
from agents.desk import Desk
from agents.facts import FactBook, Period
from agents.investigation.incidents import Incident, recent
from agents.report.sayings import Sayings
from agents.store import Store

VERDICTS = {
    "data_fault": "a fault of the data",
    "business": "a change of the business",
    "mixed": "partly a fault of the data",
    "undetermined": "not yet explained",
}


def open_incidents(
    store: Store, desk: Desk, at: datetime, period: Period, sayings: Sayings, facts: FactBook
) -> list[Claim]:
    """One claim an open incident, the oldest first. Raises StoreDown."""
    agents = [a.name for a in desk.catalog.agents.agents if a.kind == "investigation"]
    found = [i for name in agents for i in recent(store, name, at) if i.state != "resolved"]
    return [_claim(i, desk, period, sayings, facts) for i in sorted(found, key=lambda i: i.opened_at)]


def _claim(incident: Incident, desk: Desk, period: Period, sayings: Sayings, facts: FactBook) -> Claim:
    since = facts.add(
        metric="",
        label=_subject(incident, desk),
        period=period,
        kind="day",
        value=Decimal(incident.opened_at.toordinal()),
        unit="day",
    )
    verdict = VERDICTS.get(incident.told.verdict, "not yet explained")
    touched = _touched(incident, desk)
    text = f"{{{since.id}:name}}: {verdict}, open since {{{since.id}}}{touched}."
    kind = "data_fault" if incident.told.verdict == "data_fault" else "anomaly"
    return sayings.say(kind, (since,), text, weight=40, tone="bad")


def _subject(incident: Incident, desk: Desk) -> str:
    kind, _, name = incident.key.partition(":")
    metric = desk.catalog.metrics.get(name) if kind == "metric" else None
    return metric.label if metric else name or incident.key


def _touched(incident: Incident, desk: Desk) -> str:
    labels = _labels([m for m in incident.told.metrics if not incident.key.endswith(f":{m}")], desk)
    return f"; it touches {labels}" if labels else ""


def _labels(names: Sequence[str], desk: Desk) -> str:
    known = [desk.catalog.metrics[n].label for n in names if n in desk.access.metrics]
    return ", ".join(known[:6]) + (" and others" if len(known) > 6 else "")
