"""`assay audit` for who keeps the log: sign a checkpoint, drop what is old, hold, erase, and look after the key."""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from audit.erasure import Request, erase
from audit.holds import Hold, add_hold, holds, release_hold
from audit.key_change import begin_anew, change_key
from audit.retention import prune
from audit.signing import public_pem
from server import show
from server.commands.options import FAILED, MISUSE, Json, Workspace, program, stop
from server.wiring import Program

hold_app = typer.Typer(help="Legal holds: records that are neither purged nor erased.", no_args_is_help=True)
key_app = typer.Typer(help="The key that signs checkpoints.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
DAY_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


def operator() -> str:
    """Who runs this command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"


def audit_checkpoint(workspace: Workspace = None, as_json: Json = False) -> None:
    """Sign a checkpoint now and copy it to where checkpoints are kept."""
    with program(workspace) as built:
        signed = built.audit.checkpoint()
        files = [str(path) for path in built.settings.checkpoint_files]
    words = "signed a checkpoint" if signed else "nothing was added since the last checkpoint"
    _say({"signed": signed, "copies": files}, f"{words}; copies in {', '.join(files)}", as_json)


def audit_prune(
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=DAY_FORMATS, help="Drop records before this day or moment (default: audit.keep_days ago)."
        ),
    ] = None,
    dry_run: DryRun = False,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Drop the oldest records, whole and signed; the rest of the chain still verifies."""
    with program(workspace) as built:
        keep = built.settings.audit.keep_days
        youngest = datetime.now(UTC) - timedelta(days=keep)
        moment = _moment(built, before) or youngest
        if moment > youngest:
            stop(f"Records of the last {keep} days are kept (audit.keep_days); name an earlier day.", MISUSE)
        done = prune(built.audit, moment, operator(), dry_run)
    words = f"{'would drop' if dry_run else 'dropped'} {done.count} records"
    words += f", up to number {done.last} of {done.last_time}" if done.count else ""
    words += f"; a hold keeps record {done.held_from} and all after it" if done.held_from else ""
    _say(asdict(done) | {"dry_run": dry_run}, words, as_json)


def audit_erase(
    subject: Annotated[
        list[str] | None, typer.Option(help="Id of a person in the data, found as a whole word; repeatable.")
    ] = None,
    literal: Annotated[list[str] | None, typer.Option(help="A text, found anywhere; repeatable.")] = None,
    user: Annotated[
        list[str] | None, typer.Option(help="A user of Assay: all their calls and their name; repeatable.")
    ] = None,
    dry_run: DryRun = False,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Destroy what identifies a person in the log, for good. The chain stays whole."""
    request = Request(tuple(subject or ()), tuple(literal or ()), tuple(user or ()))
    with program(workspace) as built:
        done = erase(built.audit, request, operator(), dry_run)
    words = f"{'would erase' if dry_run else 'erased'} the personal part of {done.calls} calls"
    words += f" and {done.persons} names" if user else ""
    words += f"; {done.held} more are under a legal hold and stay" if done.held else ""
    words += "" if done.overwritten else "; the store was in use, so run this again to overwrite what is left on disk"
    _say(asdict(done) | {"dry_run": dry_run}, words, as_json)
    if done.held or not done.overwritten:
        raise typer.Exit(FAILED)


@hold_app.command("add")
def hold_add(
    reason: Reason,
    user: Annotated[str, typer.Option(help="Calls of this user.")] = "",
    receipt: Annotated[str, typer.Option(help="The call of this receipt.")] = "",
    since: Annotated[datetime | None, typer.Option(formats=DAY_FORMATS, help="From this day or moment on.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAY_FORMATS, help="Before this day or moment.")] = None,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Hold records: by user, receipt, time, or several of these together."""
    if not (user or receipt or since or until):
        stop("Say what to hold: --user, --receipt, --since or --until.", MISUSE)
    with program(workspace) as built:
        first, last = _moment(built, since), _moment(built, until)
        placed = add_hold(built.audit, operator(), reason, user, receipt, first, last)
    _say(asdict(placed), f"hold {placed.id}: {_scope(placed)}", as_json)


@hold_app.command("list")
def hold_list(workspace: Workspace = None, as_json: Json = False) -> None:
    """Show the holds in force."""
    with program(workspace) as built:
        found = holds(built.audit)
    if as_json:
        sys.stdout.write(json.dumps([asdict(hold) for hold in found], ensure_ascii=False) + "\n")
        return
    for hold in found:
        show.line(f"{hold.id}  since {hold.placed_at[:10]}  {_scope(hold)}  ({hold.reason})")
    if not found:
        show.line("no holds")


@hold_app.command("release")
def hold_release(
    hold: Annotated[str, typer.Argument(help="Id of the hold.")],
    reason: Reason,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """End a hold."""
    with program(workspace) as built:
        release_hold(built.audit, operator(), hold, reason)
    _say({"released": hold}, f"released {hold}", as_json)


@key_app.command("public")
def key_public(workspace: Workspace = None) -> None:
    """Print the public key (PEM), to give to who verifies."""
    with program(workspace) as built:
        signing = built.audit.signing
        key = signing.holder.key() if signing else None
    if key is None:
        stop("The audit log is not signed.")
    sys.stdout.write(public_pem(key.public))


@key_app.command("change")
def key_change(
    to: Annotated[
        Path | None, typer.Option(help="File for the new key, where the old one is in the environment.")
    ] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="The old key is lost: begin anew with the one that is there now.")
    ] = False,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Sign with a new key from here on; what the old one signed still verifies."""
    with program(workspace) as built:
        public = begin_anew(built.audit, operator()) if lost else change_key(built.audit, operator(), to)
    _say({"public_key": public}, f"checkpoints are signed with key {public[:16]}... from here on", as_json)


def register(audit_app: typer.Typer) -> None:
    """Add these verbs to `assay audit`."""
    audit_app.command("checkpoint")(audit_checkpoint)
    audit_app.command("prune")(audit_prune)
    audit_app.command("erase")(audit_erase)
    audit_app.add_typer(hold_app, name="hold")
    audit_app.add_typer(key_app, name="key")


def _moment(built: Program, given: datetime | None) -> datetime | None:
    """A day or moment of the command line, in the company's time zone unless it says another."""
    if given is None or given.tzinfo is not None:
        return given
    return given.replace(tzinfo=ZoneInfo(built.settings.company.time_zone))


def _scope(hold: Hold) -> str:
    named = {"user": hold.user_id, "receipt": hold.receipt, "since": hold.since, "until": hold.until}
    return ", ".join(f"{name} {value}" for name, value in named.items() if value)


def _say(facts: dict[str, Any], words: str, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        show.line(words)
