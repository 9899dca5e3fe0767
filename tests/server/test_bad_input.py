"""Bad input through the protocol: a coded answer that says what exists, and nothing of the inside."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from mcp import Client

from tests.processes import ask, http_server

LEAKS = ("Traceback", ".py", "site-packages", "/tmp", "duckdb.", "__assay_source", "rights_", "sqlglot")


@pytest.fixture(scope="module")
def base(demo_workspace: Path):
    with http_server(demo_workspace) as url:
        yield url


CASES: dict[str, tuple[str, dict[str, object], str]] = {
    "an empty question": ("query_curated_data", {"question": ""}, "BAD_ARGUMENT|NOT_UNDERSTOOD"),
    "no question": ("query_curated_data", {}, "BAD_ARGUMENT"),
    "a question of a megabyte": ("query_curated_data", {"question": "a" * 1_000_000}, "BAD_ARGUMENT|NOT_UNDERSTOOD"),
    "a lone surrogate": ("query_curated_data", {"question": "revenue \ud800"}, "BAD_ARGUMENT|NOT_UNDERSTOOD"),
    "an unknown argument": ("query_curated_data", {"question": "q", "user": "boss"}, "BAD_ARGUMENT"),
    "a wrong type": ("query_curated_data", {"question": "q", "metrics": 3}, "BAD_ARGUMENT"),
    "an unknown metric": ("query_curated_data", {"question": "q", "metrics": ["revenu"]}, "UNKNOWN_METRIC"),
    "an unknown dimension": ("query_curated_data", {"question": "q", "metrics": ["arr"], "group_by": ["planet"]}, "UNKNOWN_DIMENSION"),
    "an unknown table": ("query_curated_data", {"question": "q", "sql": "SELECT * FROM gold.salaries"}, "UNKNOWN_TABLE"),
    "an unknown column": ("query_curated_data", {"question": "q", "sql": "SELECT salary FROM gold.dim_customer"}, "UNKNOWN_COLUMN"),
    "two statements": ("query_curated_data", {"question": "q", "sql": "SELECT 1; SELECT 2"}, "NOT_READ_ONLY|BAD_ARGUMENT|NOT_ALLOWED"),
    "a write": ("query_curated_data", {"question": "q", "sql": "DELETE FROM gold.dim_customer"}, "NOT_READ_ONLY"),
    "a file": ("query_curated_data", {"question": "q", "sql": "SELECT * FROM read_text('/etc/passwd')"}, "NOT_ALLOWED|UNKNOWN_TABLE"),
    "an impossible cast": ("query_curated_data", {"question": "q", "sql": "SELECT CAST(customer_name AS INTEGER) FROM gold.dim_customer"}, "BAD_ARGUMENT"),
    "a made-up cursor": ("query_curated_data", {"question": "q", "metrics": ["arr"], "cursor": "AAAA"}, "BAD_ARGUMENT"),
    "an unknown tool": ("drop_everything", {}, "BAD_ARGUMENT|NOT_ALLOWED|UNKNOWN"),
    "an unknown receipt": ("explain_number", {"receipt": "r_nothing"}, "BAD_ARGUMENT|NOT_ALLOWED"),
    "an unknown scope": ("fetch_reconciliation_status", {"scope": "galaxy"}, "BAD_ARGUMENT"),
    "an unknown source": ("fetch_reconciliation_status", {"scope": "source", "name": "sap"}, "BAD_ARGUMENT|UNKNOWN"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_a_coded_answer_that_leaks_nothing(case: str, base: str) -> None:
    tool, arguments, codes = CASES[case]

    async def call() -> tuple[bool, str]:
        async with Client(f"{base}/mcp") as client:
            result = await client.call_tool(tool, arguments)
            return result.is_error, result.content[0].text + json.dumps(result.structured_content)

    if case == "a lone surrogate":
        body = json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
        )
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        status, text = ask(f"{base}/mcp", "POST", body.encode(), headers)
        assert status in (200, 400) and not any(leak in text for leak in LEAKS), text
        return
    is_error, text = anyio.run(call)
    assert is_error, text
    assert any(code in text for code in codes.split("|")), text[:300]
    assert not any(leak in text for leak in LEAKS), text[:600]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"jsonrpc": "2.0"}', b"null", b"[" * 5_000])
def test_a_body_that_is_no_message_is_refused_and_the_server_lives(body: bytes, base: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    status, text = ask(f"{base}/mcp", "POST", body, headers)
    assert 400 <= status < 500, text
    assert "Traceback" not in text
    assert ask(f"{base}/healthz", "GET")[0] == 200


def test_a_body_over_the_limit_is_refused(base: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    status, _ = ask(f"{base}/mcp", "POST", b'{"x": "' + b"a" * 3_000_000 + b'"}', headers)
    assert status == 413
