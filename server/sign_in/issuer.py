"""Reads the issuer's public keys over HTTPS: its metadata name the key set, unless the settings do.

Metadata are looked for where OpenID Connect Discovery and RFC 8414 put them; another issuer's are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import httpx2

from server.sign_in.settings import SignInSettings

MAX_DOCUMENT_BYTES = 1_000_000
"""Metadata and key sets are a few kilobytes; more is a fault."""


class IssuerUnreadable(Exception):
    """The issuer's metadata or keys cannot be read; the message says why, for the log."""


class ReadsKeys(Protocol):
    """Gives the issuer's key set. Raises IssuerUnreadable."""

    async def __call__(self) -> tuple[Mapping[str, Any], ...]:
        """The keys as JSON Web Keys (RFC 7517)."""
        ...


class IssuerOverHttp:
    """The keys of one issuer. Raises IssuerUnreadable."""

    def __init__(self, settings: SignInSettings) -> None:
        self._settings = settings

    async def __call__(self) -> tuple[Mapping[str, Any], ...]:
        """Ask the issuer, within `fetch_seconds` a request; redirects are not followed."""
        settings = self._settings
        try:
            async with httpx2.AsyncClient(timeout=settings.fetch_seconds, follow_redirects=False) as client:
                address = settings.jwks_uri or await self._discovered(client)
                document = await _document(client, address)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise IssuerUnreadable(f"{type(error).__name__}: {error}") from error
        if document is None:
            raise IssuerUnreadable(f"no key set at {address}")
        keys = document.get("keys")
        if not isinstance(keys, list):
            raise IssuerUnreadable(f"no list of keys at {address}")
        return tuple(cast("Mapping[str, Any]", k) for k in cast("list[object]", keys) if isinstance(k, Mapping))

    async def _discovered(self, client: httpx2.AsyncClient) -> str:
        issuer = self._settings.issuer
        for address in metadata_addresses(issuer):
            document = await _document(client, address)
            if document is None:
                continue
            if document.get("issuer") != issuer:
                raise IssuerUnreadable(f"{address} describes another issuer than {issuer}")
            keys = document.get("jwks_uri")
            if not isinstance(keys, str) or urlsplit(keys).scheme not in ("https", urlsplit(issuer).scheme):
                raise IssuerUnreadable(f"{address} names no usable jwks_uri")
            return keys
        raise IssuerUnreadable(f"no metadata of {issuer}; set sign_in.jwks_uri")


def metadata_addresses(issuer: str) -> tuple[str, ...]:
    """Where an issuer's metadata may be: appended (OpenID Connect), then inserted before the path (RFC 8414)."""
    parts = urlsplit(issuer)
    host, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    found = (
        f"{host}{path}/.well-known/openid-configuration",
        f"{host}/.well-known/oauth-authorization-server{path}",
        f"{host}/.well-known/openid-configuration{path}",
    )
    return tuple(dict.fromkeys(found))


async def _document(client: httpx2.AsyncClient, address: str) -> dict[str, Any] | None:
    """The JSON object at an address, None where there is none (4xx)."""
    async with client.stream("GET", address, headers={"Accept": "application/json"}) as answer:
        if 400 <= answer.status_code < 500:
            return None
        if answer.status_code != 200:
            raise IssuerUnreadable(f"{address} answered {answer.status_code}")
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > MAX_DOCUMENT_BYTES:
                raise IssuerUnreadable(f"{address} answered more than {MAX_DOCUMENT_BYTES} bytes")
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise IssuerUnreadable(f"{address} answered something that is not JSON") from error
    if not isinstance(document, dict):
        raise IssuerUnreadable(f"{address} answered something that is not a JSON object")
    return cast("dict[str, Any]", document)
