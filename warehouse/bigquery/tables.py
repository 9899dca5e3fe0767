"""The tables as they stand in BigQuery: their columns, partitions and last change. Asking costs no bytes.

What is known of a table is kept for a few seconds, so that one question does not ask twice.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from google.api_core import exceptions as google
from google.api_core.retry import Retry

from catalog.refusals import WarehouseDown
from warehouse.bigquery.driver import Client, Field
from warehouse.bigquery.errors import ERRORS, refusal, retryable
from warehouse.bigquery.place import Place
from warehouse.deadline import Deadline

METADATA_SECONDS = 20.0
REQUESTS_AT_ONCE = 8
VIEWS = frozenset({"VIEW", "MATERIALIZED_VIEW"})
INGESTED = "_PARTITIONTIME"
"""The column, in no schema, that splits a table by the time at which its rows came in."""
Name = tuple[str, str]
"""Schema and table, as the catalog names them."""


@dataclass(frozen=True)
class Physical:
    """One table of BigQuery. `types` by column name; `partition` the column by which it is split (`INGESTED` where that
    is the time of ingestion); `demands_filter` where BigQuery refuses to read it without one on the partition; `size`
    in bytes; `changed` differs after every change of rows or columns."""

    name: Name
    types: Mapping[str, str]
    partition: str | None
    changed: str
    is_view: bool
    demands_filter: bool = False
    size: int = 0

    @property
    def zoned(self) -> tuple[str, ...]:
        """Columns that hold a moment with a zone."""
        return tuple(name for name, kind in self.types.items() if kind == "TIMESTAMP")


class Tables:
    """What is known of the tables of a place. Thread-safe. `seconds`: how long it counts as known."""

    def __init__(
        self,
        client: Callable[[], Client],
        place: Place,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._place = place
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[Name, tuple[float, Physical | None]] = {}

    def find(self, name: Name) -> Physical | None:
        """The table as it stands; None where there is none. Raises WarehouseDown."""
        return self.find_all([name])[name]

    def find_all(self, names: Iterable[Name]) -> Mapping[Name, Physical | None]:
        """The same for several tables, asked for together."""
        wanted = list(names)
        with self._lock:
            now = self._clock()
            kept = {n: self._known[n][1] for n in wanted if n in self._known and now < self._known[n][0]}
        missing = [name for name in wanted if name not in kept]
        if missing:
            with ThreadPoolExecutor(min(REQUESTS_AT_ONCE, len(missing)), "assay-bigquery-tables") as pool:
                asked = dict(zip(missing, pool.map(self._ask, missing), strict=True))
            with self._lock:
                until = self._clock() + self._seconds
                self._known.update({name: (until, found) for name, found in asked.items()})
            kept |= asked
        return kept

    def watermark(self, names: Iterable[Name]) -> str:
        """Identity of the data in these tables: equal means unchanged. Raises WarehouseDown when none is there."""
        found = self.find_all(names)
        if found and not any(found.values()):
            raise WarehouseDown("None of the catalog's tables is in BigQuery.", hint="Check project and datasets.")
        states = [f"{name}={known.changed if known else '-'}" for name, known in sorted(found.items())]
        return hashlib.sha256("\n".join(states).encode()).hexdigest()[:32]

    def _ask(self, name: Name) -> Physical | None:
        deadline = Deadline(METADATA_SECONDS)
        retry = Retry(predicate=retryable, initial=0.1, maximum=2.0, timeout=METADATA_SECONDS / 2)
        try:
            table = self._client().get_table(self._place.full_name(*name), retry=retry, timeout=METADATA_SECONDS / 2)
        except google.NotFound:
            return None
        except ERRORS as error:
            raise refusal(error, deadline, callers=False) from error
        types = {field.name: _kind(field) for field in table.schema}
        by_time, by_range = table.time_partitioning, table.range_partitioning
        column = by_time.field or INGESTED if by_time else by_range.field if by_range else None
        changed = f"{table.modified.isoformat() if table.modified else ''}/{table.num_rows}/{table.num_bytes}"
        shape = hashlib.sha256(str(sorted(types.items())).encode()).hexdigest()[:12]
        demands = bool(column and table.require_partition_filter)
        return Physical(
            name, types, column, f"{changed}/{shape}", table.table_type in VIEWS, demands, int(table.num_bytes or 0)
        )


def _kind(field: Field) -> str:
    return "ARRAY" if field.mode == "REPEATED" else str(field.field_type).upper()
