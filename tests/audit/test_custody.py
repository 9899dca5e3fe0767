"""`assay audit verify` finds and names whatever is done to log and checkpoints, on each engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.log import AuditLog, Event, Intent, Outcome
from audit.record import canonical, sha256
from audit.sealing import new_key, seal
from tests.audit.office import Office

COLUMNS = ("seq", "receipt", "kind", "time", "person", "record", "personal", "hash")


@pytest.fixture
def kept(office: Office) -> Office:
    """Three sessions of two calls (four records) each, each with its checkpoint; the triggers are gone."""
    for _ in range(3):
        office.calls(2)
    office.hand.loosen()
    return office


def rewrite(office: Office, first: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Make the records from `first` on anew, each changed, with hashes and links that are right."""
    rows = [
        dict(zip(COLUMNS, row, strict=True)) for row in office.hand.rows(f"SELECT {', '.join(COLUMNS)} FROM record")
    ]
    rows.sort(key=lambda row: row["seq"])
    previous = rows[first - 2]["hash"] if first > 1 else "0" * 64
    for row in rows[first - 1 :]:
        fields = change(json.loads(row["record"]) | {"previous": previous})
        text = canonical(fields)
        previous = sha256(text)
        office.hand.run(
            "UPDATE record SET record = :record, hash = :hash, time = :time WHERE seq = :seq",
            record=text,
            hash=previous,
            time=fields["time"],
            seq=row["seq"],
        )


def test_a_log_with_its_checkpoints_verifies_with_the_public_key_alone(kept: Office, tmp_path: Path) -> None:
    public = tmp_path / "public.pem"
    public.write_text(kept.run("key", "public").stdout)
    (kept.folder / "elsewhere" / "audit.pem").unlink()
    told = kept.told("verify", "--public-key", str(public), "--checkpoints", str(kept.copy))
    assert (told["ok"], told["records"], told["checkpoints"], told["trusted"]) == (True, 12, 3, True)
    assert kept.run("verify").exit_code == 1


@pytest.mark.parametrize(
    ("statements", "bad_seq", "words"),
    [
        (["UPDATE record SET record = replace(record, '\"role\"', '\"rolf\"') WHERE seq = 5"], 5, "altered"),
        (["DELETE FROM record WHERE seq = 6"], 6, "missing"),
        (
            [
                "UPDATE record SET seq = -1 WHERE seq = 3",
                "UPDATE record SET seq = 3 WHERE seq = 5",
                "UPDATE record SET seq = 5 WHERE seq = -1",
            ],
            3,
            "previous|follow|reordered",
        ),
        (["DELETE FROM record WHERE seq > 10"], 11, "cut off: checkpoint 3"),
        (["DELETE FROM record"], 1, "cut off: checkpoint 1"),
        (["DELETE FROM record WHERE seq <= 4"], 1, "records 1 to 4 are missing, and no signed purge"),
    ],
)
def test_a_change_of_the_records_is_named(kept: Office, statements: list[str], bad_seq: int, words: str) -> None:
    kept.hand.run(*statements)
    ok, found, reason = kept.verify()
    assert (ok, found) == (False, bad_seq)
    assert any(word in reason for word in words.split("|"))


def test_a_record_dated_back_is_named_even_with_all_hashes_made_anew(kept: Office) -> None:
    rewrite(
        kept, 7, lambda fields: fields | ({"time": "2020-01-01T00:00:00.000000+00:00"} if fields["seq"] == 7 else {})
    )
    ok, found, reason = kept.verify()
    assert (ok, found, "dated back" in reason) == (False, 7, True)


def test_a_tail_replaced_by_a_valid_chain_contradicts_the_checkpoint_over_it(kept: Office) -> None:
    rewrite(kept, 6, lambda fields: fields | {"role": "other"})
    assert kept.verify() == (
        False,
        8,
        "records after 4 up to 8 were replaced: checkpoint 2 was signed over others",
    )


def test_a_whole_log_replaced_contradicts_the_first_checkpoint(kept: Office) -> None:
    rewrite(kept, 1, lambda fields: fields | {"role": "other"})
    assert kept.verify()[2] == "records after 0 up to 4 were replaced: checkpoint 1 was signed over others"


def test_a_log_and_checkpoints_made_anew_with_another_key_are_found_by_the_public_key(kept: Office) -> None:
    tables = ("record", "checkpoint", "sealing_key", "person")
    kept.hand.run(*(f"DELETE FROM {table}" for table in tables))
    kept.copy.unlink()
    genuine = kept.folder / "elsewhere" / "audit.pem"
    away = genuine.rename(genuine.with_name("genuine.pem"))
    Path(str(kept.url).removeprefix("sqlite:///") + ".head").unlink(missing_ok=True)
    kept.calls(6)
    away.replace(genuine)
    told = kept.told("verify")
    assert (told["ok"], told["bad_checkpoint"]) == (False, 1)
    assert "another key" in told["reason"]


@pytest.mark.parametrize(
    ("statement", "number", "words"),
    [
        ("UPDATE checkpoint SET statement = replace(statement, '\"size\"\\:8', '\"size\"\\:7')", 2, "differ"),
        ("DELETE FROM checkpoint WHERE number = 2", 2, "differ"),
        ("DELETE FROM checkpoint WHERE number = 3", 3, "was dropped from the log: copy.jsonl has it"),
        ("DELETE FROM checkpoint", 1, "was dropped from the log: copy.jsonl has it"),
    ],
)
def test_a_checkpoint_changed_or_dropped_in_the_store_is_named(
    kept: Office, statement: str, number: int, words: str
) -> None:
    kept.hand.run(statement)
    told = kept.told("verify")
    assert (told["ok"], told["bad_checkpoint"]) == (False, number)
    assert words in told["reason"]


def test_a_checkpoint_changed_in_store_and_copy_alike_has_no_genuine_signature(kept: Office) -> None:
    kept.hand.run("UPDATE checkpoint SET statement = replace(statement, '\"size\"\\:8', '\"size\"\\:7')")
    kept.copy.write_text(kept.copy.read_text().replace('"size":8', '"size":7'))
    told = kept.told("verify")
    assert (told["ok"], told["bad_checkpoint"]) == (False, 2)
    assert "signature is not genuine" in told["reason"]


def test_a_checkpoint_dropped_in_store_and_copy_alike_leaves_a_gap(kept: Office) -> None:
    kept.hand.run("DELETE FROM checkpoint WHERE number = 2")
    lines = kept.copy.read_text().splitlines(keepends=True)
    kept.copy.write_text(lines[0] + lines[2])
    told = kept.told("verify")
    assert (told["ok"], told["bad_checkpoint"]) == (False, 2)
    assert "missing" in told["reason"]


def test_a_copy_kept_elsewhere_shows_a_tail_dropped_everywhere_here(kept: Office, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_text(kept.copy.read_text())
    kept.hand.run("DELETE FROM checkpoint WHERE number = 3", "DELETE FROM record WHERE seq > 8")
    kept.copy.write_text("".join(kept.copy.read_text().splitlines(keepends=True)[:2]))
    Path(str(kept.url).removeprefix("sqlite:///") + ".head").unlink(missing_ok=True)
    assert kept.verify()[0]
    told = kept.told("verify", "--checkpoints", str(elsewhere))
    assert (told["ok"], told["bad_checkpoint"]) == (False, 3)


def test_a_copy_that_lost_its_end_catches_up_at_the_next_checkpoint(kept: Office) -> None:
    whole = kept.copy.read_text()
    kept.copy.write_text("".join(whole.splitlines(keepends=True)[:1]) + '{"torn')
    assert kept.told("verify")["behind"] == {"copy.jsonl": 2}
    assert kept.told("checkpoint")["signed"] is False
    assert kept.copy.read_text() == whole


def test_a_purge_without_a_signature_is_found(office: Office) -> None:
    """Somebody writes a purge by hand, with the permit for it; a purge forged with a made-up signature
    fares no better."""
    old = datetime.now(UTC) - timedelta(days=60)
    office.calls(3, at=old)
    office.calls(1)
    office.hand.run(
        "INSERT INTO purge (through, checkpoint) VALUES (6, 3)",
        "DELETE FROM record WHERE seq <= 6",
    )
    assert office.verify() == (False, 1, "records 1 to 6 are missing, and no signed purge covers them")
    forged = json.loads(office.copy.read_text().splitlines()[-1])
    forged |= {"kind": "purge", "number": 3, "previous": sha256(office.copy.read_text().splitlines()[-1])}
    forged |= {"dropped": {"last": 6, "last_hash": "0" * 64, "last_time": forged["time"], "open": []}}
    text = canonical(forged)
    office.hand.run(
        "INSERT INTO checkpoint (number, statement, hash) VALUES (3, :text, :hash)", text=text, hash=sha256(text)
    )
    told = office.told("verify")
    assert (told["ok"], told["bad_checkpoint"]) == (False, 3)
    assert "signature is not genuine" in told["reason"]


def test_an_erasure_that_is_not_on_record_is_found(kept: Office) -> None:
    kept.hand.run("DELETE FROM sealing_key WHERE receipt = (SELECT receipt FROM record WHERE seq = 5)")
    assert kept.verify() == (False, 5, "its personal part was erased, and no erasure on record covers it")


def test_a_changed_key_hands_over_and_both_vouch_for_the_log(kept: Office, tmp_path: Path) -> None:
    old = tmp_path / "old.pem"
    old.write_text(kept.run("key", "public").stdout)
    assert kept.run("key", "change").exit_code == 0
    kept.calls(1)
    new = tmp_path / "new.pem"
    new.write_text(kept.run("key", "public").stdout)
    assert old.read_text() != new.read_text()
    assert [kept.told("verify", "--public-key", str(key))["trusted"] for key in (old, new)] == [True, True]
    assert kept.told("verify")["ok"]


def test_a_lost_key_is_begun_anew_in_the_open(kept: Office, tmp_path: Path) -> None:
    old = tmp_path / "old.pem"
    old.write_text(kept.run("key", "public").stdout)
    (kept.folder / "elsewhere" / "audit.pem").unlink()
    refused = kept.run("checkpoint")
    kept.calls(1)
    assert kept.told("verify")["trusted"] is False
    refused = kept.run("checkpoint")
    assert (refused.exit_code, "--lost" in refused.stderr) == (1, True)
    assert kept.run("key", "change", "--lost").exit_code == 0
    assert kept.told("verify")["trusted"]
    assert not kept.told("verify", "--public-key", str(old))["ok"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "--public-key", "none.pem"], "no Ed25519 public key"),
        (["verify", "--checkpoints", "none.jsonl"], "holds no checkpoints"),
        (["prune", "--before", "2999-01-01"], "are kept (audit.keep_days)"),
        (["hold", "add", "--reason", "x"], "Say what to hold"),
    ],
)
def test_misuse_is_said_and_exits_2(office: Office, arguments: list[str], words: str) -> None:
    done = office.run(*arguments)
    assert (done.exit_code, words in done.stderr) == (2, True)


def test_an_event_is_no_way_to_hide_a_record(signed: AuditLog) -> None:
    """Kinds of records are told apart in the chain: an event neither opens nor ends a call."""
    with signed.turn("e_x", Event("hold", "ana").who) as turn:
        turn.append("e_x", Event("hold", "ana"))
    receipt = signed.begin(Intent("ana", "chair", "query"))
    signed.finish(receipt, Outcome("ok"))
    assert (signed.verify().records, signed.verify().interrupted) == (3, 0)
    assert seal(new_key(), receipt, "intent", {}) != seal(new_key(), receipt, "intent", {})
