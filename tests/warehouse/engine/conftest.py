"""The bike rental's gold file, an engine over it, and a pool of two workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.engine.helpers import open_warehouse
from tests.warehouse.guard.bikes import build_bikes
from warehouse.duckdb_warehouse import DuckDBWarehouse
from warehouse.worker_pool import WorkerPool
from warehouse.worker_process import WorkerSettings


@pytest.fixture(scope="session")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gold file; not to be changed."""
    path = tmp_path_factory.mktemp("engine") / "bikes.duckdb"
    build_bikes(path)
    return path


@pytest.fixture(scope="module")
def warehouse(gold: Path) -> Iterator[DuckDBWarehouse]:
    """An engine over the gold file."""
    opened = open_warehouse(gold)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pool(gold: Path) -> Iterator[WorkerPool]:
    """Two workers, started on first use."""
    opened = WorkerPool(WorkerSettings(gold, "600MB", 2_000_000_000), 2)
    yield opened
    opened.close()
