"""The embedded engine: a gold file in DuckDB, read through one secured catalog per set of rights.

Queries of our own compiler run in this process on a locked instance; SQL that a caller wrote runs in a worker process
that can be killed. A replaced gold file is noticed and opened afresh.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from catalog.access import Access
from catalog.catalog import Catalog, Dimension
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import Refusal, WarehouseDown
from warehouse.compiled import CompiledQuery
from warehouse.deadline import Deadline
from warehouse.duckdb_connection import SOURCE, open_locked
from warehouse.duckdb_instance import Instance
from warehouse.horizon import Horizons
from warehouse.horizons import find_horizons
from warehouse.port import CheckedSql, Dialect, Rows
from warehouse.purpose import UNTOLD, Purpose
from warehouse.values import values_query
from warehouse.worker_pool import WorkerPool
from warehouse.worker_process import WorkerSettings

MOST_VALUE_LISTS = 512
SYSTEM_SECONDS = 60.0
THREADS = 2


class _Found:
    """What was derived from one state of the gold file."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.lock = threading.Lock()
        self.horizons: dict[date, Horizons] = {}
        self.values: OrderedDict[tuple[str, str, int], tuple[str, ...]] = OrderedDict()


class DuckDBWarehouse:
    """`warehouse.port.Warehouse` over a DuckDB file.

    `pseudonym_key` keys the pseudonyms of this deployment. `calendar` gives the company's now. `workers` processes run
    callers' SQL, each within `worker_memory_bytes`; `memory_limit` is DuckDB's own, per process."""

    dialect: Dialect = "duckdb"

    def __init__(
        self,
        path: Path,
        catalog: Catalog,
        *,
        pseudonym_key: bytes,
        calendar: Callable[[], CompanyCalendar],
        workers: int = 2,
        memory_limit: str = "1GB",
        worker_memory_bytes: int = 2_048_000_000,
    ) -> None:
        self._path = path
        self._catalog = catalog
        self._key = pseudonym_key
        self._calendar = calendar
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._found: _Found | None = None
        self._closed = False
        settings = WorkerSettings(path, memory_limit, worker_memory_bytes, time_zone=catalog.company.time_zone)
        self._pool = WorkerPool(settings, workers)

    def warm(self) -> None:
        """Open the file, find the horizons and start the workers before the first question, in the background."""
        threading.Thread(target=self._warm, daemon=True, name="assay-warm").start()

    def _warm(self) -> None:
        # The first question will say itself what is wrong.
        with contextlib.suppress(Refusal):
            self.horizons()
        self._pool.start()

    def watermark(self, deadline: Deadline | None = None) -> str:
        """Identity of the data: equal means unchanged. Raises WarehouseDown when the file is not there."""
        return self._current().instance.mark

    def horizons(self, deadline: Deadline | None = None) -> Horizons:
        """How far each table reaches; found once for each state of the data and company day."""
        found, today = self._current(), self._calendar().today
        with found.lock:
            if today not in found.horizons:
                found.horizons[today] = find_horizons(
                    self._catalog,
                    today,
                    lambda sql: found.instance.ask(sql, Deadline(SYSTEM_SECONDS)),
                    SOURCE,
                    self.dialect,
                )
            return found.horizons[today]

    def compiled_rows(
        self, access: Access, query: CompiledQuery, deadline: Deadline, purpose: Purpose = UNTOLD
    ) -> Rows:
        """Run a query of our own compiler against the principal's secured catalog."""
        return self._current().instance.run(access, query.sql, deadline)

    def sql_rows(
        self, access: Access, sql: str, deadline: Deadline, max_rows: int, purpose: Purpose = UNTOLD
    ) -> tuple[CheckedSql, Rows]:
        """Check and run one SELECT of a caller in a worker."""
        mark = self._current().instance.mark
        return self._pool.run(access, self._key, sql, deadline, max_rows, mark, self._calendar().moment)

    def dimension_values(
        self, access: Access, dimension: Dimension, limit: int, deadline: Deadline | None = None
    ) -> Sequence[str]:
        """Distinct values under the principal's own policy, as text, ordered."""
        found, place = self._current(), (access.key, dimension.name, limit)
        with found.lock:
            if place in found.values:
                found.values.move_to_end(place)
                return found.values[place]
        select = values_query(dimension, limit)
        rows = found.instance.run(access, select.sql(dialect=self.dialect), Deadline(SYSTEM_SECONDS))
        values = tuple(str(row[0]) for row in rows.rows)
        with found.lock:
            found.values[place] = values
            if len(found.values) > MOST_VALUE_LISTS:
                found.values.popitem(last=False)
        return values

    def system_rows(self, sql: str, deadline: Deadline | None = None) -> Rows:
        """Run trusted SQL of our own over the source, as the company."""
        return self._current().instance.ask(sql, deadline or Deadline(SYSTEM_SECONDS))

    def close(self) -> None:
        """Stop the workers and let go of the file."""
        self._pool.close()
        with self._lock:
            self._closed = True
            found, self._found = self._found, None
        if found:
            found.instance.close()

    def _current(self) -> _Found:
        """The state of the file as it lies there now; opened afresh when it was replaced or the engine broke down."""
        mark = self._mark()
        found = self._found
        if found is not None and found.instance.mark == mark and not found.instance.broken:
            return found
        with self._lock:
            if self._closed:
                raise WarehouseDown("The warehouse is being closed.", hint="Try again shortly.")
            found = self._found
            if found is None or found.instance.mark != mark or found.instance.broken:
                # The old state is not closed here: calls that still read it finish, then it goes.
                connection = open_locked(
                    self._path,
                    memory_limit=self._memory_limit,
                    threads=THREADS,
                    time_zone=self._catalog.company.time_zone,
                )
                self._found = found = _Found(Instance(mark, connection, self._key))
            return found

    def _mark(self) -> str:
        try:
            stat = self._path.stat()
        except OSError as error:
            raise WarehouseDown("The warehouse file is not there.", hint="Try again shortly.") from error
        return f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"
