"""The agents' store: old files are taken over, a server that goes away is met again when it is back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from agents.delivery.ledger import Ledger
from agents.delivery.outbox import Outbox
from agents.messages import Mail, Outgoing
from agents.schedule import Slot
from agents.store import SQL, Store, StoreDown
from state.queries import named_queries
from tests.postgres import new_database, postgres_folder, postgres_server

NOW = datetime(2026, 11, 16, 13, tzinfo=UTC)
SLOT = Slot("brief", "2026-11-16", NOW, NOW + timedelta(hours=10))
MAIL = Outgoing("brief/ana", Mail("ana@techco.example", "Brief", "<p>down</p>", "down"))
BEFORE_REVISIONS = Path(__file__).parent / "before_revisions.sql"
"""The tables of files made before there were revisions."""


def test_a_file_from_before_revisions_is_taken_over_with_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "agents.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(BEFORE_REVISIONS.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO watched VALUES ('brief', ?)", (NOW.isoformat(),))
        connection.commit()
    store = Store(f"sqlite:///{file}")
    assert Ledger(store).watched_since("brief", NOW + timedelta(days=1)) == NOW
    Outbox(store).add([MAIL], NOW)
    assert [status.state for status in Outbox(store).latest(10)] == ["ready"]
    store.close()


def test_both_engines_know_the_same_queries() -> None:
    for file in SQL.glob("*.sql"):
        assert named_queries(file, "sqlite").keys() == named_queries(file, "postgresql").keys()


def test_a_server_that_goes_away_is_a_store_that_is_down_until_it_is_back() -> None:
    with postgres_folder() as folder:
        with postgres_server(folder) as server:
            url = new_database(server)
            store = Store(url)
            claim = Ledger(store).claim(SLOT, "one", NOW)
            assert claim
        with pytest.raises(StoreDown, match="cannot be opened"):
            Ledger(store).finish(claim, [MAIL], at=NOW)
        with postgres_server(folder):
            assert [run.state for run in Ledger(store).history(10)] == ["running"]
            assert Outbox(store).latest(10) == ()
            Ledger(store).finish(claim, [MAIL], at=NOW)
            assert [status.state for status in Outbox(store).latest(10)] == ["ready"]
            store.close()


def test_a_connection_that_breaks_within_a_transaction_writes_nothing_and_the_next_one_works(postgres: str) -> None:
    url = new_database(postgres)
    store = Store(url)
    ledger = Ledger(store)
    claim = ledger.claim(SLOT, "one", NOW)
    assert claim

    def cut_off(transaction: object) -> None:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    with pytest.raises(StoreDown, match="cannot be written"):
        ledger.finish(claim, [MAIL], cut_off, at=NOW)
    assert [run.state for run in ledger.history(10)] == ["running"]
    assert Outbox(store).latest(10) == ()
    ledger.finish(claim, [MAIL], at=NOW)
    assert [status.state for status in Outbox(store).latest(10)] == ["ready"]
    store.close()


def test_a_store_of_a_newer_program_says_so(tmp_path: Path) -> None:
    file = tmp_path / "agents.sqlite"
    store = Store(f"sqlite:///{file}")
    store.rows("ledger.dead")
    store.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreDown, match="9999"):
        store.rows("ledger.dead")
