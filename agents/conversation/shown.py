"""A tool's result → what a thread shows: the answer, its table, how far to trust it, its receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.conversation.asked import Asked
from tools.cells import clean_text
from tools.toolset import ToolResult

MOST_ROWS = 15
WHOLE_FROM = 1_000
"""From this size on digits after the point are noise."""
MAX_BLOCK = 2_900
"""Characters of a section; Slack takes 3,000."""
Block = dict[str, Any]


def plain_blocks(asked: Asked, result: ToolResult) -> tuple[str, tuple[Block, ...]]:
    """The text of a notification, and the blocks. Everything is quoted data: no mentions, links or markup in it."""
    found = result.structured
    if result.is_error:
        choices = [f"• {choice}" for choice in found.get("choices", [])]
        said = "\n".join([str(found.get("message", "")), *choices])
        return _cut(said), (_section(said), _context(found))
    if asked.wanted == "sql":
        return "The SQL behind the figure", (_code(str(found.get("sql", ""))), _context(found))
    if asked.wanted == "who":
        return _owner(found)
    if "rows" in found:
        heading = clean_text(str(found.get("reading", "")))
        table = _table([str(c["name"]) for c in found["columns"]], found["rows"], int(found["row_count"]))
        warned = "\n".join(clean_text(w) for w in found.get("warnings", []))
        said = [_section(heading)] if heading else []
        return _cut(heading or "Answer"), (
            *said,
            _code(table),
            *([_section(warned)] if warned else []),
            _context(found),
        )
    lines = result.text.splitlines()
    return _cut(lines[0]), (_section("\n".join(lines[:12])), _context(found))


def _owner(found: Mapping[str, Any]) -> tuple[str, tuple[Block, ...]]:
    definition: Mapping[str, Any] = found.get("definition") or found
    owner = clean_text(str(definition.get("owner", "")))
    label = clean_text(str(definition.get("label", definition.get("name", "The figure"))))
    said = f"{label} is owned by {owner}." if owner else f"{label} has no owner on record."
    return said, (_section(said), _context(found))


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]], count: int) -> str:
    """Rows in columns, numbers to the right."""
    cells = [list(names), *([_cell(v) for v in row] for row in rows[:MOST_ROWS])]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    right = [all(isinstance(r[i], int | float) or r[i] is None for r in rows) for i in range(len(names))]
    lines = [
        "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)).rstrip()
        for row in cells
    ]
    more = count - min(len(rows), MOST_ROWS)
    return "\n".join([*lines, *([f"… {more:,} more rows"] if more > 0 else [])])


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return clean_text(str(value))[:60]
    return (
        f"{value:,.0f}"
        if isinstance(value, int) or float(value).is_integer() or abs(value) >= 1000
        else f"{value:,.4g}"
    )


def _context(found: Mapping[str, Any]) -> Block:
    trust: Mapping[str, Any] = found.get("trust") or {}
    parts = [f"trust: {trust['state']}"] if trust else []
    parts += [f"rows seen: {found['scope']}"] if found.get("scope") else []
    parts += [f"receipt {found['receipt']}"] if found.get("receipt") else []
    text = clean_text(" · ".join(parts)) or "no receipt"
    return {"type": "context", "elements": [{"type": "plain_text", "text": text[:MAX_BLOCK], "emoji": False}]}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "plain_text", "text": _cut(text), "emoji": False}}


def _code(text: str) -> Block:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "'''")
    return {"type": "section", "text": {"type": "mrkdwn", "text": f"```{_cut(safe)}```", "verbatim": True}}


def _cut(text: str) -> str:
    return (text if len(text) <= MAX_BLOCK else text[: MAX_BLOCK - 1] + "…") or "–"
