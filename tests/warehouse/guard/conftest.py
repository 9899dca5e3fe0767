"""The rental of `bikes.py`, built once, and a way to run SQL as one of its roles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.guard.bikes import KEY, OTHER, access, build_bikes, physical_copy
from tests.warehouse.guard.running import Company, Roles


@pytest.fixture(scope="session")
def bikes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gold file of the first world."""
    path = tmp_path_factory.mktemp("bikes") / "one.duckdb"
    build_bikes(path)
    return path


@pytest.fixture(scope="session")
def roles(bikes_file: Path) -> Roles:
    """Runs SQL in this process as any role: guarded on the secured catalog, and plain on the physical copy."""
    return Roles(Company(bikes_file, access, physical_copy, KEY))


@pytest.fixture(scope="session")
def other_worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Roles]:
    """For each role a second world, in which only what that role must not learn is different."""
    worlds: dict[str, Roles] = {}
    for role, changes in OTHER.items():
        path = tmp_path_factory.mktemp("bikes") / f"{role}.duckdb"
        build_bikes(path, changes)
        worlds[role] = Roles(Company(path, access, physical_copy, KEY))
    return worlds
