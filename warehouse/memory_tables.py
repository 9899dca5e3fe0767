"""Tables of our own making in memory, asked through the same secured catalogs as the gold file.

Turns (rows, rights, SQL of our own compiler) into rows. For data that no warehouse holds, such as what the audit log
says of calls.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import duckdb

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.tables import Table
from warehouse.deadline import Deadline
from warehouse.duckdb_connection import SOURCE
from warehouse.duckdb_instance import Instance
from warehouse.port import Cell, Rows
from warehouse.secured import SQL_TYPES

ROWS_AT_ONCE = 5_000


class MemoryTables:
    """A catalog's tables, empty at first. Thread-safe."""

    def __init__(self, catalog: Catalog, pseudonym_key: bytes) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._connection = duckdb.connect(":memory:", config={"memory_limit": "512MB", "threads": "2"})
        self._connection.execute(f"ATTACH ':memory:' AS {SOURCE}")
        for schema in {table.schema_name for table in catalog.tables.values()}:
            self._connection.execute(f'CREATE SCHEMA {SOURCE}."{schema}"')
        for table in catalog.tables.values():
            columns = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in table.columns)
            self._connection.execute(f"CREATE TABLE {_name(table)} ({columns})")
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            self._connection.execute(f"SET {setting}")
        self._instance = Instance("memory", self._connection, pseudonym_key)

    def append(self, table: str, rows: Sequence[Mapping[str, Cell]]) -> None:
        """Add rows; what a table has no column for is left out."""
        into = self._catalog.tables[table]
        types = {column.name: SQL_TYPES[column.type] for column in into.columns}
        values = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in types.values())
        with self._lock:
            for start in range(0, len(rows), ROWS_AT_ONCE):
                some = rows[start : start + ROWS_AT_ONCE]
                columns = [[row.get(name) for row in some] for name in types]
                self._connection.execute(f"INSERT INTO {_name(into)} SELECT {values}", columns)

    def rows(self, access: Access, sql: str, deadline: Deadline) -> Rows:
        """Rows for one principal, whose rights are those over this catalog's tables."""
        return self._instance.run(access, sql, deadline)

    def close(self) -> None:
        """Let go of the memory."""
        self._instance.close()


def _name(table: Table) -> str:
    return f'{SOURCE}."{table.schema_name}"."{table.name}"'
