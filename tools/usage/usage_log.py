"""The audit log as tables: filled when first asked, and added to as the log grows. A `warehouse.port.Warehouse`, so
that metrics over the log are answered by the same code as metrics over gold."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from audit.desk.calls import STILL_RUNNING, Period, calls
from audit.log import AuditLog, Verification
from catalog.access import Access
from catalog.catalog import Catalog, Dimension
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import NotAllowed, WarehouseDown
from catalog.tables import Table
from tools.answer import Trust
from tools.usage.relations import RELATIONS
from warehouse.compiled import CompiledQuery
from warehouse.deadline import Deadline
from warehouse.horizon import Horizon, Horizons
from warehouse.memory_tables import MemoryTables
from warehouse.port import CheckedSql, Dialect, Rows
from warehouse.purpose import UNTOLD, Purpose
from warehouse.values import values_query

VERIFIED_SECONDS = 600.0
"""How long the check of the whole chain holds: it takes seconds on a long log."""
VALUES_SECONDS = 20.0


@dataclass
class _Filled:
    """Tables made from the log. `first` is the log's first record then: when it is purged they are made afresh."""

    tables: MemoryTables
    first: int
    seen: set[int]
    since: datetime | None = None
    first_day: date | None = None


class UsageLog:
    """Thread-safe. `clock` gives the wall-clock time in UTC, by which the log's days are told."""

    dialect: Dialect = "duckdb"

    def __init__(
        self, log: AuditLog, catalog: Catalog, key: bytes, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._log = log
        self._key = key
        self._clock = clock
        self._company = catalog.company
        self._catalog = replace(catalog, tables={n: _plain(t) for n, t in catalog.tables.items() if t.kind == "audit"})
        self._lock = threading.Lock()
        self._filled: _Filled | None = None
        self._verified: tuple[float, Verification] | None = None

    def calendar(self) -> CompanyCalendar:
        """The company's calendar by the wall clock: the log is written by it, whatever day a workspace pins."""
        return self._company.calendar(self._clock())

    def trust(self, end: date) -> Trust:
        """Whether the log that the figures are counted from is whole, and the last day asked (`end`) over."""
        with self._lock:
            if self._verified is None or time.monotonic() - self._verified[0] > VERIFIED_SECONDS:
                self._verified = (time.monotonic(), self._log.verify())
            found = self._verified[1]
        today = self.calendar().today
        reasons = ["counted from the audit log, which verifies" if found.ok else "the audit log does not verify"]
        if end >= today:
            reasons.append(f"{today} is not over: its calls so far")
        return Trust(state="reconciled" if found.ok else "degraded", as_of=today - timedelta(days=1), reasons=reasons)

    def watermark(self, deadline: Deadline | None = None) -> str:
        """The last whole day on record: what was on record of it does not change when calls go on."""
        return f"log-{self.calendar().today - timedelta(days=1)}"

    def horizons(self, deadline: Deadline | None = None) -> Horizons:
        """Days on record. Yesterday is complete though nobody called: the log misses no call."""
        self._current()
        today = self.calendar().today
        with self._lock:
            first = self._filled.first_day if self._filled else None
        if first is None:
            return {}
        yesterday = today - timedelta(days=1)
        return {name: Horizon(min(first, yesterday), yesterday, today, live=True) for name in self._catalog.tables}

    def compiled_rows(
        self, access: Access, query: CompiledQuery, deadline: Deadline, purpose: Purpose = UNTOLD
    ) -> Rows:
        """Run a query of our own compiler."""
        return self._current().rows(self._own(access), query.sql, deadline)

    def dimension_values(
        self, access: Access, dimension: Dimension, limit: int, deadline: Deadline | None = None
    ) -> Sequence[str]:
        """Distinct values of a dimension of these tables."""
        select = values_query(dimension, limit)
        rows = self._current().rows(self._own(access), select.sql(dialect="duckdb"), Deadline(VALUES_SECONDS))
        return [str(row[0]) for row in rows.rows]

    def sql_rows(
        self, access: Access, sql: str, deadline: Deadline, max_rows: int, purpose: Purpose = UNTOLD
    ) -> tuple[CheckedSql, Rows]:
        """The log is asked by metrics only. Raises NotAllowed."""
        raise NotAllowed("The audit log is asked by metrics, not by SQL.")

    def system_rows(self, sql: str, deadline: Deadline | None = None) -> Rows:
        """Nothing of our own is asked here. Raises WarehouseDown."""
        raise WarehouseDown("The audit log has no operational tables.")

    def warm(self) -> None:
        """The log is read when it is first asked."""

    def close(self) -> None:
        """Let go of the memory."""
        with self._lock:
            if self._filled:
                self._filled.tables.close()
            self._filled = None

    def _own(self, access: Access) -> Access:
        return Access(self._catalog, access.principal)

    def _current(self) -> MemoryTables:
        """The tables, with the calls that ended since they were last asked. Raises AuditDown."""
        with self._lock:
            first = next((record.seq for record in self._log.records()), 0)
            if self._filled is None or self._filled.first != first:
                self._filled = _Filled(MemoryTables(self._catalog, self._key), first, set())
            filled, now = self._filled, self._clock()
            found = [c for c in calls(self._log, Period(filled.since), now) if c.state != "running"]
            new = [call for call in found if call.seq not in filled.seen]
            zone = ZoneInfo(self._company.time_zone)
            for name in self._catalog.tables:
                filled.tables.append(name, [row for call in new for row in RELATIONS[name](call, zone)])
            if filled.first_day is None and new:
                filled.first_day = min(call.asked_at for call in new).astimezone(zone).date()
            filled.seen |= {call.seq for call in new}
            filled.since = now - 2 * STILL_RUNNING
            return filled.tables


def _plain(table: Table) -> Table:
    """The table as one of the memory's own."""
    return table.model_copy(update={"kind": "fact"})
