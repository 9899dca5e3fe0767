"""Proves a bearer token (JWT access token, RFC 9068) with the issuer's keys and gives its claims.

Signature, issuer, audience (RFC 8707: this server's own address), times, type, client and scopes are checked; nothing
of the token is kept, logged or repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import jwt
from jwt.types import Options

from server.sign_in.keys import IssuerKeys
from server.sign_in.refusals import InvalidToken, TooFewScopes
from server.sign_in.settings import SignInSettings

MAX_TOKEN_CHARACTERS = 24_000
"""Groups can make tokens long; an HTTP header holds no more."""
MAX_SUBJECT_CHARACTERS = 255
"""The longest subject that OpenID Connect allows."""
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
OPTIONS: Options = {"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True}

UNWANTED_ALGORITHM = "The token is signed in a way that this server does not accept."
CLAIM_MISSING = "The token lacks a claim that is required: exp, iss, aud, sub."
EXPLAINED: tuple[tuple[type[jwt.PyJWTError], str, str], ...] = (
    (jwt.ExpiredSignatureError, "expired", "The token has expired. Sign in again."),
    (jwt.ImmatureSignatureError, "not_yet_valid", "The token is not valid yet. Check the clocks of both machines."),
    (jwt.InvalidIssuerError, "issuer", "The token comes from another issuer than this server trusts."),
    (jwt.InvalidAudienceError, "audience", "The token is meant for another resource; ask for one for this address."),
    (jwt.MissingRequiredClaimError, "claim_missing", CLAIM_MISSING),
    (jwt.InvalidAlgorithmError, "algorithm", UNWANTED_ALGORITHM),
    (jwt.InvalidSignatureError, "signature", "The token's signature is wrong."),
)


@dataclass(frozen=True)
class Verified:
    """The claims of a proven token. `expires_at`: seconds since 1970, leeway not counted."""

    subject: str
    issuer: str
    client: str
    expires_at: float
    claims: Mapping[str, Any]


class Tokens:
    """Proves tokens for one server."""

    def __init__(self, settings: SignInSettings, keys: IssuerKeys) -> None:
        self._settings = settings
        self._keys = keys

    async def verified(self, token: str) -> Verified:
        """The claims of a token. Raises InvalidToken, TooFewScopes, IssuerDown."""
        if len(token) > MAX_TOKEN_CHARACTERS or not WELL_FORMED.fullmatch(token):
            raise InvalidToken(reason="malformed")
        try:
            header = jwt.get_unverified_header(token)
            algorithm, kid = self._checked(header)
            key = await self._keys.key(kid, algorithm)
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=list(self._settings.accepted_audiences),
                issuer=self._settings.issuer,
                leeway=self._settings.leeway_seconds,
                options=OPTIONS,
            )
            _recordable(claims)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise _explained(error) from None
        return self._admitted(claims)

    def _checked(self, header: Mapping[str, Any]) -> tuple[str, str | None]:
        """Algorithm and key id, before any key is looked for: unwanted ones cost the issuer no request."""
        algorithm: object = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self._settings.algorithms:
            raise InvalidToken(UNWANTED_ALGORITHM, reason="algorithm")
        types = {t.lower().removeprefix("application/") for t in self._settings.token_types}
        told = str(header.get("typ", "")).lower().removeprefix("application/")
        if types and told not in types:
            raise InvalidToken("That is not an access token of the type that this server accepts.", reason="type")
        return algorithm, header.get("kid")

    def _admitted(self, claims: dict[str, Any]) -> Verified:
        client = next((v for n in ("client_id", "azp", "cid", "appid") if isinstance(v := claims.get(n), str)), "")
        if not 0 < len(claims["sub"]) <= MAX_SUBJECT_CHARACTERS:
            raise InvalidToken(CLAIM_MISSING, reason="claim_missing")
        if self._settings.clients and client not in self._settings.clients:
            raise InvalidToken("The token was given to a client that this server does not accept.", reason="client")
        missing = [scope for scope in self._settings.scopes if scope not in granted_scopes(claims)]
        if missing:
            raise TooFewScopes(f"The token lacks a scope that this server requires: {' '.join(missing)}")
        return Verified(claims["sub"], claims["iss"], client, float(claims["exp"]), claims)


def granted_scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """The scopes of a token: `scope` (RFC 9068) or `scp` (Okta, Entra ID), as words of a string or a list."""
    granted: set[str] = set()
    for name in ("scope", "scp"):
        told: object = claims.get(name)
        if isinstance(told, str):
            granted.update(told.split())
        elif isinstance(told, list):
            granted.update(word for word in cast("list[object]", told) if isinstance(word, str))
    return frozenset(granted)


def _recordable(claims: Mapping[str, Any]) -> None:
    """Raises ValueError for characters that no log or database can hold."""
    text = json.dumps(claims, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text:
        raise ValueError("a claim holds a NUL character")


def _explained(error: Exception) -> InvalidToken:
    for kind, reason, message in EXPLAINED:
        if isinstance(error, kind):
            return InvalidToken(message, reason=reason)
    return InvalidToken(reason="malformed")
