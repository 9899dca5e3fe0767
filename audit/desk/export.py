"""Records → a file that other programs read: JSON lines, or Parquet through DuckDB.

A record keeps its number, time, kind, receipt, the hash of the chain and its fields as JSON; the last hash ties the
file to the log it came from. Without personal parts, what people typed and SQL with values stay behind.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import duckdb

from audit.record import FIRST_HASH, Intent, Outcome, Record

TO_PARQUET = (Path(__file__).parent / "sql" / "to_parquet.sql").read_text(encoding="utf-8")
PERSONAL_FIELDS = frozenset({*Intent("", "", "").personal(), *Outcome("").personal(), "attributes"})
"""Fields of a record that `without_personal` leaves out."""
PERSON_FIELDS = frozenset({"user", "person"})
"""Who called. It has a column of its own; without personal parts it is the name that stands for the caller, where the
log keeps one."""


@dataclass(frozen=True)
class Exported:
    """What an export holds: how many records, their first and last number, the last one's hash."""

    records: int
    first_seq: int
    last_seq: int
    last_hash: str


class _Tally:
    """Counts records on their way through."""

    def __init__(self) -> None:
        self.count, self.first, self.last, self.hash = 0, 0, 0, FIRST_HASH

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, counted."""
        for record in records:
            self.count += 1
            self.first = self.first or record.seq
            self.last, self.hash = record.seq, record.hash
            yield record

    def exported(self) -> Exported:
        """What went through."""
        return Exported(self.count, self.first, self.last, self.hash)


def as_row(record: Record, with_personal: bool) -> dict[str, Any]:
    """A record as one flat object; what is not the same for every kind lies in `fields`."""
    body = record.body
    fields = body if with_personal else _without_personal(body)
    rest = {name: value for name, value in fields.items() if name not in PERSON_FIELDS}
    return {
        "seq": record.seq,
        "time": record.time,
        "kind": record.kind,
        "receipt": record.receipt,
        "hash": record.hash,
        "user": body.get("user") if with_personal else body.get("person", body.get("user")),
        "role": fields.get("role"),
        "tool": fields.get("tool"),
        "outcome": fields.get("outcome"),
        "fields": json.dumps(rest, ensure_ascii=False, default=str),
    }


def write_lines(records: Iterable[Record], out: TextIO, with_personal: bool = True) -> Exported:
    """One JSON object a line."""
    tally = _Tally()
    for record in tally.passing(records):
        out.write(json.dumps(as_row(record, with_personal), ensure_ascii=False) + "\n")
    return tally.exported()


def to_jsonl(records: Iterable[Record], file: Path, with_personal: bool = True) -> Exported:
    """Write a file of JSON lines; it appears whole or not at all. Raises OSError."""
    written = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with _private(written) as out:
            done = write_lines(records, out, with_personal)
        written.replace(file)
    finally:
        written.unlink(missing_ok=True)
    return done


def to_parquet(records: Iterable[Record], file: Path, with_personal: bool = True) -> Exported:
    """Write a Parquet file; it appears whole or not at all. Raises OSError."""
    written = file.with_name(f".{file.name}.{os.getpid()}")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".assay-") as folder:
        lines = Path(folder) / "records.jsonl"
        with _private(lines) as out:
            done = write_lines(records, out, with_personal)
        _private(written).close()
        try:
            with duckdb.connect(":memory:", config={"memory_limit": "1GB", "threads": "2"}) as connection:
                connection.execute(f"SET temp_directory = {_quoted(folder)}")
                sql = TO_PARQUET.replace(":source", _quoted(str(lines))).replace(":target", _quoted(str(written)))
                connection.execute(sql)
            written.replace(file)
        except duckdb.Error as error:
            raise OSError("the Parquet file cannot be written") from error
        finally:
            written.unlink(missing_ok=True)
    return done


def _private(file: Path) -> TextIO:
    """A new file that only this user can read."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")


def _without_personal(body: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k not in PERSONAL_FIELDS}


def _quoted(text: str) -> str:
    """As a SQL string: COPY takes no parameters."""
    return "'" + text.replace("'", "''") + "'"
