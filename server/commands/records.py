"""`assay audit` and `assay receipt`: what happened, and proof that the record is whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from audit.signing import public_keys
from audit.sinks import sink_at
from server import show
from server.commands import keeping
from server.commands.options import FAILED, MISUSE, As, Attr, Json, Role, Workspace, caller, program, stop

audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)
keeping.register(audit_app)
receipt_app = typer.Typer(help="Receipts of answers.", no_args_is_help=True)


@audit_app.command("tail")
def audit_tail(
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="How many records.")] = 20,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Show the latest records, oldest first."""
    with program(workspace) as built:
        records = built.audit.tail(count)
    if as_json:
        for record in records:
            sys.stdout.write(json.dumps(asdict(record), default=str, ensure_ascii=False) + "\n")
    else:
        show.audit_records(records)


@audit_app.command("verify")
def audit_verify(
    expect_head: Annotated[
        str | None, typer.Option(help="Hash of a record noted earlier: also finds a cut-off tail.")
    ] = None,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(help="A copy of the signed checkpoints kept elsewhere (file, or folder of files); repeatable."),
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="Public key(s) to trust, PEM (default: that of the signing key here).")
    ] = None,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Check the whole chain and its signed checkpoints; names the first record or checkpoint that was altered, dropped,
    replaced, reordered or back-dated, and a tail that was cut off."""
    copies = {path.name: _lines(path) for path in checkpoints or []}
    trusted = _public_keys(public_key) if public_key else None
    with program(workspace) as built:
        found = built.audit.verify(expect_head, copies, trusted)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), default=str) + "\n")
    else:
        show.verification(found)
    if not found.ok or (found.checkpoints and not found.trusted):
        raise typer.Exit(FAILED)


def _lines(path: Path) -> Sequence[str]:
    """A copy of the checkpoints; exit 2 where there is none."""
    try:
        lines = list(sink_at(path).lines())
    except (OSError, ValueError):
        lines = list[str]()
    if not lines:
        stop(f"'{path}' holds no checkpoints: name a file of lines, or a folder with a file for each.", MISUSE)
    return lines


def _public_keys(path: Path) -> Sequence[str]:
    """The keys of a file; exit 2 where there is none."""
    try:
        return public_keys(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stop(f"'{path}' holds no Ed25519 public key in PEM form: `assay audit key public` prints it.", MISUSE)


@receipt_app.command("show")
def receipt_show(
    receipt: Annotated[str, typer.Argument(help="Receipt of an answer.")],
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Show what was asked, what ran, and what it rested on."""
    with program(workspace) as built:
        shown = built.toolset.show_receipt(caller(built, user, role, attr), receipt)
    if as_json:
        sys.stdout.write(json.dumps(shown, default=str, ensure_ascii=False) + "\n")
    else:
        show.receipt(shown)


@receipt_app.command("verify")
def receipt_verify(
    receipt: Annotated[str, typer.Argument(help="Receipt of an answer.")],
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Run it again: same, data changed, definition changed, policy differs, or not reproducible."""
    with program(workspace) as built:
        verdict = built.toolset.verify_receipt(caller(built, user, role, attr), receipt)
    if as_json:
        sys.stdout.write(json.dumps(asdict(verdict), default=str) + "\n")
    else:
        show.receipt_verdict(verdict)
    if verdict.outcome != "same":
        raise typer.Exit(FAILED)
