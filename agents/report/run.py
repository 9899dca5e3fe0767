"""The report kind of agent: what the runner calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agents.claims import Claim
from agents.desk import Desk
from agents.facts import FactBook, Period
from agents.findings import Findings
from agents.report.open_incidents import open_incidents
from agents.report.report import make_report
from agents.report.sayings import Sayings
from agents.store import Store
from catalog.agents import Agent


def report_findings(agent: Agent, desk: Desk, store: Store, at: datetime) -> Findings:
    """One report as this desk's principal sees it. Raises StoreDown, agents.desk.Refused."""

    def incidents(sayings: Sayings, facts: FactBook, period: Period) -> Sequence[Claim]:
        return open_incidents(store, desk, at, period, sayings, facts)

    return make_report(agent, desk, store, at, incidents)
