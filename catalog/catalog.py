"""The whole catalog of one company, with the joins and dimension names that follow from it.

Turns the loaded entries into what the floors above ask for: a dimension by its public name, the many-to-one path
from a fact to a dimension's table, the metrics a metric is built on.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from catalog.agents import Agents
from catalog.company import Company
from catalog.documents import Playbook
from catalog.metrics import Metric
from catalog.policies import Policies
from catalog.principals import LocalUser
from catalog.problems import Problem
from catalog.sources import Sources
from catalog.tables import Column, Relationship, Table


@dataclass(frozen=True)
class Dimension:
    """A column to group or filter by, under its public name."""

    name: str
    table: Table
    column: Column

    @property
    def label(self) -> str:
        """Words for people."""
        return self.column.label or self.name.replace(".", " ").replace("_", " ")


@dataclass(frozen=True)
class Join:
    """One many-to-one step from `table` over `relationship`."""

    table: str
    relationship: Relationship


@dataclass(frozen=True)
class Catalog:
    """Everything one workspace says may be asked. Immutable; a reload makes a new one."""

    company: Company
    tables: Mapping[str, Table]
    metrics: Mapping[str, Metric]
    sources: Sources
    policies: Policies
    users: Mapping[str, LocalUser] = field(default_factory=dict[str, LocalUser])
    playbooks: Mapping[str, Playbook] = field(default_factory=dict[str, Playbook])
    agents: Agents = field(default_factory=Agents)
    warnings: tuple[Problem, ...] = ()
    """What the lint found when the catalog was loaded; errors would have kept it from loading."""

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """Public name → dimension: the bare column name where unique among dimensions, else `entity.column`."""
        listed = [(t, c) for t in self.tables.values() for c in t.columns if c.dimension]
        count = Counter(c.name for _, c in listed)
        named = [Dimension(c.name if count[c.name] == 1 else f"{t.entity}.{c.name}", t, c) for t, c in listed]
        return {d.name: d for d in sorted(named, key=lambda d: d.name)}

    def path(self, start: str, target: str) -> tuple[Join, ...] | None:
        """Shortest many-to-one path from table `start` to table `target`; () when they are the same, None when
        there is none (a one-to-many step is never taken: it would multiply rows)."""
        if start == target:
            return ()
        queue: deque[tuple[str, tuple[Join, ...]]] = deque([(start, ())])
        seen = {start}
        while queue:
            here, steps = queue.popleft()
            for relationship in self.tables[here].relationships:
                there = relationship.to_table
                if relationship.type == "one_to_many" or there in seen or there not in self.tables:
                    continue
                walked = (*steps, Join(here, relationship))
                if there == target:
                    return walked
                seen.add(there)
                queue.append((there, walked))
        return None

    def is_about_use(self, metric: Metric) -> bool:
        """Whether a metric rests on the audit log."""
        measures = [part.measure for part in self.inputs_of(metric) if part.measure]
        return any(self.tables[measure.dataset].kind == "audit" for measure in measures)

    def inputs_of(self, metric: Metric) -> tuple[Metric, ...]:
        """The metric and all it is built on, each once, inputs after the metric."""
        found: dict[str, Metric] = {}
        stack = [metric]
        while stack:
            current = stack.pop()
            if current.name in found:
                continue
            found[current.name] = current
            stack.extend(self.metrics[i.metric] for i in current.inputs_by_alias.values())
        return tuple(found.values())

    @cached_property
    def policy_version(self) -> str:
        """Hash of everything that decides who may see what: roles and templates, tables and columns, and the roles and
        attributes of local users."""
        policy = self.policies.model_dump(mode="json")
        tables = {n: t.model_dump(mode="json") for n, t in sorted(self.tables.items())}
        users = {n: u.model_dump(mode="json") for n, u in sorted(self.users.items())}
        text = json.dumps([policy, tables, users], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
