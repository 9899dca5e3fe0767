"""A log in an SQLite file that is locked, removed, put back or cannot be made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from audit.log import AuditLog
from catalog.refusals import AuditDown
from tests.audit.conftest import ASKED, call


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    """An empty log in a file."""
    made = AuditLog(path)
    yield made
    made.close()


def begin_afresh(path: Path) -> None:
    """What a restarted server does with its first call."""
    with closing(AuditLog(path)) as log:
        log.begin(ASKED)


def test_a_call_is_refused_while_another_process_holds_the_file(
    log: AuditLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("state.database.LOCK_WAIT_SECONDS", 0.05)
    call(log)
    log.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AuditDown):
            log.begin(ASKED)
        other.execute("ROLLBACK")
    call(log)
    assert log.verify().ok


def test_a_call_is_refused_when_the_log_was_removed_and_answered_again_when_it_is_back(
    log: AuditLog, path: Path, tmp_path: Path
) -> None:
    call(log)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = path.rename(tmp_path / "kept")
    for _ in range(2):
        with pytest.raises(AuditDown):
            log.begin(ASKED)
    assert not log.verify().ok
    kept.rename(path)
    call(log)
    assert log.verify().ok


def test_a_removed_log_is_not_replaced_by_a_new_one_at_the_next_start(log: AuditLog, path: Path) -> None:
    call(log)
    log.close()
    path.unlink()
    with pytest.raises(AuditDown, match="gone"):
        begin_afresh(path)


def test_a_log_put_back_to_an_earlier_state_is_refused(log: AuditLog, path: Path) -> None:
    call(log)
    log.close()
    early = path.read_bytes()
    call(log)
    log.close()
    path.write_bytes(early)
    with pytest.raises(AuditDown, match="lost records"):
        begin_afresh(path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(AuditDown):
        AuditLog(blocked / "audit.sqlite").begin(ASKED)


def test_a_file_that_is_no_database_is_said_to_be_unreadable(log: AuditLog, path: Path) -> None:
    call(log)
    log.close()
    path.write_bytes(b"\x00" * 5000)
    found = log.verify()
    assert (found.ok, found.bad_seq, "cannot be read" in found.reason) == (False, 1, True)
