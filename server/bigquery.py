"""Settings → the BigQuery engine and its place; for the composition root and for commands that load or check one."""

from __future__ import annotations

from collections.abc import Callable

from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from server.settings import Settings, SettingsError
from warehouse.bigquery.connection import connect, connect_read_api
from warehouse.bigquery.driver import Client, LargeResults
from warehouse.bigquery.place import Place
from warehouse.bigquery.spending import Spending
from warehouse.bigquery.warehouse import BigQueryWarehouse
from warehouse.bill import Price


def bigquery_place(settings: Settings) -> Place:
    """Project, location and datasets. Raises SettingsError for a name that cannot be one."""
    given = settings.warehouse.bigquery
    if not given.project:
        raise SettingsError('assay.toml: warehouse.bigquery.project: name the project, as in project = "acme-data"')
    try:
        return Place(given.project, given.location, given.billing_project, given.datasets)
    except ValueError as error:
        raise SettingsError(f"assay.toml: warehouse.bigquery: {error}") from error


def bigquery_client(settings: Settings) -> Client:
    """Google's client. Raises SettingsError, and WarehouseDown without usable credentials."""
    given = settings.warehouse.bigquery
    file = settings.at(given.credentials_file) if given.credentials_file else None
    return connect(
        bigquery_place(settings), credentials_file=file, api_endpoint=given.api_endpoint, anonymous=given.anonymous
    )


def _read_api(settings: Settings) -> LargeResults | None:
    given = settings.warehouse.bigquery
    if given.api_endpoint and not given.storage_endpoint:
        return None
    file = settings.at(given.credentials_file) if given.credentials_file else None
    place, endpoint = bigquery_place(settings), given.storage_endpoint
    return connect_read_api(place, credentials_file=file, endpoint=endpoint, anonymous=given.anonymous)


def bigquery_warehouse(
    settings: Settings, catalog: Catalog, calendar: Callable[[], CompanyCalendar]
) -> BigQueryWarehouse:
    """The engine; its client opens at the first question. Raises SettingsError."""
    given = settings.warehouse.bigquery
    price = Price(given.usd_per_tib, given.price_as_of)
    return BigQueryWarehouse(
        lambda: bigquery_client(settings),
        bigquery_place(settings),
        catalog,
        pseudonym_key=settings.key,
        calendar=calendar,
        spending=Spending(price, given.max_bytes_billed, given.system_bytes, given.filter_from_bytes),
        known_seconds=given.known_seconds,
        large=lambda: _read_api(settings),
    )
