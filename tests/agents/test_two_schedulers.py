"""Two `assay agents schedule --once` on one PostgreSQL: every slot once, every message once, on record once."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.companies.build import build_fjord
from tests.fakes.smtp_server import SmtpServer
from tests.postgres import new_database
from tests.processes import ASSAY, environment

TIMEOUT_SECONDS = 150


@pytest.mark.wide
def test_two_schedulers_on_one_server_lose_and_double_nothing(tmp_path: Path, postgres: str) -> None:
    build_fjord(tmp_path)
    agents = tmp_path / "catalog" / "agents.yml"
    agents.write_text(agents.read_text().replace("catch_up_hours: 48", "catch_up_hours: 240"))
    env = environment() | {"ASSAY_STATE_URL": new_database(postgres)}
    where = ["-w", str(tmp_path)]
    with SmtpServer() as server:
        with (tmp_path / "assay.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'\n[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
        command = [str(ASSAY), "agents", "schedule", "--once", *where]
        both = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        said = [process.communicate(timeout=TIMEOUT_SECONDS) for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        ticks = [json.loads(out) for out, _ in said]
        done = Counter(slot for tick in ticks for slot in tick["done"])
        assert done == Counter(["month-report/2025-07-01", "watch/2025-07-09"])
        assert Counter(mail.recipients[0] for mail in server.accepted) == Counter(
            ["chair@fjord.example", "lead.no@fjord.example"]
        )

    def told(*arguments: str) -> Any:
        command = [str(ASSAY), *arguments, "--json", *where]
        done = subprocess.run(command, env=env, capture_output=True, check=True, timeout=TIMEOUT_SECONDS)
        return json.loads(done.stdout)

    history = told("agents", "history")
    assert {run["state"] for run in history["runs"]} == {"done"}
    assert {message["state"] for message in history["messages"]} == {"sent"}
    assert len(history["messages"]) == 3
    assert not (tmp_path / "state" / "agents.sqlite").exists()
    receipt = next(m["receipt"] for m in history["messages"] if m["key"].endswith("/lead.no"))
    verified = told("receipt", "verify", receipt, "--as", "lead.no")
    assert (verified["outcome"], verified["parts"][0]["body"]) == ("same", "whole")
