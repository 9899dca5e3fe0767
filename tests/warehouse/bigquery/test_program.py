"""The whole program over BigQuery: the same answers as over DuckDB, from the same command line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.processes import assay
from tests.warehouse.bigquery.company import Company

QUESTIONS = (
    "what is our ARR?",
    "recognized revenue by segment last quarter",
    "logins per week since August",
    "NRR by region",
    "headcount by department",
    "which 5 customers brought the most revenue this year?",
)
SHARED = ("status", "columns", "rows", "row_count", "reading", "scope", "in_progress")


@pytest.fixture(scope="module")
def on_bigquery(techco: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo workspace with its warehouse in the emulator, and no file of rows."""
    folder = tmp_path_factory.mktemp("bigquery") / "workspace"
    shutil.copytree(techco.folder, folder, ignore=shutil.ignore_patterns("*.duckdb", "state", "outbox"))
    shutil.copytree(techco.folder / "state", folder / "state", ignore=shutil.ignore_patterns("*.sqlite*", "audit*"))
    settings = folder / "assay.toml"
    engine = "\n".join(
        [
            '[warehouse]\nengine = "bigquery"\n\n[warehouse.bigquery]',
            f'project = "{techco.place.project}"\napi_endpoint = "{techco.endpoint}"\nanonymous = true',
        ]
    )
    text = re.sub(r"\[warehouse\]\n(?:[^\[\n].*\n)*", f"{engine}\n", settings.read_text())
    settings.write_text(text)
    return folder


def _told(workspace: Path, *words: str) -> dict[str, Any]:
    done = assay(*words, "--json", "-w", str(workspace))
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


@pytest.mark.wide
def test_a_question_has_the_same_answer_on_both_engines(on_bigquery: Path, techco: Company) -> None:
    ours, theirs = (_told(folder, "ask", QUESTIONS[0]) for folder in (on_bigquery, techco.folder))
    assert {key: ours[key] for key in SHARED} == {key: theirs[key] for key in SHARED}
    assert ours["trust"] == theirs["trust"]
    assert "`gold`.`" in ours["sql"] and "techco" not in ours["sql"]


@pytest.mark.prove
@pytest.mark.parametrize("question", QUESTIONS[1:])
def test_every_question_has_the_same_answer_on_both_engines(question: str, on_bigquery: Path, techco: Company) -> None:
    ours, theirs = (_told(folder, "ask", question) for folder in (on_bigquery, techco.folder))
    assert {key: ours[key] for key in SHARED} == {key: theirs[key] for key in SHARED}
    assert ours["trust"] == theirs["trust"]


@pytest.mark.prove
def test_the_state_of_the_data_is_the_same_on_both_engines(on_bigquery: Path, techco: Company) -> None:
    ours, theirs = (_told(folder, "status") for folder in (on_bigquery, techco.folder))
    ours.pop("receipt", None), theirs.pop("receipt", None)
    assert ours == theirs


def test_settings_without_a_project_say_what_to_write(demo_workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(demo_workspace, folder, ignore=shutil.ignore_patterns("*.duckdb", "state", "outbox"))
    file = folder / "assay.toml"
    file.write_text(file.read_text().replace('engine = "duckdb"', 'engine = "bigquery"'))
    done = assay("ask", QUESTIONS[0], "-w", str(folder))
    assert done.returncode == 2
    assert "warehouse.bigquery.project" in done.stderr and "Traceback" not in done.stderr
