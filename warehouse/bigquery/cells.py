"""BigQuery's types and values as the house's own."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Context, Decimal
from typing import cast
from zoneinfo import ZoneInfo

from catalog.tables import ColumnType
from warehouse.bigquery.driver import Field
from warehouse.port import Cell

_TYPES: dict[str, ColumnType] = {
    **dict.fromkeys(("INTEGER", "INT64"), "integer"),
    **dict.fromkeys(("FLOAT", "FLOAT64"), "float"),
    **dict.fromkeys(("NUMERIC", "BIGNUMERIC"), "decimal"),
    **dict.fromkeys(("BOOLEAN", "BOOL"), "boolean"),
    **dict.fromkeys(("TIMESTAMP", "DATETIME"), "timestamp"),
    "DATE": "date",
}
LONGEST_CELL = 64_000
"""Characters of one text value; the rest is cut, and the cut is marked."""
CUT = "…"
_EXACT = Context(prec=100)
"""More digits than a BIGNUMERIC has."""


def column_type(field: Field) -> ColumnType:
    """The catalog's word for a field; what has none (arrays, structs, bytes, JSON, times) is text."""
    if field.mode == "REPEATED":
        return "string"
    return _TYPES.get(str(field.field_type).upper(), "string")


def cells(row: Iterable[object], zone: ZoneInfo) -> tuple[Cell, ...]:
    """One row of the driver. Moments with a zone are shown on the company's clocks (`zone`), as all others are."""
    return tuple(cell(value, zone) for value in row)


def cell(value: object, zone: ZoneInfo) -> Cell:
    """A driver value as a plain one; arrays and structs become JSON text, bytes base64."""
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, datetime):
        return _local(value, zone) if value.tzinfo else value
    if value is None or isinstance(value, int | float | bool | date):
        return value
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, bytes):
        return _cut(base64.b64encode(value).decode())
    if isinstance(value, list | tuple | dict):
        return _cut(json.dumps(_plain(cast(object, value)), default=str, ensure_ascii=False))
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + CUT


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """On the company's clocks; a moment that would leave the years 1 to 9999 there stays at their end."""
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return datetime.min if moment.year == 1 else datetime.max


def plain_decimal(value: Decimal) -> Decimal:
    """The number without the zeros of a fixed scale or an exponent: NUMERIC 1E+1 is 10."""
    short = value.normalize(_EXACT)
    whole = isinstance(e := short.as_tuple().exponent, int) and e > 0
    return short.quantize(Decimal(1), context=_EXACT) if whole else short


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in cast(dict[object, object], value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast(Sequence[object], value)]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def size_of(row: Sequence[Cell]) -> int:
    """About how many bytes a row takes in an answer."""
    return sum(len(value) if isinstance(value, str) else 12 for value in row)
