"""Runs a statement twice: guarded on a role's secured catalog, and as written on the copy the role should see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from catalog.access import Access
from catalog.refusals import Refusal
from warehouse.duckdb_connection import open_locked
from warehouse.duckdb_secured import build_secured
from warehouse.guard import check_sql, confirm
from warehouse.port import CheckedSql

NOW = datetime(2026, 2, 20, 8, 30)
MOST_MS = 5_000


@dataclass(frozen=True)
class Ran:
    """What came back: rows, or a refusal's code and text, or the class of an engine error (never shown to callers)."""

    names: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    refused: str = ""
    failed: str = ""


@dataclass(frozen=True)
class Company:
    """One gold file with its roles: the rights of each, and the connection to the copy that each should see."""

    gold: Path
    access: Callable[[str], Access]
    copy: Callable[[Path, str], duckdb.DuckDBPyConnection]
    key: bytes
    now: datetime = NOW


class Roles:
    """One company, seen by every role."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._secured: dict[str, duckdb.DuckDBPyConnection] = {}
        self._copies: dict[str, duckdb.DuckDBPyConnection] = {}

    def copy(self, role: str) -> duckdb.DuckDBPyConnection:
        """The physical copy of a role."""
        if role not in self._copies:
            self._copies[role] = self.company.copy(self.company.gold, role)
        return self._copies[role]

    def checked(self, role: str, sql: str) -> CheckedSql:
        """Only the guard."""
        return check_sql(sql, self.company.access(role), self.company.now)

    def guarded(self, role: str, sql: str) -> Ran:
        """Guard, confirm and run on the secured catalog."""
        rights = self.company.access(role)
        if role not in self._secured:
            connection = open_locked(self.company.gold, memory_limit="600MB", threads=1, max_execution_ms=MOST_MS)
            build_secured(connection, "rights", rights, self.company.key)
            self._secured[role] = connection
        cursor = self._secured[role].cursor()
        cursor.execute("USE rights.gold")
        try:
            checked = check_sql(sql, rights, self.company.now)
            confirm(cursor, checked, rights)
            found = cursor.execute(checked.sql)
            names = tuple(str(d[0]) for d in found.description or [])
            return Ran(names, tuple(found.fetchall()))
        except Refusal as refusal:
            return Ran(refused=refusal.text)
        except duckdb.Error as error:
            return Ran(failed=type(error).__name__)
        finally:
            cursor.close()

    def plain(self, role: str, sql: str) -> Ran:
        """The text as written, on the physical copy."""
        cursor = self.copy(role).cursor()
        cursor.execute("USE memory.gold")
        try:
            found = cursor.execute(sql)
            names = tuple(str(d[0]) for d in found.description or [])
            return Ran(names, tuple(found.fetchall()))
        except duckdb.Error as error:
            return Ran(failed=type(error).__name__)
        finally:
            cursor.close()


def bag(rows: tuple[tuple[object, ...], ...]) -> list[str]:
    """Rows as text, in an order of their own; floats to 9 digits, because sums depend on the order of rows."""
    return sorted(repr(tuple(_rounded(value) for value in row)) for row in rows)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return "nan" if value != value else f"{value:.9g}"
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return {key: _rounded(item) for key, item in value.items()} if isinstance(value, dict) else value
