"""What a reply in a thread asks for."""

from __future__ import annotations

import pytest

from agents.conversation.asked import Asked, read_reply
from server.wiring import Program


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("explain", Asked("explain", "explain")),
        ("<@U0ASSAY> Why?", Asked("explain", "Why?")),
        ("who", Asked("who", "who")),
        ("by region", Asked("by", "by region", "region")),
        ("per customer segment", Asked("by", "per customer segment", "segment")),
        ("by planet", Asked("question", "by planet")),
        ("show sql", Asked("sql", "show sql")),
        ("status?", Asked("status", "status?")),
        ("what is our ARR?", Asked("question", "what is our ARR?")),
        ("<@U0ASSAY>", Asked("help", "")),
        ("  \n ", Asked("help", "")),
    ],
)
def test_a_reply_is_a_known_word_or_a_question(text: str, asked: Asked, demo_program: Program) -> None:
    assert read_reply(text, demo_program.catalog.dimensions) == asked
