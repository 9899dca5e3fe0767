"""Short ways to ask the bike rental's engine, to watch its processes, and to wait for something within bounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import psutil

from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import Refusal
from tests.warehouse.guard.bikes import KEY, access, catalog
from warehouse.compiled import CompiledQuery
from warehouse.deadline import Deadline
from warehouse.duckdb_warehouse import DuckDBWarehouse
from warehouse.port import Rows
from warehouse.worker_pool import WorkerPool

TODAY = date(2026, 2, 20)
ENDLESS = "SELECT count(*) FROM ride a, ride b, ride c, ride d, ride e WHERE a.minutes + b.minutes > c.minutes"
"""The guard accepts it; the engine would need days."""
GREEDY = "SELECT a.*, b.*, c.* FROM ride a, ride b, ride c ORDER BY a.fee_eur, b.km, c.minutes"
"""The guard accepts it; the engine would need more memory than anybody has."""


def open_warehouse(path: Path, rental: Catalog | None = None, **options: object) -> DuckDBWarehouse:
    """The rental's warehouse on its own day."""
    return DuckDBWarehouse(
        path,
        rental or catalog(),
        pseudonym_key=KEY,
        calendar=lambda: CompanyCalendar(datetime(2026, 2, 20, 8, 30)),
        **options,  # type: ignore[arg-type]
    )


def compiled(sql: str) -> CompiledQuery:
    """SQL as our own compiler would hand it over."""
    nothing: frozenset[str] = frozenset()
    return CompiledQuery(sql, "duckdb", (), (), nothing, nothing, nothing, TODAY, TODAY, None)


def run(warehouse: DuckDBWarehouse, role: str, sql: str, seconds: float = 20) -> Rows:
    """Rows of our own SQL for a role."""
    return warehouse.compiled_rows(access(role), compiled(sql), Deadline(seconds))


def ask(pool: WorkerPool, sql: str, *, role: str = "owner", deadline: Deadline | None = None, most: int = 1000) -> Rows:
    """Rows of a caller's SQL for a role."""
    return pool.run(access(role), KEY, sql, deadline or Deadline(20), most, "mark")[1]


def workers() -> dict[int, psutil.Process]:
    """Worker processes of this process that live."""
    found: dict[int, psutil.Process] = {}
    for child in psutil.Process().children():
        try:
            if "warehouse.worker" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found[child.pid] = child
        except psutil.NoSuchProcess:
            continue
    return found


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until `condition` holds; an error when it does not in time."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("it did not happen in time")
        threading.Event().wait(0.01)


class Call:
    """Something that runs in a thread; `result()` waits for it and raises what it raised."""

    def __init__(self, what: Callable[[], object]) -> None:
        self._what = what
        self.error: Refusal | AssertionError | None = None
        self._value: object = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def result(self, seconds: float = 20) -> object:
        """What it gave."""
        self._thread.join(seconds)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error
        return self._value

    def _run(self) -> None:
        try:
            self._value = self._what()
        except (Refusal, AssertionError) as error:
            self.error = error
