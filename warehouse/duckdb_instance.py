"""One opened state of the gold file: the locked engine, and the secured catalogs made in it so far.

Turns (rights, SQL) into rows. Above it `duckdb_warehouse` decides which state is current; below it are the driver and
`duckdb_secured`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from catalog.access import Access
from catalog.refusals import TooExpensive, WarehouseDown
from warehouse.deadline import Deadline
from warehouse.duckdb_connection import SOURCE
from warehouse.duckdb_rows import FATAL, INTERRUPT_SECONDS, NARROW, fetched, refusal, stopping
from warehouse.duckdb_secured import build_secured
from warehouse.port import Rows

MOST_CATALOGS = 64
"""Secured catalogs kept at once; each holds views only and takes about 15 ms to make."""
CLOSE_SECONDS = 5.0
"""How long a closing waits for what was interrupted."""
MOST_ROWS = 200_000
"""Rows of one answer in this process: at about 300 bytes each, what a server of 300 MB can hold."""


@dataclass
class _Secured:
    name: str
    users: int = 0


class Instance:
    """The gold file as it was at `mark`. Thread-safe; closed when its last user lets go of it."""

    def __init__(self, mark: str, connection: duckdb.DuckDBPyConnection, pseudonym_key: bytes) -> None:
        self.mark = mark
        self.broken = False
        self._connection = connection
        self._key = pseudonym_key
        self._lock = threading.Lock()
        self._idle = threading.Condition()
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self._closed = False
        self._catalogs: OrderedDict[str, _Secured] = OrderedDict()

    def run(self, access: Access, sql: str, deadline: Deadline) -> Rows:
        """Run our own SQL against a principal's secured catalog. Raises Timeout, TooExpensive, WarehouseDown."""
        with self._secured(access, deadline) as name:
            return self._rows(f'USE "{name}"', sql, deadline, MOST_ROWS)

    def ask(self, sql: str, deadline: Deadline) -> Rows:
        """Run our own SQL over the source, as the company."""
        return self._rows(f"USE {SOURCE}", sql, deadline, None)

    def close(self) -> None:
        """Let go of the file. What still runs is interrupted and waited for: the engine ends the whole process where a
        connection is closed that is in use."""
        with self._idle:
            self._closed = True
            until = time.monotonic() + CLOSE_SECONDS
            # Again and again: an interrupt that comes between two statements is forgotten by the engine.
            while self._running and time.monotonic() < until:
                for cursor in self._running:
                    cursor.interrupt()
                self._idle.wait(INTERRUPT_SECONDS)
            if not self._running:
                self._connection.close()

    @contextmanager
    def _cursor(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A connection of its own for one piece of work. Raises WarehouseDown once the instance is closed."""
        with self._idle:
            if self._closed:
                raise WarehouseDown("The warehouse is being closed.", hint="Try again shortly.")
            cursor = self._connection.cursor()
            self._running.add(cursor)
        try:
            yield cursor
        finally:
            cursor.close()
            with self._idle:
                self._running.discard(cursor)
                self._idle.notify_all()

    def _rows(self, use: str, sql: str, deadline: Deadline, most: int | None) -> Rows:
        try:
            with self._cursor() as cursor, stopping(cursor, deadline):
                cursor.execute(use)
                rows = fetched(cursor.execute(sql), most)
        except WarehouseDown as down:
            self.broken = self.broken or isinstance(down.__cause__, FATAL)
            raise
        if rows.truncated:
            raise TooExpensive(f"The answer would have more than {MOST_ROWS:,} rows.", hint=NARROW)
        return rows

    @contextmanager
    def _secured(self, access: Access, deadline: Deadline) -> Generator[str]:
        """Name of the attached catalog that holds what this principal may see; made on first use, kept while used."""
        with self._lock:
            held = self._catalogs.get(access.key)
            if held is None:
                held = self._made(access, deadline)
            self._catalogs.move_to_end(access.key)
            held.users += 1
        try:
            yield held.name
        finally:
            with self._lock:
                held.users -= 1

    def _made(self, access: Access, deadline: Deadline) -> _Secured:
        made = _Secured(f"rights_{access.key}")
        try:
            with self._cursor() as cursor:
                build_secured(cursor, made.name, access, self._key)
                idle = [key for key, held in self._catalogs.items() if held.users == 0]
                for key in idle[: max(0, len(self._catalogs) + 1 - MOST_CATALOGS)]:
                    cursor.execute(f'DETACH "{self._catalogs.pop(key).name}"')
        except duckdb.Error as error:
            self.broken = self.broken or isinstance(error, FATAL)
            raise refusal(error, deadline) from error
        self._catalogs[access.key] = made
        return made
