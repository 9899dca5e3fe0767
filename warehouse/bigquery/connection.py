"""Opens Google's client: application default credentials, a service account's file, or none for an emulator."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any, cast

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.oauth2 import service_account

from catalog.refusals import WarehouseDown
from warehouse.bigquery.driver import Client, LargeResults
from warehouse.bigquery.place import Place

log = logging.getLogger("assay.warehouse")
SCOPES = ("https://www.googleapis.com/auth/bigquery",)


def connect(
    place: Place, *, credentials_file: Path | None = None, api_endpoint: str = "", anonymous: bool = False
) -> Client:
    """A client that runs its jobs in `place.pays`. `api_endpoint` replaces Google's own address; with `anonymous` no
    credentials are sent (emulators only).

    Raises WarehouseDown when no credentials can be found or read."""
    options = ClientOptions(api_endpoint=api_endpoint) if api_endpoint else None
    try:
        client = bigquery.Client(
            project=place.pays,
            credentials=_credentials(credentials_file, anonymous),
            location=place.location or None,
            client_options=options,
        )
    except (GoogleAuthError, OSError, ValueError) as error:
        raise WarehouseDown(
            "There are no usable Google Cloud credentials.",
            hint="Set warehouse.bigquery.credentials_file, or run `gcloud auth application-default login`.",
        ) from error
    return cast(Client, client)


def connect_read_api(
    place: Place, *, credentials_file: Path | None = None, endpoint: str = "", anonymous: bool = False
) -> LargeResults | None:
    """The Storage Read API for large results; None where the packages of the extra `storage` are not installed.
    `endpoint` ("host:port") replaces Google's own; with `anonymous` no credentials are sent, and nothing is
    encrypted (emulators only). Its client opens at the first large result."""
    try:
        storage = importlib.import_module("warehouse.bigquery.read_api")
    except ImportError:
        log.info("large results come by pages: the packages of the extra 'storage' are not installed")
        return None
    return storage.ReadApi(
        lambda: storage.open_client(_credentials(credentials_file, anonymous), endpoint, anonymous), place.pays
    )


def _credentials(file: Path | None, anonymous: bool) -> Credentials | None:
    if anonymous:
        return AnonymousCredentials()
    if file is None:
        return None
    accounts: Any = service_account.Credentials
    return cast(Credentials, accounts.from_service_account_file(str(file), scopes=SCOPES))
