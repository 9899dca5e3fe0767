"""Creates a principal's secured catalog inside a locked DuckDB instance."""

from __future__ import annotations

import logging

import duckdb

from catalog.access import Access
from warehouse.duckdb_connection import SOURCE
from warehouse.secured import SecuredView, secured_views

log = logging.getLogger("assay.warehouse")


def build_secured(connection: duckdb.DuckDBPyConnection, name: str, access: Access, key: bytes) -> None:
    """Attach an empty in-memory catalog called `name` and create the principal's secure views in it.

    A table that the gold file does not hold as described gets no view: what reads it fails, the rest answers."""
    views = secured_views(access, source=SOURCE, pseudonym_key=key)
    connection.execute(f"ATTACH ':memory:' AS \"{name}\"")
    try:
        for schema in {view.schema for view in views} - {"main"}:
            connection.execute(f'CREATE SCHEMA "{name}"."{schema}"')
        for view in views:
            _create(connection, name, view)
    except duckdb.Error:
        connection.execute(f'DETACH "{name}"')
        raise


def _create(connection: duckdb.DuckDBPyConnection, name: str, view: SecuredView) -> None:
    try:
        connection.execute(f'CREATE SECURE VIEW "{name}"."{view.schema}"."{view.name}" AS {view.sql}')
    except (duckdb.CatalogException, duckdb.BinderException):
        log.warning("no view of a table that is not as described", extra={"table": view.name})
