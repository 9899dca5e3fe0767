"""Schema snapshots + the catalog's contract → columns that were added, removed, renamed, retyped or loosened.

Compared are the oldest and the newest run on record, and the newest run with the columns that the catalog promises.
Added is information; removed, renamed and retyped break an enforced contract; a column that became nullable is amber.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.tables import Table
from tools.reconciliation.report import ChangeKind, Colour, SchemaChange


@dataclass(frozen=True)
class SnapshotColumn:
    """One column of one run: `table` without schema, `type` as the engine spells it."""

    table: str
    column: str
    type: str
    nullable: bool | None
    ordinal: int | None
    run_at: datetime


Columns = Mapping[str, SnapshotColumn]
FAMILIES = {
    "string": "text",
    "integer": "number",
    "decimal": "number",
    "float": "number",
    "boolean": "boolean",
    "date": "time",
    "timestamp": "time",
}
PREFIXES = (
    ("number", ("TINYINT", "SMALLINT", "INT", "BIGINT", "HUGEINT", "UINT", "UBIGINT", "DECIMAL", "NUMERIC", "DOUBLE")),
    ("number", ("FLOAT", "REAL", "BIGNUMERIC")),
    ("text", ("VARCHAR", "STRING", "TEXT", "CHAR")),
    ("time", ("DATE", "TIMESTAMP")),
    ("boolean", ("BOOL",)),
)


def schema_drift(tables: Mapping[str, Table], snapshots: Sequence[SnapshotColumn]) -> tuple[SchemaChange, ...]:
    """Changes of the catalog's own tables, by table then column. Tables that no run ever listed are left out: there is
    nothing to compare."""
    runs = _by_table_and_run(snapshots)
    newest_of_all = max((run for table in runs.values() for run, _ in table), default=None)
    changes: list[SchemaChange] = []
    for name, table in sorted(tables.items()):
        if name not in runs or table.definition:
            continue
        broken: Colour = "red" if table.contract == "enforced" else "amber"
        (_, oldest), (newest_at, newest) = runs[name][0], runs[name][-1]
        if newest_at != newest_of_all:
            detail = "the table is missing from the last schema run"
            changes.append(SchemaChange(name, "", "table_removed", broken, detail, newest_of_all))
            continue
        changes += _table_changes(table, runs[name], oldest, newest, broken)
    return tuple(changes)


def _table_changes(
    table: Table, runs: Sequence[tuple[datetime, Columns]], oldest: Columns, newest: Columns, broken: Colour
) -> list[SchemaChange]:
    changes: list[SchemaChange] = []

    def note(column: str, kind: ChangeKind, status: Colour, detail: str) -> None:
        changes.append(SchemaChange(table.name, column, kind, status, detail, _since(runs, column, newest.get(column))))

    promised = {c.physical or c.name: c for c in table.columns}
    removed = sorted((set(oldest) | set(promised)) - set(newest))
    added = sorted(set(newest) - set(oldest))
    for gone in removed:
        before = oldest.get(gone)
        successor = _successor(before, [newest[name] for name in added])
        if successor:
            added.remove(successor.column)
            note(gone, "renamed", broken, f"renamed to {successor.column}")
        else:
            note(gone, "removed", broken, "no longer there")
    for name in added:
        note(name, "added", "green", f"new column, {newest[name].type}")
    for name, now in sorted(newest.items()):
        before = oldest.get(name)
        if before and before.type.upper() != now.type.upper():
            note(name, "retyped", broken, f"{before.type} became {now.type}")
        elif name in promised and _family(now.type) not in (FAMILIES[promised[name].type], None):
            note(name, "retyped", broken, f"the catalog says {promised[name].type}, the warehouse {now.type}")
        elif before and before.nullable is False and now.nullable:
            note(name, "nullability", "amber", "may now be NULL")
    return changes


def _by_table_and_run(snapshots: Sequence[SnapshotColumn]) -> dict[str, list[tuple[datetime, Columns]]]:
    grouped: dict[str, dict[datetime, dict[str, SnapshotColumn]]] = defaultdict(lambda: defaultdict(dict))
    for row in snapshots:
        grouped[row.table.split(".")[-1]][row.run_at][row.column] = row
    return {t: sorted(runs.items(), key=lambda run: run[0]) for t, runs in grouped.items()}


def _successor(gone: SnapshotColumn | None, added: Sequence[SnapshotColumn]) -> SnapshotColumn | None:
    """The added column that stands where the removed one stood, with its type."""
    if gone is None:
        return None
    return next((a for a in added if a.ordinal == gone.ordinal and a.type.upper() == gone.type.upper()), None)


def _since(runs: Sequence[tuple[datetime, Columns]], column: str, now: SnapshotColumn | None) -> datetime:
    """First run from which the column has been as it is in the newest one."""
    since = runs[-1][0]
    for at, columns in reversed(runs):
        there = columns.get(column)
        if (there and (there.type, there.nullable)) != (now and (now.type, now.nullable)):
            break
        since = at
    return since


def _family(engine_type: str) -> str | None:
    text = engine_type.upper()
    return next((family for family, prefixes in PREFIXES if text.startswith(prefixes)), None)
