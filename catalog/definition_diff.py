"""What two catalogs say differently: metrics, tables, templates and playbooks added, removed, or changed in a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from pydantic import BaseModel

from catalog.catalog import Catalog

Kind = Literal["metric", "table", "template", "playbook"]


@dataclass(frozen=True)
class DefinitionChange:
    """One entry that was added, removed, or changed in `fields` (top-level keys, columns as "columns.NAME")."""

    kind: Kind
    name: str
    change: Literal["added", "removed", "changed"]
    fields: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """As one line for a person."""
        return f"{self.change}: {self.kind} {self.name}" + (f": {', '.join(self.fields)}" if self.fields else "")


def definition_changes(old: Catalog, new: Catalog) -> list[DefinitionChange]:
    """Every difference of the entries, by kind and name."""
    kinds: list[tuple[Kind, Mapping[str, BaseModel], Mapping[str, BaseModel]]] = [
        ("metric", old.metrics, new.metrics),
        ("table", old.tables, new.tables),
        ("template", _templates(old), _templates(new)),
        ("playbook", old.playbooks, new.playbooks),
    ]
    found: list[DefinitionChange] = []
    for kind, before, after in kinds:
        for name in sorted({*before, *after}):
            if name not in before:
                found.append(DefinitionChange(kind, name, "added"))
            elif name not in after:
                found.append(DefinitionChange(kind, name, "removed"))
            elif fields := _changed(before[name], after[name]):
                found.append(DefinitionChange(kind, name, "changed", fields))
    return found


def _templates(catalog: Catalog) -> dict[str, BaseModel]:
    return {template.name: template for template in catalog.policies.templates}


def _changed(old: BaseModel, new: BaseModel) -> tuple[str, ...]:
    before, after = _fields(old), _fields(new)
    return tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))


def _fields(entry: BaseModel) -> dict[str, object]:
    """Fields by name, each column of a table as a field of its own."""
    fields: dict[str, object] = entry.model_dump(mode="json")
    columns = cast(list[dict[str, object]], fields.pop("columns", []))
    return {**fields, **{f"columns.{column['name']}": column for column in columns}}
