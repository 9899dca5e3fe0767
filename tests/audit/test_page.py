"""docs/audit.md is proven: its commands run in their order, and its settings are the settings."""

from __future__ import annotations

import re
import shlex
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.log import AuditLog
from server.main import app
from server.settings import AuditSettings
from tests.audit.conftest import call

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")


def test_every_setting_is_on_the_page() -> None:
    rows = " ".join(re.findall(r"^\| (`audit\..*?`) \|", PAGE, re.MULTILINE))
    assert set(re.findall(r"`audit\.(\w+)`", rows)) == set(AuditSettings.model_fields) - {"key"}


def test_every_command_of_the_page_runs(tmp_path: Path, fjord_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "fjord"
    shutil.copytree(fjord_workspace, folder, ignore=shutil.ignore_patterns("state", "*.duckdb"))
    monkeypatch.chdir(folder)
    with closing(AuditLog(folder / "state" / "audit.sqlite")) as log:
        call(log)
    commands = re.findall(r"^assay (audit .*)$", PAGE, re.MULTILINE)
    assert len(commands) > 12
    for command in commands:
        words, _, target = command.partition(" > ")
        done = CliRunner().invoke(app, shlex.split(words, comments=True))
        # A user under the hold that the page places is not erased, and that is said.
        assert done.exit_code == (1 if "--user ana" in words and "erase" in words else 0), (command, done.output)
        if target:
            Path(target).write_text(done.stdout)
