"""A reply in a thread → what is wanted of the incident it belongs to. Pure.

explain            why the figure moved
who                who owns the figure, and whom it concerns most
by region          the change by that dimension
show sql           the SQL behind the figure
status             the state of the data
anything else      a question of its own, read as everywhere
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from catalog.catalog import Dimension

Wanted = Literal["explain", "who", "by", "sql", "status", "help", "question"]
MENTION = re.compile(r"<[@!#][^>]*>")
WORDS: Mapping[str, Wanted] = {
    "explain": "explain",
    "why": "explain",
    "what happened": "explain",
    "who": "who",
    "who is affected": "who",
    "who owns this": "who",
    "sql": "sql",
    "show sql": "sql",
    "show me the sql": "sql",
    "status": "status",
    "is the data ok": "status",
    "help": "help",
}
MAX_TEXT = 2_000


@dataclass(frozen=True)
class Asked:
    """What a reply asks for. `dimension` is set for "by"; `text` is the reply without mentions."""

    wanted: Wanted
    text: str
    dimension: str = ""


def read_reply(text: str, dimensions: Mapping[str, Dimension]) -> Asked:
    """Read one reply; what is no known word is a question."""
    said = " ".join(MENTION.sub(" ", text[:MAX_TEXT]).split()).strip()
    bare = said.lower().rstrip("?!. ")
    if not bare:
        return Asked("help", said)
    if bare in WORDS:
        return Asked(WORDS[bare], said)
    if bare.startswith(("by ", "per ")):
        named = _dimension(bare.partition(" ")[2], dimensions.values())
        if named:
            return Asked("by", said, named)
    return Asked("question", said)


def _dimension(words: str, dimensions: Iterable[Dimension]) -> str:
    for dimension in dimensions:
        names = {dimension.name, dimension.name.replace("_", " "), dimension.label, *dimension.column.synonyms}
        if words in {name.lower() for name in names}:
            return dimension.name
    return ""
