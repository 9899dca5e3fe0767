"""Who `assay serve` answers: each request's signed-in person, or one local principal fixed at start."""

from __future__ import annotations

import logging

import anyio

from catalog.principals import Principal
from server.commands.options import FAILED, MISUSE, caller, stop
from server.face.identity import KnowsCaller, LocalCaller, SignedInCaller
from server.sign_in.people import MappingError, check_mapping
from server.sign_in.refusals import SignInRefused
from server.wiring import Program

log = logging.getLogger("assay.sign_in")


def serve_identity(
    built: Program, *, over_http: bool, user: str | None, role: str | None, attr: list[str] | None
) -> KnowsCaller:
    """Over HTTP with sign-in the request's person; over stdio the one of ASSAY_TOKEN; else the local user named."""
    settings = built.settings.sign_in
    if settings.on:
        try:
            check_mapping(settings, built.catalog)
        except MappingError as error:
            stop(f"assay.toml: {error}", MISUSE)
    elif settings.token:
        stop("ASSAY_TOKEN is set, but assay.toml names no issuer to check it with ([sign_in] issuer)", MISUSE)
    if over_http and settings.on:
        if user or role or attr:
            stop("Over HTTP each request's token says who calls; --as, --role and --attr are for stdio.", MISUSE)
        log.info("people sign in", extra={"issuer": settings.issuer, "resource": settings.public_url})
        return SignedInCaller()
    if settings.token and not over_http:
        if user or attr:
            stop("ASSAY_TOKEN says who calls; leave out --as and --attr, or unset it.", MISUSE)
        return _from_token(built, role)
    principal = caller(built, user, role, attr)
    _tell(principal, "the command line")
    return LocalCaller(principal)


def _from_token(built: Program, role: str | None) -> LocalCaller:
    # The HTTP client takes a moment to import; who starts without a token does not pay for it.
    from server.sign_in.door import sign_in_once  # noqa: PLC0415

    try:
        principal, ends = anyio.run(sign_in_once, built.settings.sign_in, built.catalog, role)
    except MappingError as error:
        stop(f"assay.toml: {error}", MISUSE)
    except SignInRefused as refused:
        stop(f"ASSAY_TOKEN: {refused}", FAILED)
    _tell(principal, "ASSAY_TOKEN")
    return LocalCaller(principal, ends)


def _tell(principal: Principal, source: str) -> None:
    told = {"user": principal.user, "role": principal.role, "issuer": principal.issuer, "source": source}
    log.info("everything in this process is done for one person", extra=told)
