"""What agents remember between runs: one store that several schedulers may share, on SQLite or PostgreSQL.

Each concept (run ledger, outbox, incidents, episodes, what was reported) keeps its queries in
`agents/sql/<concept>.sql`; the tables are made by `agents/revisions`. This module opens the store, runs transactions,
and says when it is down.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from state.patience import within

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause

    from state.database import Database, EngineName

NAME = "agents"
"""Of the schema that holds the tables on PostgreSQL."""
SQL = Path(__file__).parent / "sql"
REVISIONS = Path(__file__).parent / "revisions"

WAIT_SECONDS = 30.0
"""For a whole transaction; then the next tick tries again."""

Row = Mapping[str, Any]


class StoreDown(Exception):
    """The agents' state cannot be read or written."""


class Transaction:
    """A writing transaction over the store: queries by name ("ledger.claim"), values by name."""

    def __init__(self, connection: Connection, engine: EngineName) -> None:
        self.connection = connection
        self._engine: EngineName = engine

    def rows(self, query: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """The rows that a query gives, as mappings."""
        return [dict(row) for row in self.connection.execute(self._text(query), values or {}).mappings()]

    def write(self, query: str, values: Mapping[str, object]) -> int:
        """Run a query that gives no rows; how many rows it changed."""
        return self.connection.execute(self._text(query), values).rowcount

    def _text(self, query: str) -> TextClause:
        concept, _, name = query.partition(".")
        return _queries(concept, self._engine)[name]


@cache
def _queries(concept: str, engine: EngineName) -> Mapping[str, TextClause]:
    from state.queries import named_queries  # noqa: PLC0415

    return named_queries(SQL / f"{concept}.sql", engine)


class Store:
    """Thread-safe. `url` is `sqlite:///FILE` or `postgresql+psycopg://...`; the store is opened, and brought to its
    newest revision, on first use. Every write is durable when a transaction ends."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._database: Database | None = None

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """A writing transaction: all of it or nothing. Raises StoreDown, and whatever the block raises."""
        database = self._known()
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        opened = False
        try:
            with within(WAIT_SECONDS), database.transaction() as connection:
                opened = True
                yield Transaction(connection, database.engine_name)
        except (OSError, SQLAlchemyError) as error:
            if opened and not _means_down(error):
                raise
            database.dispose()
            wanted = "written" if opened else "opened"
            raise StoreDown(f"the agents' state cannot be {wanted}: {_said(error)}") from error

    def rows(self, query: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """All rows of a query, as mappings. Raises StoreDown."""
        with self.transaction() as transaction:
            return transaction.rows(query, values)

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            database, self._database = self._database, None
        if database is not None:
            database.dispose()

    def _known(self) -> Database:
        # SQLAlchemy takes half a second to import, and most verbs of the program remember nothing.
        from state.database import Database  # noqa: PLC0415

        with self._lock:
            if self._database is None:
                self._database = Database(self._url, store=NAME, revisions=REVISIONS)
            return self._database


def _means_down(error: Exception) -> bool:
    """Is it the database that failed, and not what it was asked?"""
    from sqlalchemy import exc  # noqa: PLC0415

    return isinstance(error, exc.OperationalError | exc.InternalError | exc.InterfaceError | exc.TimeoutError)


def _said(error: Exception) -> str:
    """The database's own words, without the statement and its values."""
    own = getattr(error, "orig", None) or error
    return " ".join(str(own).split())
