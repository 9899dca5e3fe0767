"""The page about Claude is proven: its commands run, its JSON is what is written, its limits are the program's."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from server.connect.desktop import usual_config_file
from server.settings import ServerSettings
from tests.processes import assay
from tools.csv_text import MAX_CHARACTERS
from tools.tool import PAGE_ROWS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "claude.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = re.findall(r"^assay (.+)$", BLOCKS, re.MULTILINE)


def test_every_command_runs_in_its_order(demo_workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "claude_desktop_config.json"
    assert len(COMMANDS) == 6
    for line in COMMANDS:
        words = shlex.split(line, comments=True)
        words += ["--config", str(file)] if "claude-desktop" in words else []
        words += [] if "--url" in words else ["--workspace", str(demo_workspace)]
        done = assay(*words, cwd=tmp_path)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    assert json.loads(file.read_text()) == {"mcpServers": {}}
    assert (tmp_path / "knowledge").is_dir()


def test_the_entry_by_hand_is_the_one_that_is_printed(demo_workspace: Path) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])["mcpServers"]["assay"]
    done = assay("connect", "claude-desktop", "--as", "exec.morgan", "--workspace", str(demo_workspace))
    printed = json.loads(done.stdout)["mcpServers"]["assay"]
    assert shown.keys() == printed.keys()
    assert [a for a in shown["args"] if not a.startswith("/")] == [a for a in printed["args"] if not a.startswith("/")]


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_the_places_of_the_file_are_those_of_the_program(platform: str) -> None:
    known = {"win32": {"APPDATA": "%APPDATA%"}}.get(platform, {})
    place = str(usual_config_file(platform, Path("~"), known))
    assert f"`{place}`" in PAGE.replace("\\", "/")


def test_the_limits_are_the_program_s() -> None:
    assert f"({ServerSettings().deadline_seconds:g})" in PAGE
    assert f"{PAGE_ROWS} rows" in PAGE and f"{MAX_CHARACTERS:,} characters" in PAGE
