"""What one principal may see of one catalog: tables, columns with their treatment, rows, metrics, dimensions.

Turns policies into decisions. The warehouse builds secured catalogs from them; tools ask them before they show a
name. What is not visible is refused exactly as what does not exist.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property

from catalog.catalog import Catalog, Dimension, Join
from catalog.fragments import fragment_columns, fragment_tables, only_joins_columns
from catalog.metrics import Measure, Metric
from catalog.policies import ColumnRule, Role, RowFilter, Template, Treatment
from catalog.principals import Principal
from catalog.refusals import NotAllowed
from catalog.tables import Column, Table

NOT_GOLD = frozenset({"operational", "audit"})
"""Kinds of table that "*" does not stand for."""
READABLE: frozenset[Treatment] = frozenset({"clear", "pseudonym"})
"""Treatments under which a value still identifies its group, so that it can be grouped and filtered by."""
COUNTABLE: frozenset[Treatment] = frozenset({"clear", "pseudonym", "aggregate_only"})
"""Treatments under which different values can be counted."""
CLEAR: frozenset[Treatment] = frozenset({"clear"})
"""The treatment under which a value can be computed with."""


@dataclass(frozen=True)
class RowRule:
    """Rows of a table where, at the end of `path`, `filter.column` is one of `values`."""

    path: tuple[Join, ...]
    filter: RowFilter
    values: tuple[str, ...]


@dataclass(frozen=True)
class Access:
    """The decisions for one principal. Cheap to make; cache by `key`, which is equal for principals that may see
    exactly the same."""

    catalog: Catalog
    principal: Principal

    @cached_property
    def role(self) -> Role:
        """The principal's role. Raises NotAllowed for a role that the policies do not know (default deny)."""
        role = self.catalog.policies.role(self.principal.role)
        if role is None:
            raise NotAllowed(
                f"Role '{self.principal.role}' has no access here.",
                hint="Ask the owner of the policies for a role.",
            )
        return role

    @cached_property
    def key(self) -> str:
        """Identity of this set of rights: policy version, role, and the attribute values its filters use."""
        values = {f.attribute: sorted(self.principal.attribute(f.attribute)) for f in self.role.rows}
        text = json.dumps([self.catalog.policy_version, self.role.name, values], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Visible tables by name. "*" holds back what no row filter of the role reaches, dimensions apart: rows of
        which nobody said whose they are stay unseen until a relationship, or the table's name in the role, says so."""
        role, policies = self.role, self.catalog.policies
        everything = "*" in role.tables

        def visible(table: Table) -> bool:
            if table.name in role.except_tables or (table.kind == "audit" and not role.audit):
                return False
            if table.people:
                return table.name in role.people
            if table.name in role.tables:
                return True
            if not everything or table.kind in NOT_GOLD or table.name in policies.restricted:
                return False
            return table.kind == "dimension" or self.filtered(table)

        return {name: table for name, table in self.catalog.tables.items() if visible(table)}

    def treatment(self, table: Table, column: Column) -> Treatment:
        """How `column` appears to this principal. PII that no rule names is denied; the rest is clear."""
        decided: Treatment = "deny" if column.pii else "clear"
        for rule in self.role.columns:
            if f"{table.name}.{column.name}" in rule.columns or (column.pii and column.pii in rule.pii):
                decided = rule.treatment
        return decided

    def columns(self, table: Table) -> Mapping[str, Treatment]:
        """Visible columns of a visible table, in table order."""
        treated: dict[str, Treatment] = {c.name: self.treatment(table, c) for c in table.columns}
        return {name: treatment for name, treatment in treated.items() if treatment != "deny"}

    def smallest_group(self, table: Table) -> int | None:
        """The fewest people of a group that a defined table shows this principal: the larger of the table's own k and
        the role's. None where the table has no small groups."""
        if table.small_groups is None:
            return None
        return max(table.small_groups.k, self.role.small_groups.get(table.name, 0))

    @cached_property
    def templates(self) -> Mapping[str, Template]:
        """Templates that this role may fill in, by name."""
        return {template.name: template for template in self.catalog.policies.templates_of(self.role)}

    def filtered(self, table: Table) -> bool:
        """Whether a row filter of this role decides over the table's rows; true for a role without filters. A defined
        table is filtered where it is defined: in the tables it reads, dimensions among them apart."""
        if not self.role.rows:
            return True
        if not table.definition:
            return bool(self.row_rules(table.name))
        read = [self.catalog.tables[n] for n in fragment_tables(table.definition) if n in self.catalog.tables]
        reached = {known.name: bool(self.row_rules(known.name)) for known in read}
        return any(reached.values()) and all(reached[known.name] or known.kind == "dimension" for known in read)

    def row_rules(self, table: str) -> tuple[RowRule, ...]:
        """Row rules that hold for a table: its own, and those of every table it points at, many-to-one."""
        rules: list[RowRule] = []
        for row_filter in self.role.rows:
            path = self.catalog.path(table, row_filter.table)
            if path is not None:
                values = tuple(sorted(self.principal.attribute(row_filter.attribute)))
                rules.append(RowRule(path, row_filter, values))
        return tuple(rules)

    @property
    def sees_all_rows(self) -> bool:
        """True when no row filter applies to this role."""
        return not self.role.rows

    @property
    def sees_amounts(self) -> bool:
        """Whether reconciliation answers show money, members and row counts to this principal."""
        said = self.role.reconciliation_amounts
        return said if said is not None else self.sees_all_rows and bool(self.tables)

    @property
    def scope(self) -> str | None:
        """The rows seen, in words, whenever a row filter applies: "territory West"."""
        words: list[str] = []
        for row_filter in self.role.rows:
            values = ", ".join(sorted(self.principal.attribute(row_filter.attribute))) or "(none)"
            words.append((row_filter.label or f"{row_filter.column} {{values}}").replace("{values}", values))
        return "; ".join(words) or None

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Metrics on the role's allowlist whose tables and columns the role may see."""
        allowed = self.role.metrics
        return {
            name: metric
            for name, metric in self.catalog.metrics.items()
            if ("*" in allowed or name in allowed) and self._computable(metric)
        }

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """Dimensions in visible tables whose values this role may read (clear or pseudonym)."""
        return {
            name: d
            for name, d in self.catalog.dimensions.items()
            if d.table.name in self.tables and self.treatment(d.table, d.column) in READABLE
        }

    def _computable(self, metric: Metric) -> bool:
        parts = self.catalog.inputs_of(metric)
        if metric.operational:
            return any(table.kind not in NOT_GOLD for table in self.tables.values())
        return all(self._readable(part) and self._inputs_readable(part) for part in parts)

    def _readable(self, metric: Metric) -> bool:
        """Every column that the metric itself reads is clear, its time too: masked, it would date no row. Keys that are
        only told apart may be pseudonyms, and where they are only counted, also values that are never shown."""
        times = frozenset(
            filter(None, (metric.time and metric.time.dimension, metric.snapshot and metric.snapshot.time))
        )
        if cohort := metric.cohort:
            clear = fragment_columns(cohort.value) | {cohort.time}
            return self._has(cohort.dataset, clear) and self._has(cohort.dataset, {cohort.entity}, READABLE)
        if measure := metric.measure:
            told_apart = measure.agg in ("count", "count_distinct")
            keys = fragment_columns(measure.expr) if told_apart else frozenset[str]()
            clear = fragment_columns(measure.filter) | times | (fragment_columns(measure.expr) - keys)
            counted = COUNTABLE if only_joins_columns(measure.expr) else CLEAR
            return self._measured(measure, clear) and self._measured(measure, keys, counted)
        if (top := metric.concentration) and (base := self.catalog.metrics[top.metric].measure):
            return self._has(base.dataset, {top.entity}, READABLE)
        return True

    def _inputs_readable(self, metric: Metric) -> bool:
        """The columns by which inputs are narrowed are clear: masked, they would narrow to nothing."""
        for part in metric.inputs_by_alias.values():
            base = self.catalog.metrics[part.metric].measure
            if part.filter and base and not self._measured(base, fragment_columns(part.filter)):
                return False
        return True

    def _measured(self, measure: Measure, columns: frozenset[str], treatments: frozenset[Treatment] = CLEAR) -> bool:
        as_of = measure.as_of
        if as_of is None:
            return self._has(measure.dataset, columns, treatments)
        own = columns - set(as_of.columns)
        foreign = {as_of.on, as_of.time, *as_of.columns}
        return self._has(as_of.dataset, foreign) and self._has(measure.dataset, own, treatments)

    def _has(self, table_name: str, columns: Set[str], treatments: frozenset[Treatment] = CLEAR) -> bool:
        table = self.tables.get(table_name)
        if table is None:
            return False
        seen = self.columns(table)
        return all(seen.get(name) in treatments for name in columns)


def company_access(catalog: Catalog) -> Access:
    """All rows, columns and metrics: the rights of the company itself, for reconciliation only. The role exists in
    this access alone; no policy file can name it and no caller can hold it."""
    classes = sorted({c.pii for t in catalog.tables.values() for c in t.columns if c.pii})
    role = Role(
        name="company",
        tables=tuple(name for name, table in catalog.tables.items() if table.kind not in NOT_GOLD),
        people=tuple(name for name, table in catalog.tables.items() if table.people),
        columns=(ColumnRule(pii=tuple(classes), treatment="clear"),) if classes else (),
        sql="none",
        reconciliation_amounts=True,
    )
    policies = catalog.policies.model_copy(update={"roles": (role,)})
    return Access(replace(catalog, policies=policies), Principal(user="company", role=role.name))
