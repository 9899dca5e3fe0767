"""A server that ends, gently or not, leaves no job running in BigQuery beyond what the job itself allows."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.loader import load_catalog
from server.settings import load_settings
from tests.fakes.bigquery_server import FakeBigQuery, Job, Script, fake_bigquery
from tests.processes import ASSAY, ask, environment, free_port, wait_until_ready
from tests.warehouse.bigquery.company import described

DEADLINE_SECONDS = 1.5
RUNS_SECONDS = 600.0
SQL = "SELECT COUNT(*) AS n FROM gold.fact_revenue"
CALL = {"name": "query_curated_data", "arguments": {"question": "how many?", "sql": SQL}}
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@pytest.fixture
def fake(demo_workspace: Path) -> Iterator[FakeBigQuery]:
    """A BigQuery where every query takes ten minutes."""
    catalog: Catalog = load_catalog(demo_workspace / "catalog", load_settings(demo_workspace, environ={}).company)
    with fake_bigquery(Script(seconds=RUNS_SECONDS, tables_schema=described(catalog))) as running:
        yield running


@pytest.fixture
def workspace(demo_workspace: Path, fake: FakeBigQuery, tmp_path: Path) -> Path:
    """The demo company's workspace, its rows in the fake."""
    folder = tmp_path / "workspace"
    shutil.copytree(demo_workspace, folder, ignore=shutil.ignore_patterns("*.duckdb", "state", "outbox"))
    file = folder / "assay.toml"
    engine = f'project = "assay-fake"\napi_endpoint = "{fake.endpoint}"\nanonymous = true'
    engine = f'[warehouse]\nengine = "bigquery"\n\n[warehouse.bigquery]\n{engine}\n'
    text = re.sub(r"\[warehouse\]\n(?:[^\[\n].*\n)*", engine, file.read_text())
    file.write_text(f"{text}\n[server]\ndeadline_seconds = {DEADLINE_SECONDS}\n")
    return folder


def _line(**message: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


@pytest.fixture
def asking(workspace: Path, fake: FakeBigQuery) -> Iterator[tuple[subprocess.Popen[bytes], Job]]:
    """A server over stdio in the middle of a caller's query, and the job of the query."""
    command = [ASSAY, "serve", "--workspace", str(workspace)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, env=environment(), stdin=pipe, stdout=nothing, stderr=nothing) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(_line(id=1, method="initialize", params=HELLO))
            process.stdin.write(_line(method="notifications/initialized"))
            process.stdin.write(_line(id=2, method="tools/call", params=CALL))
            process.stdin.flush()
            yield process, _callers_job(fake)
        finally:
            process.kill()


def _callers_job(fake: FakeBigQuery, seconds: float = 60) -> Job:
    def found() -> Job | None:
        return next((j for j in list(fake.jobs.values()) if j.configuration["labels"]["assay_kind"] == "sql"), None)

    return _until(found, seconds)


def _until(look: Callable[[], Job | None], seconds: float) -> Job:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (found := look()) is not None:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not seen within {seconds} s")


@pytest.mark.wide
def test_the_job_of_a_killed_server_ends_by_its_own_timeout(
    asking: tuple[subprocess.Popen[bytes], Job], fake: FakeBigQuery
) -> None:
    process, job = asking
    assert not job.done
    os.kill(process.pid, signal.SIGKILL)
    process.wait(5)
    assert 0 < int(job.configuration["jobTimeoutMs"]) <= DEADLINE_SECONDS * 1000
    _until(lambda: job if job.done else None, DEADLINE_SECONDS + 1)
    assert job.error is not None
    assert job.cancelled_at is None
    assert all(0 < int(each.configuration["jobTimeoutMs"]) < RUNS_SECONDS * 1000 for each in fake.jobs.values())


@pytest.mark.wide
def test_a_server_told_to_end_cancels_its_jobs_first(
    asking: tuple[subprocess.Popen[bytes], Job], fake: FakeBigQuery
) -> None:
    process, job = asking
    process.send_signal(signal.SIGTERM)
    assert process.wait(8) == 128 + signal.SIGTERM
    assert job.cancelled_at is not None
    assert all(each.done for each in fake.jobs.values())


@pytest.mark.prove
def test_a_server_over_http_told_to_end_leaves_no_job(workspace: Path, fake: FakeBigQuery) -> None:
    settings = workspace / "assay.toml"
    settings.write_text(settings.read_text().replace(f"deadline_seconds = {DEADLINE_SECONDS}", "deadline_seconds = 90"))
    base = f"http://127.0.0.1:{(port := free_port())}"
    command = [ASSAY, "serve", "--http", f"127.0.0.1:{port}", "--workspace", str(workspace)]
    nothing = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment(), stdout=nothing, stderr=nothing) as process:
        try:
            wait_until_ready(process, base)
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL}).encode()
            with pytest.raises(TimeoutError):
                ask(f"{base}/mcp", "POST", body, HEADERS, timeout=2)
            _callers_job(fake)
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        finally:
            process.kill()
    assert [each.id for each in fake.jobs.values() if not each.done] == []
