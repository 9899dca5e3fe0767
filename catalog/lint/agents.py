"""Rules over catalog/agents.yml: an agent that names what does not exist would fail on a Monday morning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.agents import Agent, Health
from catalog.catalog import Catalog
from catalog.lint.finding import Finding, instead_of
from catalog.problems import Problem

FILE = "agents.yml"


def agents_name_what_exists(catalog: Catalog) -> Finding:
    """Users, channels, metrics, dimensions, tables and columns in agents.yml exist, and mails have an address."""
    channels = {c.name for c in catalog.agents.channels}
    if plan := catalog.agents.targets:
        yield from _columns("targets", plan.dataset, [plan.metric, plan.period, plan.value], catalog)
    for channel in catalog.agents.channels:
        yield from _unknown(f"channels.{channel.name}.members", "user", channel.members, catalog.users)
    for agent in catalog.agents.agents:
        where = f"agents.{agent.name}"
        yield from _unknown(f"{where}.run_as", "user", [agent.run_as], catalog.users)
        yield from _unknown(f"{where}.deliver.email", "user", agent.deliver.email, catalog.users)
        yield from _unknown(f"{where}.deliver.slack", "channel", agent.deliver.slack, channels)
        for user in agent.deliver.email:
            if user in catalog.users and not catalog.users[user].email:
                yield Problem(FILE, f"{where}.deliver.email", 0, f"user '{user}' has no e-mail address")
        yield from _unknown(where, "metric", _metrics(agent), catalog.metrics)
        yield from _unknown(where, "dimension", _dimensions(agent), catalog.dimensions)
        if agent.health:
            yield from _health(f"{where}.health", agent.health, catalog)


def _metrics(agent: Agent) -> Iterator[str]:
    yield from agent.metrics
    if agent.signal:
        yield agent.signal.metric
    if agent.health:
        yield from (sign.metric for sign in agent.health.signs)
        if agent.health.weight:
            yield agent.health.weight


def _dimensions(agent: Agent) -> Iterator[str]:
    yield from agent.dimensions
    yield from (name for name in (agent.entity, agent.owner) if name)
    if agent.signal:
        yield agent.signal.by
    if agent.health:
        yield from agent.health.attributes


def _health(where: str, health: Health, catalog: Catalog) -> Iterator[Problem]:
    parts = [c.column for c in health.components]
    yield from _columns(where, health.dataset, [health.entity, health.time, health.score, *parts], catalog)
    if cases := health.cases:
        wanted = [cases.key, cases.entity, cases.started, cases.action, cases.outcome]
        wanted += [c for c in (cases.before, cases.after) if c]
        yield from _columns(f"{where}.cases", cases.dataset, wanted, catalog)


def _columns(where: str, table: str, columns: Iterable[str], catalog: Catalog) -> Iterator[Problem]:
    if table not in catalog.tables:
        yield from _unknown(f"{where}.dataset", "table", [table], catalog.tables)
        return
    yield from _unknown(where, f"column of {table}", columns, {c.name for c in catalog.tables[table].columns})


def _unknown(path: str, kind: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    listed = set(known)
    for name in sorted(set(names) - listed):
        yield Problem(FILE, path, 0, f"no {kind} '{name}'{instead_of(name, listed)}")
