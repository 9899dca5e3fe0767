"""The worker process: checks and runs SQL that callers wrote, one statement at a time, and may be killed at any moment.

Started as `python -m warehouse.worker`. The first frame holds the settings, every later one a job; it ends at once
when its input closes, so that it never outlives the server. It opens no network, sees no secret but the pseudonym key,
and writes nothing but frames.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from catalog.access import Access
from catalog.refusals import BadArgument, Refusal, TooExpensive
from warehouse.deadline import Deadline
from warehouse.duckdb_connection import open_locked
from warehouse.duckdb_rows import FATAL, NARROW, fetched, refusal
from warehouse.duckdb_secured import build_secured
from warehouse.frames import encode_rows, receive, send, to_json
from warehouse.guard import check_sql, confirm

TOO_MUCH = "The query needs more memory or depth than it may use."
MOST_CATALOGS = 16
"""Sets of rights kept at once, each with its secured catalog."""
THREADS = 1


@dataclass(frozen=True)
class Setup:
    """Where the data is, how much a worker may use, and the company's time zone."""

    path: Path
    memory_limit: str
    memory_bytes: int
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Job:
    """One statement of one principal. `rights` is the key of the access, which itself is sent only when the worker
    does not hold it; `seconds` is what is left of the deadline; `mark` the state of the data; `now` the company's local
    moment, which current_date and its kin mean."""

    rights: str
    key: bytes
    sql: str
    seconds: float
    max_rows: int
    max_bytes: int
    mark: str
    now: datetime | None = None
    access: Access | None = None


class Worker:
    """The opened file, the rights seen so far, and the secured catalogs made for them."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._mark = ""
        self._rights: OrderedDict[str, Access] = OrderedDict()
        self._catalogs: dict[str, str] = {}

    def run(self, job: Job) -> dict[str, Any]:
        """The job's result or refusal, as a message; or the wish for the rights it names. `spent` says that memory ran
        out: what is left of this process may not be enough for the next job."""
        if job.access is not None:
            self._rights[job.rights] = job.access
        access = self._rights.get(job.rights)
        if access is None:
            return {"rights_needed": True}
        self._rights.move_to_end(job.rights)
        deadline = Deadline(job.seconds)
        try:
            return self._checked(job, access)
        except Refusal as declined:
            return _refused(declined)
        except duckdb.Error as error:
            if isinstance(error, FATAL):
                self._close()
            spent = isinstance(error, duckdb.OutOfMemoryException)
            return _refused(sql_refusal(error, deadline)) | {"spent": spent}

    def _checked(self, job: Job, access: Access) -> dict[str, Any]:
        checked = check_sql(job.sql, access, job.now)
        cursor = self._cursor(job, access)
        try:
            confirm(cursor, checked, access)
            rows = fetched(cursor.execute(checked.sql), job.max_rows)
        finally:
            cursor.close()
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

    def _cursor(self, job: Job, access: Access) -> duckdb.DuckDBPyConnection:
        """A fresh cursor on the secured catalog of these rights, in the state of the data that the job names."""
        if self._mark != job.mark:
            self._close()
        connection = self._connection
        if connection is None:
            setup = self._setup
            connection = open_locked(
                setup.path, memory_limit=setup.memory_limit, threads=THREADS, time_zone=setup.time_zone
            )
            self._connection, self._mark = connection, job.mark
        while len(self._rights) > MOST_CATALOGS:
            forgotten, _ = self._rights.popitem(last=False)
            if forgotten in self._catalogs:
                connection.execute(f'DETACH "{self._catalogs.pop(forgotten)}"')
        if job.rights not in self._catalogs:
            name = f"rights_{job.rights}"
            build_secured(connection, name, access, job.key)
            self._catalogs[job.rights] = name
        cursor = connection.cursor()
        cursor.execute(f'USE "{self._catalogs[job.rights]}"."{_home(access)}"')
        return cursor

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._catalogs = None, {}


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
        # What was in memory when a parser crashed stays there; and nothing here writes files.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
        return sys.platform == "linux"
    return False


def _read(incoming: BinaryIO, jobs: queue.SimpleQueue[bytes]) -> None:
    """Queue what comes in; end the process when no more can come, whatever it is doing."""
    try:
        while (frame := receive(incoming)) is not None:
            jobs.put(frame)
    finally:
        os._exit(0)


def main() -> None:
    """Serve jobs until the input closes."""
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    first = receive(incoming)
    if first is None:
        return
    # From our own parent over a private pipe; the other direction is JSON.
    setup: Setup = pickle.loads(first)  # noqa: S301 - see above
    limited = limit_memory(setup.memory_bytes)
    worker = Worker(setup)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(incoming, jobs), daemon=True).start()
    send(outgoing, to_json({"ready": True, "limited": limited}))
    while True:
        try:
            answer = worker.run(pickle.loads(jobs.get()))  # noqa: S301 - from our own parent
        except (MemoryError, RecursionError):
            answer = _refused(TooExpensive(TOO_MUCH, hint=NARROW)) | {"spent": True}
        send(outgoing, to_json(answer))


if __name__ == "__main__":
    main()
