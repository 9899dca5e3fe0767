"""What changes for whom between two catalogs: each role's and each local user's rights, compared one by one.

A change is wider when somebody may see more, narrower when somebody may see less. What cannot be shown to be narrower
(another filter, another definition behind the same name) counts as wider: a review is asked for, not skipped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.policies import SHOWS_MORE, RowFilter, SqlMode, Template
from catalog.principals import LocalUser, Principal
from catalog.tables import SmallGroups, Table

Direction = Literal["wider", "narrower"]
ABSENT = "(none)"
MODES: tuple[SqlMode, ...] = ("none", "templates", "any")


@dataclass(frozen=True)
class AccessChange:
    """One change: of `who` (a role, or a user), in `part` (tables, columns, metrics, ...), of `name`."""

    who: str
    part: str
    name: str
    before: str
    after: str
    direction: Direction

    @property
    def line(self) -> str:
        """As one line for a person."""
        name = f" {self.name}" if self.name else ""
        return f"{self.direction}: {self.who}: {self.part}{name}: {self.before} -> {self.after}"


def access_changes(old: Catalog, new: Catalog) -> list[AccessChange]:
    """Every change of rights from `old` to `new`, by role, then by user."""
    before, after = ({r.name: r for r in c.policies.roles} for c in (old, new))
    found: list[AccessChange] = []
    for name in sorted({*before, *after}):
        who = f"role {name}"
        if name not in before:
            access = _anyone(new, name)
            found.append(AccessChange(who, "role", "", ABSENT, f"{len(access.tables)} tables", "wider"))
        elif name not in after:
            access = _anyone(old, name)
            found.append(AccessChange(who, "role", "", f"{len(access.tables)} tables", ABSENT, "narrower"))
        else:
            found += _of_role(who, _anyone(old, name), _anyone(new, name))
    return [*found, *_of_users(old.users, new.users)]


def _anyone(catalog: Catalog, role: str) -> Access:
    return Access(catalog, Principal(user="anyone", role=role))


def _of_role(who: str, old: Access, new: Access) -> Iterator[AccessChange]:
    yield from _names(who, "table", frozenset(old.tables), frozenset(new.tables))
    for name in sorted(set(old.tables) & set(new.tables)):
        yield from _of_table(who, old, new, name)
    yield from _names(who, "metric", frozenset(old.metrics), frozenset(new.metrics))
    yield from _names(who, "template", frozenset(old.templates), frozenset(new.templates))
    for name in sorted(set(old.templates) & set(new.templates)):
        yield from _other(who, f"template {name}", "", _text(old.templates[name]), _text(new.templates[name]))
    yield from _ranked(who, "sql", MODES.index(old.role.sql), MODES.index(new.role.sql), MODES)
    for part, a, b in (
        ("audit log", old.role.audit, new.role.audit),
        ("amounts of reconciliation", old.sees_amounts, new.sees_amounts),
    ):
        yield from _ranked(who, part, int(a), int(b), ("no", "yes"))
    before, after = _ceilings(old.role.limits), _ceilings(new.role.limits)
    for limit, a in before.items():
        b = after[limit]
        if a != b:
            yield AccessChange(who, "limit", limit, _ceiling(a), _ceiling(b), "wider" if b > a else "narrower")


def _ceilings(limits: BaseModel, within: str = "") -> dict[str, float]:
    """Every limit by its key path; one that is not set is no limit."""
    found: dict[str, float] = {}
    for name in type(limits).model_fields:
        value: object = getattr(limits, name)
        if isinstance(value, BaseModel):
            found |= _ceilings(value, f"{within}{name}.")
        else:
            found[f"{within}{name}"] = math.inf if value is None else float(str(value))
    return found


def _ceiling(limit: float) -> str:
    return "none" if math.isinf(limit) else f"{limit:g}"


def _of_table(who: str, old: Access, new: Access, name: str) -> Iterator[AccessChange]:
    a, b = old.tables[name], new.tables[name]
    was, now = old.columns(a), new.columns(b)
    for column in sorted({*was, *now}):
        before, after = was.get(column, "deny"), now.get(column, "deny")
        place = f"{name}.{column}"
        yield from _ranked(who, f"column {place}", SHOWS_MORE.index(before), SHOWS_MORE.index(after), SHOWS_MORE)
        if column in was and column in now:
            yield from _other(who, "source of column", place, _stored(a, column), _stored(b, column))
    yield from _of_rows(who, name, _filters(old, name), _filters(new, name))
    yield from _other(who, "definition of table", name, _made_from(a), _made_from(b))
    yield from _of_groups(who, old, new, a, b)


def _of_rows(who: str, name: str, before: frozenset[str], after: frozenset[str]) -> Iterator[AccessChange]:
    """Fewer filters show more rows, more filters fewer; another filter cannot be compared without the rows."""
    if before != after:
        direction: Direction = "narrower" if before < after else "wider"
        shown = [" and ".join(sorted(filters)) or "all rows" for filters in (before, after)]
        yield AccessChange(who, "rows of", name, shown[0], shown[1], direction)


def _of_groups(who: str, old: Access, new: Access, a: Table, b: Table) -> Iterator[AccessChange]:
    before, after = old.smallest_group(a) or 0, new.smallest_group(b) or 0
    words = [f"of {k} or more" if k else "of any size" for k in (before, after)]
    if before != after:
        direction: Direction = "wider" if after < before else "narrower"
        yield AccessChange(who, "groups of", a.name, words[0], words[1], direction)
    if a.small_groups and b.small_groups:
        yield from _other(who, "groups of", a.name, _counted(a.small_groups), _counted(b.small_groups))


def _of_users(old: Mapping[str, LocalUser], new: Mapping[str, LocalUser]) -> Iterator[AccessChange]:
    for name in sorted({*old, *new}):
        a, b, who = old.get(name), new.get(name), f"user {name}"
        yield from _names(who, "role", frozenset(a.roles if a else ()), frozenset(b.roles if b else ()))
        before, after = (u.attributes if u else {} for u in (a, b))
        for attribute in sorted({*before, *after}):
            values = (frozenset(given.get(attribute, ())) for given in (before, after))
            yield from _names(who, attribute, *values)
        if a and b and a.default != b.default:
            yield from _ranked(who, "asks where nobody is named", int(a.default), int(b.default), ("no", "yes"))


def _names(who: str, part: str, before: frozenset[str], after: frozenset[str]) -> Iterator[AccessChange]:
    for name in sorted(after - before):
        yield AccessChange(who, part, name, "no", "yes", "wider")
    for name in sorted(before - after):
        yield AccessChange(who, part, name, "yes", "no", "narrower")


def _ranked(who: str, part: str, before: int, after: int, words: tuple[str, ...]) -> Iterator[AccessChange]:
    if before != after:
        direction: Direction = "wider" if after > before else "narrower"
        yield AccessChange(who, part, "", words[before], words[after], direction)


def _other(who: str, part: str, name: str, before: str, after: str) -> Iterator[AccessChange]:
    if before != after:
        yield AccessChange(who, part, name, before, after, "wider")


def _text(template: Template) -> str:
    params = ", ".join(f"{name} {kind}" for name, kind in sorted(template.params.items()))
    return f"{' '.join(template.sql.split())} ({params})"


def _stored(table: Table, name: str) -> str:
    column = table.column(name)
    return (column.physical or column.name) if column else ABSENT


def _made_from(table: Table) -> str:
    return " ".join(table.definition.split()) if table.definition else f"{table.schema_name}.{table.name}"


def _counted(small: SmallGroups) -> str:
    return f"counted by {small.size} within {', '.join(small.within) or 'all'}"


def _filters(access: Access, name: str) -> frozenset[str]:
    """The filters over a table's rows, each with the way to it."""
    return frozenset(
        " > ".join([*(f"{j.relationship.column} {j.relationship.to}" for j in rule.path), _filter(rule.filter)])
        for rule in access.row_rules(name)
    )


def _filter(row: RowFilter) -> str:
    return f"{row.table}.{row.column} in the user's {row.attribute}"
