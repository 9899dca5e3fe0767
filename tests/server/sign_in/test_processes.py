"""One address, several processes: one that dies is replaced, none outlives the parent, wrong settings end them all."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.fakes.issuer import Issuer
from tests.processes import ASSAY, assay, environment, free_port, wait_until_ready
from tests.server.sign_in.servers import knock, workspace_with

SIGN_IN = """
[sign_in]
issuer = "{issuer}"
public_url = "http://127.0.0.1:{port}/mcp"
claims = {{ role = "roles", roles = {{ Board = "board" }} }}
"""


def _serving(parent: int) -> set[int]:
    """The processes that serve: children of the parent but for the one that counts multiprocessing's resources."""
    serving: set[int] = set()
    for child in psutil.Process(parent).children():
        with contextlib.suppress(psutil.Error):
            if "spawn_main" in " ".join(child.cmdline()):
                serving.add(child.pid)
    return serving


def _old(parent: int) -> list[int]:
    return [pid for pid in _serving(parent) if time.time() - psutil.Process(pid).create_time() > 12]


def _until(condition, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.mark.prove
def test_a_killed_process_is_replaced_and_none_outlives_the_parent(
    fjord_workspace: Path, issuer: Issuer, tmp_path: Path
) -> None:
    port = free_port()
    workspace = workspace_with(fjord_workspace, tmp_path / "ws", SIGN_IN.format(issuer=issuer.url, port=port))
    good = f"Bearer {issuer.token(aud=f'http://127.0.0.1:{port}/mcp', roles=['Board'])}"
    command = [ASSAY, "serve", "--http", f"127.0.0.1:{port}", "--processes", "2", "--workspace", str(workspace)]
    with (tmp_path / "log").open("wb") as log:
        parent = subprocess.Popen(command, env=environment(), stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            wait_until_ready(parent, base)
            # A process that ends within ten seconds of its start would be taken for one that cannot start.
            _until(lambda: len(_old(parent.pid)) == 2)
            before = _serving(parent.pid)
            assert len(before) == 2
            os.kill(min(before), signal.SIGKILL)
            _until(lambda: len(_serving(parent.pid)) == 2 and _serving(parent.pid) != before)
            assert {knock(base, good).status_code for _ in range(10)} == {200}
            assert {knock(base).status_code for _ in range(10)} == {401}
            after = _serving(parent.pid)
            parent.send_signal(signal.SIGKILL)
            parent.wait(10)
            _until(lambda: not any(psutil.pid_exists(pid) for pid in after))
        finally:
            parent.kill()
            parent.wait()


@pytest.mark.prove
def test_what_is_wrong_for_all_ends_the_parent(fjord_workspace: Path, tmp_path: Path) -> None:
    settings = SIGN_IN.format(issuer="https://login.example.com", port=1).replace('"board"', '"bord"')
    workspace = workspace_with(fjord_workspace, tmp_path / "ws", settings)
    done = assay("serve", "--http", f"127.0.0.1:{free_port()}", "--processes", "2", "-w", str(workspace))
    assert done.returncode == 2
    assert "'Board' is mapped to the role 'bord'" in done.stderr
