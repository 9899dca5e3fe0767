"""`assay serve`: the MCP server over stdio, or over HTTP."""

from __future__ import annotations

import contextlib
import functools
import logging
import socket
import sys
import threading
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from catalog.refusals import Refusal
from server.catalog_files import writable_files, writable_words
from server.commands.ending import closes_and_ends, ends_like_any_other
from server.commands.identity import serve_identity
from server.commands.options import FAILED, MISUSE, As, Attr, Role, Workspace, program, stop
from server.commands.processes import serve_in_processes
from server.face.identity import KnowsCaller
from server.logs import log_to_stderr
from server.telemetry import Observed, export_spans
from server.wiring import CATALOG_FOLDER, Program

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

log = logging.getLogger("assay.server")

KEEP_ALIVE_SECONDS = 30
GRACE_SECONDS = 5
NEWCOMERS = 8
"""Threads beside those of calls that run and that wait: a call that finds the queue full is refused, not kept."""


def serve(
    http: Annotated[
        str | None, typer.Option("--http", metavar="HOST:PORT", help="Serve Streamable HTTP instead of stdio.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow an address that others can reach although nobody signs in.")
    ] = False,
    processes: Annotated[
        int, typer.Option("--processes", min=1, max=64, help="Serve the HTTP address with so many processes.")
    ] = 1,
    allow_writable_catalog: Annotated[
        bool,
        typer.Option("--allow-writable-catalog", help="Serve others although this user may change the catalog."),
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
) -> None:
    """Serve the tools over MCP: stdio for a desktop client, --http for many. Logs go to stderr."""
    orders = Orders(
        address=_address(http) if http else None,
        insecure=insecure,
        allow_writable_catalog=allow_writable_catalog,
        log_level=log_level,
        workspace=workspace,
        user=user,
        role=role,
        attr=tuple(attr or ()),
    )
    log_to_stderr(log_level)
    if processes == 1:
        run(orders)
    elif orders.address is None:
        stop("--processes is for --http; over stdio a process serves one person.", MISUSE)
    else:
        raise typer.Exit(serve_in_processes(processes, *orders.address, functools.partial(run_process, orders)))


@dataclass(frozen=True)
class Orders:
    """What the command line asks for; a process gets it as it is. `address`: host and port, None for stdio."""

    address: tuple[str, int] | None
    insecure: bool
    allow_writable_catalog: bool
    log_level: str
    workspace: Path | None
    user: str | None
    role: str | None
    attr: tuple[str, ...]


def run(orders: Orders, door: socket.socket | None = None) -> None:
    """Serve until told to end, on a listening socket where one is given."""
    address = orders.address
    with program(orders.workspace) as built:
        if address and not orders.insecure and not built.settings.sign_in.on:
            _refuse_open_address(address[0])
        knows = serve_identity(
            built, over_http=address is not None, user=orders.user, role=orders.role, attr=list(orders.attr)
        )
        if address:
            _refuse_writable_catalog(built, address[0], orders.allow_writable_catalog)
        log.info("serving", extra={"policy_version": built.catalog.policy_version})
        export_spans(built.settings.server.otlp_endpoint)
        observed = Observed(built.toolset)
        server = _face(built, observed, knows)
        # After the imports: workers that start meanwhile would make the first client wait longer.
        threading.Thread(target=_warm, args=(built,), daemon=True, name="assay-warm").start()
        if address:
            ends_like_any_other()
            _serve_http(built, observed, server, *address, door)
        else:
            closes_and_ends(built.warehouse.close)
            anyio.run(_serve_stdio, server)


def run_process(orders: Orders, door: socket.socket) -> None:
    """One of several processes."""
    log_to_stderr(orders.log_level)
    try:
        run(orders, door)
    except typer.Exit as ended:
        sys.exit(ended.exit_code)


def _warm(built: Program) -> None:
    """What the first question needs, then the workers for callers' SQL."""
    try:
        built.toolset.warm()
    except Refusal:
        # The first call will say so itself.
        return
    built.warehouse.warm()


def _face(built: Program, observed: Observed, knows: KnowsCaller) -> Server[dict[str, object]]:
    # The SDK takes most of a second to import; verbs that do not serve do not pay for it.
    from server.face.mcp_server import build_server  # noqa: PLC0415

    return build_server(
        observed,
        lambda: built.catalog,
        knows,
        version=version("assay"),
        deadline_seconds=built.settings.server.deadline_seconds,
        threads=built.settings.server.threads + built.settings.limits.waiting + NEWCOMERS,
    )


async def _serve_stdio(server: Server[dict[str, object]]) -> None:
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - see _face

    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _serve_http(
    built: Program,
    observed: Observed,
    server: Server[dict[str, object]],
    host: str,
    port: int,
    door: socket.socket | None,
) -> None:
    import uvicorn  # noqa: PLC0415 - see _face

    from server.http import MAX_HEADER_BYTES, http_app  # noqa: PLC0415 - see _face
    from server.sign_in.door import guard_for  # noqa: PLC0415 - see _face

    settings, sign_in = built.settings.server, built.settings.sign_in
    app = http_app(
        server,
        ready=built.problems,
        metrics=observed.exposition,
        max_request_bytes=settings.max_request_bytes,
        allowed_hosts=(*settings.allowed_hosts, *sign_in.hosts),
        allowed_origins=settings.allowed_origins,
        guard=guard_for(sign_in, built.catalog) if sign_in.on else None,
    )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        http="h11",
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        ws="none",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
    )
    http_server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        http_server.run([door] if door else None)
    if not http_server.started:
        raise typer.Exit(FAILED)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        stop(f"--http takes HOST:PORT, for example 127.0.0.1:8765, not '{text}'", MISUSE)
    return host.strip("[]") or "127.0.0.1", int(port)


def _refuse_writable_catalog(built: Program, host: str, allowed: bool) -> None:
    """Others reach the server: whoever takes it over must not be able to rewrite who sees what."""
    from server.http import is_loopback  # noqa: PLC0415 - see _face

    settings = built.settings
    if is_loopback(host) or allowed or settings.server.allow_writable_catalog:
        return
    if found := writable_files(settings.workspace, settings.workspace / CATALOG_FOLDER):
        stop(writable_words(found, settings.workspace), MISUSE)


def _refuse_open_address(host: str) -> None:
    from server.http import is_loopback  # noqa: PLC0415 - see _face

    if not is_loopback(host):
        stop(
            f"'{host}' can be reached by others and nobody signs in on this connection. Serve 127.0.0.1, set [sign_in] "
            "in assay.toml (docs/sign_in.md), or say --insecure if something in front of it checks who calls.",
            MISUSE,
        )
