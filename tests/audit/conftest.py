"""Fixtures of the audit log's tests: an empty log on each engine, one that is signed, and the hand of who holds the
store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from audit.log import AuditLog, Intent, Outcome, Signing
from audit.signing import KeyHolder
from audit.sinks import FileSink

if TYPE_CHECKING:
    from tests.audit.office import Office

ASKED = Intent(user="ana", role="finance", tool="query", question="revenue?", arguments={"metrics": ["revenue"]})


def call(log: AuditLog, intent: Intent = ASKED, **outcome: Any) -> str:
    """A whole call; its receipt."""
    receipt = log.begin(intent)
    log.finish(receipt, Outcome("ok", **{"sql": "SELECT 1", "rows": 3, **outcome}))
    return receipt


class Hand:
    """Changes the store of a log as somebody would who holds it: past its triggers."""

    def __init__(self, url: str) -> None:
        options = {"options": "-csearch_path=audit"} if url.startswith("postgresql") else {}
        self._engine = create_engine(url, connect_args=options, poolclass=NullPool)
        self._postgresql = url.startswith("postgresql")

    def run(self, *statements: str, **values: Any) -> None:
        """Run statements in one transaction."""
        with self._engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """The rows of a query."""
        with self._engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def loosen(self) -> None:
        """Drop the triggers that keep the log append-only."""
        for table in ("record", "checkpoint", "purge"):
            for trigger in ("changed", "removed", *(["emptied"] if self._postgresql else [])):
                on = f" ON {table}" if self._postgresql else ""
                self.run(f"DROP TRIGGER {table}_is_never_{trigger}{on}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the SQLite file of this test lies."""
    return tmp_path / "state" / "audit.sqlite"


@pytest.fixture
def log(state_url: str) -> Iterator[AuditLog]:
    """An empty log, on each engine."""
    made = AuditLog(state_url)
    yield made
    made.close()


@pytest.fixture
def hand(state_url: str) -> Hand:
    """Who holds the store of `log`."""
    return Hand(state_url)


@pytest.fixture
def signing(tmp_path: Path) -> Signing:
    """A key of this test, and one copy of the checkpoints."""
    return Signing(KeyHolder(tmp_path / "keys" / "audit.pem"), (FileSink(tmp_path / "copy.jsonl"),))


@pytest.fixture
def signed(state_url: str, signing: Signing) -> Iterator[AuditLog]:
    """An empty log that is signed when told to, on each engine."""
    made = AuditLog(state_url, signing=signing)
    yield made
    made.close()


@pytest.fixture
def office(tmp_path: Path, fjord_workspace: Path, state_url: str) -> Office:
    """A workspace with an empty log, on each engine."""
    from tests.audit.office import office_at

    return office_at(tmp_path / "office", fjord_workspace, state_url)
