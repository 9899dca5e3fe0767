"""The account of one entity → the document that its owner gets."""

from __future__ import annotations

from datetime import datetime

from agents.claims import canonical
from agents.desk import Desk
from agents.document import Cell, Chart, Document, Figure, Section, Table, Words
from agents.health.account import Account, Accounts, SignFacts
from agents.report.report import scope_of
from catalog.agents import Agent

STATES = {"holds": "sign of decline", "improves": "improves", "neither": "no sign"}
DOUBTFUL = {
    "stale": "The scores are stale: one of their feeds is late.",
    "variance": "The scores are not what their source says.",
    "degraded": "A check on the scores' data failed.",
}
CASES_NOTE = (
    "Past cases are counted, not forecast: who tried what was a person's choice. Rates are Wilson intervals for the "
    "share of good outcomes."
)


def alert(
    agent: Agent, desk: Desk, accounts: Accounts, account: Account, key: str, at: datetime, trust: str
) -> Document:
    """One alert. `trust` is the state of the scores."""
    sections = (_change(account), _signs(account), _cases(account), _next(account))
    return Document(
        agent=agent.name,
        key=key,
        heading=agent.title,
        title=canonical(account.headline),
        at=at,
        sections=tuple(s for s in sections if s.sentences or s.tables or s.charts),
        facts=accounts.facts,
        claims=accounts.sayings.claims,
        label=DOUBTFUL.get(trust, ""),
        scope=scope_of(desk),
        link=desk.catalog.agents.dashboard,
        notes=(CASES_NOTE,) if len(account.cases) > 1 else (),
    )


def _change(account: Account) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for n, moved in enumerate(account.moved):
        tone = "bad" if moved.change.value < 0 else "good" if moved.change.value > 0 else "neutral"
        change = Figure(moved.change.id, signed=True, tone=tone)
        rows.append(
            (
                Words(moved.label if n else moved.label.capitalize()),
                Figure(moved.before.id),
                Figure(moved.now.id),
                change,
            )
        )
    then = "Then" if account.change.kind == "fall" else "Before"
    told = account.change.kind == "fall"
    table = Table("Score and its parts", ("", then, "Now", "Change"), tuple(rows))
    plain = Table("Score and its parts", ("", "Now"), tuple((row[0], row[2]) for row in rows))
    sentences = tuple(map(canonical, (account.headline, *account.details)))
    return Section("change", "What changed", sentences, (table if told else plain,), _course(account), "bad")


def _course(account: Account) -> tuple[Chart, ...]:
    points = tuple((day.day, day.score) for day in account.course)
    if len(points) < 2:
        return ()
    score = account.moved[0]
    marked = (account.change.since,) if account.change.kind == "fall" else ()
    return (Chart("score", "line", score.label, canonical(account.headline), score.now.unit, points, marked=marked),)


def _signs(account: Account) -> Section:
    rows = tuple(_sign(sign) for sign in account.signs)
    said = (canonical(account.agreement),) if account.agreement else ()
    tables = (Table("Commercial signs", ("", "Now", "Change", "Reads as"), rows),) if rows else ()
    return Section("signs", "Commercial signs", said, tables)


def _sign(sign: SignFacts) -> tuple[Cell, ...]:
    tone = "bad" if sign.state == "holds" else "neutral"
    pct = Figure(sign.change_pct.id, signed=True, tone=tone) if sign.change_pct else None
    return (Words(sign.label), Figure(sign.value.id), pct, Words(STATES[sign.state]))


def _cases(account: Account) -> Section:
    return Section("cases", "Similar cases", tuple(map(canonical, account.cases)))


def _next(account: Account) -> Section:
    return Section("next", "What to do", tuple(map(canonical, account.actions)))
