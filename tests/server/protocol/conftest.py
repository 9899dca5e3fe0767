"""A server to point the protocol's own checks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import http_server


@pytest.fixture(scope="session")
def base_url(demo_workspace: Path) -> Iterator[str]:
    """A running HTTP server over the small demo company."""
    with http_server(demo_workspace) as base:
        yield base
