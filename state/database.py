"""One store of Assay's own state: SQLite (embedded, one file) or PostgreSQL (replicas share it, one schema).

A store (the audit log, the agents' state, the limits) keeps its named queries and its Alembic revisions beside its own
code and opens a `Database` over them. The same SQL runs on both engines: named parameters (`:name`), ON CONFLICT and
RETURNING; where they differ, a query says for which engine it is (`state.queries`). Revisions are applied on first use.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from state.patience import patiently, unhurried

EngineName = Literal["sqlite", "postgresql"]
LOCK_WAIT_SECONDS = 5.0
"""How long a writer waits for another one; a write takes milliseconds."""
CONNECTIONS = 8
"""Connections a process keeps to a store."""
ROWS_AT_ONCE = 500
"""Rows of a long result that are held in memory."""
READS_ONLY = "assay_reads_only"
SCHEMA_EXISTS = text("SELECT count(*) FROM pg_namespace WHERE nspname = :store")


class Database:
    """Thread-safe. Opened, and brought to its newest revision, on first use. Raises SQLAlchemyError or OSError; its
    owner says what that means (AUDIT_DOWN, a store that is down), and how long it may take (`state.patience`)."""

    def __init__(self, url: str, *, store: str, revisions: Path, flushed: bool = True) -> None:
        """`url`: `sqlite:///FILE` or `postgresql+psycopg://...`; `store`: name of the schema that holds the tables on
        PostgreSQL; `revisions`: folder of Alembic's revision files. Unless `flushed`, a commit does not wait for the
        disk: a power cut may lose the last moments (a crash of the process loses nothing)."""
        self.url = make_url(url)
        self._flushed = flushed
        self.store = store
        self._revisions = revisions
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    @property
    def engine_name(self) -> EngineName:
        """Which engine holds the store."""
        return "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"

    @property
    def file(self) -> Path | None:
        """The file of an embedded store."""
        return Path(self.url.database) if self.engine_name == "sqlite" and self.url.database else None

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """A writing transaction: all of it or nothing, durable when it ends. On SQLite writers take turns; PostgreSQL
        locks the rows that are changed, no more (`take_turns` makes writers of a store wait for each other)."""
        with self._opened().begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Generator[Connection]:
        """A reading transaction: one unchanging view of the store that no writer waits for. Long results arrive in
        parts, as they are read."""
        with self._opened().connect() as connection:
            if self.engine_name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            connection.execution_options(**{READS_ONLY: True})
            with connection.begin():
                if self.engine_name == "postgresql":
                    from state.postgresql import UNBOUNDED_IDLE  # noqa: PLC0415 - see _made

                    connection.exec_driver_sql(UNBOUNDED_IDLE)
                yield connection.execution_options(yield_per=ROWS_AT_ONCE)

    def tidy(self, *tables: str) -> None:
        """Leave no copy of what was deleted from `tables` in the store's files: on PostgreSQL the tables are written
        anew; on SQLite the rows must have been deleted with `PRAGMA secure_delete` on. Raises also where others keep
        the store in use."""
        engine = self._opened()
        if self.file is not None:
            with closing(sqlite3.connect(self.file, timeout=LOCK_WAIT_SECONDS)) as connection:
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy:
                raise OSError("the write-ahead file is in use")
            return
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in tables:
                connection.execute(text(f'VACUUM FULL "{table}"'))

    def take_turns(self, connection: Connection) -> None:
        """From here to the end of this transaction no other writer of the store does the same. SQLite's always do."""
        if self.engine_name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:store))"), {"store": f"assay/{self.store}"})

    def dispose(self) -> None:
        """Let go of all connections; the next use opens the store afresh."""
        # Without the lock: whoever opens the store may wait for it.
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def _opened(self) -> Engine:
        engine = self._engine
        if engine is not None:
            return engine
        with patiently(self._opening):
            engine = self._engine
            if engine is None:
                engine = self._made()
                try:
                    self._migrate(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return engine

    def _made(self) -> Engine:
        if self.engine_name == "postgresql":
            # The driver is loaded only where there is a server.
            from state.postgresql import engine_for  # noqa: PLC0415

            return engine_for(
                self.url,
                schema=self.store,
                flushed=self._flushed,
                connections=CONNECTIONS,
                wait_seconds=LOCK_WAIT_SECONDS,
            )
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=CONNECTIONS,
            pool_timeout=LOCK_WAIT_SECONDS,
            connect_args={"timeout": LOCK_WAIT_SECONDS},
        )
        event.listen(engine, "connect", _prepare_sqlite if self._flushed else _prepare_unflushed_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine

    def _migrate(self, engine: Engine) -> None:
        """Apply the revisions that the store has not seen; two processes at once take turns."""
        with engine.begin() as connection:
            if self.engine_name == "postgresql":
                self.take_turns(connection)
                # Asked first, as a role that may not create schemas may still use this one.
                if not connection.execute(SCHEMA_EXISTS, {"store": self.store}).scalar_one():
                    connection.execute(text(f'CREATE SCHEMA "{self.store}"'))
            # Alembic costs a third of a second to import; most starts find the store as it should be.
            from state.migration import is_newest, upgrade  # noqa: PLC0415

            if not is_newest(connection, self._revisions):
                with unhurried():
                    upgrade(connection, self._revisions)


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Write-ahead logging, every commit on the disk, transactions begun by us."""
    connection.isolation_level = None
    until = time.monotonic() + LOCK_WAIT_SECONDS
    while not _write_ahead(connection):
        if time.monotonic() > until:
            raise sqlite3.OperationalError("the file stays locked")
        time.sleep(0.01)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _prepare_unflushed_sqlite(connection: sqlite3.Connection, record: object) -> None:
    """As `_prepare_sqlite`, but commits reach the disk when the system writes them."""
    _prepare_sqlite(connection, record)
    connection.execute("PRAGMA synchronous = NORMAL")


def _write_ahead(connection: sqlite3.Connection) -> bool:
    """Turn write-ahead logging on; False while another process does. SQLite does not wait for this lock by itself."""
    try:
        return connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise


def _begin_immediate(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


__all__ = ["Connection", "Database", "EngineName", "OperationalError", "SQLAlchemyError"]
