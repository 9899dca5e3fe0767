"""Messages between the server and a worker: length-prefixed frames, and rows as JSON with the types that JSON lacks.

A worker ran a stranger's SQL, so what it sends is parsed as plain data; nothing of it is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, cast

from catalog.tables import ColumnType
from warehouse.port import Cell

HEADER_BYTES = 4
MOST_BYTES = 64_000_000
"""A frame above this is refused: no honest result is that large (rows and cells are capped before)."""
LONGEST_CELL = 64_000
"""Characters of one text value; the rest is cut, and the cut is marked."""
CUT = "…"


class FrameError(Exception):
    """The other side sent something that is not a frame, or went away."""


def send(stream: BinaryIO, body: bytes) -> None:
    """Write one frame."""
    stream.write(len(body).to_bytes(HEADER_BYTES, "big") + body)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one frame; None when the other side closed before one began."""
    header = _exactly(stream, HEADER_BYTES)
    if not header:
        return None
    size = int.from_bytes(header, "big")
    if len(header) < HEADER_BYTES or size > MOST_BYTES:
        raise FrameError("not a frame")
    body = _exactly(stream, size)
    if len(body) < size:
        raise FrameError("cut short")
    return body


def _exactly(stream: BinaryIO, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def encode_rows(rows: Iterable[Iterable[Cell]], most_bytes: int) -> tuple[list[list[Any]], bool]:
    """Rows as JSON values, at most about `most_bytes` of them; True when some were left out."""
    kept: list[list[Any]] = []
    size = 0
    for row in rows:
        encoded = [_encoded(value) for value in row]
        size += sum(len(v) if isinstance(v, str) else 12 for v in encoded)
        if size > most_bytes:
            return kept, True
        kept.append(encoded)
    return kept, False


def decode_rows(rows: Iterable[Iterable[Any]], types: tuple[ColumnType, ...]) -> tuple[tuple[Cell, ...], ...]:
    """What `encode_rows` made, as plain values again."""
    readers = [READERS[kind] for kind in types]
    return tuple(
        tuple(None if value is None else read(value) for read, value in zip(readers, row, strict=True)) for row in rows
    )


def _encoded(value: Cell) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value if len(value) <= LONGEST_CELL else value[:LONGEST_CELL] + CUT
        return text.encode("utf-8", "replace").decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def _day(text: str) -> Cell:
    """A date; where Python has none (before the year 1, after 9999, infinity) the driver gives text, which stays."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _moment(text: str) -> Cell:
    """A timestamp; the text itself where Python has none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


READERS: dict[ColumnType, Callable[[Any], Cell]] = {
    "string": str,
    "integer": int,
    "decimal": Decimal,
    "float": float,
    "boolean": bool,
    "date": _day,
    "timestamp": _moment,
}


def to_json(message: dict[str, Any]) -> bytes:
    """One message as bytes."""
    return json.dumps(message, separators=(",", ":")).encode()


def from_json(body: bytes) -> dict[str, Any]:
    """One message from bytes. Raises FrameError when it is not one."""
    try:
        message: object = json.loads(body)
    except ValueError as error:
        raise FrameError("not a message") from error
    if not isinstance(message, dict):
        raise FrameError("not a message")
    return cast(dict[str, Any], message)
