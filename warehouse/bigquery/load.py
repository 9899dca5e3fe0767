"""Copies the tables of a DuckDB file into BigQuery: datasets, typed tables with partitions and clusters, rows.

For trying Assay out on BigQuery, and for tests; a company's own pipeline fills its gold tables itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb
from google.cloud import bigquery

from catalog.catalog import Catalog
from catalog.refusals import Refusal, Timeout
from catalog.tables import Table
from warehouse.bigquery.driver import Client, Field
from warehouse.bigquery.errors import ERRORS, refusal
from warehouse.bigquery.place import Place
from warehouse.deadline import Deadline

TYPES = {
    "VARCHAR": "STRING",
    "BOOLEAN": "BOOL",
    "DATE": "DATE",
    "TIMESTAMP": "DATETIME",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "DOUBLE": "FLOAT64",
    "FLOAT": "FLOAT64",
    "BLOB": "BYTES",
}
"""DuckDB types → BigQuery types. A TIMESTAMP of DuckDB has no zone, as a DATETIME has none."""
NUMERIC_SCALE = 9
LOAD_SECONDS = 1800.0
"""For all tables together."""
CANCEL_SECONDS = 10.0
Report = Callable[["Loaded"], None]


@dataclass(frozen=True)
class Loaded:
    """One table that was copied."""

    schema: str
    table: str
    rows: int


def load_duckdb(
    file: Path,
    catalog: Catalog,
    client: Client,
    place: Place,
    report: Report | None = None,
    *,
    seconds: float = LOAD_SECONDS,
) -> list[Loaded]:
    """Copy every table of the catalog's schemas from a DuckDB file, replacing what is there; `report` hears of each.

    All of it within `seconds`, or nothing: the old tables go first, each new one comes by one job, whole, and what had
    come is taken away where another fails. Raises Timeout, RateLimited, WarehouseDown, duckdb.Error."""
    deadline = Deadline(seconds)
    made: list[Any] = []
    try:
        return _loaded(file, catalog, client, place, report, deadline, made)
    except Refusal as refused:
        left = _taken_away(client, made)
        raise _without(refused, left) from refused
    except ERRORS as error:
        left = _taken_away(client, made)
        why = refusal(error, deadline, callers=False)
        over = isinstance(why, Timeout) or isinstance(error, FutureTimeout)
        raise _without(_late(deadline) if over else why, left) from error


def _loaded(
    file: Path,
    catalog: Catalog,
    client: Client,
    place: Place,
    report: Report | None,
    deadline: Deadline,
    made: list[Any],
) -> list[Loaded]:
    """Datasets, then the tables; `made` hears of each table before its job begins."""
    described = {(t.schema_name, t.name): t for t in catalog.tables.values() if not t.definition}
    schemas = sorted({schema for schema, _ in described} | {catalog.sources.ops_schema})
    found: list[Loaded] = []
    with duckdb.connect(str(file), read_only=True) as source, tempfile.TemporaryDirectory() as folder:
        for schema in schemas:
            dataset = bigquery.Dataset(f"{place.project}.{place.dataset(schema)}")
            if place.location:
                dataset.location = place.location
            client.create_dataset(dataset, exists_ok=True, timeout=_patience(deadline))
        targets = [
            (schema, name, _new_table(source, schema, name, described.get((schema, name)), place))
            for schema, name in _tables(source, schemas)
        ]
        for _, _, target in targets:
            client.delete_table(target.reference, not_found_ok=True, timeout=_patience(deadline))
        for schema, name, target in targets:
            made.append(target.reference)
            loaded = Loaded(schema, name, _copy(source, schema, name, target, client, Path(folder), deadline))
            found.append(loaded)
            if report:
                report(loaded)
    return found


def bigquery_type(kind: str) -> str:
    """The BigQuery type of a DuckDB type. Raises ValueError for one that has none here."""
    base = kind.upper()
    if base.startswith("DECIMAL"):
        scale = int(base.rstrip(")").split(",")[-1]) if "," in base else 0
        return "NUMERIC" if scale <= NUMERIC_SCALE else "BIGNUMERIC"
    if base in ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT", "HUGEINT"):
        return "INT64"
    if base not in TYPES:
        raise ValueError(f"columns of type {kind} cannot be copied to BigQuery")
    return TYPES[base]


def _tables(source: duckdb.DuckDBPyConnection, schemas: Sequence[str]) -> list[tuple[str, str]]:
    rows = source.execute(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_type = 'BASE TABLE' ORDER BY 1, 2"
    ).fetchall()
    return [(str(schema), str(name)) for schema, name in rows if schema in schemas]


def _new_table(
    source: duckdb.DuckDBPyConnection, schema: str, name: str, entry: Table | None, place: Place
) -> bigquery.Table:
    rows = source.execute(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_catalog = current_database() AND table_schema = ? AND table_name = ? ORDER BY ordinal_position",
        [schema, name],
    ).fetchall()
    fields = [bigquery.SchemaField(str(column), bigquery_type(str(kind))) for column, kind, _ in rows]
    table = bigquery.Table(place.full_name(schema, name), schema=fields)
    types = {field.name: str(field.field_type) for field in fields}
    if entry and entry.partition and types.get(entry.physical(entry.partition)) in ("DATE", "DATETIME", "TIMESTAMP"):
        table.time_partitioning = bigquery.TimePartitioning(field=entry.physical(entry.partition))
    if entry and entry.cluster:
        table.clustering_fields = [entry.physical(column) for column in entry.cluster]
    return table


def _copy(
    source: duckdb.DuckDBPyConnection,
    schema: str,
    name: str,
    table: bigquery.Table,
    client: Client,
    folder: Path,
    deadline: Deadline,
) -> int:
    """Write the rows to a Parquet file and load it as one job, which makes the table: all of them, or no table."""
    file = folder / f"{schema}.{name}.parquet"
    schema_fields = cast(list[Field], cast(Any, table).schema)
    columns = ", ".join(_readable(field) for field in schema_fields)
    # Names come from the file's own catalog of tables; the target is a folder of ours.
    source.execute(f'COPY (SELECT {columns} FROM "{schema}"."{name}") TO \'{file}\' (FORMAT parquet)')  # noqa: S608
    config = bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        schema=schema_fields,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        time_partitioning=table.time_partitioning,
        clustering_fields=table.clustering_fields,
    )
    config.job_timeout_ms = max(1, int(deadline.remaining() * 1000))
    with file.open("rb") as body:
        job = client.load_table_from_file(body, table.reference, job_config=config, timeout=_patience(deadline))
    try:
        job.result(timeout=_patience(deadline))
    except FutureTimeout:
        # Else it would end later, and a table would be there after all.
        job.cancel(timeout=CANCEL_SECONDS)
        raise
    finally:
        file.unlink()
    return int(job.output_rows or 0)


def _taken_away(client: Client, made: Sequence[Any]) -> list[str]:
    """Drop the tables of a load that failed; the names of those that could not be dropped."""
    left: list[str] = []
    for table in made:
        try:
            client.delete_table(table, not_found_ok=True, timeout=CANCEL_SECONDS)
        except ERRORS:
            left.append(f"{table.dataset_id}.{table.table_id}")
    return left


def _without(refused: Refusal, left: Sequence[str]) -> Refusal:
    """The refusal, with what is there of a load that failed."""
    what = f"These tables could not be taken away again: {', '.join(left)}." if left else "Nothing of it was kept."
    return type(refused)(refused.message, hint=f"{refused.hint} {what}".strip())


def _late(deadline: Deadline) -> Timeout:
    return Timeout(f"The load did not finish within {deadline.seconds:g} s.")


def _patience(deadline: Deadline) -> float:
    """Seconds that are left for one step. Raises Timeout."""
    if deadline.remaining() == 0:
        raise _late(deadline)
    return max(0.1, deadline.remaining())


def _readable(field: Field) -> str:
    """The column as Parquet should hold it: wide integers in 64 bits."""
    name = '"' + field.name.replace('"', '""') + '"'
    return f"CAST({name} AS BIGINT) AS {name}" if field.field_type in ("INT64", "INTEGER") else name
