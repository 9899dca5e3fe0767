"""Copies the tables of a DuckDB file into BigQuery: datasets, typed tables with partitions and clusters, rows.

For trying Assay out on BigQuery, and for tests; a company's own pipeline fills its gold tables itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb
from google.cloud import bigquery

from catalog.catalog import Catalog
from catalog.tables import Table
from warehouse.bigquery.driver import Client, Field
from warehouse.bigquery.place import Place

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
LOAD_SECONDS = 600.0
Report = Callable[["Loaded"], None]


@dataclass(frozen=True)
class Loaded:
    """One table that was copied."""

    schema: str
    table: str
    rows: int


def load_duckdb(
    file: Path, catalog: Catalog, client: Client, place: Place, report: Report | None = None
) -> list[Loaded]:
    """Copy every table of the catalog's schemas from a DuckDB file, replacing what is there; `report` hears of each.

    Raises google.api_core.exceptions.GoogleAPICallError, duckdb.Error."""
    described = {(t.schema_name, t.name): t for t in catalog.tables.values() if not t.definition}
    schemas = sorted({schema for schema, _ in described} | {catalog.sources.ops_schema})
    found: list[Loaded] = []
    with duckdb.connect(str(file), read_only=True) as source, tempfile.TemporaryDirectory() as folder:
        for schema in schemas:
            dataset = bigquery.Dataset(f"{place.project}.{place.dataset(schema)}")
            if place.location:
                dataset.location = place.location
            client.create_dataset(dataset, exists_ok=True)
        for schema, name in _tables(source, schemas):
            target = _new_table(source, schema, name, described.get((schema, name)), place)
            loaded = Loaded(schema, name, _copy(source, schema, name, target, client, Path(folder)))
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
) -> int:
    """Write the rows to a Parquet file and load it as one job: all of them, or none."""
    client.delete_table(table.reference, not_found_ok=True)
    client.create_table(table)
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
    with file.open("rb") as body:
        job = client.load_table_from_file(body, table.reference, job_config=config)
    job.result(timeout=LOAD_SECONDS)
    file.unlink()
    return int(job.output_rows or 0)


def _readable(field: Field) -> str:
    """The column as Parquet should hold it: wide integers in 64 bits."""
    name = '"' + field.name.replace('"', '""') + '"'
    return f"CAST({name} AS BIGINT) AS {name}" if field.field_type in ("INT64", "INTEGER") else name
