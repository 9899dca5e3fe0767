"""DuckDB results as `Rows`, and DuckDB errors as refusals: the one border between the driver and the house."""

from __future__ import annotations

import contextlib
import json
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
FATAL = (duckdb.FatalException, duckdb.InternalException, duckdb.IOException)
"""After these an engine answers nothing more, or answers from a file that changed under it: it is opened afresh."""
INTERRUPT_SECONDS = 0.02


def column_type(name: str) -> ColumnType:
    """The catalog's word for a DuckDB type; what has none (lists, structs, intervals, bytes) is text."""
    if name.endswith("]"):
        return "string"
    base = name.upper().split("(")[0]
    if base in ("DATE", "BOOLEAN", "DECIMAL"):
        return cast(ColumnType, base.lower())
    if base.startswith("TIMESTAMP"):
        return "timestamp"
    if base in ("DOUBLE", "FLOAT"):
        return "float"
    return "integer" if base.endswith("INT") or base in ("INTEGER", "UINTEGER") else "string"


def cell(value: object) -> Cell:
    """A driver value as a plain one; lists and structs become JSON text, bytes hexadecimal, intervals their text."""
    if value is None or isinstance(value, str | int | float | bool | Decimal | date | datetime):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple | dict):
        return json.dumps(_plain(cast(object, value)), default=str, ensure_ascii=False)
    return str(value)


def _plain(value: object) -> object:
    """Keys as text and bytes as hexadecimal, which JSON wants."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in cast(dict[object, object], value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast(list[object], value)]
    return value.hex() if isinstance(value, bytes) else value


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
    if "string" not in types:
        return Rows(names, types, cast(tuple[tuple[Cell, ...], ...], tuple(rows)), cut)
    return Rows(names, types, tuple(tuple(cell(v) for v in row) for row in rows), cut)


@contextlib.contextmanager
def stopping(cursor: duckdb.DuckDBPyConnection, deadline: Deadline) -> Generator[None]:
    """Interrupt the statement at the deadline or when the caller goes away; driver errors become refusals."""
    if deadline.remaining() == 0:
        raise _late(deadline)
    over, done = threading.Event(), threading.Event()
    watch = threading.Thread(target=_interrupt, args=(cursor, deadline, over, done), daemon=True)
    watch.start()
    take_off = deadline.on_cancel(over.set)
    try:
        yield
    except duckdb.Error as error:
        raise refusal(error, deadline) from error
    finally:
        take_off()
        done.set()
        over.set()
        watch.join()


def _interrupt(
    cursor: duckdb.DuckDBPyConnection, deadline: Deadline, over: threading.Event, done: threading.Event
) -> None:
    over.wait(deadline.remaining())
    # Again and again: an interrupt that comes between two statements is forgotten by the engine.
    while not done.is_set():
        cursor.interrupt()
        done.wait(INTERRUPT_SECONDS)


def refusal(error: duckdb.Error, deadline: Deadline) -> Refusal:
    """Our own words for a driver error; its text stays in the cause."""
    if isinstance(error, duckdb.InterruptException) or deadline.remaining() == 0:
        return _late(deadline)
    if isinstance(error, duckdb.OutOfMemoryException):
        return TooExpensive("The query needs more memory than it may use.", hint=NARROW)
    return WarehouseDown("The warehouse could not run this query.")


def _late(deadline: Deadline) -> Timeout:
    return Timeout(f"The query did not finish within {deadline.seconds:g} s.", hint=NARROW)
