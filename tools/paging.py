"""A whole result → the page to show now and the cursor to the next.

The rows of a result are kept for a short while, so that its pages agree; where they are no longer kept they are read
again, and a result that then differs is refused rather than mixed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from audit.record import canonical, sha256
from catalog.refusals import BadArgument
from tools.answer import JsonCell
from tools.caches import MAX_RESULT_CELLS, ShapedRows
from tools.cells import Shaper
from tools.csv_text import CsvText, csv_text
from tools.cursor import LIVES_SECONDS, Cursor, opened, sealed, short_hash
from tools.tool import PAGE_ROWS, Call
from warehouse.port import Rows


@dataclass(frozen=True)
class Place:
    """Where in which result a call reads: the request's hash, who asks, the state of the data, the cursor (if any)."""

    request: str
    caller: str
    data: str
    cursor: Cursor | None

    @property
    def key(self) -> tuple[str, str, str]:
        """Identity of the result."""
        return (self.request, self.caller, self.data)


@dataclass(frozen=True)
class Page:
    """Rows `first`+1 … of `total`, as cells and as CSV; `next_cursor` is empty on the last page."""

    rows: list[list[JsonCell]]
    csv: CsvText
    first: int
    total: int
    next_cursor: str

    @property
    def words(self) -> str:
        """ "rows 1–100 of 250"."""
        if not self.rows:
            return f"0 rows of {self.total}" if self.total else "0 rows"
        return f"rows {self.first + 1}–{self.first + len(self.rows)} of {self.total}"


def place(call: Call, request: str, watermark: str, cursor: str | None) -> Place:
    """Where to read for the request with that canonical text. Raises BadArgument for a cursor that does not fit."""
    principal = call.principal
    asked = short_hash(request)
    caller = short_hash(f"{principal.issuer}\n{principal.user}\n{call.access.key}")
    data = short_hash(watermark)
    found = None
    if cursor:
        key = call.services.key
        found = opened(cursor, key, request=asked, caller=caller, data=data, now=time.time())
    return Place(asked, caller, data, found)


def whole_result(call: Call, at: Place, columns: Sequence[str], read: Callable[[], Rows]) -> ShapedRows:
    """Every row of the result: kept from the page before, or read now. Raises BadArgument where a later page would
    come from another result than the first."""
    kept = call.services.caches.results.get(at.key) if at.cursor else None
    if kept is None:
        kept = shaped(columns, read())
        keep_for_pages(call, at, columns, kept)
    if at.cursor and at.cursor.result != kept.hash[: len(at.cursor.result)]:
        raise BadArgument("The result is no longer the one this cursor reads.", hint="Ask again without a cursor.")
    return kept


def shaped(columns: Sequence[str], rows: Rows) -> ShapedRows:
    """Rows as cells, with their hash."""
    shaper = Shaper()
    cells = shaper.rows(rows.rows)
    return ShapedRows(cells, result_hash(columns, cells), (*shaper.warnings, *rows.notes), rows.truncated, rows.bill)


def keep_for_pages(call: Call, at: Place, columns: Sequence[str], result: ShapedRows) -> None:
    """Keep a result of several pages, so that they agree."""
    if len(result.rows) > PAGE_ROWS and len(result.rows) * len(columns) <= MAX_RESULT_CELLS:
        call.services.caches.results.put(at.key, replace(result, bill=None))


def page_of(call: Call, at: Place, result_digest: str, columns: Sequence[str], rows: Sequence[list[JsonCell]]) -> Page:
    """The page at the cursor: at most 100 rows, fewer where they would not fit into the text channel. A caller in this
    process that reads cells only (`Call.page_rows`) may take more at once."""
    first = at.cursor.offset if at.cursor else 0
    text = csv_text(columns, rows[first : first + PAGE_ROWS])
    after = min(first + call.page_rows, len(rows)) if call.page_rows > PAGE_ROWS else first + text.rows
    following = ""
    if after < len(rows):
        expires = int(time.time()) + LIVES_SECONDS
        cursor = Cursor(after, at.request, at.caller, at.data, result_digest[:24], expires)
        following = sealed(cursor, call.services.key)
    return Page(list(rows[first:after]), text, first, len(rows), following)


def result_hash(columns: Sequence[str], rows: Sequence[Sequence[JsonCell]]) -> str:
    """SHA-256 over column names and all rows, canonical."""
    return sha256(canonical([list(columns), list(rows)]))
