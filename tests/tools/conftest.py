"""Fixtures of the tools' tests: the second company behind the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from audit.log import AuditLog
from server.wiring import Program
from tests.tools.company import Company


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[AuditLog]:
    """An audit log of this test."""
    log = AuditLog(tmp_path / "audit.sqlite")
    yield log
    log.close()


@pytest.fixture
def fjord(fjord_program: Program, audit: AuditLog) -> Company:
    """The clinics' toolset with an audit log of its own."""
    return Company.of(fjord_program, audit)


@pytest.fixture(scope="session")
def fjord_copy(fjord_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the clinics' database, to ask by hand."""
    file = tmp_path_factory.mktemp("copy") / "clinics.duckdb"
    file.write_bytes((fjord_workspace / "clinics.duckdb").read_bytes())
    return file


@pytest.fixture
def by_hand(fjord_copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The clinics' tables themselves, for hand-written SQL."""
    with duckdb.connect(str(fjord_copy), read_only=True) as connection:
        yield connection
