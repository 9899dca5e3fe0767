"""The embedded engine: a gold file in DuckDB, read through one secured catalog per set of rights.

Queries of our own compiler run in this process on a locked instance; SQL that a caller wrote runs in a worker process
that can be killed. A replaced gold file is noticed and opened afresh.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Catalog, Dimension
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import WarehouseDown
from warehouse.compiled import CompiledQuery
from warehouse.deadline import Deadline
from warehouse.duckdb_connection import SOURCE, open_locked
from warehouse.duckdb_rows import fetched, stopping
from warehouse.duckdb_secured import build_secured
from warehouse.horizon import Horizons
from warehouse.horizons import find_horizons
from warehouse.port import CheckedSql, Dialect, Rows
from warehouse.worker_pool import WorkerPool, WorkerSettings

MOST_CATALOGS = 64
"""Secured catalogs kept at once; each holds views only and costs about a millisecond to make."""
MOST_VALUE_LISTS = 512
SYSTEM_SECONDS = 60.0
THREADS = 2


@dataclass
class _Instance:
    """One opened state of the gold file, and what was derived from it."""

    mark: str
    connection: duckdb.DuckDBPyConnection
    catalogs: OrderedDict[str, str] = field(default_factory=OrderedDict[str, str])
    horizons: dict[str, Horizons] = field(default_factory=dict[str, Horizons])
    values: OrderedDict[tuple[str, str, int], tuple[str, ...]] = field(
        default_factory=OrderedDict[tuple[str, str, int], tuple[str, ...]]
    )
    lock: threading.Lock = field(default_factory=threading.Lock)


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
        self._instance: _Instance | None = None
        settings = WorkerSettings(path, memory_limit, worker_memory_bytes)
        self._pool = WorkerPool(settings, workers)

    def warm(self) -> None:
        """Open the file, find the horizons and start the workers before the first question, in the background."""
        threading.Thread(target=self._warm, daemon=True, name="assay-warm").start()

    def _warm(self) -> None:
        self._pool.start()
        try:
            self.horizons()
        except WarehouseDown:
            # The first question will say so itself.
            return

    def watermark(self) -> str:
        """Identity of the data: equal means unchanged. Raises WarehouseDown when the file is not there."""
        return self._current().mark

    def horizons(self) -> Horizons:
        """How far each table reaches; found once for each state of the data and company day."""
        instance, today = self._current(), self._calendar().today
        with instance.lock:
            known = instance.horizons.get(today.isoformat())
            if known is None:
                known = find_horizons(
                    self._catalog, today, lambda sql: self._ask(instance, sql, None), SOURCE, self.dialect
                )
                instance.horizons[today.isoformat()] = known
            return known

    def compiled_rows(self, access: Access, query: CompiledQuery, deadline: Deadline) -> Rows:
        """Run a query of our own compiler against the principal's secured catalog."""
        return self._run(self._current(), access, query.sql, deadline)

    def sql_rows(self, access: Access, sql: str, deadline: Deadline, max_rows: int) -> tuple[CheckedSql, Rows]:
        """Check and run one SELECT of a caller in a worker."""
        mark = self._current().mark
        return self._pool.run(access, self._key, sql, deadline, max_rows, mark, self._calendar().moment)

    def dimension_values(self, access: Access, dimension: Dimension, limit: int) -> Sequence[str]:
        """Distinct values under the principal's own policy, as text, ordered."""
        instance, place = self._current(), (access.key, dimension.name, limit)
        with instance.lock:
            if place in instance.values:
                instance.values.move_to_end(place)
                return instance.values[place]
        column = exp.column(dimension.column.name, quoted=True)
        text = exp.cast(column, "VARCHAR")
        select = (
            exp.select(exp.alias_(text, "value"))
            .distinct()
            .from_(exp.table_(dimension.table.name, db=dimension.table.schema_name, quoted=True))
            .where(column.copy().is_(exp.null()).not_())
            .order_by(exp.Literal.number(1))
            .limit(limit)
        )
        rows = self._run(instance, access, select.sql(dialect=self.dialect), Deadline(SYSTEM_SECONDS))
        found = tuple(str(row[0]) for row in rows.rows)
        with instance.lock:
            instance.values[place] = found
            if len(instance.values) > MOST_VALUE_LISTS:
                instance.values.popitem(last=False)
        return found

    def system_rows(self, sql: str, deadline: Deadline | None = None) -> Rows:
        """Run trusted SQL of our own over the source, as the company."""
        return self._ask(self._current(), sql, deadline)

    def close(self) -> None:
        """Stop the workers and let go of the file."""
        self._pool.close()
        with self._lock:
            if self._instance:
                self._instance.connection.close()
            self._instance = None

    def _current(self) -> _Instance:
        try:
            stat = self._path.stat()
        except OSError as error:
            raise WarehouseDown("The warehouse file is not there.", hint="Try again shortly.") from error
        mark = f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"
        instance = self._instance
        if instance is not None and instance.mark == mark:
            return instance
        with self._lock:
            if self._instance is None or self._instance.mark != mark:
                # The old instance is closed by its last running cursor.
                connection = open_locked(self._path, memory_limit=self._memory_limit, threads=THREADS)
                self._instance = _Instance(mark, connection)
            return self._instance

    def _run(self, instance: _Instance, access: Access, sql: str, deadline: Deadline) -> Rows:
        name = self._secured(instance, access)
        cursor = instance.connection.cursor()
        try:
            with stopping(cursor, deadline):
                cursor.execute(f'USE "{name}"')
                return fetched(cursor.execute(sql))
        finally:
            cursor.close()

    def _ask(self, instance: _Instance, sql: str, deadline: Deadline | None) -> Rows:
        cursor = instance.connection.cursor()
        try:
            with stopping(cursor, deadline or Deadline(SYSTEM_SECONDS)):
                cursor.execute(f"USE {SOURCE}")
                return fetched(cursor.execute(sql))
        finally:
            cursor.close()

    def _secured(self, instance: _Instance, access: Access) -> str:
        """Name of the attached catalog that holds what this principal may see; made on first use."""
        with instance.lock:
            name = instance.catalogs.get(access.key)
            if name is None:
                name = f"rights_{access.key}"
                build_secured(instance.connection, name, access, self._key)
                instance.catalogs[access.key] = name
                if len(instance.catalogs) > MOST_CATALOGS:
                    _, oldest = instance.catalogs.popitem(last=False)
                    instance.connection.execute(f'DETACH "{oldest}"')
            instance.catalogs.move_to_end(access.key)
            return name
