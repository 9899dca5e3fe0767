"""Workspaces that people sign in to, and real server processes over them."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
import time
import tomllib
from pathlib import Path

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.processes import READY_SECONDS, get

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Certificates take long to load, and everything here is on this machine."""
JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'


def workspace_with(company: Path, folder: Path, sign_in: str) -> Path:
    """A workspace over the same company, with a state of its own and `sign_in` (TOML) added to its settings."""
    folder.mkdir(parents=True)
    for name in ("catalog", tomllib.loads((company / "assay.toml").read_text())["warehouse"]["path"]):
        (folder / name).symlink_to(company / name)
    (folder / "assay.toml").write_text((company / "assay.toml").read_text() + "\n" + sign_in)
    return folder


@contextlib.asynccontextmanager
async def client_of(base: str, token: str, mode: str = "auto", **headers: str):
    """The official client, with a token."""
    sent = {"Authorization": f"Bearer {token}", **headers}
    async with (
        httpx2.AsyncClient(headers=sent, timeout=30, verify=NO_TLS) as http,
        Client(streamable_http_client(f"{base}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


def wait_until_answering(process: subprocess.Popen[bytes], url: str) -> None:
    """Return once a server that is not ours answers; raises RuntimeError when it ends or takes too long."""
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError):
            if get(url, timeout=2)[0] == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nobody answers at {url}")


def knock(base: str, *values: str, path: str = "/mcp", **headers: str) -> httpx2.Response:
    """One request with these Authorization headers; the answer, whatever it is."""
    sent = [*JSON_HEADERS.items(), *headers.items(), *(("Authorization", value) for value in values)]
    return httpx2.post(f"{base}{path}", content=CALL, headers=sent, timeout=30, verify=NO_TLS)
