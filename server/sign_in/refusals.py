"""Every way a request is turned away before anything else happens. The docstring is the default message.

    SignInRefused
    ├── BadRequest                          400   a token where none may be, or two of them
    ├── NoToken · InvalidToken              401   sign in (again)
    ├── TooFewScopes · NoRole · RoleNotHeld 403   signed in, but not for this
    └── IssuerDown                          503   nobody can be checked now

Messages are written for the caller and hold nothing of a token; `reason` is for our log and holds nothing of it either.
"""

from __future__ import annotations

from typing import ClassVar


class SignInRefused(Exception):
    """The request was turned away."""

    status: ClassVar[int] = 401
    error: ClassVar[str] = ""
    """The word of RFC 6750; empty where the request held no token."""
    code: ClassVar[str] = "UNAUTHENTICATED"

    def __init__(self, message: str | None = None, *, reason: str = "") -> None:
        """`message`: what was wrong and what to do. `reason`: one word for the log, default the code."""
        self.message = message or (type(self).__doc__ or "").strip()
        self.reason = reason or self.code.lower()
        super().__init__(f"{self.code}: {self.message}")


class BadRequest(SignInRefused):
    """Send one token, in one Authorization header, and nowhere else."""

    status = 400
    error = "invalid_request"
    code = "BAD_REQUEST"


class NoToken(SignInRefused):
    """Nobody is signed in on this request. Send a bearer token of the issuer that the resource metadata name."""


class InvalidToken(SignInRefused):
    """The token is not valid here. Sign in again."""

    error = "invalid_token"
    code = "INVALID_TOKEN"


class TooFewScopes(SignInRefused):
    """The token lacks a scope that this server requires."""

    status = 403
    error = "insufficient_scope"
    code = "INSUFFICIENT_SCOPE"


class NoRole(SignInRefused):
    """You are signed in, but nothing in your token gives you a role here. Ask the owner of the policies."""

    status = 403
    error = "access_denied"
    code = "NO_ROLE"


class RoleNotHeld(SignInRefused):
    """You do not hold the role that the request asks for."""

    status = 403
    error = "access_denied"
    code = "ROLE_NOT_HELD"


class IssuerDown(SignInRefused):
    """The issuer's keys cannot be read now, so no token can be checked. Try again shortly."""

    status = 503
    error = "temporarily_unavailable"
    code = "ISSUER_DOWN"
