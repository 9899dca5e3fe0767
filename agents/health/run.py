"""The health kind of agent: what the runner calls once a day.

The agent's own rights find what changed; what is told is read again under the rights of whoever it is told to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from agents.audience import principal_of
from agents.desk import Desk, Refused
from agents.findings import Addressed, Findings
from agents.health.account import Account, Accounts
from agents.health.alert import alert
from agents.health.cases import Response
from agents.health.changes import Change, Changes, candidates, judge
from agents.health.digest import digest
from agents.health.episodes import Episode, Feedback, episode_id, feedback_of, recent, seen, told
from agents.health.evidence import Evidence, gather
from agents.health.reading import Standings, last_complete_day, read_courses, read_standings
from agents.health.signs import read_signs
from agents.store import Store, Transaction
from catalog.agents import Agent, Health

NOBODY = "These have no owner who is a known user."


@dataclass
class _Told:
    """What was found to tell, as it comes together."""

    documents: list[Addressed] = field(default_factory=list[Addressed])
    episodes: list[Episode] = field(default_factory=list[Episode])
    notes: list[str] = field(default_factory=list[str])
    left: list[Change] = field(default_factory=list[Change])
    """Changes that their owner could not be told of."""


@dataclass(frozen=True)
class _Run:
    """One day of one agent."""

    agent: Agent
    health: Health
    desk: Desk
    at: datetime
    as_of: date
    responses: Mapping[str, Response]

    @property
    def key(self) -> str:
        """What every document of this day begins with."""
        return f"{self.agent.name}/{self.as_of.isoformat()}"


def health_documents(agent: Agent, desk: Desk, store: Store, at: datetime) -> Findings:
    """The alerts of one day, by owner. `at` is the company's moment. Raises StoreDown, agents.desk.Refused, and
    ValueError for an agent without a health part."""
    if agent.health is None or agent.entity is None or agent.owner is None:
        raise ValueError(f"agent {agent.name} has no health part")
    health = agent.health
    as_of = last_complete_day(desk, health)
    if as_of is None:
        return Findings((), notes=(f"{health.dataset} has no complete day of late",))
    standings = read_standings(desk, agent, health, as_of)
    changes, notes = _changes(agent, health, desk, store, standings, at)
    run = _Run(agent, health, desk, at, as_of, responses_of(feedback_of(store, agent.name), health))
    found = _Told(notes=notes)
    for owner, theirs in sorted(_by_owner(changes.told).items()):
        _tell_owner(run, owner, theirs, found)
    if found.left:
        _tell_others(run, found)

    def remember(transaction: Transaction) -> None:
        told(transaction, found.episodes)
        seen(transaction, changes.continuing, as_of)

    return Findings(tuple(found.documents), remember, tuple(found.notes))


def responses_of(said: Sequence[tuple[Episode, Feedback]], health: Health) -> Mapping[str, Response]:
    """What people said of past alerts, by action. An outcome counts for the action that was accepted, or else for the
    one that was suggested first."""
    accepted = {episode.id: word.value for episode, word in said if word.kind == "accepted" and word.value}
    good = health.cases.good if health.cases else ""
    found: dict[str, Response] = {}
    for episode, word in said:
        first = episode.actions[0] if episode.actions else ""
        action = accepted.get(episode.id, first) if word.kind == "outcome" else word.value or first
        if not action:
            continue
        known = found.get(action, Response())
        if word.kind == "accepted":
            known = replace(known, accepted=known.accepted + 1)
        elif word.kind == "ignored":
            known = replace(known, ignored=known.ignored + 1)
        else:
            known = replace(known, outcomes=known.outcomes + 1, good=known.good + (word.value == good))
        found[action] = known
    return found


def _changes(
    agent: Agent, health: Health, desk: Desk, store: Store, standings: Standings, at: datetime
) -> tuple[Changes, list[str]]:
    courses = read_courses(desk, health, candidates(standings, health), standings.as_of)
    signs = read_signs(desk, agent, health, standings.as_of, [s.name for s in standings.by_key.values()])
    episodes = recent(store, agent.name, standings.as_of - timedelta(days=health.window_days))
    cool_down = timedelta(hours=agent.cool_down_hours)
    return judge(standings, courses.by_key, signs, episodes, health, at, cool_down), list(signs.notes)


def _by_owner(changes: Sequence[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.standing.owner, []).append(change)
    return found


def _tell_owner(run: _Run, owner: str, changes: Sequence[Change], found: _Told) -> None:
    """Alerts, or one digest, under the owner's rights. What cannot be told so is left for others."""
    principal = principal_of(owner, run.desk.catalog)
    if principal is None or not run.agent.deliver.owner:
        found.left += changes
        return
    try:
        desk = run.desk.as_principal(principal)
        evidence = gather(desk, run.agent, run.health, changes, run.as_of, run.responses)
    except Refused as refused:
        found.notes.append(f"{owner} could not be told of {len(changes)}: {refused.code}")
        found.left += changes
        return
    found.notes += [note for note in evidence.notes if note not in found.notes]
    found.left += [change for change in changes if change.standing.key in evidence.unseen]
    if len(evidence.changes) > run.agent.digest_above:
        _digest(run, desk, evidence, f"{run.key}/{owner}", (owner,), (), "", found)
        return
    for change in evidence.changes:
        accounts = Accounts(desk, run.agent, run.health, evidence, run.at.date())
        account = accounts.of(change)
        key = f"{run.key}/{change.standing.key}"
        document = alert(run.agent, desk, accounts, account, key, run.at, evidence.standings.trust)
        found.documents.append(Addressed(document, users=(owner,), thread_key=key, own=True))
        found.episodes.append(_episode(run, account))


def _tell_others(run: _Run, found: _Told) -> None:
    """One digest for the agent's own recipients, each under their rights; channels under the agent's."""
    deliver, catalog = run.agent.deliver, run.desk.catalog
    told_to = 0
    for user in deliver.email:
        principal = principal_of(user, catalog)
        if principal is None:
            continue
        desk = run.desk.as_principal(principal)
        told_to += _tell_other(run, desk, f"{run.key}/unowned/{user}", (user,), (), found)
    if deliver.slack:
        told_to += _tell_other(run, run.desk, f"{run.key}/unowned", (), deliver.slack, found)
    if not told_to:
        found.notes.append(f"{len(found.left)} changes have no owner who is a known user, and nobody else to tell")


def _tell_other(
    run: _Run, desk: Desk, key: str, users: tuple[str, ...], channels: tuple[str, ...], found: _Told
) -> bool:
    try:
        evidence = gather(desk, run.agent, run.health, found.left, run.as_of, run.responses)
    except Refused as refused:
        found.notes.append(f"{desk.principal.user} could not be told of changes without an owner: {refused.code}")
        return False
    if evidence.changes:
        _digest(run, desk, evidence, key, users, channels, NOBODY, found)
    return bool(evidence.changes)


def _digest(
    run: _Run,
    desk: Desk,
    evidence: Evidence,
    key: str,
    users: tuple[str, ...],
    channels: tuple[str, ...],
    why: str,
    found: _Told,
) -> None:
    accounts = Accounts(desk, run.agent, run.health, evidence, run.at.date())
    order = [accounts.of(change) for change in evidence.changes]
    document = digest(run.agent, desk, accounts, order, key, run.at, evidence.standings.trust, why)
    needs = _needs(run, desk) if channels else ()
    found.documents.append(Addressed(document, users, channels, key, needs=needs, own=not channels))
    known = {episode.id for episode in found.episodes}
    found.episodes += [e for e in (_episode(run, account) for account in order) if e.id not in known]


def _needs(run: _Run, desk: Desk) -> tuple[str, ...]:
    """Metrics and dimensions that a reader of a channel must be allowed to see."""
    over = [n for n, m in desk.access.metrics.items() if m.measure and m.measure.dataset == run.health.dataset]
    read = [*(sign.metric for sign in run.health.signs), *([run.health.weight] if run.health.weight else [])]
    metrics = [name for name in read if name in desk.access.metrics]
    return tuple(dict.fromkeys((*over[:1], *metrics, run.agent.entity or "")))


def _episode(run: _Run, account: Account) -> Episode:
    change = account.change
    standing = change.standing
    return Episode(
        episode_id(run.agent.name, standing.key, change.kind, run.as_of),
        run.agent.name,
        standing.key,
        change.kind,
        run.as_of,
        run.at,
        standing.owner,
        change.reference,
        standing.score,
        run.as_of,
        account.suggested,
    )
