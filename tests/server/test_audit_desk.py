"""The auditor's desk through the command line, over calls that several users made at the gate."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from server.main import app
from server.settings import load_settings
from server.wiring import running
from tests.fakes.bigquery_upload import bigquery_uploads
from tests.processes import assay

ROOT = Path(__file__).parents[2]
CONTACT = "primary_contact_email"
Run = Callable[..., Any]


def copied(workspace: Path, folder: Path) -> Path:
    """The workspace with an empty log of its own."""
    shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("state"))
    return folder


@pytest.fixture(scope="module")
def names(demo_workspace: Path) -> tuple[str, str]:
    """Two customers of the analyst's and the finance team's world."""
    with duckdb.connect(str(demo_workspace / "techco.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT customer_name FROM gold.dim_customer ORDER BY 1 LIMIT 2").fetchall()
    return rows[0][0], rows[1][0]


@pytest.fixture(scope="module")
def audited(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory, names: tuple[str, str]) -> Path:
    """A company whose log holds a morning of calls by several users."""
    folder = copied(demo_workspace, tmp_path_factory.mktemp("audited") / "workspace")
    one, other = (name.replace("'", "''") for name in names)
    contacts = f"SELECT customer_name, {CONTACT} FROM gold.dim_customer"
    morning: list[tuple[str, dict[str, object], str]] = [
        ("fin.riley", {"question": "a contact", "sql": f"{contacts} WHERE customer_name = '{one}'"}, "claude-ai/1.0"),
        ("fin.riley", {"question": "another", "sql": f"{contacts} WHERE customer_name = '{other}'"}, "claude-ai/1.0"),
        ("exec.morgan", {"question": "all contacts", "sql": contacts}, "claude-ai/1.0"),
        ("ana.skyler", {"question": "contacts", "sql": contacts}, "claude-ai/1.0"),
        ("exec.morgan", {"question": "what is our ARR?"}, "assay command line"),
        ("fin.riley", {"question": "what is our ARR?"}, "agent weekly-brief"),
        ("exec.morgan", {"question": "what will the weather be?"}, "claude-ai/1.0"),
    ]
    with running(load_settings(folder, environ={})) as built:
        for user, arguments, client in morning:
            built.toolset.call(built.principal(user, None, {}), "query_curated_data", arguments, client=client)
    return folder


@pytest.fixture(scope="module")
def run(audited: Path) -> Run:
    """The command line in this process, on the audited company."""

    def ran(*arguments: str, workspace: Path = audited) -> Any:
        return CliRunner().invoke(app, ["audit", *arguments, "--workspace", str(workspace)])

    return ran


def rows_of(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["rows"]


def test_who_saw_contacts_of_a_customer_is_certain_where_named_and_possible_where_not(
    run: Run, names: tuple[str, str]
) -> None:
    found = rows_of(run("report", "who-saw", "--column", CONTACT, "--entity", names[0], "--json"))
    assert [(row["user"], row["certainty"], row["shown"]) for row in found] == [
        ("fin.riley", "certain", "clear"),
        ("fin.riley", "possible", "clear"),
        ("exec.morgan", "possible", "mask"),
    ]


def test_masks_can_be_left_out_and_a_class_is_sought_like_a_column(run: Run) -> None:
    found = rows_of(run("report", "who-saw", "--pii", "email", "--clear-only", "--json"))
    assert [row["user"] for row in found] == ["fin.riley", "fin.riley"]


def test_a_phrase_gives_the_same_report(run: Run, names: tuple[str, str]) -> None:
    asked = rows_of(run("ask", f"who saw {CONTACT} of {names[0]}", "--json"))
    assert asked == rows_of(run("report", "who-saw", "--column", CONTACT, "--entity", names[0], "--json"))


def test_the_other_reports_count_what_was_done(run: Run) -> None:
    this_month = f"{datetime.now(UTC):%Y-%m}"
    assert len(rows_of(run("report", "by-user", "fin.riley", "--month", this_month, "--json"))) == 3
    assert [r["code"] for r in rows_of(run("report", "refusals", "--json"))] == ["PII_DENIED", "NOT_UNDERSTOOD"]
    assert [r["user"] for r in rows_of(run("report", "definitions", "arr", "--json"))] == ["exec.morgan", "fin.riley"]
    assert rows_of(run("report", "policy-changes", "--json")) == []
    assert rows_of(run("report", "interrupted", "--json")) == []


def test_exports_hold_what_left_in_bulk(run: Run) -> None:
    found = rows_of(run("report", "exports", "--above-rows", "100", "--json"))
    assert [(r["user"], r["way"], r["rows"], r["of rows"]) for r in found] == [("exec.morgan", "bulk", 100, 120)]
    assert [r["destination"] for r in rows_of(run("exports", "--json")) if r["way"] == "message"] == [
        "agent weekly-brief"
    ]


def test_what_the_command_line_prints_for_programs_is_an_export(audited: Path, run: Run) -> None:
    done = assay("ask", "what is our MRR?", "--json", "--as", "exec.morgan", "-w", str(audited))
    receipt = json.loads(done.stdout)["receipt"]
    assert [r["way"] for r in rows_of(run("exports", "--json")) if r["receipt"] == receipt] == ["file"]


def test_a_table_for_people_and_csv_for_spreadsheets_hold_the_same(run: Run) -> None:
    told = run("report", "refusals")
    assert "NOT_UNDERSTOOD" in told.stdout and "2 refusals." in told.stdout
    lines = list(csv.reader(io.StringIO(run("report", "refusals", "--csv").stdout)))
    assert [line[3] for line in lines] == ["code", "PII_DENIED", "NOT_UNDERSTOOD"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["report", "who-saw"], "BAD_ARGUMENT: Say what was seen"),
        (["report", "who-saw", "--table", "dim_custmer"], "Did you mean dim_customer"),
        (["report", "who-saw", "--pii", "emial"], "Did you mean email"),
        (["report", "by-user", "nobody"], "knows a user 'nobody'"),
        (["report", "refusals", "--month", "2026-13"], "like 2026-03"),
        (["report", "refusals", "--since", "soon"], "--since takes a day"),
        (["report", "refusals", "--month", "2026-03", "--quarter", "2026Q1"], "Give one of"),
        (["report", "refusals", "--as", "exec.morgan"], "NOT_ALLOWED: Role 'executive' does not read the audit log"),
        (["export", "--jsonl", "x.jsonl", "--as", "fin.riley"], "Available: auditor"),
        (["review", "--quarter", "2026"], "like 2026Q3"),
        (["ask", "who saw everything"], "NOT_UNDERSTOOD"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words_that_help(arguments: list[str], says: str, run: Run) -> None:
    done = run(*arguments)
    assert done.exit_code == 1 and says in done.stderr


def test_an_auditor_may_ask_in_their_own_name(run: Run) -> None:
    assert rows_of(run("report", "refusals", "--as", "aud.reese", "--json"))


def test_an_export_is_on_record_with_the_hash_that_ties_it_to_the_chain(
    demo_workspace: Path, tmp_path: Path, run: Run
) -> None:
    own = copied(demo_workspace, tmp_path / "workspace")
    with running(load_settings(own, environ={})) as built:
        built.toolset.call(built.principal("fin.riley", None, {}), "describe_catalog", {"query": "Acme"})
    file = tmp_path / "log.parquet"
    done = run("export", "--parquet", str(file), "--without-personal", "--as", "aud.reese", "--json", workspace=own)
    told = json.loads(done.stdout)
    with duckdb.connect() as connection:
        sql = "SELECT max_by(hash, seq), count(*), bool_or(fields LIKE '%Acme%') FROM read_parquet(?)"
        assert connection.execute(sql, [str(file)]).fetchone() == (told["last_hash"], 2, False)
    [entry] = rows_of(run("exports", "--json", workspace=own))
    assert (entry["user"], entry["way"], entry["destination"], entry["rows"]) == ("aud.reese", "log", str(file), 2)
    assert run("verify", "--expect-head", told["last_hash"], workspace=own).exit_code == 0
    again = run("export", "--parquet", str(file), workspace=own)
    assert again.exit_code == 2 and "is there already" in again.stderr
    assert run("export", workspace=own).exit_code == 2


def test_an_export_to_bigquery_is_one_load_job_of_every_record(run: Run) -> None:
    before = json.loads(run("tail", "-n", "1", "--json").stdout)
    with bigquery_uploads() as uploads:
        to = ("export", "--bigquery", "a-project.audit.log", "--bigquery-endpoint", uploads.url, "--json")
        told = json.loads(run(*to).stdout)
        assert (uploads.rows[-1]["hash"], len(uploads.rows)) == (before["hash"], told["records"])
        assert uploads.job["configuration"]["load"]["destinationTable"] == {
            "projectId": "a-project",
            "datasetId": "audit",
            "tableId": "log",
        }
        uploads.error = "no such dataset"
        assert run(*to).exit_code == 1
    last = json.loads(run("tail", "-n", "1", "--json").stdout)
    assert last["body"]["outcome"] == "EXPORT_FAILED"
    assert run("export", "--bigquery", "not a table").exit_code == 1


def quarter_now() -> str:
    now = datetime.now(UTC)
    return f"{now.year}Q{(now.month - 1) // 3 + 1}"


def test_the_review_is_one_page_and_one_table_that_agree(run: Run, audited: Path, tmp_path: Path) -> None:
    done = json.loads(run("review", "--quarter", quarter_now(), "--out", str(tmp_path), "--json").stdout)
    page, table = (Path(file).read_text() for file in done["files"])
    lines = {(row["user"], row["role"]): row for row in csv.DictReader(io.StringIO(table))}
    assert set(re.findall(r"<small>([a-z]+\.[a-z]+)</small>", page)) == {user for user, _ in lines if user != "agent"}
    riley, avery = lines["fin.riley", "finance"], lines["csm.avery", "cs"]
    assert (riley["answered"], riley["personal_data_read"]) == ("3", "company_name 2; email 2")
    assert (avery["rows"], avery["calls"], avery["proposal"]) == ("your book of business", "0", "keep")
    assert "too short to judge" in avery["reason"]
    assert "The log is whole" in page and done["head"] in page
    assert len(re.findall(r'<svg[^>]*role="img"[^>]*aria-label="[^"]+', page)) >= 2
    assert not re.search(r'(?:src|href)="', page), "the page opens nothing else"


def test_a_log_that_does_not_verify_is_said_on_the_page(demo_workspace: Path, tmp_path: Path, run: Run) -> None:
    own = copied(demo_workspace, tmp_path / "workspace")
    with running(load_settings(own, environ={})) as built:
        built.toolset.call(built.principal("fin.riley", None, {}), "describe_catalog", {})
    head = "0" * 63 + "1"
    (own / "state" / "audit.sqlite.head").write_text(f"2 {head}\n")
    done = run("review", "--quarter", quarter_now(), "--out", str(tmp_path), workspace=own)
    assert done.exit_code == 1


def test_names_in_the_log_are_only_text_on_the_page(demo_workspace: Path, tmp_path: Path, run: Run) -> None:
    own = copied(demo_workspace, tmp_path / "workspace")
    evil = "<script>alert(1)</script>"
    with running(load_settings(own, environ={})) as built:
        principal = built.principal("fin.riley", None, {}).model_copy(update={"user": evil})
        built.toolset.call(principal, "describe_catalog", {}, client="=1+1")
        built.toolset.call(principal, "describe_catalog", {}, client="＝1+1")
    assert run("review", "--quarter", quarter_now(), "--out", str(tmp_path), workspace=own).exit_code == 0
    page = (tmp_path / f"access-review-{quarter_now()}.html").read_text()
    assert evil not in page and html.escape(evil) in page
    assert run("report", "by-user", evil, "--csv", workspace=own).stdout.count("'=1+1") == 1
    assert run("report", "by-user", evil, "--csv", workspace=own).stdout.count("'＝1+1") == 1


def test_the_second_company_has_the_same_desk(fjord_workspace: Path, tmp_path: Path, run: Run) -> None:
    own = copied(fjord_workspace, tmp_path / "workspace")
    with running(load_settings(own, environ={})) as built:
        house = built.principal("house.3", None, {})
        built.toolset.call(house, "query_curated_data", {"question": "visits by clinic name last month"})
    [seen] = rows_of(run("report", "who-saw", "--pii", "house_name", "--entity", "House D", "--json", workspace=own))
    assert (seen["user"], seen["certainty"], seen["scope"]) == ("house.3", "possible", "your house")
    assert run("review", "--out", str(tmp_path), workspace=own).exit_code == 0


DOCUMENTED = re.findall(r"^assay (audit .+)$", (ROOT / "docs" / "audit_desk.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", [line for line in DOCUMENTED if "--bigquery" not in line])
def test_every_command_of_the_page_runs(line: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*shlex.split(line)[1:])
    assert done.exit_code == 0, done.output


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A terminal wide enough that no sentence is cut."""
    monkeypatch.setenv("COLUMNS", "300")
    yield
