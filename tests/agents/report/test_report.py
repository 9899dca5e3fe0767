"""A report as its reader gets it: made by the command, read from the outbox or the mail server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import duckdb
import pytest

from agents import envelopes
from agents.document import Document
from agents.messages import Mail
from agents.render.json import as_data
from demo.build import GOLD_FILE, build_company
from server.agency import agency
from server.commands.demo import prepare
from server.settings import load_settings
from server.wiring import running
from tests.processes import assay


def build(folder: Path, **how: Any) -> Path:
    """A demo company of its own."""
    prepare(folder)
    build_company(folder, profile="small", **how)
    return folder


def run(workspace: Path, agent: str, *options: str) -> dict[str, Any]:
    """Run an agent; what the command tells a program."""
    done = assay("agents", "run", agent, "-w", str(workspace), "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def documents(workspace: Path, agent: str) -> list[dict[str, Any]]:
    """What an agent would send, as data; made in this process, which has paid for the libraries."""
    with running(load_settings(workspace, environ={})) as program, agency(program) as own:
        return [as_data(document) for document in own.rehearse(agent).documents]


def run_in_process(workspace: Path, agent: str, at: datetime | None = None) -> None:
    """Run an agent, as of a moment."""
    settings = load_settings(workspace, environ={})
    if at is not None:
        settings = settings.model_copy(update={"company": settings.company.model_copy(update={"today": at})})
    with running(settings) as program, agency(program) as own:
        assert own.run(agent).state == "done"


def mails(workspace: Path) -> dict[str, EmailMessage]:
    """Mails in the outbox, by whom they are for."""
    found: dict[str, EmailMessage] = {}
    for file in (workspace / "outbox").glob("*.eml"):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        found[str(mail["To"])] = mail
    return found


def section(document: dict[str, Any], name: str) -> dict[str, Any]:
    """One section of a document."""
    return next((s for s in document["sections"] if s["id"] == name), {})


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A company with one revenue drop."""
    yield build(tmp_path_factory.mktemp("t1") / "w", plant=frozenset({"T1"}))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A company in which nothing happened."""
    yield build(tmp_path_factory.mktemp("clean") / "w", clean=True)


def test_the_brief_leads_with_what_fell_and_what_explains_it(planted: Path) -> None:
    (brief,) = documents(planted, "weekly-brief")
    truth = json.loads((planted / "truth.json").read_text(encoding="utf-8"))[0]
    title = str(brief["title"]["text"])
    assert title.startswith("Recognized revenue fell ")
    assert truth["kind"] == "drop"
    for entity in truth["entities"]:
        assert entity.partition("=")[2] in title


def test_each_executive_gets_one_mail_with_the_same_figures_in_both_parts(planted: Path) -> None:
    told = run(planted, "weekly-brief")
    assert (told["state"], len(told["messages"])) == ("done", 2)
    assert run(planted, "weekly-brief")["messages"] == []
    found = mails(planted)
    assert set(found) == {"morgan.hale@techco.example", "riley.brooks@techco.example"}
    for mail in found.values():
        html = mail.get_body(("html",))
        text = mail.get_body(("plain",))
        assert html is not None and text is not None
        content = str(html.get_content())
        assert len(content.encode()) < 100_000
        said = str(text.get_content())
        for figure in re.findall(r'<span data-fact="f\d+"[^>]*>([^<]+)</span>', content):
            assert re.sub(r"\s+", " ", figure).strip().lstrip("▲▼ ") in re.sub(r"\s+", " ", said)


def test_a_quiet_week_is_told_as_one(quiet: Path) -> None:
    (brief,) = documents(quiet, "weekly-brief")
    assert str(brief["title"]["text"]).startswith("Every key figure is within its normal range")
    assert section(brief, "drivers") == {}


@pytest.mark.wide
def test_a_restated_figure_is_told_with_what_was_told_before(quiet: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(quiet, workspace)
    run_in_process(workspace, "weekly-brief", datetime(2026, 11, 9, 8))
    gold = workspace / GOLD_FILE
    with duckdb.connect(str(gold)) as connection:
        connection.execute(
            "UPDATE gold.fact_revenue SET amount_usd = amount_usd * 1.05 "
            "WHERE revenue_type = 'recognized' AND revenue_date BETWEEN '2026-11-02' AND '2026-11-08'"
        )
    (brief,) = documents(workspace, "weekly-brief")
    said = " ".join(s["text"] for s in section(brief, "restatements")["sentences"])
    assert "Recognized revenue" in said
    kinds = {f["kind"] for f in brief["facts"].values() if f["metric"] == "recognized_revenue"}
    assert {"told", "change"} <= kinds


@pytest.mark.wide
def test_a_changed_definition_is_bridged_exactly(quiet: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(quiet, workspace)
    run_in_process(workspace, "weekly-brief", datetime(2026, 11, 9, 8))
    entry = workspace / "catalog" / "metrics" / "recognized_revenue.yml"
    text = entry.read_text()
    text = text.replace(
        "filter: \"revenue_type = 'recognized'\"", "filter: \"revenue_type = 'recognized' AND amount_usd > 100\""
    )
    entry.write_text(text.replace("version: 2\nlast_updated", "version: 3\nlast_updated"))
    with duckdb.connect(str(workspace / GOLD_FILE)) as connection:
        connection.execute(
            "UPDATE gold.fact_revenue SET amount_usd = amount_usd * 1.01 "
            "WHERE revenue_type = 'recognized' AND revenue_date BETWEEN '2026-11-02' AND '2026-11-08'"
        )
    (brief,) = documents(workspace, "weekly-brief")
    said = " ".join(s["text"] for s in section(brief, "definitions")["sentences"])
    assert "The new definition" in said
    facts = [f for f in brief["facts"].values() if f["metric"] == "recognized_revenue"]
    told = next(f for f in facts if f["kind"] == "told")
    by = {f["kind"]: float(f["value"]) for f in facts if (f["from"], f["to"]) == (told["from"], told["to"])}
    assert by["told"] + by["by_data"] + by["by_definition"] == pytest.approx(by["value"], abs=1e-6)


@pytest.mark.wide
def test_a_red_feed_is_waited_for_and_then_told_with_a_label(tmp_path: Path) -> None:
    seed = next(s for s in range(1, 30) if _stopped(s) == "netsuite_gl")
    workspace = build(tmp_path / "w", plant=frozenset({"T3"}), seed=seed)
    first = assay("agents", "schedule", "--once", "-w", str(workspace))
    assert "weekly-brief/2026-11-16" in json.loads(first.stdout)["waiting"]
    (brief,) = documents(workspace, "weekly-brief")
    assert "Recognized revenue" in str(brief["label"])
    told = assay("status", "--json", "-w", str(workspace))
    (late,) = [source for source in json.loads(told.stdout)["sources"] if source["status"] == "red"]
    limits = [fact["value"] for fact in brief["facts"].values() if fact["label"] == f"limit of {late['name']}"]
    assert {float(limit) for limit in limits} == {late["error_hours"]} != {late["warn_hours"]}


def _stopped(seed: int) -> str:
    from demo.plants import variables

    return str(variables("small", seed, frozenset({"T3"}), mild=False)["stopped_feed"])


@pytest.mark.wide
def test_a_reader_with_fewer_rights_gets_a_brief_of_their_own(planted: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(planted, workspace, ignore=shutil.ignore_patterns("outbox", "agents.sqlite*"))
    agents = workspace / "catalog" / "agents.yml"
    agents.write_text(
        agents.read_text().replace("deliver: {email: [exec.morgan, fin.riley]}", "deliver: {email: [rev.jordan]}", 1)
    )
    run_in_process(workspace, "weekly-brief")
    mail = mails(workspace)["jordan.west@techco.example"]
    body = mail.get_body(("plain",))
    assert body is not None
    said = str(body.get_content())
    assert "territory West" in said
    (whole,) = documents(workspace, "weekly-brief")
    facts = [
        f
        for f in whole["facts"].values()
        if f["metric"] == "recognized_revenue" and f["kind"] == "value" and not f["slice"]
    ]
    assert not any(fact["shown"] in said for fact in facts)


def test_an_unknown_agent_is_misuse_that_names_those_that_exist(quiet: Path) -> None:
    done = assay("agents", "run", "weekly-breif", "-w", str(quiet))
    assert done.returncode == 2
    assert "weekly-brief" in done.stderr


def test_the_list_says_when_each_agent_is_due(quiet: Path) -> None:
    done = assay("agents", "list", "-w", str(quiet), "--json")
    rows = {row["agent"]: row for row in json.loads(done.stdout)}
    assert rows["weekly-brief"]["next"] == "2026-11-23 08:00"
    assert rows["customer-health"]["to"] == "the owner"


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    "agent",
    [
        "weekly-health-summary",
        "monthly-mrr-analysis",
        "quarterly-churn-risk",
        "csm-scorecard",
        "monthly-data-hygiene",
        "quarterly-data-hygiene",
    ],
)
def test_other_messages_are_configuration_on_the_same_engine(planted: Path, agent: str) -> None:
    found = documents(planted, agent)
    assert found
    assert all(document["title"]["text"] for document in found)


def test_a_second_company_has_its_report_and_its_own_words(fjord_workspace: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(fjord_workspace, workspace)
    (report,) = documents(workspace, "month-report")
    told = json.dumps(report, ensure_ascii=False)
    assert "Fee income" in told and "€" in told
    assert "Recognized" not in told
    run_in_process(workspace, "month-report")
    assert set(mails(workspace)) == {"chair@fjord.example", "lead.no@fjord.example"}


def test_a_mail_with_a_number_of_unknown_origin_is_held_back_and_all_others_go(
    quiet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reader's finished mail is spoilt where nothing but the last check can see it."""
    workspace = shutil.copytree(quiet, tmp_path / "w", ignore=shutil.ignore_patterns("outbox", "state"))
    spoilt = "morgan.hale@techco.example"
    made = envelopes.mail

    def mail(document: Document, to: str, pictures: Mapping[str, bytes]) -> Mail:
        whole = made(document, to, pictures)
        return replace(whole, html=whole.html.replace("</body>", "<p>$8,888</p></body>")) if to == spoilt else whole

    monkeypatch.setattr(envelopes, "mail", mail)
    with running(load_settings(workspace, environ={})) as program, agency(program) as own:
        ran = own.run("weekly-brief")
    assert ran.state == "done" and ran.made
    assert [note for note in ran.made.notes if "held back" in note]
    found = mails(workspace)
    assert "held back" in str(found[spoilt]) and "8,888" not in str(found[spoilt])
    others = [mail for to, mail in found.items() if to != spoilt]
    assert others and all("held back" not in str(mail) for mail in others)
