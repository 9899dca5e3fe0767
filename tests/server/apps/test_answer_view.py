"""The view as the server hands it out: its address, its binding to the tools, what it must never hold."""

from __future__ import annotations

import re

import anyio
import pytest
from mcp import Client

from server.apps.answer_view import FOLDER, PARTS, page
from server.face.identity import LocalCaller
from server.face.mcp_server import build_server
from server.telemetry import Observed
from server.wiring import Program

VIEW = "ui://assay/answer.html"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_both_eras_learn_of_the_view_and_can_read_it(mode: str, demo_program: Program) -> None:
    caller = LocalCaller(demo_program.principal(None, None, {}))
    server = build_server(
        Observed(demo_program.toolset),
        lambda: demo_program.catalog,
        caller,
        version="1",
        deadline_seconds=30,
        threads=2,
    )

    async def look() -> None:
        async with Client(server, mode=mode) as client:
            bound = {t.name: t.meta for t in (await client.list_tools()).tools if t.meta}
            assert bound == {
                name: {"ui": {"resourceUri": VIEW}, "ui/resourceUri": VIEW}
                for name in ("query_curated_data", "explain_number")
            }
            # `initialize` has no field for extensions before 2026-07-28: those hosts go by the tools alone.
            told = client.server_capabilities.extensions or {}
            assert ("io.modelcontextprotocol/ui" in told) == (mode == "auto")
            found = (await client.read_resource(VIEW)).contents[0]
            assert found.mime_type == "text/html;profile=mcp-app" and found.uri == VIEW
            assert found.meta == {"ui": {"csp": {}, "prefersBorder": True}}
            assert found.text == page()
            answer = await client.call_tool("query_curated_data", {"question": "net revenue retention by segment"})
            assert (answer.meta or {})["assay/labels"]["nrr"] == "Net revenue retention"

    anyio.run(look)


def test_the_page_is_whole_and_names_no_address_but_that_of_svg() -> None:
    text = page()
    assert not re.search(r"/\*(STYLE|SCRIPT)\*/", text)
    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"[ .](src|href)\b|@import|\b(fetch|XMLHttpRequest|WebSocket|localStorage|cookie)\b", text)
    assert len(text) < 80_000


def test_no_text_can_become_markup_or_code() -> None:
    for name in PARTS:
        part = (FOLDER / name).read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|srcdoc", part), (
            name
        )


def test_every_part_is_a_short_room() -> None:
    assert {f.name for f in FOLDER.iterdir()} == {*PARTS, "view.html", "style.css"}
    assert all(len((FOLDER / name).read_text(encoding="utf-8").splitlines()) < 200 for name in PARTS)
