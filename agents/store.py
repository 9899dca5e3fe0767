"""What agents remember between runs: one SQLite file that several schedulers may share.

Each concept (run ledger, outbox, incidents, episodes, what was reported) keeps its tables and queries in
`agents/sql/<concept>_schema.sql` and `agents/sql/<concept>.sql`; this module opens the file and runs transactions.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "sql"
NAME = "-- name: "
LOCK_WAIT_SECONDS = 10.0
"""How long a writer waits for another scheduler; a transaction takes milliseconds."""

Row = Mapping[str, Any]


class StoreDown(Exception):
    """The agents' state cannot be read or written."""


def queries(concept: str) -> Mapping[str, str]:
    """The named queries of a concept: name → SQL."""
    text = (FOLDER / f"{concept}.sql").read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split(NAME)[1:])
    return {name.strip(): body.strip() for name, _, body in parts}


class Store:
    """Thread-safe. The file and its folder are made on first use; every write is durable when a transaction ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A writing transaction: all of it or nothing. Rows come as `sqlite3.Row` (by name). Raises StoreDown."""
        with self._lock:
            try:
                connection = self._open()
                connection.execute("BEGIN IMMEDIATE")
            except (sqlite3.Error, OSError) as error:
                self._drop()
                raise StoreDown(f"the agents' state cannot be opened: {error}") from error
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    self._drop()
                    raise StoreDown(f"the agents' state cannot be written: {error}") from error
                raise

    def rows(self, query: str, parameters: tuple[object, ...] | Mapping[str, object] = ()) -> list[Row]:
        """All rows of a query, as mappings. Raises StoreDown."""
        with self.transaction() as connection:
            return [dict(row) for row in connection.execute(query, parameters)]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._drop()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            for schema in sorted(FOLDER.glob("*_schema.sql")):
                connection.executescript(schema.read_text(encoding="utf-8"))
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
