"""The HTTP face: the MCP endpoint (stateless, SSE) with health, readiness and metrics beside it.

`/mcp` carries the protocol; `/healthz` says that the process lives; `/readyz` that it can answer (warehouse and audit
log); `/metrics` is Prometheus'. Bodies are capped, hosts and origins are checked against DNS rebinding. Where people
sign in, a guard stands in front of all of it, and `/readyz` keeps its reasons to the log.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Sequence

from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger("assay.http")

MCP_PATH = "/mcp"
MAX_HEADER_BYTES = 32_768
"""All headers of a request together; a token with many groups has some 15,000 bytes."""
TWO_LENGTHS = frozenset({b"content-length", b"transfer-encoding"})
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def http_app(
    server: Server[dict[str, object]],
    *,
    ready: Callable[[], dict[str, str]],
    metrics: Callable[[], bytes],
    max_request_bytes: int,
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
    guard: Callable[[ASGIApp], ASGIApp] | None = None,
) -> ASGIApp:
    """The ASGI application.

    `ready` gives the parts that cannot answer now, with the reason (empty: ready). `allowed_hosts` are added to the
    loopback names; each may end in ":*" for any port. `guard` stands in front where people sign in."""
    hosts = [f"{name}{port}" for name in LOOPBACK_HOSTS for port in ("", ":*")] + list(allowed_hosts)
    origins = [f"http://{name}{port}" for name in LOOPBACK_HOSTS for port in ("", ":*")] + list(allowed_origins)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readyz(_: Request) -> Response:
        missing = ready()
        if missing:
            log.warning("not ready", extra={"problems": missing})
        if guard is not None:
            return JSONResponse({"ready": not missing}, status_code=503 if missing else 200)
        return JSONResponse({"ready": not missing, "problems": missing}, status_code=503 if missing else 200)

    def exposition(_: Request) -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4")

    app: Starlette = server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        max_request_body_size=max_request_bytes,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins
        ),
        custom_starlette_routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", exposition)],
    )
    # A redirect would lead to whatever address the request names, and from https behind a proxy to http.
    app.router.redirect_slashes = False
    whole = _NoListeningStream(app)
    return _PlainRequests(guard(whole) if guard is not None else whole)


class _PlainRequests:
    """Refuses a request whose headers are larger than any token needs, or whose end a proxy may see elsewhere
    (RFC 9112, 6.3), before anything looks at them. The endpoint with a slash at its end is the endpoint."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 431 to large headers, 400 to two lengths; pass everything else on."""
        if scope["type"] == "http":
            headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
            if sum(len(n) + len(v) for n, v in headers) > MAX_HEADER_BYTES:
                await PlainTextResponse("Request headers too large\n", 431)(scope, receive, send)
                return
            if {name for name, _ in headers} >= TWO_LENGTHS:
                refusal = PlainTextResponse("Two lengths of one body\n", 400, {"Connection": "close"})
                await refusal(scope, receive, send)
                return
            if scope["path"] == f"{MCP_PATH}/":
                scope = {**scope, "path": MCP_PATH, "raw_path": MCP_PATH.encode()}
        await self._app(scope, receive, send)


class _NoListeningStream:
    """Refuses `GET /mcp`: without sessions it would hang open for ever and serve nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 405 to a GET of the endpoint, as the protocol allows; pass everything else on."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == MCP_PATH:
            refusal = PlainTextResponse("This server keeps no streams open; use POST.\n", 405, {"Allow": "POST"})
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
