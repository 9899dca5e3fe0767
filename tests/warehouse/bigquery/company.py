"""One company on both engines, and how their answers are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.loader import load_catalog
from server.settings import Settings, load_settings
from server.wiring import company_clock
from warehouse.bigquery.connection import connect
from warehouse.bigquery.load import load_duckdb
from warehouse.bigquery.place import Place
from warehouse.bigquery.spending import Spending
from warehouse.bigquery.warehouse import BigQueryWarehouse
from warehouse.bill import Price
from warehouse.duckdb_warehouse import DuckDBWarehouse
from warehouse.port import Cell, Rows

PRICE = Price(6.25, date(2023, 7, 5))
SPENDING = Spending(PRICE, 10**12, 10**12)
RELATIVE = 1e-9
TYPES = {"string": "STRING", "integer": "INTEGER", "decimal": "NUMERIC", "float": "FLOAT", "boolean": "BOOLEAN"}


@dataclass(frozen=True)
class Company:
    """A workspace with its two warehouses."""

    folder: Path
    settings: Settings
    catalog: Catalog
    calendar: Callable[[], CompanyCalendar]
    place: Place
    endpoint: str
    duckdb: DuckDBWarehouse
    bigquery: BigQueryWarehouse

    def access(self, user: str) -> Access:
        """The rights of a local user."""
        return Access(self.catalog, self.catalog.users[user].as_principal())


def loaded(folder: Path, endpoint: str, project: str, datasets: dict[str, str] | None = None) -> Iterator[Company]:
    """Load a workspace's file into the emulator and open it there."""
    settings = load_settings(folder, environ={})
    catalog = load_catalog(folder / "catalog", settings.company)
    calendar, place = company_clock(settings.company), Place(project, datasets=datasets or {})
    file = settings.at(settings.warehouse.path)
    client = connect(place, api_endpoint=endpoint, anonymous=True)
    load_duckdb(file, catalog, client, place)
    client.close()
    duckdb = DuckDBWarehouse(file, catalog, pseudonym_key=settings.key, calendar=calendar, workers=1)
    bigquery = BigQueryWarehouse(
        lambda: connect(place, api_endpoint=endpoint, anonymous=True),
        place,
        catalog,
        pseudonym_key=settings.key,
        calendar=calendar,
        spending=SPENDING,
        known_seconds=600,
    )
    yield Company(folder, settings, catalog, calendar, place, endpoint, duckdb, bigquery)
    duckdb.close()
    bigquery.close()


def described(catalog: Catalog) -> dict[str, list[tuple[str, str]]]:
    """The tables of a catalog as BigQuery would describe them: name and type of every column."""
    return {
        name: [(c.physical or c.name, TYPES.get(c.type, "DATE" if c.type == "date" else "DATETIME")) for c in t.columns]
        for name, t in catalog.tables.items()
        if not t.definition
    }


def differences(left: Rows, right: Rows) -> list[str]:
    """What is not the same in two results: names, number of rows, cells (numbers within 1e-9 of each other)."""
    if left.names != right.names or len(left.rows) != len(right.rows):
        return [f"{left.names} {len(left.rows)} rows, {right.names} {len(right.rows)} rows"]
    pairs = zip(left.rows, right.rows, strict=True)
    return [f"{a} and {b}" for a, b in pairs if not all(same(x, y) for x, y in zip(a, b, strict=True))]


def same(left: Cell, right: Cell) -> bool:
    """Whether two cells say the same."""
    numbers = (int, float, Decimal)
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return left is right
    if isinstance(left, numbers) and isinstance(right, numbers):
        return math.isclose(float(left), float(right), rel_tol=RELATIVE, abs_tol=RELATIVE)
    return left == right
