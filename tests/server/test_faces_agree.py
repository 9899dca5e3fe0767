"""The same question over the command line, stdio and HTTP gives the same answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from tests.processes import ASSAY, assay, http_server

QUESTIONS = (
    "recognized revenue by segment last quarter vs the quarter before",
    "ARR by month this year",
    "top 5 customers by recognized revenue last month",
    "forecast revenue for next quarter",
)


async def over_mcp(server: str | StdioServerParameters, question: str, mode: str) -> dict[str, Any]:
    async with Client(server, mode=mode) as client:
        result = await client.call_tool("query_curated_data", {"question": question})
        return dict(result.structured_content)


def without_receipt(found: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in found.items() if k != "receipt"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_command_line_stdio_and_http_give_equal_structured_content(
    question: str, demo_workspace: Path, tmp_path: Path
) -> None:
    done = assay("ask", question, "--json", "--workspace", str(demo_workspace))
    told = json.loads(done.stdout)
    stdio = StdioServerParameters(command=str(ASSAY), args=["serve", "--workspace", str(demo_workspace)])
    with http_server(demo_workspace) as base:
        found = {
            f"{name} {mode}": anyio.run(over_mcp, server, question, mode)
            for name, server in (("stdio", stdio), ("http", f"{base}/mcp"))
            for mode in ("legacy", "auto")
        }
    assert told["receipt"]
    for face, answer in found.items():
        assert without_receipt(answer) == without_receipt(told), face
        assert answer["receipt"] != told["receipt"]
