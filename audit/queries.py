"""The log's own SQL, from named files beside this module: name → text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
NAME = "-- name: "

SCHEMA = (FOLDER / "schema.sql").read_text(encoding="utf-8")


def _named(text: str) -> Mapping[str, str]:
    parts = text.split(NAME)[1:]
    return {name.strip(): body.strip() for name, _, body in (part.partition("\n") for part in parts)}


QUERIES = _named((FOLDER / "queries.sql").read_text(encoding="utf-8"))
