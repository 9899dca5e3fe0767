"""The rows of a job that is done: by pages of JSON, or in large batches where the Storage Read API can be had."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from catalog.refusals import Refusal, TooExpensive, WarehouseDown
from warehouse.bigquery.cells import cells, column_type, size_of
from warehouse.bigquery.driver import Field, LargeResults, QueryJob, RowsFound
from warehouse.bigquery.errors import NARROW, late
from warehouse.bigquery.patience import retry
from warehouse.bill import Bill, Price
from warehouse.deadline import Deadline
from warehouse.port import Cell, Rows

log = logging.getLogger("assay.warehouse")
PAGE_ROWS = 10_000
LARGE_ROWS = 2 * PAGE_ROWS
"""From here on a session of the Storage Read API costs less than the pages after the first one."""
LEAST_SECONDS = 2.0
"""With less time left the pages are surer."""
_SAME_EITHER_WAY = frozenset(
    {
        *("STRING", "INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOLEAN", "BOOL", "BYTES"),
        *("TIMESTAMP", "DATETIME", "DATE", "TIME"),
    }
)
"""Types whose values are the same objects from a page and from an Arrow batch."""


@dataclass(frozen=True)
class Cap:
    """What one query may read and give. `rows`/`size`: beyond these the result is cut; with `whole`, refused."""

    bytes_billed: int
    rows: int
    size: int
    whole: bool = False


@dataclass(frozen=True)
class _Taken:
    """Rows within the cap. `cut`: there are more."""

    rows: tuple[tuple[Cell, ...], ...]
    cut: bool


@dataclass(frozen=True)
class Results:
    """Reads the rows of jobs. `large` gives the Storage Read API, or None where it cannot be had."""

    zone: ZoneInfo
    price: Price
    large: Callable[[], LargeResults | None]

    def rows(self, job: QueryJob, deadline: Deadline, cap: Cap, over: threading.Event) -> Rows:
        """What a job found, all of it or cut at the cap, never a part told as the whole. Raises TooExpensive,
        WarehouseDown, Timeout (also once `over` is set), and what `errors.ERRORS` names."""
        found = job.result(page_size=PAGE_ROWS, retry=retry(deadline), timeout=max(0.1, deadline.remaining()))
        taken, way = self._in_batches(job, found, deadline, cap, over), "batches"
        if taken is None:
            taken, way = self._taken((row.values() for row in found), deadline, cap, over), "pages"
        bill = Bill(self.price, int(job.total_bytes_billed or 0), bool(job.cache_hit))
        told = {"job": job.job_id, "bytes_billed": bill.size, "cached": bill.from_cache, "read": way}
        log.info("bigquery job", extra=told)
        if taken.cut and cap.whole:
            more = f"{cap.rows:,} rows" if len(taken.rows) == cap.rows else f"{cap.size:,} bytes"
            raise TooExpensive(f"The answer would have more than {more}.", hint=NARROW)
        if not _complete(taken, found):
            raise WarehouseDown("The warehouse gave only a part of the rows.", hint="Try again.")
        names = tuple(f.name for f in found.schema)
        return Rows(names, tuple(column_type(f) for f in found.schema), taken.rows, taken.cut, bill=bill)

    def _in_batches(
        self, job: QueryJob, found: RowsFound, deadline: Deadline, cap: Cap, over: threading.Event
    ) -> _Taken | None:
        """The rows over the Storage Read API; None where the pages have to do: for small results, types that would
        look otherwise, and whenever anything goes wrong with it."""
        few = min(found.total_rows or 0, cap.rows) < LARGE_ROWS
        if few or job.destination is None or not all(map(_same_either_way, found.schema)):
            return None
        try:
            large = self.large()
            if large is None or large.resting or over.is_set() or deadline.remaining() < LEAST_SECONDS:
                return None
            with closing(large.rows(job.destination, deadline, over)) as source:
                taken = self._taken(source, deadline, cap, over)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001 - another way to the same rows: whatever is wrong with it, pages do
            log.warning("a large result is read by pages", extra={"job": job.job_id, "reason": type(error).__name__})
            return None
        return taken if _complete(taken, found) else None

    def _taken(self, source: Iterable[Sequence[object]], deadline: Deadline, cap: Cap, over: threading.Event) -> _Taken:
        rows: list[tuple[Cell, ...]] = []
        size = 0
        for row in source:
            if over.is_set():
                raise late(deadline)
            shown = cells(row, self.zone)
            size += size_of(shown)
            if len(rows) == cap.rows or size > cap.size:
                return _Taken(tuple(rows), True)
            rows.append(shown)
        return _Taken(tuple(rows), False)


def _complete(taken: _Taken, found: RowsFound) -> bool:
    return taken.cut or found.total_rows is None or len(taken.rows) == found.total_rows


def _same_either_way(field: Field) -> bool:
    return field.mode != "REPEATED" and field.field_type.upper() in _SAME_EITHER_WAY
