"""`assay audit` and `assay receipt`: what happened, and proof that the record is whole."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from server import show
from server.commands import audit_desk
from server.commands.options import FAILED, As, Attr, Json, Role, Workspace, caller, program

audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)
audit_desk.register(audit_app)
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
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Check the whole chain; names the first record that was altered, dropped, reordered or back-dated."""
    with program(workspace) as built:
        found = built.audit.verify(expected_head=expect_head)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), default=str) + "\n")
    else:
        show.verification(found)
    if not found.ok:
        raise typer.Exit(FAILED)


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
