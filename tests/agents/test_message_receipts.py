"""Every message carries a receipt: it says whom it told what, and whether the answers behind it still come out so."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import text

from agents.delivery.courier import Courier, Delivered
from agents.delivery.memory import MemoryChannel
from agents.delivery.outbox import Outbox
from agents.delivery.receipt import digest_of, receipt_of
from agents.delivery.register import AuditRegister
from agents.message_receipts import MessageReceipts
from agents.messages import Mail, Outgoing
from agents.store import Store
from audit.log import AuditLog
from catalog.refusals import BadArgument
from server.settings import load_settings
from server.wiring import Program, running
from tests.companies.build import build_fjord
from tests.processes import ASSAY, environment
from tests.tools.company import Company, other_data, with_policies


@dataclass
class Place:
    """The second company with its agents' state in one store, and the messages of its monthly report."""

    workspace: Path
    state_url: str
    messages: dict[str, str]
    """Receipts by recipient: the chair and the lead of Norway by mail, the board's channel."""

    def assay(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return assay(self.workspace, self.state_url, *arguments)

    def json(self, *arguments: str, exit_code: int = 0) -> Any:
        done = self.assay(*arguments, "--json")
        assert done.returncode == exit_code, done.stderr
        return json.loads(done.stdout)


def assay(workspace: Path, state_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = environment() | ({"ASSAY_STATE_URL": state_url} if state_url.startswith("postgresql") else {})
    command: Sequence[str | Path] = [ASSAY, *arguments, "-w", str(workspace)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def reported(folder: Path, state_url: str) -> Place:
    """Build the company, run its monthly report."""
    build_fjord(folder)
    done = assay(folder, state_url, "agents", "run", "month-report")
    assert done.returncode == 0, done.stderr
    history = json.loads(assay(folder, state_url, "agents", "history", "--json").stdout)
    return Place(folder, state_url, {m["key"].split("/")[2]: m["receipt"] for m in history["messages"]})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("receipts") / "w"
    folder.mkdir()
    return reported(folder, "sqlite")


@pytest.fixture(scope="module")
def program(place: Place) -> Iterator[Program]:
    with running(load_settings(place.workspace, environ={})) as built:
        yield built


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = Store(f"sqlite:///{place.workspace}/state/agents.sqlite")
    yield opened
    opened.close()


def receipts(store: Store, company: Company) -> MessageReceipts:
    services = company.services
    return MessageReceipts(Outbox(store), company.toolset, services.catalog, services.audit)


@pytest.fixture
def company(program: Program) -> Company:
    return Company.of(program, program.audit)


def whole_mail(file: Path) -> str:
    """The text part of a mail."""
    part = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_every_file_of_a_message_carries_its_receipt(place: Place) -> None:
    for recipient, receipt in place.messages.items():
        stem = f"month-report_2025-07-01_{recipient.replace('.', '_')}-*"
        files = [f for f in (place.workspace / "outbox").glob(stem) if f.suffix != ".png"]
        assert {f.suffix for f in files} in ({".json", ".md"}, {".eml", ".html", ".txt"})
        for file in files:
            content = whole_mail(file) if file.suffix == ".eml" else file.read_text(encoding="utf-8")
            assert f"Receipt {receipt}" in content or f"Receipt `{receipt}`" in content, file.name


def test_the_command_shows_whom_it_told_what_and_runs_the_answers_again(place: Place) -> None:
    receipt = place.messages["lead.no"]
    shown = place.json("receipt", "show", receipt, "--as", "lead.no")
    assert (shown["agent"], shown["computed_as"]) == ("month-report", {"user": "lead.no", "role": "regional_lead"})
    assert shown["audience"] == ["lead.no"]
    (part,) = shown["parts"]
    assert (part["channel"], part["to"], part["state"], part["body"]) == (
        "mail",
        "lead.no@fjord.example",
        "sent",
        "whole",
    )
    told = next(f for f in shown["figures"] if f["metric"] == "visit_count" and f["kind"] == "value")
    assert (told["start"], told["end"], told["slice"]) == ("2025-06-01", "2025-06-30", [])
    answer = place.json("receipt", "show", told["receipt"], "--as", "lead.no")
    assert answer["tool"] == "query_curated_data"
    with duckdb.connect(str(place.workspace / "clinics.duckdb"), read_only=True) as connection:
        counted = connection.execute(
            "SELECT count(*) FROM mart.visit JOIN mart.clinic USING (clinic_id) "
            "WHERE country = 'Norway' AND visited_on BETWEEN DATE '2025-06-01' AND DATE '2025-06-30'"
        ).fetchone()
    assert counted == (int(told["value"]),)
    verified = place.json("receipt", "verify", receipt, "--as", "lead.no")
    assert verified["outcome"] == "same"
    assert {f["outcome"] for f in verified["figures"]} == {"same"}
    table = place.assay("receipt", "verify", receipt, "--as", "lead.no").stdout
    assert table.startswith("same: so are")


def test_a_stranger_is_told_the_same_as_of_a_receipt_that_does_not_exist(place: Place) -> None:
    said = [
        place.assay("receipt", "verify", receipt, "--as", "house.3")
        for receipt in (place.messages["lead.no"], "m_aaaaaaaaaaaaaaaa")
    ]
    assert [done.returncode for done in said] == [1, 1]
    assert said[0].stderr == said[1].stderr
    assert "There is no receipt of that name for you" in said[0].stderr


@pytest.mark.parametrize(
    ("reader", "recipient", "role", "reads"),
    [
        ("chair", "chair", None, True),
        ("chair", "board_room", None, True),
        ("chair", "lead.no", None, False),
        ("lead.no", "chair", None, False),
        ("lab", "board_room", None, False),
    ],
)
def test_a_message_is_read_by_its_recipients(
    reader: str, recipient: str, role: str | None, reads: bool, place: Place, store: Store, company: Company
) -> None:
    messages, receipt = receipts(store, company), place.messages[recipient]
    if reads:
        assert messages.show(company.as_(reader, role), receipt)["figures"]
        return
    with pytest.raises(BadArgument):
        messages.show(company.as_(reader, role), receipt)


def test_who_has_the_rights_of_the_agent_reads_what_it_computed_as_itself(
    place: Place, store: Store, program: Program
) -> None:
    users = dict(program.catalog.users)
    users["deputy"] = users["chair"].model_copy(update={"user": "deputy", "email": "deputy@fjord.example"})
    company = Company.of(program, program.audit, catalog=replace(program.catalog, users=users))
    messages = receipts(store, company)
    assert messages.show(company.as_("deputy"), place.messages["chair"])["figures"]
    with pytest.raises(BadArgument):
        messages.show(company.as_("deputy"), place.messages["lead.no"])


def test_a_role_that_reads_the_audit_log_reads_all_and_its_replays_are_those_of_the_recipient(
    place: Place, store: Store, program: Program
) -> None:
    roles = tuple(r.model_copy(update={"audit": r.name == "board"}) for r in program.catalog.policies.roles)
    company = Company.of(program, program.audit, catalog=with_policies(program.catalog, roles=roles))
    verdict = receipts(store, company).verify(company.as_("chair"), place.messages["lead.no"])
    assert verdict.outcome == "same"
    answers = {f.figure.receipt for f in verdict.figures}
    replays = [program.audit.get(r.receipt) for r in program.audit.tail(2 * len(answers)) if r.kind == "outcome"]
    assert {intent.body["arguments"]["message"] for intent, _ in replays} == {place.messages["lead.no"]}
    assert {intent.body["user"] for intent, _ in replays} == {"chair"}
    originals = {answer: program.audit.get(answer)[1].body for answer in answers}
    for intent, outcome in replays:
        original = originals[intent.body["arguments"]["receipt"]]
        assert outcome.body["scope"] == original["scope"]
    assert "country Norway" in {body["scope"] for body in originals.values()}


def test_figures_whose_data_changed_are_told_from_those_that_stayed(
    place: Place, store: Store, program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "clinics.duckdb"
    shutil.copyfile(place.workspace / "clinics.duckdb", file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE mart.visit SET fee_eur = fee_eur + 1 WHERE visited_on = DATE '2025-06-12'")
    warehouse = other_data(place.workspace, program, file)
    company = Company.of(program, program.audit, warehouse=warehouse)
    verdict = receipts(store, company).verify(company.as_("lead.no"), place.messages["lead.no"])
    warehouse.close()
    found = {f.figure.metric: f.outcome for f in verdict.figures if f.figure.kind == "value"}
    assert found["fee_income"] == "data_changed"
    assert found["visit_count"] == found["no_show_rate"] == "same"
    assert verdict.outcome == "data_changed"


def test_a_definition_and_a_policy_that_changed_are_told_for_each_figure(
    place: Place, store: Store, program: Program
) -> None:
    catalog = program.catalog
    metric = catalog.metrics["fee_income"].model_copy(update={"version": 2, "formula_text": "Sum of kept fees."})
    redefined = replace(catalog, metrics={**catalog.metrics, "fee_income": metric})
    company = Company.of(program, program.audit, catalog=redefined)
    verdict = receipts(store, company).verify(company.as_("lead.no"), place.messages["lead.no"])
    found = {f.figure.metric: f.outcome for f in verdict.figures if f.figure.kind == "value"}
    assert (found["fee_income"], found["visit_count"], verdict.outcome) == (
        "definition_changed",
        "same",
        "definition_changed",
    )
    opened = tuple(role.model_copy(update={"rows": ()}) for role in catalog.policies.roles)
    company = Company.of(program, program.audit, catalog=with_policies(catalog, roles=opened))
    verdict = receipts(store, company).verify(company.as_("lead.no"), place.messages["lead.no"])
    assert {f.outcome for f in verdict.figures} == {"policy_differs"}


def test_an_answer_that_is_not_on_record_any_more_is_not_reproducible(
    place: Place, store: Store, program: Program, company: Company, tmp_path: Path
) -> None:
    empty = AuditLog(tmp_path / "audit.sqlite")
    elsewhere = Company.of(program, empty)
    messages = MessageReceipts(Outbox(store), elsewhere.toolset, program.catalog, empty)
    verdict = messages.verify(company.as_("lead.no"), place.messages["lead.no"])
    empty.close()
    assert verdict.outcome == "not_reproducible"
    assert {f.detail for f in verdict.figures} == {"the answer is not on record any more"}


@pytest.mark.parametrize("with_its_hash", [False, True])
def test_a_stored_message_that_was_altered_is_found(
    with_its_hash: bool, place: Place, store: Store, company: Company, tmp_path: Path
) -> None:
    """Also where the hash beside it was altered to fit: the audit log names the one it was sent with."""
    copied = tmp_path / "agents.sqlite"
    with store.transaction():
        shutil.copyfile(place.workspace / "state" / "agents.sqlite", copied)
    other = Store(f"sqlite:///{copied}")
    receipt = place.messages["lead.no"]
    with other.transaction() as transaction:
        run = transaction.connection.execute
        body = run(text("SELECT body FROM outbox WHERE receipt = :r"), {"r": receipt}).scalar_one()
        changed = body.replace("Fee income", "Fee loss")
        assert changed != body
        run(text("UPDATE outbox SET body = :b WHERE receipt = :r"), {"b": changed, "r": receipt})
        if with_its_hash:
            run(text("UPDATE outbox SET hash = :h WHERE receipt = :r"), {"h": digest_of(changed), "r": receipt})
    verdict = receipts(other, company).verify(company.as_("lead.no"), receipt)
    other.close()
    assert (verdict.outcome, verdict.parts[0].body) == ("not_reproducible", "altered")
    assert verdict.detail == "what is stored is not what was sent: month-report/2025-07-01/lead.no"


def test_each_delivered_message_is_on_record_with_its_hash_and_audience(
    place: Place, store: Store, program: Program
) -> None:
    for recipient, receipt in place.messages.items():
        (kept,) = Outbox(store).of_receipt(receipt)
        intent, outcome = program.audit.get(kept.record)
        assert (intent.body["tool"], outcome.body["outcome"]) == ("deliver_message", "ok")
        assert outcome.body["result_hash"] == kept.hash == intent.body["arguments"]["hash"]
        assert intent.body["client"] == "agent month-report"
        assert (intent.body["arguments"]["channel"], intent.body["arguments"]["message"]) == ("folder", receipt)
        expected = {
            "lead.no": ("lead.no", ["lead.no"]),
            "chair": ("chair", ["chair"]),
            "board_room": ("chair", ["chair"]),
        }
        assert (intent.body["user"], intent.body["arguments"]["audience"]) == expected[recipient]
    records = [r for r in program.audit.tail(10_000) if r.kind == "intent" and r.body["tool"] == "deliver_message"]
    assert len(records) == len(place.messages)


NOW = datetime(2026, 11, 16, 13, tzinfo=UTC)
MAIL = Outgoing("brief/ana", Mail("ana@techco.example", "Brief", "<p>down</p>", "down"), ("ana",))


@pytest.fixture
def outbox(state_url: str) -> Iterator[Outbox]:
    store = Store(state_url)
    yield Outbox(store, keep=timedelta(days=90))
    store.close()


def test_bodies_are_dropped_after_the_retention_and_the_hash_stays(outbox: Outbox) -> None:
    memory = MemoryChannel()
    courier = Courier(outbox, {"mail": memory}, "one", lambda outgoing: True)
    outbox.add([MAIL], NOW)
    assert courier.deliver_due(NOW) == Delivered(sent=1)
    (before,) = outbox.of_receipt(receipt_of(MAIL.key))
    courier.deliver_due(NOW + timedelta(days=89))
    assert outbox.of_receipt(receipt_of(MAIL.key)) == (before,)
    courier.deliver_due(NOW + timedelta(days=91))
    (after,) = outbox.of_receipt(receipt_of(MAIL.key))
    assert (after.outgoing, after.hash, after.state, after.ended) == (None, before.hash, "sent", before.ended)
    outbox.add([MAIL], NOW + timedelta(days=92))
    assert courier.deliver_due(NOW + timedelta(days=92)) == Delivered(), "its key is still known"
    assert len(memory.sent) == 1


def test_what_waits_is_never_dropped_and_what_was_dropped_is_not_sent_again(outbox: Outbox) -> None:
    outbox.add([MAIL], NOW)
    courier = Courier(outbox, {}, "one", lambda outgoing: True)
    assert outbox.forget(NOW + timedelta(days=200)) == 0
    assert courier.deliver_due(NOW) == Delivered(dead=1)
    assert outbox.forget(NOW + timedelta(days=200)) == 1
    assert not outbox.revive(MAIL.key, NOW + timedelta(days=200))


def test_nothing_is_sent_that_cannot_be_put_on_record(outbox: Outbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    memory, down = MemoryChannel(), AuditLog(tmp_path / "file" / "audit.sqlite")
    outbox.add([MAIL], NOW)
    register = AuditRegister(down, "1", {"mail": "smtp"})
    first = Courier(outbox, {"mail": memory}, "one", lambda outgoing: True, register=register)
    assert first.deliver_due(NOW) == Delivered(later=1)
    assert memory.sent == []
    audit = AuditLog(tmp_path / "audit.sqlite")
    again = Courier(outbox, {"mail": memory}, "one", lambda outgoing: True, register=AuditRegister(audit, "1", {}))
    assert again.deliver_due(NOW + timedelta(minutes=2)) == Delivered(sent=1)
    audit.close()
