"""Puts the parts of sign-in together: the guard for HTTP, and one proven token for a process of one person."""

from __future__ import annotations

import functools
from collections.abc import Callable

from starlette.types import ASGIApp

from catalog.catalog import Catalog
from catalog.principals import Principal
from server.sign_in.guard import Guard
from server.sign_in.issuer import IssuerOverHttp
from server.sign_in.keys import IssuerKeys
from server.sign_in.people import People
from server.sign_in.settings import SignInSettings
from server.sign_in.tokens import Tokens


def guard_for(settings: SignInSettings, catalog: Catalog) -> Callable[[ASGIApp], ASGIApp]:
    """What to put in front of the application. Raises MappingError where settings and policies do not fit."""
    return functools.partial(Guard, settings=settings, tokens=_tokens(settings), people=People(settings, catalog))


async def sign_in_once(settings: SignInSettings, catalog: Catalog, role: str | None) -> tuple[Principal, float]:
    """Prove the token of the settings (ASSAY_TOKEN) now: its principal, and when it ends (seconds since 1970).

    Raises SignInRefused, MappingError."""
    people = People(settings, catalog)
    verified = await _tokens(settings).verified(settings.token)
    return people.principal(verified, role or ""), verified.expires_at + settings.leeway_seconds


def _tokens(settings: SignInSettings) -> Tokens:
    return Tokens(settings, IssuerKeys(settings, IssuerOverHttp(settings)))
