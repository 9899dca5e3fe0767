"""Many accounts of one day for one reader → one document, ranked by what is at stake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from agents.claims import Sentence, canonical
from agents.desk import Desk
from agents.document import Cell, Document, Figure, Section, Table, Words
from agents.facts import Fact, Period
from agents.health.account import Account, Accounts
from agents.health.alert import CASES_NOTE, DOUBTFUL
from agents.health.naming import called, words_of
from agents.report.report import scope_of
from catalog.agents import Agent

SPOKEN = 3
"""Accounts that are told in sentences; all are in the table."""
KINDS = {"fall": "fell", "conflict": "score and signs disagree", "reverse": "signs improve, score is low"}


def ranked(accounts: Sequence[Account]) -> list[Account]:
    """The largest stake first, then the deepest fall."""
    return sorted(accounts, key=lambda a: (-a.stake, -a.change.fall, a.change.standing.key))


def digest(
    agent: Agent,
    desk: Desk,
    accounts: Accounts,
    told: Sequence[Account],
    key: str,
    at: datetime,
    trust: str,
    why: str = "",
) -> Document:
    """One digest of these accounts. `why` says why the reader gets what is not theirs."""
    order = ranked(told)
    return Document(
        agent=agent.name,
        key=key,
        heading=agent.title,
        title=_title(agent, desk, accounts, order),
        at=at,
        sections=(_told(order), _all(order), _next(order)),
        facts=accounts.facts,
        claims=accounts.sayings.claims,
        label=" ".join(text for text in (why, DOUBTFUL.get(trust, "")) if text),
        scope=scope_of(desk),
        link=desk.catalog.agents.dashboard,
        notes=(CASES_NOTE,) if any(len(a.cases) > 1 for a in order) else (),
    )


def _title(agent: Agent, desk: Desk, accounts: Accounts, order: Sequence[Account]) -> Sentence:
    """How many, and how much is at stake with them."""
    score = order[0].moved[0].now
    named = desk.catalog.dimensions[agent.entity or ""].table
    period = Period(score.period.end, score.period.end, "day")

    def fact(kind: str, label: str, value: Decimal, like: Fact, unit: str, metric: str = "") -> Fact:
        return accounts.facts.add(
            metric=metric,
            label=label,
            period=period,
            kind="value" if kind == "value" else "count",
            value=value,
            unit=unit,
            receipt=like.receipt,
            trust=like.trust,
        )

    count = fact("count", called(named, len(order)), Decimal(len(order)), score, "count")
    text = f"{{{count.id}}} {{{count.id}:name}} to look at"
    weights = [account.weight for account in order if account.weight is not None]
    if not weights:
        return canonical(accounts.sayings.say("headline", (count,), f"{text}.", must=True, weight=99, tone="bad"))
    total = sum((w.value for w in weights), Decimal(0))
    stake = fact("value", weights[0].label, total, weights[0], weights[0].unit, weights[0].metric)
    whole = f"{text}, with {{{stake.id}}} of {{{stake.id}:name}} at stake."
    return canonical(accounts.sayings.say("headline", (count, stake), whole, must=True, weight=99, tone="bad"))


def _told(order: Sequence[Account]) -> Section:
    sentences = tuple(canonical(account.headline) for account in order[:SPOKEN])
    return Section("change", "What changed", sentences, tone="bad")


def _all(order: Sequence[Account]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for account in order:
        score, change = account.moved[0], account.change
        fell = Figure(score.change.id, signed=True, tone="bad") if change.kind == "fall" else None
        weight = Figure(account.weight.id) if account.weight else None
        held = ", ".join(c.sign.label for c in change.holding)
        name = Words(change.standing.name)
        rows.append((name, Words(KINDS[change.kind]), Figure(score.now.id), fell, weight, Words(held)))
    stake = next((a.weight.label for a in order if a.weight), "At stake")
    columns = ("", "What", "Score", "Change", stake, "Signs that hold")
    return Section("all", "All of them", (), (Table("Ranked by what is at stake", columns, tuple(rows)),))


def _next(order: Sequence[Account]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for account in order:
        step = words_of(account.suggested[0]) if account.suggested else "agree a next step"
        rows.append((Words(account.change.standing.name), Words(step), Figure(account.due.id)))
    return Section("next", "What to do", (), (Table("Next steps", ("", "Suggested", "By"), tuple(rows)),))
