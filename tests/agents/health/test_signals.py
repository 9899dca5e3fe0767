"""Signals: who has something in the last finished period, or fell from the one before; told by owner."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from agents.claims import PLACEHOLDER
from agents.document import Document, Figure, Words
from agents.findings import Findings
from agents.render.plain import plain
from agents.signals import signal_documents
from catalog.agents import Agent, Recipients
from tests.agents.health.worlds import Seat, seat

MONDAY = date(2026, 11, 16)


@pytest.fixture(scope="module")
def place(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Seat]:
    """The default demo company on its day."""
    with seat(demo_workspace, tmp_path_factory.mktemp("signals")) as found:
        yield found


def agent_of(place: Seat, name: str) -> Agent:
    """A configured agent."""
    found = place.catalog.agents.get(name)
    assert found is not None
    return found


def look(place: Seat, agent: Agent) -> Findings:
    """One run now."""
    return signal_documents(agent, place.desk(), place.now)


def sql(place: Seat, query: str) -> dict[str, Decimal]:
    """(name, number) pairs by hand-written SQL."""
    file = place.settings.at(place.settings.warehouse.path)
    with contextlib.closing(duckdb.connect(str(file), read_only=True)) as connection:
        return {str(name): Decimal(str(value)) for name, value in connection.execute(query).fetchall()}


def listed(document: Document) -> dict[str, Decimal]:
    """The table of a document: names and first figures."""
    found: dict[str, Decimal] = {}
    for first, second, *_ in document.sections[0].tables[0].rows:
        assert isinstance(first, Words)
        assert isinstance(second, Figure)
        found[first.text] = document.facts[second.fact].value
    return found


def test_overdue_invoices_of_the_last_month_go_to_whoever_owns_the_customer(place: Seat) -> None:
    found = look(place, agent_of(place, "payment-issues"))
    truth = sql(
        place,
        """SELECT c.csm_owner || '/' || c.customer_name, sum(i.amount_usd)
           FROM gold.fact_invoice i JOIN gold.dim_customer c USING (customer_id)
           WHERE i.status = 'overdue' AND i.issued_at >= DATE '2026-10-01' AND i.issued_at < DATE '2026-11-01'
           GROUP BY ALL""",
    )
    told = {f"{a.users[0]}/{name}": value for a in found.documents for name, value in listed(a.document).items()}
    assert told == truth
    assert told
    assert all(a.own and a.document.scope == "your book of business" for a in found.documents)
    assert all(plain(a.document) for a in found.documents)


def test_a_drop_is_told_with_what_was_before(place: Seat) -> None:
    agent = agent_of(place, "engagement-drop")
    signal = agent.signal
    assert signal is not None
    steep = agent.model_copy(update={"signal": signal.model_copy(update={"drop_pct": 25.0})})
    found = look(place, steep)
    truth = sql(
        place,
        """WITH weeks AS (
             SELECT c.customer_name AS name,
               sum(l.logins) FILTER (l.login_date BETWEEN DATE '2026-11-02' AND DATE '2026-11-08') AS before,
               coalesce(sum(l.logins) FILTER (l.login_date BETWEEN DATE '2026-11-09' AND DATE '2026-11-15'), 0) AS now
             FROM gold.fact_login l JOIN gold.dim_customer c USING (customer_id) GROUP BY ALL)
           SELECT name, now FROM weeks WHERE before >= 20 AND now <= 0.75 * before""",
    )
    told = {name: value for a in found.documents for name, value in listed(a.document).items()}
    assert told == truth
    assert told
    for item in found.documents:
        for row in item.document.sections[0].tables[0].rows:
            value, prior, pct = (item.document.facts[c.fact].value for c in row[1:] if isinstance(c, Figure))
            assert pct == (value - prior) / prior


def test_sentences_hold_no_figure_of_their_own(place: Seat) -> None:
    for name in ("payment-issues", "cancel-mentions"):
        for item in look(place, agent_of(place, name)).documents:
            for claim in item.document.claims.values():
                assert not any(letter.isdigit() for letter in PLACEHOLDER.sub("", claim.sentence))
                assert set(claim.facts) <= set(item.document.facts)
            assert all(fact.receipt for fact in item.document.facts.values())


def test_only_the_first_are_listed_and_the_rest_is_said(place: Seat) -> None:
    agent = agent_of(place, "payment-issues")
    assert agent.signal is not None
    short = agent.model_copy(
        update={
            "owner": None,
            "deliver": Recipients(email=("exec.morgan",)),
            "signal": agent.signal.model_copy(update={"most": 1}),
        }
    )
    (item,) = look(place, short).documents
    assert len(listed(item.document)) == 1
    assert any("shows all" in note for note in item.document.notes)
    count = item.document.facts[item.document.claims[item.document.title.claims[0]].facts[0]]
    assert count.value > 1
    assert (item.users, item.channels, item.own, item.needs) == ((), (), False, ("overdue_amount", "customer_name"))


def test_without_a_known_owner_the_agents_own_recipients_are_told(place: Seat) -> None:
    agent = agent_of(place, "payment-issues")
    deliver = Recipients(email=("exec.morgan", "nobody"), slack=("kpi_alerts",), owner=True)
    industry = agent.model_copy(update={"owner": "industry", "deliver": deliver})
    found = look(place, industry)
    assert [(a.users, a.channels, a.own) for a in found.documents] == [
        (("exec.morgan",), (), True),
        ((), ("kpi_alerts",), False),
    ]
    assert all(a.document.label == "These have no owner who is a known user." for a in found.documents)
    alone = look(place, industry.model_copy(update={"deliver": Recipients(owner=True)}))
    assert alone.documents == ()
    assert "nobody else to tell" in alone.notes[0]


def test_an_owner_without_rights_to_the_metric_is_not_told(place: Seat) -> None:
    agent = agent_of(place, "payment-issues").model_copy(
        update={"deliver": Recipients(email=("hr.rowan",), owner=True)}
    )
    found = look(place, agent.model_copy(update={"owner": "industry"}))
    assert found.documents == ()
    assert any("hr.rowan could not be told" in note for note in found.notes)


def test_nothing_beyond_the_limit_is_a_note(place: Seat) -> None:
    agent = agent_of(place, "payment-issues")
    assert agent.signal is not None
    high = agent.model_copy(update={"signal": agent.signal.model_copy(update={"above": 1e12})})
    assert look(place, high).documents == ()
    assert look(place, high).notes == ("nothing to say of overdue_amount",)


def test_an_agent_of_another_kind_is_no_signal(place: Seat) -> None:
    with pytest.raises(ValueError, match="has no signal"):
        look(place, agent_of(place, "weekly-brief"))
