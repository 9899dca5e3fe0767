"""`assay audit export|review`: what leaves the log as files. Each is itself on record, with the hash of the last record
that it holds, so that the file can be tied to the chain."""

from __future__ import annotations

import getpass
import hashlib
import json
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.desk import periods
from audit.desk.bigquery import Target, to_bigquery
from audit.desk.calls import LOG_EXPORT, Period
from audit.desk.export import Exported, to_jsonl, to_parquet
from audit.record import Intent, Outcome, Record
from catalog.principals import Principal
from server import show
from server.access_review.review import review_of
from server.access_review.written import write_review
from server.commands.audit_seat import Seat, Since, Until, seat
from server.commands.options import MISUSE, As, Json, Role, Workspace, stop

CLIENT = "assay command line"
FAILED_CODE = "EXPORT_FAILED"
COLUMNS = tuple(f"audit_log.{name}" for name in ("seq", "time", "kind", "receipt", "hash", "user", "role", "fields"))
TYPED_WORDS = "typed_words"
"""What the personal parts of records are, in the ledger of exports: whatever people typed."""


def register(audit_app: typer.Typer) -> None:
    """Add the verbs to `assay audit`."""
    audit_app.command("export")(audit_export)
    audit_app.command("review")(audit_review)


@dataclass
class Leaving:
    """What is about to leave. Filled in by who writes it."""

    rows: int = 0
    last_hash: str = ""
    file_hash: str = ""


@contextmanager
def on_record(at: Seat, destination: str, arguments: dict[str, Any], personal: bool) -> Generator[Leaving]:
    """Put an export of the log on record: before it begins, and how it ended. Raises AuditDown."""
    who = at.principal or Principal(user=_operator(), role="operator", issuer="local")
    intent = Intent(
        user=who.user,
        role=who.role,
        roles=who.roles,
        issuer=who.issuer,
        attributes=who.attributes,
        client=CLIENT,
        tool=LOG_EXPORT,
        arguments={"destination": destination, **arguments},
        policy_version=at.built.catalog.policy_version,
    )
    log, began = at.built.audit, time.perf_counter()
    receipt = log.begin(intent)
    leaving = Leaving()
    ended = Outcome(FAILED_CODE)
    try:
        yield leaving
        ended = Outcome(
            "ok",
            tables=("audit_log",),
            columns=COLUMNS,
            pii=(TYPED_WORDS,) if personal else (),
            watermark=leaving.last_hash,
            rows=leaving.rows,
            delivered=leaving.rows,
            duration_us=int((time.perf_counter() - began) * 1_000_000),
            result_hash=leaving.file_hash,
        )
    finally:
        log.finish(receipt, ended)


def audit_export(
    parquet: Annotated[Path | None, typer.Option(metavar="FILE", help="A Parquet file to make.")] = None,
    jsonl: Annotated[Path | None, typer.Option(metavar="FILE", help="A file of JSON lines to make.")] = None,
    bigquery: Annotated[
        str | None, typer.Option(metavar="PROJECT.DATASET.TABLE", help="A BigQuery table to append to.")
    ] = None,
    bigquery_endpoint: Annotated[
        str, typer.Option(metavar="URL", help="Another server than Google's, asked without credentials.")
    ] = "",
    without_personal: Annotated[
        bool, typer.Option("--without-personal", help="Leave out what people typed and SQL with values.")
    ] = False,
    since: Since = None,
    until: Until = None,
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    as_json: Json = False,
) -> None:
    """Copy records to a file or to BigQuery, with the hash that ties them to the chain; the export is on record."""
    targets = [target for target in (parquet, jsonl, bigquery) if target is not None]
    if len(targets) != 1:
        stop("Give one of --parquet FILE, --jsonl FILE or --bigquery PROJECT.DATASET.TABLE.", MISUSE)
    file = parquet or jsonl
    if file is not None:
        _can_be_made(file)
    personal = not without_personal
    with seat(workspace, user, role) as at:
        period = at.period(since, until, None, None)
        write = _writer(parquet, jsonl, bigquery, bigquery_endpoint, personal)
        arguments = {"since": since or "", "until": until or "", "personal": personal}
        destination = str(file.resolve()) if file else f"bigquery:{bigquery}"
        with _failures(), on_record(at, destination, arguments, personal) as leaving:
            done = write(_records(at, period))
            leaving.rows, leaving.last_hash = done.records, done.last_hash
            leaving.file_hash = _digest(file) if file else ""
    if as_json:
        sys.stdout.write(json.dumps({"destination": destination, **asdict(done)}) + "\n")
    else:
        show.line(f"{done.records:,} records ({done.first_seq} to {done.last_seq}) to {destination}")
        show.line(f"head {done.last_hash}")


def audit_review(
    quarter: Annotated[
        str | None, typer.Option("--quarter", metavar="YYYYQN", help="Which quarter (default: the last whole one).")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the page and its tables.")] = Path(),
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    as_json: Json = False,
) -> None:
    """Write the access review of a quarter: a page to sign, and a table with a line a user and role."""
    with seat(workspace, user, role) as at:
        name, first, last = periods.quarter(at.calendar, quarter or "")
        verified = at.built.audit.verify()
        with _failures(), on_record(at, str(out.resolve()), {"review": name}, personal=False) as leaving:
            log, catalog = at.built.audit, at.built.catalog
            review = review_of(log, catalog, at.calendar, name, first, last, verified, at.now)
            out.mkdir(parents=True, exist_ok=True)
            files = write_review(review, out)
            leaving.rows, leaving.last_hash = len(review.people), verified.head
            leaving.file_hash = _digest(files[0])
    if as_json:
        sys.stdout.write(json.dumps({"quarter": name, "files": [str(f) for f in files], "head": verified.head}) + "\n")
    else:
        for file in files:
            show.line(str(file))
    if not verified.ok:
        stop(f"The log does not verify, which the page says: record {verified.bad_seq}: {verified.reason}")


def _records(at: Seat, period: Period) -> Iterator[Record]:
    """The records of a period as the log was when the verb began: the export's own are not among them."""
    until = min(period.until, at.now) if period.until else at.now
    return at.built.audit.records(period.since, until)


def _writer(
    parquet: Path | None, jsonl: Path | None, bigquery: str | None, endpoint: str, personal: bool
) -> Callable[[Iterator[Record]], Exported]:
    if parquet is not None:
        return lambda records: to_parquet(records, parquet, personal)
    if jsonl is not None:
        return lambda records: to_jsonl(records, jsonl, personal)
    target = Target(bigquery or "", endpoint)
    return lambda records: to_bigquery(records, target, personal)


def _can_be_made(file: Path) -> None:
    if file.exists():
        stop(f"'{file}' is there already; nothing was written.", MISUSE)
    if not file.parent.is_dir():
        stop(f"There is no folder '{file.parent}'.", MISUSE)


@contextmanager
def _failures() -> Generator[None]:
    """A file or server that does not take what is written ends the verb with its reason."""
    try:
        yield
    except OSError as error:
        stop(f"Nothing was exported: {error.strerror or error}")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _operator() -> str:
    """Who runs this command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"
