"""Opens Google's client: application default credentials, a service account's file, or none for an emulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.oauth2 import service_account

from catalog.refusals import WarehouseDown
from warehouse.bigquery.driver import Client
from warehouse.bigquery.place import Place

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


def _credentials(file: Path | None, anonymous: bool) -> Credentials | None:
    if anonymous:
        return AnonymousCredentials()
    if file is None:
        return None
    accounts: Any = service_account.Credentials
    return cast(Credentials, accounts.from_service_account_file(str(file), scopes=SCOPES))
