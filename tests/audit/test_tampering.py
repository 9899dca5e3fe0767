"""Whatever is done to the store, `verify` names the first record that is not as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.chain import Row
from audit.log import AuditLog, Intent, Outcome
from audit.record import canonical, sha256
from audit.verification import verify_rows
from tests.audit.conftest import Hand

ROWS = "SELECT seq, receipt, kind, time, person, record, personal, hash FROM record ORDER BY seq"


@pytest.fixture
def written(log: AuditLog, hand: Hand) -> AuditLog:
    """Five calls, ten records; the triggers that forbid changes are gone, as for who holds the store."""
    for number in range(5):
        receipt = log.begin(Intent(user="ana", role="finance", tool="query", question=f"question {number}"))
        log.finish(receipt, Outcome("ok", rows=number))
    log.close()
    hand.loosen()
    return log


def rows(hand: Hand) -> list[Row]:
    return [Row(*row) for row in hand.rows(ROWS)]


CUT_OFF = "cut off"
FLIP = "CASE WHEN substr({0}, 1, 1) = 'A' THEN 'B' ELSE 'A' END || substr({0}, 2)"


@pytest.mark.parametrize(
    ("statement", "bad_seq", "words"),
    [
        ("UPDATE record SET record = replace(record, '\"rows\"', '\"rowz\"') WHERE seq = 4", 4, "altered"),
        (f"UPDATE record SET personal = {FLIP.format('personal')} WHERE seq = 5", 5, "personal"),
        (f"UPDATE record SET hash = {FLIP.format('hash')} WHERE seq = 7", 7, "altered"),
        ("UPDATE record SET receipt = 'r_other' WHERE seq = 3", 3, "receipt"),
        ("UPDATE record SET time = '2020' WHERE seq = 3", 3, "time"),
        ("UPDATE record SET person = 'u_other' WHERE seq = 3", 3, "person"),
        ("UPDATE record SET record = 'not json' WHERE seq = 3", 3, "altered"),
        ("DELETE FROM record WHERE seq = 6", 6, "missing"),
        ("DELETE FROM record WHERE seq = 1", 1, "no signed purge"),
        ("DELETE FROM record WHERE seq <= 4", 1, "records 1 to 4 are missing, and no signed purge"),
        (
            "UPDATE sealing_key SET key = (SELECT key FROM sealing_key WHERE receipt = "
            "(SELECT receipt FROM record WHERE seq = 1)) WHERE receipt = (SELECT receipt FROM record WHERE seq = 5)",
            5,
            "key",
        ),
        (
            "DELETE FROM sealing_key WHERE receipt = (SELECT receipt FROM record WHERE seq = 3)",
            3,
            "no erasure on record",
        ),
        ("DELETE FROM person", 1, "no erasure on record"),
        ("UPDATE person SET user_id = 'eve'", 1, "whom its name stands for"),
    ],
)
def test_the_first_altered_or_removed_record_is_named(
    written: AuditLog, hand: Hand, statement: str, bad_seq: int, words: str
) -> None:
    hand.run(statement)
    found = written.verify()
    assert (found.ok, found.bad_seq) == (False, bad_seq)
    assert words in found.reason


@pytest.mark.parametrize(("statement", "bad_seq"), [("DELETE FROM record WHERE seq > 6", 7), ("DELETE FROM record", 1)])
def test_a_tail_cut_off_is_found_by_a_head_noted_earlier(
    written: AuditLog, hand: Hand, statement: str, bad_seq: int
) -> None:
    head = written.verify().head
    hand.run(statement)
    found = written.verify(expected_head=head)
    assert (found.ok, found.bad_seq) == (False, bad_seq)
    assert CUT_OFF in found.reason


def test_two_records_that_changed_places_are_found(written: AuditLog, hand: Hand) -> None:
    hand.run(
        "UPDATE record SET seq = -1 WHERE seq = 3",
        "UPDATE record SET seq = 3 WHERE seq = 5",
        "UPDATE record SET seq = 5 WHERE seq = -1",
    )
    assert written.verify().bad_seq == 3


def test_a_record_dated_back_is_found_even_when_its_hash_was_made_anew(written: AuditLog, hand: Hand) -> None:
    chain = rebuilt(rows(hand), 6, lambda fields: fields | {"time": "2020-01-01T00:00:00.000000+00:00"})
    found = verify_rows(chain)
    assert (found.bad_seq, "dated back" in found.reason) == (6, True)


def test_a_log_rewritten_with_a_chain_of_its_own_needs_a_head_noted_earlier(written: AuditLog, hand: Hand) -> None:
    head = written.verify().head
    chain = rebuilt(rows(hand), 6, lambda fields: fields | {"rows": 99})
    assert verify_rows(chain).ok
    assert not verify_rows(chain, [head]).ok


def test_a_head_noted_in_the_middle_still_holds_later(written: AuditLog, hand: Hand) -> None:
    assert written.verify(expected_head=rows(hand)[4].hash).ok
    assert not written.verify(expected_head="f" * 64).ok


def rebuilt(chain: list[Row], at: int, change: Callable[[dict[str, object]], dict[str, object]]) -> list[Row]:
    """The chain as somebody would forge it who knows how: one record changed, all hashes after it made anew."""
    forged: list[Row] = []
    previous = chain[at - 2].hash
    for row in chain:
        if row.seq < at:
            forged.append(row)
            continue
        fields = json.loads(row.record) | {"previous": previous}
        fields = change(fields) if row.seq == at else fields
        text = canonical(fields)
        previous = sha256(text)
        forged.append(row._replace(time=str(fields["time"]), record=text, hash=previous))
    return forged


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_single_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    chain = list(CHAIN)
    row = data.draw(st.sampled_from(chain))
    column = data.draw(st.sampled_from([name for name in Row._fields[1:] if getattr(row, name)]))
    text = str(getattr(row, column))
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8", exclude_characters=text[place]))
    chain[row.seq - 1] = row._replace(**{column: text[:place] + other + text[place + 1 :]})
    found = verify_rows(chain, [CHAIN[-1].hash])
    assert (found.ok, found.bad_seq) == (False, row.seq)


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
        return rows(Hand(f"sqlite:///{path}"))


CHAIN = made_chain()
