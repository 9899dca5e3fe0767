"""The export ledger: every result that left in bulk, as rows × columns × classes of personal data × destination.

Derived from the outcomes alone. A destination is the client as it named itself to the gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from audit.desk.calls import LOG_EXPORT, Call, in_order
from audit.desk.table import Report, counted, stamp

Way = Literal["log", "file", "message", "bulk"]
"""log: records left the audit log. file: the command line printed it for a program. message: an agent or a
chat thread sent it on. bulk: a result of more rows than a page holds, also where it is read page by page."""
FILE_SUFFIX = ", json"
"""How the command line marks a result that a program reads."""
MESSAGE_MARKS = ("agent ", "slack ")
"""How what sends messages begins its client's name."""
PAGE = 100
"""Rows of one page: a result above it is bulk wherever it goes."""


@dataclass(frozen=True)
class Export:
    """One result that left. `rows` those that left with this call."""

    call: Call
    way: Way
    rows: int

    @property
    def cells(self) -> int:
        """Rows × columns read; an upper bound of the values that left."""
        return self.rows * len(self.call.columns)


def way_of(call: Call, above_rows: int = PAGE) -> Way | None:
    """How a call's result left in bulk; None where it did not."""
    if not call.answered:
        return None
    if call.tool == LOG_EXPORT:
        return "log"
    if call.rows_out == 0:
        return None
    if call.client.startswith(MESSAGE_MARKS):
        return "message"
    if call.client.endswith(FILE_SUFFIX):
        return "file"
    return "bulk" if call.rows > above_rows else None


def exports(found: Iterable[Call], above_rows: int | None = None) -> list[Export]:
    """The ledger in the order asked. With `above_rows`, only what left of results with more rows than that."""
    ledger: list[Export] = []
    for call in in_order(found):
        way = way_of(call, PAGE if above_rows is None else above_rows)
        if way is not None and (above_rows is None or call.rows > above_rows):
            ledger.append(Export(call, way, call.rows_out))
    return ledger


def ledger_report(ledger: Iterable[Export]) -> Report:
    """The ledger as a report."""
    listed = list(ledger)
    rows = tuple(
        (
            stamp(each.call.asked_at),
            each.call.user,
            each.call.role,
            each.way,
            destination(each.call),
            each.rows,
            each.call.rows,
            len(each.call.columns),
            ", ".join(each.call.pii),
            ", ".join(each.call.tables),
            each.call.receipt,
        )
        for each in listed
    )
    ways = Counter(each.way for each in listed)
    notes = [
        f"{counted(len(listed), 'export')}: " + (", ".join(f"{n} {w}" for w, n in ways.most_common()) or "none") + "."
    ]
    notes.append("Rows left with this call; of rows: the whole result, read page by page or at once.")
    if any(each.call.delivered is None for each in listed):
        notes.append("Where a record does not say how many rows left, those of the whole result are counted.")
    columns = ("asked at", "user", "role", "way", "destination", "rows", "of rows", "columns", "personal data")
    return Report("Export ledger", (*columns, "tables", "receipt"), rows, tuple(notes))


def destination(call: Call) -> str:
    """Where a result went: the file or table that an export of the log names, else the client."""
    named = call.arguments.get("destination") if call.tool == LOG_EXPORT else None
    return str(named or call.client)
