"""Nobody waits for ever: not for a server that is frozen, not for a thread that waits for it, not for a writer that is
gone in the middle of its transaction."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from state.database import Database
from state.patience import left, patiently, unhurried, within
from tests.postgres import frozen, new_database, server_processes
from tests.state.test_database import count, opened


@pytest.fixture
def database(postgres: str):
    with opened(new_database(postgres)) as found:
        assert count(found) == 0
        yield found


def test_a_frozen_server_is_waited_for_as_long_as_was_said_and_used_again_once_it_goes_on(
    database: Database, postgres: str
) -> None:
    with frozen(server_processes(postgres)), pytest.raises(OperationalError), within(0.2):
        count(database)
    assert count(database) == 0


def test_a_server_that_freezes_in_mid_transaction_ends_it(database: Database, postgres: str) -> None:
    with ExitStack() as freezing, pytest.raises(OperationalError), within(5), database.transaction() as connection:
        database.take_turns(connection)
        freezing.enter_context(frozen(server_processes(postgres)))
        with within(0.2):
            database.take_turns(connection)
    assert count(database) == 0


def test_a_writer_that_vanished_in_mid_transaction_is_not_waited_for(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("state.postgresql.IDLE_SECONDS", 0.3)
    url = new_database(postgres)
    with opened(url) as gone, opened(url) as other:
        count(other)
        with pytest.raises(DBAPIError), gone.transaction() as stands_still:
            gone.take_turns(stands_still)
            with other.transaction() as connection:
                other.take_turns(connection)
            gone.take_turns(stands_still)


def test_a_reader_may_take_its_time(database: Database) -> None:
    with database.snapshot() as connection:
        shown = connection.exec_driver_sql("SELECT current_setting('idle_in_transaction_session_timeout')")
        assert shown.scalar_one() == "0"


def test_a_lock_that_another_thread_keeps_is_waited_for_as_long_as_was_said() -> None:
    lock = threading.Lock()
    with lock, within(0.01), pytest.raises(TimeoutError), patiently(lock):
        pass
    with patiently(lock):
        assert lock.locked()
    assert not lock.locked()


def test_the_shorter_of_two_times_holds_until_it_is_taken_back() -> None:
    with within(1), within(100):
        assert left() <= 1
        with unhurried():
            assert left() > 1
    assert left(otherwise=7) == 7
