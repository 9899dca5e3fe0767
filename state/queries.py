"""Named queries from SQL files: a line `-- name: NAME` begins one; `-- name: NAME (sqlite)` or `(postgresql)` holds for
that engine only, instead of the plain one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import TextClause, text

from state.database import EngineName

HEADER = re.compile(r"^-- name: (\w+)(?: \((sqlite|postgresql)\))?\n", re.MULTILINE)


def named_queries(file: Path, engine: EngineName) -> Mapping[str, TextClause]:
    """The queries of a file for one engine, by name."""
    parts = HEADER.split(file.read_text(encoding="utf-8"))[1:]
    plain: dict[str, TextClause] = {}
    own: dict[str, TextClause] = {}
    for name, only, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if only in (None, "", engine):
            (own if only else plain)[name] = text(body.strip())
    return plain | own
