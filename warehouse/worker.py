"""The worker process: checks and runs SQL that callers wrote, one statement at a time, and may be killed at any moment.

Started as `python -m warehouse.worker`. The first frame holds the settings, every later one a job; it ends when its
input closes. It opens no network, sees no secret but the pseudonym key, and writes nothing but frames.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from catalog.access import Access
from catalog.refusals import BadArgument, Refusal
from warehouse.deadline import Deadline
from warehouse.duckdb_connection import open_locked
from warehouse.duckdb_rows import fetched, refusal
from warehouse.duckdb_secured import build_secured
from warehouse.frames import encode_rows, receive, send, to_json
from warehouse.guard import check_sql, confirm

MOST_CATALOGS = 16
THREADS = 1


@dataclass(frozen=True)
class Setup:
    """Where the data is and how much a worker may use."""

    path: Path
    memory_limit: str
    memory_bytes: int


@dataclass(frozen=True)
class Job:
    """One statement of one principal. `seconds` is what is left of the deadline; `mark` the state of the data; `now`
    the company's local moment, which current_date and its kin mean."""

    access: Access
    key: bytes
    sql: str
    seconds: float
    max_rows: int
    max_bytes: int
    mark: str
    now: datetime | None = None


class Worker:
    """The opened file, and the secured catalogs made so far."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._mark = ""
        self._catalogs: dict[str, str] = {}

    def run(self, job: Job) -> dict[str, Any]:
        """The job's result or refusal, as a message."""
        deadline = Deadline(job.seconds)
        try:
            checked = check_sql(job.sql, job.access, job.now)
            cursor = self._cursor(job)
            try:
                confirm(cursor, checked, job.access)
                rows = fetched(cursor.execute(checked.sql), job.max_rows)
            finally:
                cursor.close()
        except Refusal as declined:
            return _refused(declined)
        except duckdb.Error as error:
            return _refused(sql_refusal(error, deadline))
        values, cut = encode_rows(rows.rows, job.max_bytes)
        return {
            "sql": checked.sql,
            "tables": sorted(checked.tables),
            "columns": sorted(checked.columns_read),
            "names": rows.names,
            "types": rows.types,
            "rows": values,
            "truncated": rows.truncated or cut,
        }

    def _cursor(self, job: Job) -> duckdb.DuckDBPyConnection:
        if self._connection is None or self._mark != job.mark:
            if self._connection is not None:
                self._connection.close()
            setup = self._setup
            self._connection = open_locked(setup.path, memory_limit=setup.memory_limit, threads=THREADS)
            self._mark, self._catalogs = job.mark, {}
        if job.access.key not in self._catalogs:
            if len(self._catalogs) >= MOST_CATALOGS:
                oldest = next(iter(self._catalogs))
                self._connection.execute(f'DETACH "{self._catalogs.pop(oldest)}"')
            name = f"rights_{job.access.key}"
            build_secured(self._connection, name, job.access, job.key)
            self._catalogs[job.access.key] = name
        cursor = self._connection.cursor()
        cursor.execute(f'USE "{self._catalogs[job.access.key]}"."{_home(job.access)}"')
        return cursor


def _home(access: Access) -> str:
    """The schema that bare table names are looked up in: the one most tables are in."""
    schemas = [table.schema_name for table in access.tables.values()]
    return max(sorted(set(schemas)), key=schemas.count) if schemas else "main"


def sql_refusal(error: duckdb.Error, deadline: Deadline) -> Refusal:
    """Our own words for what went wrong in a caller's statement; its text may quote data and is dropped."""
    caller_faults = (
        duckdb.BinderException,
        duckdb.ParserException,
        duckdb.SyntaxException,
        duckdb.CatalogException,
        duckdb.ConversionException,
        duckdb.InvalidInputException,
        duckdb.OutOfRangeException,
        duckdb.NotImplementedException,
        duckdb.TypeMismatchException,
        duckdb.InvalidTypeException,
    )
    if isinstance(error, caller_faults) and not isinstance(error, duckdb.InterruptException):
        return BadArgument(
            "A name, type or value in this SQL does not fit.",
            hint="Check names, types and casts; try_cast() gives NULL where a value does not convert.",
        )
    return refusal(error, deadline)


def _refused(declined: Refusal) -> dict[str, Any]:
    return {
        "refused": type(declined).__name__,
        "message": declined.message,
        "exists": declined.exists,
        "hint": declined.hint,
        "choices": declined.choices,
    }


def limit_memory(most_bytes: int) -> bool:
    """Set the address-space limit where the system has one; False where it has not (the parent then watches)."""
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return False
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
        return sys.platform == "linux"
    return False


def main() -> None:
    """Serve jobs until the input closes."""
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    first = receive(incoming)
    if first is None:
        return
    # From our own parent over a private pipe; the other direction is JSON.
    setup: Setup = pickle.loads(first)
    limited = limit_memory(setup.memory_bytes)
    worker = Worker(setup)
    send(outgoing, to_json({"ready": True, "limited": limited}))
    while (frame := receive(incoming)) is not None:
        try:
            answer = worker.run(pickle.loads(frame))
        except (MemoryError, RecursionError):
            answer = {"refused": "TooExpensive", "message": "The query needs more memory or depth than it may use."}
        send(outgoing, to_json(answer))


if __name__ == "__main__":
    main()
