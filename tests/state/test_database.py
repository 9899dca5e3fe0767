"""The store under the audit log, the agents and the limits: the same promises on both engines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from state.database import Database

REVISIONS = Path(__file__).parent / "revisions"
ADD = text("INSERT INTO note (id, body, said_by) VALUES (:id, :body, '')")
COUNT = text("SELECT count(*) FROM note")


@pytest.fixture
def database(state_url: str) -> Iterator[Database]:
    with opened(state_url) as found:
        yield found


@contextmanager
def opened(url: str) -> Iterator[Database]:
    found = Database(url, store="notes", revisions=REVISIONS)
    try:
        yield found
    finally:
        found.dispose()


def count(database: Database) -> int:
    with database.transaction() as connection:
        return connection.execute(COUNT).scalar_one()


def test_revisions_are_applied_once_and_in_order(database: Database, state_url: str) -> None:
    with database.transaction() as connection:
        connection.execute(ADD, {"id": 1, "body": "first"})
    database.dispose()
    with opened(state_url) as again:
        assert count(again) == 1


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        connection.execute(ADD, {"id": 1, "body": "first"})
        raise RuntimeError
    assert count(database) == 0


def test_writers_that_take_turns_number_without_gaps(state_url: str) -> None:
    """Eight writers over four processes' worth of engines, each reading the last number and writing the next."""

    def work(own: Database) -> None:
        for _ in range(10):
            with own.transaction() as connection:
                own.take_turns(connection)
                last = connection.execute(text("SELECT coalesce(max(id), 0) FROM note")).scalar_one()
                connection.execute(ADD, {"id": last + 1, "body": "x"})

    with ExitStack() as stack:
        stores = [stack.enter_context(opened(state_url)) for _ in range(4)]
        threads = [threading.Thread(target=work, args=(store,)) for store in stores for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert count(stores[0]) == 80
