"""The documentation is proven: its commands run, its settings exist, its tools are the tools, its JSON is JSON."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from server.settings import (
    AgentSettings,
    LimitsSettings,
    MailSettings,
    ModelSettings,
    ServerSettings,
    SlackSettings,
    StateSettings,
    WarehouseSettings,
)
from tests.processes import assay
from tools.toolset import TOOLS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\.venv/bin/assay (.+)$", README, re.MULTILINE)


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 140


@pytest.mark.parametrize("line", [c for c in COMMANDS if not c.startswith("connect")])
def test_every_command_of_the_readme_runs(line: str, demo_workspace: Path) -> None:
    done = assay(*shlex.split(line, comments=True), "-w", str(demo_workspace))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_desktop_entry_of_the_readme_has_the_shape_that_connect_writes(demo_workspace: Path) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    written = json.loads(assay("connect", "claude-desktop", "-w", str(demo_workspace)).stdout)
    assert list(shown["mcpServers"]) == list(written["mcpServers"]) == ["assay"]
    assert shown["mcpServers"]["assay"].keys() == written["mcpServers"]["assay"].keys()
    assert shown["mcpServers"]["assay"]["args"][:2] == written["mcpServers"]["assay"]["args"][:2]


def test_the_readme_names_every_tool() -> None:
    assert re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE) == [tool.name for tool in TOOLS]


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("warehouse", WarehouseSettings),
        ("state", StateSettings),
        ("limits", LimitsSettings),
        ("server", ServerSettings),
        ("mail", MailSettings),
        ("slack", SlackSettings),
        ("model", ModelSettings),
        ("agents", AgentSettings),
    ],
)
def test_every_setting_is_documented_and_none_that_does_not_exist(table: str, model: type) -> None:
    keys = " ".join(re.findall(r"^\| (`.*?`) \|", OPERATIONS, re.MULTILINE))
    told = set(re.findall(rf"`{table}\.(\w+)`", keys))
    assert told == set(model.model_fields)


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
