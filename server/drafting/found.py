"""What a warehouse says of a table: its columns, key, partition and links. No row is read."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.tables import ColumnType


@dataclass(frozen=True)
class FoundColumn:
    """One column. `type` is None where the catalog has none for it (arrays, structs, JSON, bytes)."""

    name: str
    type: ColumnType | None
    native: str
    nullable: bool = True
    description: str = ""


@dataclass(frozen=True)
class FoundLink:
    """A foreign key: a column of this table that points at the key of another."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class FoundTable:
    """One table. `key` is its declared primary key; `rows` may be None for a view."""

    name: str
    columns: tuple[FoundColumn, ...]
    description: str = ""
    key: tuple[str, ...] = ()
    partition: str | None = None
    cluster: tuple[str, ...] = ()
    links: tuple[FoundLink, ...] = ()
    rows: int | None = None
