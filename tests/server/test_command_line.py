"""The command line as a person meets it: answers, refusals, exit codes, errors that help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.processes import assay


def test_without_a_workspace_it_says_how_to_get_one(tmp_path: Path) -> None:
    done = assay("ask", "what is our ARR?", cwd=tmp_path)
    assert done.returncode == 2
    assert "assay demo" in done.stderr and "assay init" in done.stderr


def test_a_workspace_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    for folder in ("taken", "taken/mine"):
        done = assay("init", folder, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith(f"'{folder}' cannot be written whole: Not a directory.")


def test_a_refused_question_exits_1_and_says_what_to_ask(demo_workspace: Path) -> None:
    done = assay("ask", "what will the weather be?", "-w", str(demo_workspace))
    assert done.returncode == 1
    assert "NOT_UNDERSTOOD" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--as", "nobody"], "users are"),
        (["--role", "czar"], "roles are"),
        (["--attr", "territory"], "NAME=VALUE"),
    ],
)
def test_a_local_user_that_does_not_exist_is_misuse(options: list[str], says: str, demo_workspace: Path) -> None:
    done = assay("ask", "what is our ARR?", *options, "-w", str(demo_workspace))
    assert done.returncode == 2
    assert says in done.stderr


def test_the_audit_log_of_what_was_asked_verifies_and_the_receipt_replays(demo_workspace: Path) -> None:
    told = json.loads(assay("ask", "what is our ARR?", "--json", "-w", str(demo_workspace)).stdout)
    assert assay("audit", "verify", "-w", str(demo_workspace)).returncode == 0
    replay = assay("receipt", "verify", told["receipt"], "-w", str(demo_workspace))
    assert (replay.returncode, replay.stdout.split(":")[0]) == (0, "same")


def test_the_desktop_entry_is_merged_and_keeps_what_was_there(demo_workspace: Path, tmp_path: Path) -> None:
    config = tmp_path / "claude_desktop_config.json"
    config.write_text('{"mcpServers": {"other": {"command": "x"}}, "theme": "dark"}')
    done = assay("connect", "claude-desktop", "--write", "--config", str(config), "-w", str(demo_workspace))
    assert done.returncode == 0, done.stderr
    tree = json.loads(config.read_text())
    assert tree["theme"] == "dark" and set(tree["mcpServers"]) == {"other", "assay"}
    assert tree["mcpServers"]["assay"]["args"][:2] == ["serve", "--workspace"]


def test_a_broken_desktop_configuration_is_left_alone(demo_workspace: Path, tmp_path: Path) -> None:
    config = tmp_path / "claude_desktop_config.json"
    config.write_text("{not json")
    done = assay("connect", "claude-desktop", "--write", "--config", str(config), "-w", str(demo_workspace))
    assert done.returncode == 1
    assert config.read_text() == "{not json"


def test_a_started_workspace_passes_its_own_lint(tmp_path: Path) -> None:
    assert assay("init", "mine", cwd=tmp_path).returncode == 0
    done = assay("catalog", "check", "--fast", "-w", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_setting_misspelt_is_named_with_its_neighbour(tmp_path: Path) -> None:
    assay("init", "mine", cwd=tmp_path)
    file = tmp_path / "mine" / "assay.toml"
    file.write_text(file.read_text() + "\n[server]\ndeadlin_seconds = 3\n")
    done = assay("doctor", "-w", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert "deadline_seconds" in done.stderr
