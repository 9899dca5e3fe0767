"""The HTTP face: health, readiness, metrics, and who may reach it."""

from __future__ import annotations

import socket
import urllib.parse
from pathlib import Path

import anyio
import pytest
from mcp import Client

from server.http import is_loopback
from tests.processes import ask, assay, get, http_server


@pytest.fixture(scope="module")
def base(demo_workspace: Path):
    with http_server(demo_workspace) as url:
        yield url


def test_health_and_readiness_answer_without_the_protocol(base: str) -> None:
    assert get(f"{base}/healthz") == (200, "ok\n")
    assert get(f"{base}/readyz")[0] == 200


def test_metrics_count_calls_by_tool_and_outcome_and_name_nobody(base: str) -> None:
    async def call() -> None:
        async with Client(f"{base}/mcp") as client:
            await client.call_tool("query_curated_data", {"question": "what is our ARR?"})
            await client.call_tool("lookup_metric_definition", {"metric": "no such thing at all"})

    anyio.run(call)
    text = get(f"{base}/metrics")[1]
    assert 'assay_tool_calls_total{outcome="ok",tool="query_curated_data"} ' in text
    assert 'outcome="UNKNOWN_METRIC"' in text
    assert "ARR" not in text


def test_a_get_of_the_endpoint_is_refused_instead_of_hanging(base: str) -> None:
    assert get(f"{base}/mcp")[0] == 405


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_a_foreign_host_or_origin_is_refused(base: str, header: dict[str, str]) -> None:
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    assert ask(f"{base}/mcp", "POST", b"{}", {**usual, **header})[0] in (403, 421)


def test_a_body_of_two_lengths_is_refused_and_nothing_after_it_is_read(base: str) -> None:
    host = urllib.parse.urlsplit(base)
    head = f"POST /mcp HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    hidden = f"GET /healthz HTTP/1.1\r\nHost: {host.netloc}\r\n\r\n"
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=10) as line:
        line.sendall(f"{head}0\r\n\r\n{hidden}".encode())
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_slash_at_the_end_is_no_other_address(base: str) -> None:
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'
    assert ask(f"{base}/mcp/", "POST", body, usual)[0] == 200
    assert ask(f"{base}/mcp/", "POST", body, {**usual, "Host": "evil.example"})[0] == 421
    assert get(f"{base}/mcp/")[0] == 405
    assert get(f"{base}/healthz/")[0] == 404


def test_an_address_that_others_can_reach_is_refused_until_said_insecure(demo_workspace: Path) -> None:
    done = assay("serve", "--http", "0.0.0.0:8765", "--workspace", str(demo_workspace))
    assert done.returncode == 2
    assert "nobody signs in" in done.stderr


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("x.y", False)]
)
def test_loopback_addresses_are_told_from_others(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
