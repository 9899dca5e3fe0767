"""The official Inspector, a client we did not write, over stdio and HTTP in both eras."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.processes import ASSAY

pytestmark = [pytest.mark.node, pytest.mark.wide]

QUESTION = "recognized revenue by segment last quarter vs the quarter before"


def targets(base_url: str, workspace: Path) -> dict[str, list[str]]:
    return {
        "stdio": [str(ASSAY), "serve", "--workspace", str(workspace)],
        "http": [f"{base_url}/mcp", "--transport", "http"],
    }


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_the_inspector_lists_five_portable_read_only_tools(
    transport: str, era: str, base_url: str, demo_workspace: Path, node_tool
) -> None:
    done = node_tool(
        "inspector",
        "--cli",
        *targets(base_url, demo_workspace)[transport],
        "--protocol-era",
        era,
        "--method",
        "tools/list",
        "--strict",
        "--format",
        "json",
        "-q",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    tools = json.loads(done.stdout)["result"]["tools"]
    assert [t["name"] for t in tools] == [
        "query_curated_data",
        "lookup_metric_definition",
        "fetch_reconciliation_status",
        "explain_number",
        "describe_catalog",
    ]
    assert all(t["annotations"]["readOnlyHint"] and t["title"] and t["description"] for t in tools)


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_the_inspector_gets_rows_with_trust_and_a_receipt(
    transport: str, era: str, base_url: str, demo_workspace: Path, node_tool
) -> None:
    done = node_tool(
        "inspector",
        "--cli",
        *targets(base_url, demo_workspace)[transport],
        "--protocol-era",
        era,
        "--method",
        "tools/call",
        "--tool-name",
        "query_curated_data",
        "--tool-args-json",
        json.dumps({"question": QUESTION}),
        "--format",
        "json",
        "-q",
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(done.stdout)["result"]["structuredContent"]
    assert found["status"] == "ok"
    assert [row[0] for row in found["rows"]] == ["Enterprise", "Mid-Market", "SMB"]
    assert found["trust"]["state"] == "reconciled"
    assert found["receipt"]


def test_a_refusal_is_a_tool_error_that_the_inspector_reports(base_url: str, node_tool) -> None:
    done = node_tool(
        "inspector",
        "--cli",
        f"{base_url}/mcp",
        "--transport",
        "http",
        "--method",
        "tools/call",
        "--tool-name",
        "query_curated_data",
        "--tool-args-json",
        json.dumps({"question": "x", "sql": "DROP TABLE gold.dim_customer"}),
        "--format",
        "json",
        "-q",
    )
    assert done.returncode == 5
    assert "NOT_READ_ONLY" in done.stdout
