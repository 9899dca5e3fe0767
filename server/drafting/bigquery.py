"""Reads the tables of a BigQuery dataset: metadata only, which costs nothing.

The API's table resource holds what INFORMATION_SCHEMA tells (columns, descriptions, partition, clusters, constraints)
and is not billed, where each query of INFORMATION_SCHEMA is billed for ten megabytes at least.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast

from google.api_core import exceptions as google

from catalog.refusals import WarehouseDown
from catalog.tables import ColumnType
from server.drafting.found import FoundColumn, FoundLink, FoundTable
from warehouse.bigquery.driver import Client

TYPES: Mapping[str, ColumnType] = {
    "STRING": "string",
    "INTEGER": "integer",
    "INT64": "integer",
    "NUMERIC": "decimal",
    "BIGNUMERIC": "decimal",
    "FLOAT": "float",
    "FLOAT64": "float",
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
    "DATE": "date",
    "DATETIME": "timestamp",
    "TIMESTAMP": "timestamp",
}
AT_ONCE = 8
SECONDS = 30.0


def read_dataset(client: Client, project: str, dataset: str) -> list[FoundTable]:
    """All tables and views of a dataset, by name. Raises WarehouseDown, saying what cannot be read."""
    asked = cast(Any, client)
    try:
        asked.get_dataset(f"{project}.{dataset}", timeout=SECONDS)
        tables = asked.list_tables(f"{project}.{dataset}", timeout=SECONDS)
        names = sorted(f"{project}.{dataset}.{item.table_id}" for item in tables)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(partial(_table, asked), names))
    except google.NotFound as error:
        raise WarehouseDown(
            f"There is no dataset '{dataset}' in project '{project}'.", hint="Check both names."
        ) from error
    except (google.GoogleAPICallError, google.RetryError, OSError) as error:
        raise WarehouseDown(
            f"The tables of '{project}.{dataset}' cannot be read.",
            hint="The account needs bigquery.datasets.get, bigquery.tables.list and bigquery.tables.get there.",
        ) from error


def _table(client: Any, name: str) -> FoundTable:
    # The client's own resource is an untyped dictionary.
    resource = cast(dict[str, Any], client.get_table(name, timeout=SECONDS).to_api_repr())
    constraints, by_time, by_range, clustering = (
        cast(dict[str, Any], resource.get(part) or {})
        for part in ("tableConstraints", "timePartitioning", "rangePartitioning", "clustering")
    )
    rows = resource.get("numRows")
    return FoundTable(
        name=str(resource["tableReference"]["tableId"]),
        columns=tuple(_columns(resource.get("schema", {}).get("fields", ()))),
        description=str(resource.get("description") or ""),
        key=tuple(cast(dict[str, Any], constraints.get("primaryKey") or {}).get("columns", ())),
        partition=by_time.get("field") or by_range.get("field"),
        cluster=tuple(clustering.get("fields", ())),
        links=tuple(_links(constraints.get("foreignKeys", ()))),
        rows=int(rows) if rows is not None else None,
    )


def _columns(fields: Iterable[Mapping[str, Any]]) -> Iterable[FoundColumn]:
    for field in fields:
        mode = str(field.get("mode") or "NULLABLE")
        native = str(field["type"]).upper()
        yield FoundColumn(
            name=str(field["name"]),
            type=None if mode == "REPEATED" else TYPES.get(native),
            native=f"ARRAY<{native}>" if mode == "REPEATED" else native,
            nullable=mode != "REQUIRED",
            description=str(field.get("description") or ""),
        )


def _links(keys: Iterable[Mapping[str, Any]]) -> Iterable[FoundLink]:
    for key in keys:
        for pair in key.get("columnReferences", ()):
            yield FoundLink(
                str(pair["referencingColumn"]), str(key["referencedTable"]["tableId"]), str(pair["referencedColumn"])
            )
