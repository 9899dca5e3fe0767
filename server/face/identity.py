"""Who is calling: a port, with one implementation for a process of one person and one for a request's signed-in one."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from catalog.principals import Principal
from catalog.refusals import Unauthenticated

_acting: ContextVar[Principal | None] = ContextVar("acting", default=None)


class KnowsCaller(Protocol):
    """Tells the principal of the request at hand; never from an argument of a tool.

    Raises Unauthenticated when there is none."""

    def __call__(self) -> Principal:
        """The principal of the current request."""
        ...


class LocalCaller:
    """The process boundary is the identity: one principal, fixed when the server started. `expires_at`: seconds since
    1970 after which nobody is signed in any more, where a token was the proof."""

    def __init__(
        self, principal: Principal, expires_at: float | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._principal = principal
        self._expires_at = expires_at
        self._now = now

    def __call__(self) -> Principal:
        """The principal that the server was started for."""
        if self._expires_at is not None and self._now() >= self._expires_at:
            raise Unauthenticated("The token that this server was started with has expired; start it with a new one.")
        return self._principal


class SignedInCaller:
    """The principal whose token came with the request; there is no other."""

    def __call__(self) -> Principal:
        """The principal of the request that is being answered."""
        principal = _acting.get()
        if principal is None:
            raise Unauthenticated
        return principal


@contextmanager
def acting_as(principal: Principal) -> Generator[None]:
    """Within, everything that is done is done for this principal."""
    token = _acting.set(principal)
    try:
        yield
    finally:
        _acting.reset(token)
