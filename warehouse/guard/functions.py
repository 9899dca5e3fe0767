"""The reviewed list of the engine's functions, by kind and verdict (`functions.txt`).

A function is named in full and allowed or refused; what stands in neither section is refused, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

Kind = Literal["values", "syntax", "tables", "pragmas"]


@dataclass(frozen=True)
class Functions:
    """`allowed` and `refused` names by kind: values (scalars, aggregates, windows, macros), tables, pragmas, and
    syntax that the engine's tree shows as a function."""

    allowed: Mapping[str, frozenset[str]]
    refused: Mapping[str, frozenset[str]]

    def may_compute(self, name: str) -> bool:
        """Whether a value function of that name may be called."""
        return name in self.allowed["values"] or name in self.allowed["syntax"]

    def may_read(self, name: str) -> bool:
        """Whether a table function of that name may stand in FROM."""
        return name in self.allowed["tables"]

    def knows(self, name: str) -> bool:
        """Whether the engine has a function of that name, allowed or not."""
        return any(name in names for part in (self.allowed, self.refused) for names in part.values())


@lru_cache(maxsize=1)
def functions() -> Functions:
    """The list as shipped with the program."""
    return parse_functions(Path(__file__).with_name("functions.txt").read_text(encoding="utf-8"))


def parse_functions(text: str) -> Functions:
    """Sections `[allowed values]`, `[refused tables]`, ... with one name a line; `#` begins a comment line."""
    found: dict[tuple[str, str], set[str]] = {}
    section: set[str] = set()
    for line in text.splitlines():
        if line.startswith("["):
            verdict, _, kind = line.strip("[]").partition(" ")
            section = found.setdefault((verdict, kind), set())
        elif line and not line.startswith("# "):
            section.add(line.lower())

    def names(verdict: str) -> dict[str, frozenset[str]]:
        kinds: tuple[Kind, ...] = ("values", "syntax", "tables", "pragmas")
        return {kind: frozenset(found.get((verdict, kind), ())) for kind in kinds}

    return Functions(names("allowed"), names("refused"))
