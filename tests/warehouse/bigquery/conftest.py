"""The two companies on both engines: as files of DuckDB, and loaded into the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.warehouse.bigquery.company import Company, loaded


@pytest.fixture(scope="session")
def techco(demo_workspace: Path, bigquery_emulator: str) -> Iterator[Company]:
    """The demo company."""
    yield from loaded(demo_workspace, bigquery_emulator, "assay-techco")


@pytest.fixture(scope="session")
def fjord(fjord_workspace: Path, bigquery_emulator: str) -> Iterator[Company]:
    """The second company, in a dataset of another name than its schema."""
    yield from loaded(fjord_workspace, bigquery_emulator, "assay-fjord", {"gold": "fjord_gold", "ops": "fjord_ops"})


@pytest.fixture(scope="session")
def company(request: pytest.FixtureRequest) -> Callable[[str], Company]:
    """A company by its name."""
    return lambda name: request.getfixturevalue(name)
