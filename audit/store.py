"""The log's tables: a writer's turn at the chain, and a reader's unchanging view of it. SQL only; `audit.log` says what
errors mean."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult, TextClause

from audit.boot import boot_id
from audit.chain import Row
from audit.checkpoints import Signer, Statement, StatementKind, parsed, signed
from audit.record import FIRST_HASH, Entry, Record, Who, canonical, read_back, sha256
from audit.sealing import new_key, seal, unseal
from state.database import Database
from state.queries import named_queries

FOLDER = Path(__file__).parent
STORE = "audit"
RANDOM_BYTES = 10
"""80 random bits: short enough to read out, too many to guess."""
ROW_WIDTH = len(Row._fields)


def random_id(letter: str) -> str:
    """A fresh id: a letter, "_" and 16 letters and digits. Receipts begin with r, people with u, events with e."""
    return f"{letter}_" + base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode("ascii").lower()


def moment_text(moment: datetime) -> str:
    """How the log writes a moment; these texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Head(NamedTuple):
    """The latest record: number, hash, time."""

    seq: int = 0
    hash: str = FIRST_HASH
    time: str = ""


class Stored(NamedTuple):
    """A row, the key of its personal part (None: destroyed) and whom its name stands for (None: nobody knows)."""

    row: Row
    key: bytes | None
    user: str | None

    def opened(self) -> Mapping[str, Any] | None:
        """The personal part; None where it was erased. Raises ValueError where the key is another one."""
        return unseal(self.key, self.row.receipt, self.row.kind, self.row.personal) if self.key else None

    def record(self) -> Record:
        """As it is read back. Raises ValueError."""
        return read_back(self.row.record, self.opened(), self.user)


def stored(row: Sequence[Any]) -> Stored:
    """A result row of the queries that read records."""
    key = row[ROW_WIDTH]
    return Stored(Row(*row[:ROW_WIDTH]), bytes(key) if key is not None else None, row[ROW_WIDTH + 1])


class View:
    """What is in the store, as of one moment."""

    def __init__(self, connection: Connection, queries: Mapping[str, TextClause]) -> None:
        self._connection = connection
        self._queries = queries
        self._reading: list[CursorResult[Any]] = []

    def close(self) -> None:
        """Let go of results that were not read to their end."""
        for result in self._reading:
            result.close()

    def rows(self, query: str, **parameters: Any) -> Iterator[Sequence[Any]]:
        """The rows of a named query, one after the other as they are read."""
        result = self._connection.execute(self._queries[query], parameters)
        self._reading.append(result)
        for row in result:
            yield tuple(row)
        self._reading.remove(result)

    def one(self, query: str, **parameters: Any) -> Sequence[Any] | None:
        """The first row of a named query."""
        return self._connection.execute(self._queries[query], parameters).first()

    def records(self, after: int = 0, since: str = "", until: str = "") -> Iterator[Stored]:
        """Records in the order of the chain."""
        return self.stored("between", after=after, since=since, until=until)

    def stored(self, query: str, **parameters: str | int) -> Iterator[Stored]:
        """The records of a named query."""
        return map(stored, self.rows(query, **parameters))

    def statements(self, after: int = 0) -> list[str]:
        """The signed statements after a number, in order."""
        return [str(row[0]) for row in self.rows("statements", after=after)]

    def last_statement(self) -> Statement | None:
        """The newest signed statement. Raises StatementFault."""
        row = self.one("last_statement")
        return parsed(str(row[1]), int(row[0])) if row else None


class Turn(View):
    """A writer's turn at the chain: all that it does happens, or nothing. No other writer is between."""

    def __init__(
        self, connection: Connection, queries: Mapping[str, TextClause], now: str, process: str, opening: Sequence[Any]
    ) -> None:
        super().__init__(connection, queries)
        self.now = now
        self.head = Head(opening[0], opening[1], opening[2]) if opening[0] is not None else Head()
        self._process = process
        self._person: str | None = opening[3]
        self._key: bytes | None = bytes(opening[4]) if opening[4] is not None else None

    def run(self, query: str, **parameters: Any) -> int:
        """Run a named query that changes rows; how many it changed."""
        return self._connection.execute(self._queries[query], parameters).rowcount

    def append(self, receipt: str, entry: Entry) -> None:
        """Add a record; the turn must have been opened for its receipt and its caller."""
        key = self._key
        if entry.kind != "outcome":
            key = new_key()
            self.run("add_key", receipt=receipt, key=key)
        # An outcome whose key was destroyed since the call began is sealed for good.
        personal = seal(key or new_key(), receipt, entry.kind, entry.personal())
        fields: dict[str, Any] = {
            **entry.clear(),
            "seq": self.head.seq + 1,
            "receipt": receipt,
            "kind": entry.kind,
            "time": self.now,
            "person": self._name_of(entry.who) if entry.who else "",
            "monotonic_ns": time.monotonic_ns(),
            "boot": boot_id(),
            "process": self._process,
            "previous": self.head.hash,
            "personal": sha256(personal),
        }
        if self.now < self.head.time:
            fields["clock_stepped_back"] = True
        record = canonical(fields)
        columns = {name: fields[name] for name in ("seq", "receipt", "kind", "time", "person")}
        self.run("append", **columns, record=record, personal=personal, hash=sha256(record))
        self.head = Head(self.head.seq + 1, sha256(record), self.now)

    def sign(
        self,
        signer: Signer,
        kind: StatementKind = "checkpoint",
        facts: Mapping[str, Any] | None = None,
        endorser: Signer | None = None,
    ) -> Statement:
        """Add a signed statement about the log as it is now. Raises StatementFault where the last one is unreadable."""
        last = self.last_statement()
        seq, digest, _ = self.head
        made = signed(signer, last, kind, seq, digest, self.now, facts or {}, endorser)
        self.run("add_statement", number=made.number, statement=made.text, hash=made.hash)
        return made

    def _name_of(self, who: Who) -> str:
        if self._person is None:
            self._person = random_id("u")
            self.run("add_person", pseudonym=self._person, issuer=who.issuer, user_id=who.user)
        return self._person


class Store:
    """The database of one log."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        self.database = Database(url, store=STORE, revisions=FOLDER / "revisions")
        self._queries = named_queries(FOLDER / "sql" / "queries.sql", self.database.engine_name)
        self._clock = clock
        self._process = secrets.token_hex(4)

    @contextmanager
    def turn(self, receipt: str = "", who: Who | None = None) -> Generator[Turn]:
        """A turn that may append records of one receipt and one person."""
        opened_for = {"receipt": receipt, "issuer": who.issuer if who else "", "user_id": who.user if who else ""}
        with self.database.transaction() as connection:
            self.database.take_turns(connection)
            # A statement of its own, after the lock: under READ COMMITTED it sees what the writer before committed.
            opening = connection.execute(self._queries["opening"], opened_for).one()
            yield Turn(connection, self._queries, moment_text(self._clock()), self._process, opening)

    @contextmanager
    def view(self) -> Generator[View]:
        """A view that no writer waits for."""
        with self.database.snapshot() as connection, closing(View(connection, self._queries)) as view:
            yield view
