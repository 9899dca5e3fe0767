"""`assay demo`: it shows the product at work, reuses what it built, and repeats byte for byte."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.processes import assay

QUESTIONS = (
    "recognized revenue by segment last quarter vs the quarter before",
    "NRR by month this year",
    "bad question",
)


def built(folder: Path) -> Path:
    """A folder in which the demo has run."""
    done = assay("demo", "--profile", "small", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("one"))


def test_it_answers_four_questions_refuses_one_and_says_how_to_go_on(demo: Path) -> None:
    told = assay("demo", "--profile", "small", cwd=demo).stdout
    assert len(re.findall(r"^\? ", told, re.MULTILINE)) == 5
    assert len(re.findall(r"^trust ", told, re.MULTILINE)) == 4
    assert "NOT_UNDERSTOOD" in told and "Net revenue retention" in told and "connect claude-desktop" in told
    assert "already built" in told


@pytest.mark.wide
def test_two_demos_from_scratch_answer_and_export_byte_for_byte_the_same(
    demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    two_demos = [demo, built(tmp_path_factory.mktemp("two"))]
    for question in QUESTIONS:
        answers = [json.loads(assay("ask", question, "--json", cwd=folder).stdout) for folder in two_demos]
        for answer in answers:
            assert answer.pop("receipt")
        assert json.dumps(answers[0]) == json.dumps(answers[1])
    for folder in two_demos:
        assert assay("catalog", "export", "--knowledge", "know", cwd=folder).returncode == 0
    pages = [sorted((folder / "know").rglob("*.md")) for folder in two_demos]
    assert [p.relative_to(two_demos[0]) for p in pages[0]] == [p.relative_to(two_demos[1]) for p in pages[1]]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(*pages, strict=True))


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "assay-demo").mkdir()
    (tmp_path / "assay-demo" / "thesis.txt").write_text("mine")
    done = assay("demo", cwd=tmp_path)
    assert done.returncode == 2
    assert [p.name for p in (tmp_path / "assay-demo").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("options", [["--profile", "huge"], ["--plant", "T99"], ["--plant", "T3", "--clean"]])
def test_a_demo_that_cannot_be_built_says_what_can(options: list[str], tmp_path: Path) -> None:
    done = assay("demo", "--dir", "x", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip() and "Traceback" not in done.stderr
