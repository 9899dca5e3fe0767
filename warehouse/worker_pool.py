"""A warm pool of worker processes: gives each statement a free one, and replaces those that had to be killed.

A statement waits for a free worker no longer than its deadline, first come, first served. Workers are started in the
background, so that nobody's deadline is spent on another's replacement.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any, cast

from catalog import refusals
from catalog.access import Access
from catalog.refusals import Refusal, Timeout, TooExpensive, WarehouseDown
from catalog.tables import ColumnType
from warehouse.deadline import Deadline
from warehouse.frames import FrameError, decode_rows
from warehouse.line import Line
from warehouse.port import CheckedSql, Rows
from warehouse.worker import Job
from warehouse.worker_process import WorkerProcess, WorkerSettings

MAX_RESULT_BYTES = 8_000_000
REFUSALS = {name: kind for name, kind in vars(refusals).items() if isinstance(kind, type) and issubclass(kind, Refusal)}


class WorkerPool:
    """`size` workers, started on first use or by `start`."""

    def __init__(self, settings: WorkerSettings, size: int) -> None:
        self._settings = settings
        self._size = size
        self._line: Line[WorkerProcess | WarehouseDown] = Line()
        self._lock = threading.Lock()
        self._started = False
        self._open = True

    def start(self) -> None:
        """Have all workers started in the background, if they are not yet."""
        with self._lock:
            if self._started or not self._open:
                return
            self._started = True
        self._start(self._size)

    def run(
        self,
        access: Access,
        key: bytes,
        sql: str,
        deadline: Deadline,
        max_rows: int,
        mark: str,
        now: datetime | None = None,
    ) -> tuple[CheckedSql, Rows]:
        """Check and run one statement in a free worker; `now` is the company's local moment.

        Raises the guard's refusals, Timeout, TooExpensive, WarehouseDown."""
        self.start()
        if not self._open:
            raise WarehouseDown("The warehouse is closed.")
        process = self._free(deadline)
        try:
            job = Job(access.key, key, sql, deadline.remaining(), max_rows, MAX_RESULT_BYTES, mark, now)
            return _result(process.run(job, access, deadline))
        finally:
            self._back(process)

    def close(self) -> None:
        """End all workers; those still busy end with their job."""
        with self._lock:
            self._open = False
        for process in self._line.clear():
            if isinstance(process, WorkerProcess):
                process.close()

    def _free(self, deadline: Deadline) -> WorkerProcess:
        """A living worker with time left to use it."""
        while (free := self._line.take(deadline)) is not None:
            if isinstance(free, WarehouseDown):
                # The next caller finds it being tried again.
                self._start(1)
                raise free
            if free.alive and deadline.remaining() > 0:
                return free
            self._back(free)
        raise Timeout(f"No worker was free within {deadline.seconds:g} s.", hint="Try again shortly.")

    def _back(self, process: WorkerProcess) -> None:
        if process.alive and self._open:
            self._line.give(process)
            return
        process.close()
        if self._open:
            self._start(1)

    def _start(self, count: int) -> None:
        threading.Thread(target=self._add, args=(count,), daemon=True, name="assay-workers").start()

    def _add(self, count: int) -> None:
        for _ in range(count):
            if not self._open:
                return
            try:
                self._line.give(WorkerProcess(self._settings))
            except (OSError, FrameError) as error:
                down = WarehouseDown("No worker could be started.", hint="Try again shortly.")
                down.__cause__ = error
                self._line.give(down)
        if not self._open:
            self.close()


def _result(message: dict[str, Any]) -> tuple[CheckedSql, Rows]:
    """What a worker answered. It ran a stranger's SQL: an answer out of form is an error of the query, not ours."""
    try:
        if kind := message.get("refused"):
            raise REFUSALS.get(str(kind), TooExpensive)(
                str(message["message"]),
                exists=tuple(message.get("exists", ())),
                hint=str(message.get("hint", "")),
                choices=tuple(message.get("choices", ())),
            )
        types = cast(tuple[ColumnType, ...], tuple(message["types"]))
        rows = Rows(tuple(message["names"]), types, decode_rows(message["rows"], types), bool(message["truncated"]))
        return CheckedSql(message["sql"], frozenset(message["tables"]), frozenset(message["columns"])), rows
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise TooExpensive("The query gave something that cannot be shown.") from error
