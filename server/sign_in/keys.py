"""Keeps the issuer's keys: asked for once for all who wait, again when old or a key is unknown, never more often than
the cooldown allows, and kept for a bounded time while the issuer cannot be reached.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import anyio
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from server.sign_in.issuer import IssuerUnreadable, ReadsKeys
from server.sign_in.refusals import InvalidToken, IssuerDown
from server.sign_in.settings import SignInSettings

log = logging.getLogger("assay.sign_in")

UNKNOWN_KEY = "The token is signed with a key that the issuer does not publish. Sign in again."


class IssuerKeys:
    """The key for a token's header, fresh enough to trust. Belongs to one event loop."""

    def __init__(
        self, settings: SignInSettings, read: ReadsKeys, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._read = read
        self._now = monotonic
        self._lock = anyio.Lock()
        self._keys: tuple[Mapping[str, Any], ...] = ()
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False

    async def key(self, kid: str | None, algorithm: str) -> PyJWK:
        """The public key with this id (without id: the only one there is) for `algorithm`.

        Raises InvalidToken where the issuer has no such key, IssuerDown where that cannot be told."""
        found = self._find(kid, algorithm)
        if found is None or (not self._within(self._settings.keys_fresh_seconds) and not self._lock.locked()):
            await self._refresh(kid, algorithm)
            found = self._find(kid, algorithm)
        if not self._within(self._settings.keys_stale_seconds):
            raise IssuerDown(reason="no_keys")
        if found is None:
            if self._failed:
                raise IssuerDown(reason="unknown_key_and_issuer_down")
            raise InvalidToken(UNKNOWN_KEY, reason="unknown_key")
        return found

    def _within(self, seconds: float) -> bool:
        return self._read_at is not None and self._now() - self._read_at <= seconds

    async def _refresh(self, kid: str | None, algorithm: str) -> None:
        """One reads, the others wait for it; the cooldown counts from when the reading began."""
        async with self._lock:
            if self._find(kid, algorithm) is not None and self._within(self._settings.keys_fresh_seconds):
                return
            if self._tried_at is not None and self._now() - self._tried_at < self._settings.keys_cooldown_seconds:
                return
            self._tried_at = self._now()
            # A caller who goes away must not cost those who wait their keys.
            with anyio.CancelScope(shield=True):
                try:
                    self._keys = await self._read()
                except IssuerUnreadable as error:
                    self._failed = True
                    log.warning("the issuer's keys cannot be read", extra={"detail": str(error)})
                    return
            self._failed = False
            self._read_at = self._now()
            log.info("read the issuer's keys", extra={"keys": len(self._keys)})

    def _find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        named = [k for k in self._keys if k.get("kid") == kid] if kid is not None else list(self._keys)
        fitting = [key for jwk in named if (key := _public_key(jwk, algorithm))]
        return fitting[0] if len(fitting) == 1 else None


def _public_key(jwk: Mapping[str, Any], algorithm: str) -> PyJWK | None:
    """The key, if it is a public one made for this signature; None for any other, a faulty one too."""
    if jwk.get("kty") == "oct" or jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        return None
    operations: object = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in cast("list[object]", operations):
        return None
    public = {name: value for name, value in jwk.items() if name not in ("d", "p", "q", "dp", "dq", "qi")}
    try:
        return PyJWK(public, algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
