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


async def over_mcp(server: str | StdioServerParameters, mode: str) -> list[dict[str, Any]]:
    """The structured content of every question, over one connection."""
    async with Client(server, mode=mode) as client:
        results = [await client.call_tool("query_curated_data", {"question": question}) for question in QUESTIONS]
        return [dict(result.structured_content) for result in results]


def without_receipt(found: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in found.items() if k != "receipt"}


@pytest.mark.wide
def test_command_line_stdio_and_http_give_equal_structured_content(demo_workspace: Path) -> None:
    told = [
        json.loads(assay("ask", question, "--json", "--workspace", str(demo_workspace)).stdout)
        for question in QUESTIONS
    ]
    stdio = StdioServerParameters(command=str(ASSAY), args=["serve", "--workspace", str(demo_workspace)])
    with http_server(demo_workspace) as base:
        found = {
            f"{name} {mode}": anyio.run(over_mcp, server, mode)
            for name, server in (("stdio", stdio), ("http", f"{base}/mcp"))
            for mode in ("legacy", "auto")
        }
    assert all(answer["receipt"] for answer in told)
    for face, answers in found.items():
        for question, answer, first in zip(QUESTIONS, answers, told, strict=True):
            assert without_receipt(answer) == without_receipt(first), (face, question)
            assert answer["receipt"] != first["receipt"]
