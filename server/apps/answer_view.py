"""The view of an answer: one HTML page that a host shows in a sandboxed frame beside the tool's result.

The page is put together from the files in `view/`, holds no data and loads nothing; the host hands it the result. It
says what the tool sent and computes no figure. Above it stands the MCP face; it knows the extension `MCP Apps`
(io.modelcontextprotocol/ui, revision 2026-01-26).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import mcp_types as types
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from catalog.access import Access

VIEW_URI = "ui://assay/answer.html"
VIEW_TITLE = "Answer"
SHOWN = ("query_curated_data", "explain_number")
"""Tools whose results the view shows."""
LABELS_KEY = "assay/labels"
"""Where a result's `_meta` names its columns for people; a host may drop it, then the view spells the names out."""
EXTENSIONS: dict[str, dict[str, Any]] = {EXTENSION_ID: {}}
"""What the server tells a client that asks for its extensions."""

PARTS = (
    "dom.js",
    "figures.js",
    "host.js",
    "bars.js",
    "lines.js",
    "table.js",
    "parts.js",
    "answer.js",
    "explanation.js",
    "main.js",
)
FOLDER = Path(__file__).parent / "view"


def tool_meta(tool: str) -> dict[str, Any] | None:
    """The `_meta` that binds a tool to the view; None for a tool without one. The flat key is for older hosts."""
    if tool not in SHOWN:
        return None
    return {"ui": {"resourceUri": VIEW_URI}, "ui/resourceUri": VIEW_URI}


def read(uri: str) -> types.TextResourceContents | None:
    """The page under its address; None for any other address. It asks for no network, no rights, no origin."""
    if uri != VIEW_URI:
        return None
    return types.TextResourceContents(
        uri=uri, mime_type=APP_MIME_TYPE, text=page(), _meta={"ui": {"csp": {}, "prefersBorder": True}}
    )


@cache
def page() -> str:
    """The whole page, style and script inside."""
    script = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in PARTS)
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    frame = (FOLDER / "view.html").read_text(encoding="utf-8")
    return frame.replace("/*STYLE*/", style).replace("/*SCRIPT*/", script)


def result_meta(tool: str, structured: Mapping[str, object], access: Access) -> dict[str, Any] | None:
    """What the view needs beside a tool's result: the labels of its metrics and dimensions, as far as the caller may
    see them. None where there is nothing to label."""
    if tool not in SHOWN:
        return None
    columns = cast("list[dict[str, Any]]", structured.get("columns") or [])
    splits = cast("list[dict[str, Any]]", structured.get("contributions") or [])
    names = {str(c["name"]).partition("__")[0] for c in columns} | {str(s["dimension"]) for s in splits}
    known = {**access.dimensions, **access.metrics}
    labels = {name: known[name].label for name in sorted(names) if name in known}
    return {LABELS_KEY: labels} if labels else None
