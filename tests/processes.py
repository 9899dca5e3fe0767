"""Real processes for tests: the installed `assay` command, its HTTP server, Node's tools."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path

ASSAY = Path(sys.executable).with_name("assay")
READY_SECONDS = 30


def environment() -> dict[str, str]:
    """This process's environment without any setting of Assay."""
    return {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}


def assay(*arguments: str, cwd: Path | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [ASSAY, *arguments], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=timeout, check=False
    )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, timeout: float = 5) -> tuple[int, str]:
    """Status and body of a GET, whatever the status."""
    return ask(url, "GET", timeout=timeout)


def ask(
    url: str, method: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, timeout: float = 5
) -> tuple[int, str]:
    """Status and body of one request, whatever the status."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request(method, parts.path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@contextlib.contextmanager
def http_server(
    workspace: Path,
    *options: str,
    log: Path | None = None,
    port: int | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """`assay serve --http` over a workspace, at `port` or a free one; gives the base URL once it is ready, and ends the
    process after. `log` gets what it prints, after what is there."""
    address = f"127.0.0.1:{port or free_port()}"
    base = f"http://{address}"
    command = [ASSAY, "serve", "--http", address, "--workspace", str(workspace), *options]
    with Path(log or os.devnull).open("ab") as errors:
        process = subprocess.Popen(command, env={**environment(), **(env or {})}, stdout=errors, stderr=errors)
        try:
            wait_until_ready(process, base)
            yield base
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], base: str) -> None:
    """Return once the server answers; raises RuntimeError when it ends or takes too long."""
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit {process.returncode}")
        with contextlib.suppress(OSError):
            if get(f"{base}/readyz", timeout=2)[0] == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("the server was not ready in time")
