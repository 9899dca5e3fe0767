"""The part of Google's client that this engine uses, with the types that the client itself leaves open."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any, Protocol

from warehouse.deadline import Deadline


class Field(Protocol):
    """One field of a schema."""

    name: str
    field_type: str
    mode: str


class Row(Protocol):
    """One row."""

    def values(self) -> Sequence[object]:
        """Its values, in the schema's order."""
        ...


class RowsFound(Protocol):
    """The rows of a job, read page by page."""

    schema: Sequence[Field]
    total_rows: int | None

    def __iter__(self) -> Iterator[Row]: ...


class TableName(Protocol):
    """A table as a job names it."""

    project: str
    dataset_id: str
    table_id: str


class QueryJob(Protocol):
    """A query, running or done."""

    job_id: str
    destination: TableName | None
    """The table that holds its rows, for a day."""
    statement_type: str | None
    referenced_tables: Sequence[TableName]
    total_bytes_processed: int | None
    total_bytes_billed: int | None
    cache_hit: bool | None

    def done(self, *, retry: Any, timeout: float) -> bool:
        """Ask whether it has ended."""
        ...

    def exception(self) -> BaseException | None:
        """Why it failed, once it has ended."""
        ...

    def result(self, *, page_size: int, retry: Any, timeout: float) -> RowsFound:
        """Its rows."""
        ...


class LargeResults(Protocol):
    """Another way to the rows of a job, for many of them."""

    @property
    def resting(self) -> bool:
        """Not to be asked just now: it did not work a moment ago."""
        ...

    def rows(self, table: TableName, deadline: Deadline, over: threading.Event) -> Generator[Sequence[object]]:
        """The rows of a table, in its order, until `over` is set."""
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...


class LoadJob(Protocol):
    """A load, running or done."""

    output_rows: int | None

    def result(self, *, timeout: float) -> Any:
        """Wait for its end."""
        ...

    def cancel(self, *, timeout: float) -> Any:
        """Tell BigQuery to stop it."""
        ...


class Partitioning(Protocol):
    """How a table is split."""

    field: str | None


class StoredTable(Protocol):
    """A table as BigQuery describes it."""

    schema: Sequence[Field]
    time_partitioning: Partitioning | None
    range_partitioning: Partitioning | None
    require_partition_filter: bool | None
    modified: datetime | None
    num_rows: int | None
    num_bytes: int | None
    table_type: str


def routines_of(job: Any) -> int:
    """How many functions of users a statement calls. BigQuery says it, but the client has no public name for it."""
    return len(job._properties.get("statistics", {}).get("query", {}).get("referencedRoutines", ()))


class Client(Protocol):
    """`google.cloud.bigquery.Client`."""

    def query(self, query: str, job_config: Any, **options: Any) -> QueryJob:
        """Start a query."""
        ...

    def get_job(self, job_id: str, *, retry: Any, timeout: float) -> QueryJob:
        """A job by its id."""
        ...

    def cancel_job(self, job_id: str, *, retry: Any, timeout: float) -> Any:
        """Tell BigQuery to stop a job."""
        ...

    def get_table(self, table: str, *, retry: Any, timeout: float) -> StoredTable:
        """A table's description."""
        ...

    def create_dataset(self, dataset: Any, *, exists_ok: bool, timeout: float) -> Any:
        """Make a dataset."""
        ...

    def delete_table(self, table: Any, *, not_found_ok: bool, timeout: float) -> None:
        """Drop a table."""
        ...

    def load_table_from_file(
        self, file_obj: IO[bytes], destination: Any, *, job_config: Any, timeout: float
    ) -> LoadJob:
        """Start a load."""
        ...

    def list_tables(self, dataset: str) -> Iterable[Any]:
        """The tables of a dataset."""
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...
