"""From the command to the mail server: settings, a real server that has bad days, and the schedule that tries again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from demo.build import build_company
from server.commands.demo import prepare
from tests.fakes.smtp_server import SmtpServer
from tests.processes import assay

PEOPLE = {"morgan.hale@techco.example", "riley.brooks@techco.example"}


def company(folder: Path, server: SmtpServer) -> Path:
    """A demo company whose agents send through this server."""
    prepare(folder)
    build_company(folder, profile="small", plant=frozenset({"T1"}))
    with (folder / "assay.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
        settings.write('sender = "brief@techco.example"\nunsubscribe = "mailto:stop@techco.example"\n')
    return folder


def told(*arguments: str) -> dict[str, Any]:
    """What a command tells a program."""
    done = assay(*arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.wide
def test_a_brief_reaches_each_reader_once_through_a_server_that_first_refuses(tmp_path: Path) -> None:
    with SmtpServer() as server:
        workspace = company(tmp_path / "w", server)
        server.plan = ["451 try later", "rcpt 550 no such user"]
        first = told("agents", "run", "weekly-brief", "-w", str(workspace), "--json")
        assert (first["state"], first["delivered"]["sent"]) == ("done", 0)
        history = told("agents", "history", "-w", str(workspace), "--json")
        assert len(history["dead_letters"]) == 1
        assert "550" in history["dead_letters"][0]["reason"]
        later = assay("agents", "run", "weekly-brief", "-w", str(workspace), "--again", "--json")
        assert later.returncode == 0
        assert {mail.recipients[0] for mail in server.accepted} == PEOPLE
        assert len(server.accepted) == 2
        message = server.accepted[0].message
        assert message["From"] == "brief@techco.example"
        assert message["Auto-Submitted"] == "auto-generated"
        assert "stop@techco.example" in str(message["List-Unsubscribe"])
        assert "Recognized revenue fell" in str(message["Subject"])
