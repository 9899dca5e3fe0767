"""What questions cost on BigQuery on demand: bytes of the columns they read, in the partitions that they need.

A table is billed by the logical size of the columns a query names, over the partitions it cannot rule out (BigQuery's
documented sizes: INT64, FLOAT64, DATE, TIMESTAMP 8 bytes; NUMERIC 16; BOOL 1; STRING 2 and its UTF-8 bytes; at least
10 MB a table read). Columns come from the audit record of each request, rows and lengths of texts from the demo's
tables, which are then scaled to the size of the warehouse; dimensions stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from catalog.access import NOT_GOLD
from catalog.catalog import Catalog
from catalog.tables import Table
from server.wiring import Program

DOLLARS_PER_TIB = 6.25
"""On demand, US, as of 2026-11."""
TIB = 2**40
LEAST_BYTES = 10_000_000
"""Billed at least for each table that a query reads."""
DAY = re.compile(r"'(\d{4}-\d{2}-\d{2})'")
FIXED = {"integer": 8, "float": 8, "decimal": 16, "boolean": 1, "date": 8, "timestamp": 8}
KEPT = 0.5
"""Part of a day's questions that somebody asked before since the data changed: an assumption, and said to be one."""


@dataclass(frozen=True)
class Read:
    """One request: its columns by table, the first and last day that its periods need, and, where it reads snapshots,
    how many days of them (else 0)."""

    name: str
    columns: Mapping[str, frozenset[str]]
    start: date
    end: date
    snapshots: int = 0


@dataclass(frozen=True)
class Cost:
    """Dollars for 1,000 questions of the mix."""

    terabytes: float
    whole: float
    pruned: float
    pruned_and_kept: float


def reads(built: Program, requests: Sequence[Mapping[str, object]]) -> list[Read]:
    """Run each request and take from its record what it read."""
    principal = built.principal(None, None, {})
    found: list[Read] = []
    for request in requests:
        result = built.toolset.call(principal, "query_curated_data", request)
        record = built.toolset.show_receipt(principal, str(result.structured["receipt"]))
        columns: dict[str, set[str]] = {}
        for name in record["columns"]:
            table, _, column = name.rpartition(".")
            columns.setdefault(table, set()).add(column)
        asked = record["request"]
        read = {table: frozenset(names) for table, names in columns.items()}
        start = _earliest(date.fromisoformat(asked["start"]), asked.get("compare_to"))
        inputs = [part for name in asked["metrics"] for part in built.catalog.inputs_of(built.catalog.metrics[name])]
        snapshots = len(set(DAY.findall(record["sql"]))) if all(part.snapshot for part in inputs) else 0
        found.append(Read(", ".join(asked["metrics"]), read, start, date.fromisoformat(asked["end"]), snapshots))
    return found


def _earliest(start: date, compare_to: object) -> date:
    return start - timedelta(days=366) if compare_to == "prior_year" else start


def row_bytes(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, float]:
    """Bytes of a row by column, on average."""
    sizes: dict[str, float] = {}
    for column in table.columns:
        if column.type in FIXED:
            sizes[column.name] = FIXED[column.type]
        else:
            name = f"{table.schema_name}.{table.name}"
            length = f'SELECT avg(2 + strlen("{column.physical or column.name}"::VARCHAR)) FROM {name}'
            found = connection.execute(length).fetchone()
            sizes[column.name] = float(found[0] or 2) if found else 2
    return sizes


def costs(catalog: Catalog, gold: str, mix: Sequence[Read], terabytes: Sequence[float]) -> list[Cost]:
    """What 1,000 questions of the mix cost at each size of the warehouse."""
    with duckdb.connect(gold, read_only=True) as connection:
        tables = {n: t for n, t in catalog.tables.items() if not t.definition and t.kind not in NOT_GOLD}
        widths = {name: row_bytes(connection, table) for name, table in tables.items()}
        rows = {n: _count(connection, f"{t.schema_name}.{n}") for n, t in tables.items()}
        spans = {name: _span(connection, table) for name, table in tables.items()}
    facts = {name for name, table in tables.items() if table.kind != "dimension" and spans[name]}
    today = sum(rows[name] * sum(widths[name].values()) for name in facts)
    found: list[Cost] = []
    for size in terabytes:
        factor = size * 1e12 / today

        def billed(read: Read, prune: bool, factor: float = factor) -> float:
            total = 0.0
            for table, columns in read.columns.items():
                if table not in tables:
                    continue
                size = rows[table] * sum(widths[table].get(column, 0) for column in columns)
                if table in facts:
                    size *= factor * (_part(read, spans[table]) if prune else 1)
                total += max(size, LEAST_BYTES)
            return total / TIB * DOLLARS_PER_TIB

        def thousand(prune: bool) -> float:
            return 1000 * sum(billed(read, prune) for read in mix) / len(mix)

        whole, pruned = thousand(False), thousand(True)
        found.append(Cost(size, whole, pruned, pruned * (1 - KEPT)))
    return found


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(found[0]) if found else 0


def _span(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[date, date] | None:
    if not table.time:
        return None
    name = f'"{table.time}"::DATE'
    found = connection.execute(f"SELECT min({name}), max({name}) FROM {table.schema_name}.{table.name}").fetchone()
    return (found[0], found[1]) if found and found[0] else None


def _part(read: Read, span: tuple[date, date] | None) -> float:
    """The part of a table's days that a request needs."""
    if span is None:
        return 1.0
    days = (span[1] - span[0]).days + 1
    needed = read.snapshots or (min(read.end, span[1]) - max(read.start, span[0])).days + 1
    return min(1.0, max(needed, 1) / days)
