"""What identifies a person is destroyed on request; the chain stays whole, and the erasure is on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.log import AuditLog, Outcome
from audit.record import Record
from tests.audit.conftest import ASKED
from tests.audit.office import Office


def records_of(office: Office, receipt: str) -> tuple[Record, ...]:
    with office.log() as log:
        return log.get(receipt)


def test_personal_parts_are_sealed_in_the_store(office: Office) -> None:
    office.calls(1, question="what does Ola Nordmann owe?", user="kari@fjord.example", attributes={"ward": ("west",)})
    columns = "seq, receipt, kind, time, person, record, personal, hash"
    stored = str(office.hand.rows(f"SELECT {columns} FROM record"))
    for word in ("Nordmann", "kari", "west", "SELECT"):
        assert word not in stored


@pytest.mark.parametrize(
    ("question", "arguments", "option", "text"),
    [
        ("what does Ola Nordmann owe?", {}, "--literal", "ola nordmann"),
        ("visits", {"where": [{"values": ["Ola Nordmann"]}]}, "--literal", "Nordmann"),
        ("visits", {"sql": "SELECT 1 WHERE name = 'O''Hara'"}, "--literal", "O'Hara"),
        ("visits of C-1042?", {}, "--subject", "C-1042"),
        ("visits", {"customer_id": 1042}, "--subject", "1042"),
    ],
)
def test_calls_that_name_a_person_are_erased_and_others_are_not(
    office: Office, question: str, arguments: dict[str, object], option: str, text: str
) -> None:
    (about,) = office.calls(1, question=question, arguments=arguments)
    (other,) = office.calls(1, question="visits of C-10425, 110421, C-1042-7 and 7.1042?")
    done = office.told("erase", option, text)
    assert done["calls"] == 1
    intent, outcome = records_of(office, about)
    assert (intent.body["erased"], intent.body["question"], intent.body["user"]) == (True, "", "ana")
    assert (outcome.body["erased"], outcome.body["sql"], outcome.body["rows"]) == (True, "", 3)
    assert records_of(office, other)[0].body["question"].startswith("visits of C-10425")
    found = office.told("verify")
    assert (found["ok"], found["erased"], found["records"]) == (True, 1, 5)


def test_the_erasure_is_on_record_without_what_was_searched_for(office: Office) -> None:
    (receipt,) = office.calls(1, question="Ola Nordmann?")
    office.told("erase", "--literal", "Ola Nordmann")
    with office.log() as log:
        (event,) = [record for record in log.records() if record.kind == "event"]
    assert (event.body["event"], event.body["receipts"]) == ("erasure", [receipt])
    assert "Nordmann" not in str(event)


def test_an_erased_user_is_a_name_that_stands_for_nobody(office: Office) -> None:
    (hers,) = office.calls(1, user="kari", attributes={"csm": ("kari",)})
    (mention,) = office.calls(1, question="what did kari ask?")
    (other,) = office.calls(1, user="karin")
    office.calls(1, user="kari.berg")
    done = office.told("erase", "--user", "kari")
    assert (done["calls"], done["persons"]) == (2, 1)
    person = records_of(office, hers)[0].body["person"]
    assert records_of(office, hers)[0].body["user"] == person
    assert person.startswith("u_")
    assert records_of(office, mention)[0].body["question"] == ""
    assert records_of(office, other)[0].body["user"] == "karin"
    (again,) = office.calls(1, user="kari")
    assert records_of(office, again)[0].body["person"] != person
    assert office.told("verify")["ok"]


def test_what_was_erased_is_gone_from_the_files_of_the_store(tmp_path: Path, fjord_workspace: Path) -> None:
    from tests.audit.office import office_at

    office = office_at(tmp_path / "office", fjord_workspace, "sqlite")
    receipts = office.calls(60, question="Ola Nordmann?", user="kari@fjord.example")
    office.calls(60, question="visits")
    with office.log():
        keys = {row[0]: bytes(row[1]) for row in office.hand.rows("SELECT receipt, key FROM sealing_key")}
        office.told("erase", "--user", "kari@fjord.example")
        left = b"".join(file.read_bytes() for file in office.folder.glob("state*") if file.is_file())
    assert len(receipts) == 60
    assert [receipt for receipt in receipts if keys[receipt] in left] == []
    assert b"kari@fjord" not in left
    assert all(keys[receipt] in left for receipt in keys if receipt not in receipts)


def test_held_calls_are_not_erased_until_released(office: Office) -> None:
    held, other = office.calls(2, user="kari")
    hold = office.told("hold", "add", "--reason", "case 7", "--receipt", held)
    done = office.run("erase", "--user", "kari")
    assert (done.exit_code, "1 more are under a legal hold" in done.stdout) == (1, True)
    assert records_of(office, held)[0].body["user"] == "kari"
    assert records_of(office, other)[0].body["erased"]
    office.told("hold", "release", hold["id"], "--reason", "closed")
    assert office.told("erase", "--user", "kari")["persons"] == 1
    assert office.told("verify")["ok"]


def test_a_call_erased_while_it_runs_ends_with_nothing_to_read(office: Office) -> None:
    with office.log() as log:
        receipt = log.begin(ASKED)
        office.told("erase", "--literal", "revenue?")
        log.finish(receipt, Outcome("ok", sql="SELECT 'secret'"))
        assert [record.body["erased"] for record in log.get(receipt)] == [True, True]
    assert office.told("verify")["ok"]


def test_a_dry_run_erases_nothing(office: Office) -> None:
    (receipt,) = office.calls(1, user="kari")
    assert office.told("erase", "--user", "kari", "--dry-run")["calls"] == 1
    assert records_of(office, receipt)[0].body["user"] == "kari"


@pytest.mark.parametrize("arguments", [[], ["--literal", "ab"], ["--user", " "]])
def test_a_request_that_names_nobody_is_refused(office: Office, arguments: list[str]) -> None:
    office.calls(1)
    done = office.run("erase", *arguments)
    assert (done.exit_code, done.stderr.startswith("BAD_ARGUMENT")) == (1, True)


def test_one_user_has_one_name_and_calls_by_it_are_found(log: AuditLog) -> None:
    receipts = [log.begin(ASKED) for _ in range(3)]
    assert len({log.get(receipt)[0].body["person"] for receipt in receipts}) == 1
    assert [record.body["user"] for record in log.records()] == ["ana"] * 3
