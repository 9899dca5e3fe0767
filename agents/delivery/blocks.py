"""Slack's limits, checked before a post is sent, so that what is too long is named instead of refused wholesale.

The figures are those of Slack's Block Kit reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agents.messages import Post

MAX_BLOCKS = 50
MAX_TEXT = 40_000
"""Of the message's own text; beyond it Slack cuts."""
LIMITS = {"section": 3000, "header": 150, "markdown": 12_000}
"""Characters of a block's text."""
MAX_FIELDS = 10
MAX_FIELD = 2000
MAX_ELEMENTS = {"context": 10, "actions": 25}
MAX_BUTTON = 75
MAX_ALT = 2000


def faults(post: Post) -> tuple[str, ...]:
    """What Slack would refuse in the post, each in a few words; empty where it fits."""
    found = list(_text_faults("the text", post.text, MAX_TEXT, empty=bool(post.images)))
    if len(post.blocks) > MAX_BLOCKS:
        found.append(f"{len(post.blocks)} blocks, at most {MAX_BLOCKS}")
    for number, block in enumerate(post.blocks, 1):
        found += (f"block {number}: {fault}" for fault in _block_faults(block))
    for image in post.images:
        found += _text_faults(f"alt text of {image.cid}", image.alt, MAX_ALT)
    return tuple(found)


def _block_faults(block: dict[str, Any]) -> Iterator[str]:
    kind = block.get("type", "")
    if kind in ("section", "header", "markdown") and ("text" in block or "fields" not in block):
        yield from _text_faults("its text", _said(block), LIMITS[kind])
    fields = block.get("fields", [])
    if len(fields) > MAX_FIELDS:
        yield f"{len(fields)} fields, at most {MAX_FIELDS}"
    for field in fields:
        yield from _text_faults("a field", _said({"text": field}), MAX_FIELD)
    elements = block.get("elements", [])
    if len(elements) > MAX_ELEMENTS.get(kind, len(elements)):
        yield f"{len(elements)} elements, at most {MAX_ELEMENTS[kind]}"
    for element in elements:
        if element.get("type") == "button":
            yield from _text_faults("a button", _said(element), MAX_BUTTON)
    if kind == "image":
        yield from _text_faults("its alt text", block.get("alt_text", ""), MAX_ALT)


def _said(block: dict[str, Any]) -> str:
    text = block.get("text", "")
    return text if isinstance(text, str) else str(text.get("text", ""))


def _text_faults(what: str, text: str, most: int, *, empty: bool = False) -> Iterator[str]:
    if not text and not empty:
        yield f"{what} is empty"
    if len(text) > most:
        yield f"{what} has {len(text)} characters, at most {most}"
