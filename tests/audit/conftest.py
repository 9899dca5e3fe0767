"""Fixtures of the audit log's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.log import AuditLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log of this test lies."""
    return tmp_path / "state" / "audit.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    """An empty log."""
    made = AuditLog(path)
    yield made
    made.close()
