"""`assay connect`: Claude Desktop's configuration, changed safely; the line that Claude Code takes."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from server.commands.options import MISUSE, As, Attr, Role, Workspace, caller, program, stop
from server.connect.desktop import SERVERS, Change, ConfigError, carry_out, planned, usual_config_file
from server.connect.entry import Start, code_local, code_remote, start_of

Scope = Literal["local", "project", "user"]

Name = Annotated[str, typer.Option("--name", help="Name of the server in the client.")]

connect_app = typer.Typer(help="Connect a client.", no_args_is_help=True)


@connect_app.callback()
def clients() -> None:
    """Connect a client."""


@connect_app.command("claude-desktop")
def claude_desktop(
    write: Annotated[bool, typer.Option("--write", help="Merge into Claude Desktop's configuration file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the change to the file; change nothing.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the server out of the file.")] = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file, where it is not in its usual place.")] = None,
    name: Name = "assay",
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
) -> None:
    """Print the entry for Claude Desktop; merge it into its file with --write, or show that change with --dry-run.

    Everything else in the file stays as it is; the file as it was stays beside it as .bak."""
    _check_name(name)
    if remove and write:
        stop("--remove takes the server out, --write puts it in: say one of them.", MISUSE)
    entry = None if remove else _start(workspace, user, role, attr).desktop_entry()
    if entry is not None and not (write or dry_run):
        sys.stdout.write(json.dumps({SERVERS: {name: entry}}, indent=2, ensure_ascii=False) + "\n")
        return
    try:
        change = planned(config or usual_config_file(sys.platform, Path.home(), os.environ), name, entry)
        if dry_run or change.is_none:
            _show(change)
        else:
            _carry_out(change, f"Removed server '{name}' from" if remove else f"Wrote server '{name}' to")
    except ConfigError as error:
        stop(str(error))


@connect_app.command("claude-code")
def claude_code(
    url: Annotated[
        str | None, typer.Option("--url", help="A server that already runs, e.g. https://assay.example.com/mcp.")
    ] = None,
    scope: Annotated[Scope, typer.Option("--scope", help="Where Claude Code keeps it.")] = "user",
    name: Name = "assay",
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
) -> None:
    """Print the `claude mcp add` line for Claude Code; nothing is changed here."""
    _check_name(name)
    if url is None:
        sys.stdout.write(code_local(name, scope, _start(workspace, user, role, attr)) + "\n")
        return
    if user or role or attr:
        stop("With --url the server itself decides who asks: leave out --as, --role and --attr.", MISUSE)
    if not re.match(r"https?://[^\s/]+", url):
        stop(
            f"--url takes the address of an MCP server, for example https://assay.example.com/mcp, not '{url}'", MISUSE
        )
    sys.stdout.write(code_remote(name, scope, url) + "\n")


def _start(workspace: Path | None, user: str | None, role: str | None, attr: list[str] | None) -> Start:
    """The command, once the workspace, the user and the role are known to exist: the client would hide the error."""
    with program(workspace) as built:
        caller(built, user, role, attr)
        return start_of(built.settings.workspace, user, role, attr)


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        stop(f"--name takes letters, digits, '-' and '_', not '{name}'", MISUSE)


def _show(change: Change) -> None:
    sys.stdout.write(change.diff() or f"{change.file} is already so; nothing to change.\n")


def _carry_out(change: Change, did: str) -> None:
    backup = carry_out(change)
    typer.echo(f"{did} {change.file}. Restart Claude Desktop to use it.")
    if backup is not None:
        typer.echo(f"As it was: {backup}")
