"""Worlds of the demo company, each built once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from demo.build import Built, build_company

EVERYTHING = frozenset(f"T{n}" for n in range(1, 13))


@dataclass(frozen=True)
class World:
    """A built company, open for reading."""

    built: Built
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value

    def truth(self, name: str, kind: str | None = None) -> dict[str, Any]:
        found = [t for t in json.loads(self.built.truth.read_text()) if t["id"] == name and kind in (None, t["kind"])]
        (only,) = found
        return only


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., World]]:
    """Gives the world of those arguments, built at the first call."""
    known: dict[str, World] = {}

    def world(**arguments: Any) -> World:
        key = repr(sorted(arguments.items(), key=str))
        if key not in known:
            built = build_company(tmp_path_factory.mktemp("world"), **({"profile": "small"} | arguments))
            known[key] = World(built, duckdb.connect(str(built.gold), read_only=True))
        return known[key]

    yield world
    for one in known.values():
        one.connection.close()


@pytest.fixture(scope="session", params=["default", "clean", "everything"])
def any_world(request: pytest.FixtureRequest, worlds: Callable[..., World]) -> World:
    """The small company as it comes, with nothing planted, and with everything planted."""
    return worlds(**{"default": {}, "clean": {"clean": True}, "everything": {"plant": EVERYTHING}}[request.param])


@pytest.fixture(scope="session")
def demo_world(worlds: Callable[..., World]) -> World:
    """The company in its usual size."""
    return worlds(profile="demo")
