"""Who is calling: a port with one implementation for local use. Sign-in over HTTP adds another."""

from __future__ import annotations

from typing import Protocol

from catalog.principals import Principal


class KnowsCaller(Protocol):
    """Tells the principal of the request at hand; never from an argument of a tool.

    Raises Unauthenticated when there is none."""

    def __call__(self) -> Principal:
        """The principal of the current request."""
        ...


class LocalCaller:
    """The process boundary is the identity: one principal, fixed when the server started."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    def __call__(self) -> Principal:
        """The principal that the server was started for."""
        return self._principal
