"""DuckDB results as `Rows`, and DuckDB errors as refusals: the one border between the driver and the house."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from datetime import date, datetime
from decimal import Decimal
from typing import cast

import duckdb

from catalog.refusals import Refusal, Timeout, TooExpensive, WarehouseDown
from catalog.tables import ColumnType
from warehouse.deadline import Deadline
from warehouse.port import Cell, Rows

NARROW = "Narrow the dates, add a filter, or ask for fewer groups."


def column_type(name: str) -> ColumnType:
    """The catalog's word for a DuckDB type; what has none is text."""
    base = name.upper().split("(")[0]
    if base in ("DATE",):
        return "date"
    if base.startswith("TIMESTAMP"):
        return "timestamp"
    if base == "BOOLEAN":
        return "boolean"
    if base == "DECIMAL":
        return "decimal"
    if base in ("DOUBLE", "FLOAT"):
        return "float"
    return "integer" if base.endswith("INT") or base in ("INTEGER", "HUGEINT", "UINTEGER") else "string"


def cell(value: object) -> Cell:
    """A driver value as a plain one; lists, structs, intervals and bytes become their text."""
    if value is None or isinstance(value, str | int | float | bool | Decimal | date | datetime):
        return value
    return str(value)


def fetched(cursor: duckdb.DuckDBPyConnection, max_rows: int | None = None) -> Rows:
    """What a statement gave, at most `max_rows` of it."""
    described = cursor.description or []
    names = tuple(str(d[0]) for d in described)
    types: tuple[ColumnType, ...] = tuple(column_type(str(d[1])) for d in described)
    if max_rows is None:
        found, cut = cursor.fetchall(), False
    else:
        found = cursor.fetchmany(max_rows + 1)
        cut = len(found) > max_rows
    rows = cast(list[tuple[object, ...]], found[:max_rows] if cut else found)
    plain = {"date", "timestamp", "boolean", "decimal", "float", "integer"}
    if all(t in plain for t in types):
        return Rows(names, types, cast(tuple[tuple[Cell, ...], ...], tuple(rows)), cut)
    return Rows(names, types, tuple(tuple(cell(v) for v in row) for row in rows), cut)


@contextlib.contextmanager
def stopping(cursor: duckdb.DuckDBPyConnection, deadline: Deadline) -> Generator[None]:
    """Interrupt the statement at the deadline or when the caller goes away; driver errors become refusals."""
    timer = threading.Timer(deadline.remaining(), cursor.interrupt)
    timer.daemon = True
    timer.start()
    take_off = deadline.on_cancel(cursor.interrupt)
    try:
        yield
    except duckdb.Error as error:
        raise refusal(error, deadline) from error
    finally:
        timer.cancel()
        take_off()


def refusal(error: duckdb.Error, deadline: Deadline) -> Refusal:
    """Our own words for a driver error; its text stays in the cause."""
    if isinstance(error, duckdb.InterruptException) or deadline.remaining() == 0:
        return Timeout(f"The query did not finish within {deadline.seconds:g} s.", hint=NARROW)
    if isinstance(error, duckdb.OutOfMemoryException):
        return TooExpensive("The query needs more memory than it may use.", hint=NARROW)
    return WarehouseDown("The warehouse could not run this query.")
