"""What is old is dropped, signed and on record; what is held stays; the rest verifies. On each engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from audit.log import AuditLog, Outcome
from tests.audit.conftest import ASKED, Hand, call
from tests.audit.office import Office

OLD = datetime.now(UTC) - timedelta(days=60)
RECENT = datetime.now(UTC) - timedelta(days=3)


@pytest.fixture
def aged(office: Office) -> Office:
    """Four calls sixty days ago (eight records), two by another user; two three days ago (four records)."""
    office.calls(2, at=OLD)
    office.calls(2, at=OLD + timedelta(hours=1), user="bo")
    office.calls(2, at=RECENT)
    return office


def test_a_purge_drops_what_is_old_and_the_rest_verifies(aged: Office) -> None:
    planned = aged.told("prune", "--dry-run")
    assert (planned["count"], planned["last"]) == (8, 8)
    assert aged.told("verify")["records"] == 12
    done = aged.told("prune")
    assert {k: done[k] for k in ("count", "last")} == {"count": 8, "last": 8}
    found = aged.told("verify")
    assert (found["ok"], found["records"], found["purged"]) == (True, 5, 8)
    assert aged.hand.rows("SELECT min(seq), max(seq) FROM record") == [(9, 13)]
    with aged.log() as log:
        (event,) = [record for record in log.records() if record.kind == "event"]
    assert (event.body["event"], event.body["dropped"]["count"], event.body["dropped"]["last"]) == ("purge", 8, 8)
    assert "bo" not in {row[0] for row in aged.hand.rows("SELECT user_id FROM person")}


def test_a_second_purge_goes_on_from_the_first(aged: Office) -> None:
    first = (OLD + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%S%z")
    assert aged.told("prune", "--before", first)["count"] == 4
    assert aged.told("prune")["count"] == 4
    assert aged.told("prune")["count"] == 0
    aged.calls(1)
    found = aged.told("verify")
    assert (found["ok"], found["purged"], found["records"]) == (True, 8, 8)


def test_a_call_that_was_running_when_its_intent_was_purged_still_ends(signed: AuditLog) -> None:
    from audit.retention import prune

    receipt = signed.begin(ASKED)
    call(signed)
    done = prune(signed, datetime.now(UTC) + timedelta(seconds=1), "ana")
    signed.finish(receipt, Outcome("ok", sql="SELECT 7"))
    found = signed.verify()
    assert (done.count, found.ok, found.interrupted) == (3, True, 0)
    assert signed.get(receipt)[0].body["sql"] == "SELECT 7"


def test_the_triggers_let_only_signed_for_records_go(aged: Office) -> None:
    aged.told("prune")
    for statement in ("DELETE FROM record WHERE seq = 9", "DELETE FROM purge", "UPDATE checkpoint SET hash = ''"):
        with pytest.raises(DBAPIError, match="append-only"):
            aged.hand.run(statement)


def test_a_log_that_does_not_verify_is_not_purged(aged: Office) -> None:
    aged.hand.loosen()
    aged.hand.run("UPDATE record SET record = replace(record, 'role', 'rolf') WHERE seq = 9")
    done = aged.run("prune")
    assert (done.exit_code, "does not verify, so nothing of it is dropped" in done.stderr) == (1, True)
    assert aged.hand.rows("SELECT count(*) FROM record") == [(12,)]


def test_a_purge_needs_the_signing_key(aged: Office) -> None:
    (aged.folder / "elsewhere" / "audit.pem").unlink()
    done = aged.run("prune")
    assert done.exit_code == 1
    assert aged.hand.rows("SELECT count(*) FROM record") == [(12,)]


def test_records_put_back_after_a_purge_are_found(aged: Office) -> None:
    rows = aged.hand.rows("SELECT seq, receipt, kind, time, person, record, personal, hash FROM record WHERE seq = 8")
    aged.told("prune")
    names = ("seq", "receipt", "kind", "time", "person", "record", "personal", "hash")
    aged.hand.run(
        f"INSERT INTO record ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})",
        **dict(zip(names, rows[0], strict=True)),
    )
    assert not aged.verify()[0]


@pytest.mark.parametrize(
    ("scope", "dropped"),
    [
        (["--user", "bo"], 4),
        (["--user", "ana"], 0),
        (["--since", (OLD + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%S%z")], 4),
        (["--until", (OLD - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S%z")], 8),
    ],
)
def test_a_hold_keeps_the_log_from_its_oldest_record_on(aged: Office, scope: list[str], dropped: int) -> None:
    hold = aged.told("hold", "add", "--reason", "case 7", *scope)
    done = aged.told("prune")
    assert (done["count"], done["held_from"]) == (dropped, dropped + 1 if dropped < 8 else 0)
    assert [each["id"] for each in aged.told("hold", "list")] == [hold["id"]]
    aged.told("hold", "release", hold["id"], "--reason", "closed")
    assert aged.told("prune")["count"] == 8 - dropped
    assert aged.told("verify")["ok"]


def test_holds_are_on_record_and_name_what_exists(aged: Office) -> None:
    receipt = aged.calls(1)[0]
    hold = aged.told("hold", "add", "--reason", "case 7", "--receipt", receipt)
    aged.told("hold", "release", hold["id"], "--reason", "closed")
    with aged.log() as log:
        events = [record.body for record in log.records() if record.kind == "event"]
    assert [(event["event"], event["hold"], event["reason"]) for event in events] == [
        ("hold", hold["id"], "case 7"),
        ("release", hold["id"], "closed"),
    ]
    for arguments in (["add", "--reason", "x", "--user", "nobody"], ["release", hold["id"], "--reason", "x"]):
        assert aged.run("hold", *arguments).exit_code == 1


def test_purged_personal_parts_cannot_be_opened_any_more(aged: Office, hand: Hand) -> None:
    before = aged.hand.rows("SELECT count(*) FROM sealing_key")
    aged.told("prune")
    assert (before, aged.hand.rows("SELECT count(*) FROM sealing_key")) == ([(6,)], [(3,)])
