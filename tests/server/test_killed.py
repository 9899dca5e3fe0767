"""A server killed at any moment leaves an audit log that verifies and shows the call that never ended."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from tests.processes import ASSAY, ask, assay, environment, free_port, wait_until_ready

HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def calling(base: str, stop: threading.Event) -> None:
    """Ask over and over until told to stop or the server is gone."""
    arguments = {
        "question": "q",
        "sql": "SELECT COUNT(*) AS n FROM gold.fact_revenue a JOIN gold.dim_customer USING (customer_id)",
    }
    params = {"name": "query_curated_data", "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    while not stop.is_set():
        try:
            ask(f"{base}/mcp", "POST", body, HEADERS)
        except (OSError, ValueError, http.client.HTTPException):
            return


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("calls_first", [1, 4, 9])
def test_a_killed_server_leaves_a_log_that_verifies(calls_first: int, demo_workspace: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(demo_workspace, workspace, ignore=shutil.ignore_patterns("audit.*"))
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [ASSAY, "serve", "--http", f"127.0.0.1:{port}", "--workspace", str(workspace)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop = threading.Event()
    threads = [threading.Thread(target=calling, args=(base, stop)) for _ in range(4)]
    try:
        wait_until_ready(process, base)
        for thread in threads:
            thread.start()
        for _ in range(calls_first):
            ask(f"{base}/healthz", "GET")
    finally:
        process.kill()
        process.wait()
        stop.set()
        for thread in threads:
            thread.join(20)
    done = assay("audit", "verify", "--json", "-w", str(workspace))
    assert done.returncode == 0, done.stdout
    assert json.loads(assay("ask", "what is our ARR?", "--json", "-w", str(workspace)).stdout)["status"] == "ok"
    assert assay("audit", "verify", "-w", str(workspace)).returncode == 0
