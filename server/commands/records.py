"""`assay audit` and `assay receipt`: what happened, and proof that the record is whole.

A receipt names an answer ("r_...") or a message that an agent sent ("m_...").
"""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.delivery.receipt import PREFIX as MESSAGE
from audit.signing import public_keys
from audit.sinks import sink_at
from server import show
from server.commands import audit_desk, keeping
from server.commands.options import FAILED, MISUSE, As, Attr, Json, Role, Workspace, caller, program, stop
from server.wiring import Program
from tools.receipts import ReceiptVerdict

if TYPE_CHECKING:
    from agents.message_receipts import MessageReceipts

audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)
keeping.register(audit_app)
audit_desk.register(audit_app)
receipt_app = typer.Typer(help="Receipts of answers and of messages.", no_args_is_help=True)


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
    receipt: Annotated[str, typer.Argument(help="Receipt of an answer or of a message.")],
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Show what was asked, what ran, and what it rested on; of a message, whom it told what."""
    with program(workspace) as built:
        reader = caller(built, user, role, attr)
        message = receipt.startswith(MESSAGE)
        if message:
            with _messages(built) as messages:
                shown = messages.show(reader, receipt)
        else:
            shown = built.toolset.show_receipt(reader, receipt)
    if as_json:
        sys.stdout.write(json.dumps(shown, default=str, ensure_ascii=False) + "\n")
    elif message:
        show.message_receipt(shown)
    else:
        show.receipt(shown)


@receipt_app.command("verify")
def receipt_verify(
    receipt: Annotated[str, typer.Argument(help="Receipt of an answer or of a message.")],
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Run it again: same, data changed, definition changed, policy differs, or not reproducible."""
    with program(workspace) as built:
        reader = caller(built, user, role, attr)
        if receipt.startswith(MESSAGE):
            with _messages(built) as messages:
                verdict = messages.verify(reader, receipt)
        else:
            verdict = built.toolset.verify_receipt(reader, receipt)
    if as_json:
        sys.stdout.write(json.dumps(asdict(verdict), default=str, ensure_ascii=False) + "\n")
    elif isinstance(verdict, ReceiptVerdict):
        show.receipt_verdict(verdict)
    else:
        show.message_verdict(verdict)
    if verdict.outcome != "same":
        raise typer.Exit(FAILED)


@contextmanager
def _messages(built: Program) -> Generator[MessageReceipts]:
    """Receipts of messages; a store that is down ends the verb with exit 1."""
    from agents.store import StoreDown  # noqa: PLC0415
    from server.agency import message_receipts  # noqa: PLC0415

    try:
        with message_receipts(built) as messages:
            yield messages
    except StoreDown as error:
        stop(str(error))
