"""The audit log: an append-only, hash-chained SQLite file that several processes may write, one record at a time.

`begin` makes an intent durable before anything runs; `finish` adds the outcome. Whatever keeps a record from being
written durably (full disk, read-only or removed file, a lock that does not go away) is AuditDown, so that the gate
answers nothing; the next call tries afresh. A copy of the latest head lies beside the file, so that a cut-off tail and
a removed log are found too.
"""

from __future__ import annotations

import base64
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from audit.boot import boot_id
from audit.chain import ChainFault, Row, Verification, verify_rows
from audit.queries import QUERIES, SCHEMA
from audit.record import FIRST_HASH, Intent, Kind, Outcome, Record, canonical, read_back, sha256
from catalog.refusals import AuditDown

__all__ = ["AuditLog", "Intent", "Outcome", "Record", "Verification"]

LOCK_WAIT_SECONDS = 5.0
"""How long a writer waits for another process; a write takes less than a millisecond."""
HEAD_EVERY_SECONDS = 1.0
"""The copy of the head may lag this far; `close` brings it up to date."""
RECEIPT_BYTES = 10
"""80 random bits: short enough to read out, too many to guess."""


def new_receipt() -> str:
    """A fresh receipt id: "r_" and 16 letters and digits."""
    return "r_" + base64.b32encode(secrets.token_bytes(RECEIPT_BYTES)).decode("ascii").lower()


class AuditLog:
    """Thread-safe. The file and its folder are made on first use; `clock` gives the wall-clock time in UTC."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._head_path = path.with_name(path.name + ".head")
        self._clock = clock
        self._process = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._known: tuple[int, str] = (0, FIRST_HASH)
        self._head_written = 0.0

    def begin(self, intent: Intent) -> str:
        """Write down that a call is about to run; durable when this returns. Returns its receipt.

        Raises AuditDown."""
        receipt = new_receipt()
        self._append(receipt, "intent", intent.clear(), intent.personal())
        return receipt

    def finish(self, receipt: str, outcome: Outcome) -> None:
        """Write down how the call of `receipt` ended. Raises AuditDown."""
        self._append(receipt, "outcome", outcome.clear(), outcome.personal())

    def check(self) -> None:
        """Prove that a record could be written now, without writing one. Raises AuditDown."""
        with self._lock, self._translated(), self._transaction() as connection:
            self._head(connection)

    def get(self, receipt: str) -> tuple[Record, ...]:
        """The intent and the outcome (if any) of a call; empty when there is no such receipt. Raises AuditDown."""
        return self._read(QUERIES["of_receipt"], receipt)

    def tail(self, count: int) -> tuple[Record, ...]:
        """The latest `count` records, oldest first. Raises AuditDown."""
        return tuple(reversed(self._read(QUERIES["latest"], count)))

    def records(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Record]:
        """All records from `since` on and before `until`, in the order of the chain, one after the other as they are
        read. Raises AuditDown."""
        first, last = (
            moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else "" for moment in (since, until)
        )
        self.tail(0)
        try:
            for row in _rows(self._path):
                record = read_back(row[0], row[1], cast("Kind", row[2]), row[3], row[4], row[5])
                if record.time >= first and not (last and record.time >= last):
                    yield record
        except (ChainFault, ValueError) as error:
            raise AuditDown("The audit log cannot be read.") from error

    def verify(self, expected_head: str | None = None) -> Verification:
        """Check the whole chain, its pairs and its times; with `expected_head` (a hash noted earlier) and the head
        kept beside the file, also that no tail was cut off. Never raises for a broken log: it says so."""
        noted = [head for head in (expected_head, self._noted_head()[1]) if head]
        if not self._path.exists():
            return verify_rows((), noted)
        with closing(_rows(self._path)) as rows:
            return verify_rows(rows, noted)

    def close(self) -> None:
        """Bring the copy of the head up to date and let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._note_head(force=True)
            self._drop()

    def _append(self, receipt: str, kind: Kind, clear: dict[str, Any], personal: dict[str, Any]) -> None:
        private = canonical(personal | {"salt": secrets.token_hex(16)})
        with self._lock, self._translated():
            with self._transaction() as connection:
                seq, previous, last_time = self._head(connection)
                now = self._clock().astimezone(UTC).isoformat(timespec="microseconds")
                fields = clear | {
                    "seq": seq + 1,
                    "receipt": receipt,
                    "kind": kind,
                    "time": now,
                    "monotonic_ns": time.monotonic_ns(),
                    "boot": boot_id(),
                    "process": self._process,
                    "previous": previous,
                    "personal": sha256(private),
                }
                if now < last_time:
                    fields["clock_stepped_back"] = True
                record = canonical(fields)
                digest = sha256(record)
                connection.execute(QUERIES["append"], (seq + 1, receipt, kind, record, private, digest))
            self._known = (seq + 1, digest)
            self._note_head()

    def _read(self, query: str, parameter: str | int) -> tuple[Record, ...]:
        with self._lock, self._translated():
            rows = cast("list[Row]", self._open().execute(query, (parameter,)).fetchall())
            return tuple(read_back(r[0], r[1], cast("Kind", r[2]), r[3], r[4], r[5]) for r in rows)

    def _head(self, connection: sqlite3.Connection) -> tuple[int, str, str]:
        """Number, hash and time of the latest record. Raises AuditDown where records that were there are gone."""
        row = cast("tuple[int, str, str] | None", connection.execute(QUERIES["head"]).fetchone())
        seq, digest, last = row or (0, FIRST_HASH, "")
        known_seq, known_hash = self._known
        if seq < known_seq or (seq == known_seq and digest != known_hash):
            raise AuditDown("The audit log lost records that were written to it, so nothing is answered.")
        return seq, digest, last

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _translated(self) -> Generator[None]:
        """Errors of the file and of SQLite as AuditDown; the connection is let go, so that the next call tries
        afresh."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            self._drop()
            raise AuditDown() from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._path.stat().st_ino == self._inode:
                return self._connection
            raise OSError("the file was removed or replaced")
        noted_seq, noted = self._noted_head()
        if not self._path.exists():
            if noted:
                raise AuditDown(
                    "The audit log is gone, so nothing is answered.",
                    hint="Put it back; to begin a new log on purpose, also move the .head file beside it away.",
                )
            self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connected(self._path)
        self._connection, self._inode = connection, self._path.stat().st_ino
        self._known = max(self._known, (noted_seq, noted or FIRST_HASH), key=lambda known: known[0])
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _noted_head(self) -> tuple[int, str]:
        """The copy of the head; nothing where there is none, or where a power cut left it empty."""
        try:
            seq, _, digest = self._head_path.read_text(encoding="ascii").strip().partition(" ")
            return int(seq), digest
        except (FileNotFoundError, ValueError):
            return 0, ""

    def _note_head(self, force: bool = False) -> None:
        now = time.monotonic()
        seq, digest = self._known
        if seq and (force or now - self._head_written >= HEAD_EVERY_SECONDS):
            written = self._head_path.with_name(f"{self._head_path.name}.{self._process}")
            written.write_text(f"{seq} {digest}\n", encoding="ascii")
            written.replace(self._head_path)
            self._head_written = now


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to the log, its table made where it is new."""
    connection = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    until = time.monotonic() + LOCK_WAIT_SECONDS
    try:
        while not _write_ahead(connection):
            if time.monotonic() > until:
                raise sqlite3.OperationalError("the file stays locked")
            time.sleep(0.01)
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> bool:
    """Turn write-ahead logging on; False while another process does. SQLite does not wait for this lock by itself."""
    try:
        return connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise


def _rows(path: Path) -> Generator[Row]:
    """The stored rows in order. Raises ChainFault where the file cannot be read any further."""
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS)) as connection:
            yield from connection.execute(QUERIES["all"])
    except sqlite3.Error as error:
        raise ChainFault("the file cannot be read from here on") from error
