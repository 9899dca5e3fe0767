"""An answer is given again from memory only while definition, rights and data are the same, and says so on record."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.build import GOLD_FILE, build_company
from server.settings import load_settings
from server.wiring import Program, running

REQUEST: dict[str, Any] = {
    "question": "revenue by segment",
    "metrics": ["recognized_revenue"],
    "group_by": ["segment"],
    "start": "2026-07-01",
    "end": "2026-09-30",
}


@pytest.fixture
def program(demo_workspace: Path, tmp_path: Path) -> Iterator[Program]:
    """A program over a company of its own, so that its data can be loaded anew."""
    folder = tmp_path / "workspace"
    shutil.copytree(demo_workspace, folder)
    with running(load_settings(folder, environ={})) as built:
        yield built


def _ask(program: Program, user: str) -> tuple[dict[str, Any], bool]:
    """The structured answer, and whether the log says that it came from memory."""
    result = program.toolset.call(program.principal(user, None, {}), "query_curated_data", REQUEST)
    assert not result.is_error, result.text
    outcome = program.audit.get(result.structured["receipt"])[1]
    return result.structured | {"receipt": ""}, bool(outcome.body.get("cached"))


def test_the_second_of_two_equal_questions_is_answered_from_memory_and_says_so_on_record(program: Program) -> None:
    first, kept = _ask(program, "fin.riley")
    second, kept_again = _ask(program, "fin.riley")
    assert (kept, kept_again) == (False, True)
    assert first == second


def test_people_with_other_rights_never_share_an_answer(program: Program) -> None:
    everything, _ = _ask(program, "fin.riley")
    own, kept = _ask(program, "rev.jordan")
    assert not kept
    assert own["rows"] != everything["rows"]
    other, kept = _ask(program, "rev.sasha")
    assert not kept
    assert other["rows"] != own["rows"]


def test_new_data_is_read_at_once(program: Program, tmp_path: Path) -> None:
    before, _ = _ask(program, "fin.riley")
    other = tmp_path / "other"
    build_company(other, profile="small", seed=8)
    (other / GOLD_FILE).replace(program.settings.workspace / GOLD_FILE)
    after, kept = _ask(program, "fin.riley")
    assert not kept
    assert after["rows"] != before["rows"]


def test_a_receipt_is_verified_against_the_warehouse_not_against_memory(program: Program) -> None:
    principal = program.principal("fin.riley", None, {})
    receipt = program.toolset.call(principal, "query_curated_data", REQUEST).structured["receipt"]
    assert program.toolset.verify_receipt(principal, receipt).outcome == "same"
    last = program.audit.tail(1)[0]
    assert last.kind == "outcome"
    assert not last.body.get("cached")


def test_a_workspace_may_keep_nothing(demo_workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(demo_workspace, folder)
    with (folder / "assay.toml").open("a", encoding="utf-8") as settings:
        settings.write("keep_answers = false\n")
    with running(load_settings(folder, environ={})) as program:
        assert [_ask(program, "fin.riley")[1] for _ in range(2)] == [False, False]
