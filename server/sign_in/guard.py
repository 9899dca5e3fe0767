"""Stands in front of the whole HTTP application: no request passes without a principal, but for a few paths that tell
nothing. Works on headers alone, before any body is read.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from catalog.principals import Principal
from server.face.identity import acting_as
from server.sign_in.metadata import challenge, metadata, metadata_paths
from server.sign_in.people import People
from server.sign_in.refusals import BadRequest, InvalidToken, IssuerDown, NoToken, SignInRefused
from server.sign_in.settings import SignInSettings
from server.sign_in.tokens import Tokens

log = logging.getLogger("assay.sign_in")

ROLE_HEADER = "assay-role"
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
METRICS_PATH = "/metrics"
QUERY_NAMES = frozenset({"access_token", "token", "bearer", "authorization", "id_token", "jwt"})
"""Query parameters that hold a token where somebody puts one there: URLs end up in logs and histories."""
JWT_IN_URL = re.compile(r"(^|[=&/])ey[A-Za-z0-9_-]{8,}\.ey[A-Za-z0-9_-]{8,}\.")
RETRY_SECONDS = 10


class Guard:
    """Lets a request through as its principal, or answers why not."""

    def __init__(self, app: ASGIApp, settings: SignInSettings, tokens: Tokens, people: People) -> None:
        self._app = app
        self._settings = settings
        self._tokens = tokens
        self._people = people
        self._metadata_paths = metadata_paths(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the application's start and end on; ask every request who it is."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        path, reading = scope["path"], scope["method"] in ("GET", "HEAD")
        if path in OPEN_PATHS:
            await self._app(scope, receive, send)
        elif path in self._metadata_paths and reading:
            answer = JSONResponse(metadata(self._settings), headers={"Cache-Control": "public, max-age=300"})
            await answer(scope, receive, send)
        elif path == METRICS_PATH and reading:
            await self._metrics(scope, receive, send)
        else:
            await self._signed_in(scope, receive, send)

    async def _signed_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            principal = await self._principal(scope)
        except SignInRefused as refused:
            client = scope.get("client") or ("",)
            level = logging.INFO if isinstance(refused, NoToken) else logging.WARNING
            log.log(level, "refused at the door", extra={"reason": refused.reason, "address": client[0]})
            await self._refusal(refused)(scope, receive, send)
            return
        with acting_as(principal):
            await self._app(scope, receive, send)

    async def _principal(self, scope: Scope) -> Principal:
        headers = Headers(scope=scope)
        query: str = scope.get("query_string", b"").decode("latin-1")
        names = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
        if names & QUERY_NAMES or JWT_IN_URL.search(query):
            raise BadRequest("A token in the address is refused; send it in the Authorization header.", reason="query")
        token = bearer(headers.getlist("authorization"))
        roles = headers.getlist(ROLE_HEADER)
        if len(roles) > 1:
            raise BadRequest("Send at most one Assay-Role header.", reason="two_roles")
        verified = await self._tokens.verified(token)
        return self._people.principal(verified, roles[0] if roles else "")

    def _refusal(self, refused: SignInRefused) -> Response:
        body = {"error": refused.error or "unauthorized", "code": refused.code, "error_description": refused.message}
        headers = {"Cache-Control": "no-store"}
        if isinstance(refused, IssuerDown):
            headers["Retry-After"] = str(RETRY_SECONDS)
        else:
            headers["WWW-Authenticate"] = challenge(self._settings, refused)
        return JSONResponse(body, refused.status, headers)

    async def _metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Metrics open with their own secret, for a scraper that is no person; without one set they do not exist."""
        wanted = self._settings.metrics_token
        given = Headers(scope=scope).getlist("authorization")
        if not wanted:
            await PlainTextResponse("Not found\n", 404)(scope, receive, send)
        elif len(given) == 1 and hmac.compare_digest(given[0].encode(), f"Bearer {wanted}".encode()):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("Unauthorized\n", 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)


def bearer(values: Sequence[str]) -> str:
    """The token of the request's Authorization headers. Raises NoToken, BadRequest, InvalidToken."""
    if not values:
        raise NoToken
    if len(values) > 1:
        raise BadRequest("Send one Authorization header, not several.", reason="two_headers")
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != "bearer":
        raise NoToken(reason="scheme")
    if not token.strip() or " " in token.strip() or "," in token:
        raise InvalidToken(reason="malformed")
    return token.strip()
