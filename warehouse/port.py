"""The port of every engine: what the tools may ask of a warehouse. Implementations: `duckdb_warehouse` (embedded) and
`bigquery.warehouse`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from catalog.access import Access
from catalog.catalog import Dimension
from catalog.tables import ColumnType
from warehouse.bill import Bill
from warehouse.compiled import CompiledQuery
from warehouse.deadline import Deadline
from warehouse.horizon import Horizons
from warehouse.purpose import UNTOLD, Purpose

Cell = str | int | float | bool | Decimal | date | datetime | None
Dialect = Literal["duckdb", "bigquery"]


@dataclass(frozen=True)
class Rows:
    """A result: column names and types in order, rows as tuples. `truncated` when the row or byte cap cut it. `notes`
    are sentences that a reader must see (what the query reads); `bill` is what this run was billed, where the engine
    bills by bytes."""

    names: tuple[str, ...]
    types: tuple[ColumnType, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False
    notes: tuple[str, ...] = ()
    bill: Bill | None = None


@dataclass(frozen=True)
class CheckedSql:
    """Caller SQL that passed the guard: the text that ran (generated from the checked tree) and what it read."""

    sql: str
    tables: frozenset[str]
    columns_read: frozenset[str]
    """As "table.column"; every visible column of a table where the statement does not name them."""


class Warehouse(Protocol):
    """One company's gold tables. Thread-safe. Every method but `system_rows` works for one principal, against that
    principal's secured catalog. Raises `Timeout`, `TooExpensive`, `WarehouseDown`; `sql_rows` also the guard's."""

    @property
    def dialect(self) -> Dialect:
        """The dialect of SQL that callers write and that is shown to them."""
        ...

    def watermark(self, deadline: Deadline | None = None) -> str:
        """Identity of the data as it stands (file identity and latest loads); equal means unchanged. An engine that
        must ask another machine waits no longer than the deadline. Raises WarehouseDown, Timeout."""
        ...

    def horizons(self, deadline: Deadline | None = None) -> Horizons:
        """How far each table reaches; cached per watermark. The deadline as above."""
        ...

    def compiled_rows(
        self, access: Access, query: CompiledQuery, deadline: Deadline, purpose: Purpose = UNTOLD
    ) -> Rows:
        """Run a query that our own compiler built. `purpose` is for the books of an engine that keeps some."""
        ...

    def sql_rows(
        self, access: Access, sql: str, deadline: Deadline, max_rows: int, purpose: Purpose = UNTOLD
    ) -> tuple[CheckedSql, Rows]:
        """Check and run one SELECT that a caller wrote, in a killable worker."""
        ...

    def dimension_values(
        self, access: Access, dimension: Dimension, limit: int, deadline: Deadline | None = None
    ) -> Sequence[str]:
        """Distinct values of a dimension under the principal's own policy, as text, ordered; cached."""
        ...

    def system_rows(self, sql: str, deadline: Deadline | None = None) -> Rows:
        """Run trusted SQL of our own (emitted from a tree) over the operational and gold tables, as the company:
        reconciliation and horizons only, never on behalf of a caller's text."""
        ...

    def warm(self) -> None:
        """Get ready in the background, so that the first question need not wait."""
        ...

    def close(self) -> None:
        """Stop workers, release files."""
        ...
