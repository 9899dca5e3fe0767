"""Whatever is done to the file, `verify` names the first record that is not as it was written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.chain import Row, verify_rows
from audit.log import AuditLog, Intent, Outcome
from audit.record import canonical, sha256


@pytest.fixture
def written(log: AuditLog, path: Path) -> AuditLog:
    """Five calls, ten records; the triggers that forbid changes are gone, as for who holds the file."""
    for number in range(5):
        receipt = log.begin(Intent(user="ana", role="finance", tool="query", question=f"question {number}"))
        log.finish(receipt, Outcome("ok", rows=number))
    log.close()
    run(path, "DROP TRIGGER record_is_never_changed", "DROP TRIGGER record_is_never_removed")
    return log


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows(path: Path) -> list[Row]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT seq, receipt, kind, record, personal, hash FROM record ORDER BY seq"
        ).fetchall()


@pytest.mark.parametrize(
    ("statement", "bad_seq", "words"),
    [
        ("UPDATE record SET record = replace(record, '\"rows\":1', '\"rows\":7') WHERE seq = 4", 4, "altered"),
        ("UPDATE record SET personal = replace(personal, 'question 2', 'question 9') WHERE seq = 5", 5, "personal"),
        ("UPDATE record SET hash = iif(hash LIKE '0%', '1', '0') || substr(hash, 2) WHERE seq = 7", 7, "altered"),
        ("UPDATE record SET receipt = 'r_other' WHERE seq = 3", 3, "receipt"),
        ("UPDATE record SET record = 'not json' WHERE seq = 3", 3, "altered"),
        ("DELETE FROM record WHERE seq = 6", 6, "missing"),
        ("DELETE FROM record WHERE seq = 1", 1, "missing"),
        ("DELETE FROM record WHERE seq > 6", 7, "cut off"),
        ("DELETE FROM record", 1, "cut off"),
    ],
)
def test_the_first_altered_or_removed_record_is_named(
    written: AuditLog, path: Path, statement: str, bad_seq: int, words: str
) -> None:
    run(path, statement)
    found = written.verify()
    assert (found.ok, found.bad_seq) == (False, bad_seq)
    assert words in found.reason


def test_two_records_that_changed_places_are_found(written: AuditLog, path: Path) -> None:
    run(
        path,
        "UPDATE record SET seq = -1 WHERE seq = 3",
        "UPDATE record SET seq = 3 WHERE seq = 5",
        "UPDATE record SET seq = 5 WHERE seq = -1",
    )
    assert written.verify().bad_seq == 3


def test_a_record_dated_back_is_found_even_when_its_hash_was_made_anew(written: AuditLog, path: Path) -> None:
    chain = rebuilt(rows(path), 6, lambda fields: fields | {"time": "2020-01-01T00:00:00.000000+00:00"})
    found = verify_rows(chain)
    assert (found.bad_seq, "dated back" in found.reason) == (6, True)


def test_a_log_rewritten_with_a_chain_of_its_own_needs_a_head_noted_earlier(written: AuditLog, path: Path) -> None:
    head = written.verify().head
    chain = rebuilt(rows(path), 6, lambda fields: fields | {"rows": 99})
    assert verify_rows(chain).ok
    assert not verify_rows(chain, [head]).ok


def test_a_head_noted_in_the_middle_still_holds_later(written: AuditLog, path: Path) -> None:
    assert written.verify(expected_head=rows(path)[4][5]).ok
    assert not written.verify(expected_head="f" * 64).ok


def test_a_file_that_is_no_database_is_said_to_be_unreadable(written: AuditLog, path: Path) -> None:
    path.write_bytes(b"\x00" * 5000)
    found = written.verify()
    assert (found.ok, found.bad_seq, "cannot be read" in found.reason) == (False, 1, True)


def rebuilt(chain: list[Row], at: int, change: Callable[[dict[str, object]], dict[str, object]]) -> list[Row]:
    """The chain as somebody would forge it who knows how: one record changed, all hashes after it made anew."""
    forged: list[Row] = []
    previous = chain[at - 2][5]
    for seq, receipt, kind, record, personal, digest in chain:
        if seq < at:
            forged.append((seq, receipt, kind, record, personal, digest))
            continue
        fields = json.loads(record) | {"previous": previous}
        text = canonical(change(fields) if seq == at else fields)
        previous = sha256(text)
        forged.append((seq, receipt, kind, text, personal, previous))
    return forged


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_single_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    chain = [list(row) for row in CHAIN]
    row = data.draw(st.sampled_from(chain))
    column = data.draw(st.sampled_from([1, 2, 3, 4, 5]))
    text = str(row[column])
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8", exclude_characters=text[place]))
    row[column] = text[:place] + other + text[place + 1 :]
    found = verify_rows([tuple(r) for r in chain], [CHAIN[-1][5]])  # type: ignore[misc]
    assert (found.ok, found.bad_seq) == (False, row[0])


def made_chain() -> list[Row]:
    """Three calls, written by the real log."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite"
        log = AuditLog(path)
        for number in range(3):
            receipt = log.begin(Intent(user="ana", role="finance", tool="query", question=f"wie viel {number} €?"))
            log.finish(receipt, Outcome("ok", rows=number))
        log.close()
        return rows(path)


CHAIN = made_chain()
