"""`assay agents`: list them, run one now, keep them to their schedule, see what became of it."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from agents.delivery.scheduler import keep_ticking, stopped_by_signals
from agents.desk import Refused
from agents.document import Document
from agents.render.json import as_data
from agents.render.markdown import markdown
from agents.schedule import next_slot
from agents.store import StoreDown
from server import show
from server.agency import Agency, NoSuchAgent, Ran, agency
from server.commands.alerts import agents_alerts, agents_feedback
from server.commands.options import FAILED, MISUSE, Json, Workspace, program, stop
from server.logs import log_to_stderr
from server.slack_events import http_edge, listen_on_socket

agents_app = typer.Typer(help="Briefs, investigations and alerts that run unasked.", no_args_is_help=True)

agents_app.command("alerts")(agents_alerts)
agents_app.command("feedback")(agents_feedback)

At = Annotated[
    str | None, typer.Option("--at", metavar="MOMENT", help="Run as of this moment of the company (ISO), not now.")
]


@agents_app.command("list")
def agents_list(workspace: Workspace = None, as_json: Json = False) -> None:
    """Show every agent, when it is next due and who gets what it finds."""
    with program(workspace) as built:
        company, entries = built.catalog.company, built.catalog.agents.agents
        rows = [
            {
                "agent": agent.name,
                "kind": agent.kind,
                "title": agent.title,
                "next": next_slot(agent, built.calendar().now, company.time_zone, company.fiscal_start_month).period_key
                + f" {agent.schedule.at:%H:%M}",
                "to": ", ".join([*agent.deliver.email, *(f"#{c}" for c in agent.deliver.slack)])
                or ("the owner" if agent.deliver.owner else "nobody"),
            }
            for agent in entries
        ]
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    show.listing(rows, ("agent", "kind", "next", "to"))


@agents_app.command("run")
def agents_run(
    name: Annotated[str, typer.Argument(help="Name of the agent.")],
    at: At = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; deliver and keep nothing.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Run even though this slot has been done.")] = False,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Run one agent for its latest slot and deliver what it finds."""
    with program(workspace, _moment(at)) as built, agency(built) as own:
        try:
            if dry_run:
                _show_documents(own.rehearse(name).documents, as_json)
                return
            ran = own.run(name, again=again)
        except NoSuchAgent as error:
            stop(str(error), MISUSE)
        except (Refused, StoreDown, ValueError) as error:
            stop(f"{name} could not run: {error}", FAILED)
        _show_run(own, ran, as_json)


@agents_app.command("schedule")
def agents_schedule(
    workspace: Workspace = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Keep all agents to their schedule until stopped. Several may run side by side on one workspace."""
    log_to_stderr(log_level)
    with program(workspace) as built, agency(built) as own:
        scheduler = own.scheduler()
        if once:
            done = scheduler.tick(datetime.now(UTC))
            sys.stdout.write(json.dumps(asdict(done), ensure_ascii=False) + "\n")
            return
        logging.getLogger("assay.agents").info("keeping %s agents to their schedule", len(built.catalog.agents.agents))
        with stopped_by_signals() as stopping:
            keep_ticking(scheduler, built.catalog.company.time_zone, stopping)


@agents_app.command("listen")
def agents_listen(
    http: Annotated[
        str | None, typer.Option("--http", metavar="HOST:PORT", help="Take Slack's events here; else Socket Mode.")
    ] = None,
    workspace: Workspace = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Answer replies in incident threads, each under the access of whoever asks, until stopped."""
    log_to_stderr(log_level)
    with program(workspace) as built, agency(built) as own, stopped_by_signals() as stopping:
        slack = built.settings.slack
        if http is None:
            if not slack.app_token:
                stop("Socket Mode needs ASSAY_SLACK_APP_TOKEN; or take events with --http HOST:PORT.", MISUSE)
            listen_on_socket(slack.app_token, slack.base_url, own.hear, stopping)
            return
        if not slack.signing_secret:
            stop("--http needs ASSAY_SLACK_SIGNING_SECRET, to know that Slack is calling.", MISUSE)
        host, _, port = http.rpartition(":")
        if not host or not port.isdigit():
            stop(f"--http takes HOST:PORT, for example 127.0.0.1:8766, not '{http}'", MISUSE)
        edge = http_edge(host, int(port), slack.signing_secret, own.hear)
        serving = threading.Thread(target=edge.serve_forever, name="slack-events")
        serving.start()
        stopping.wait()
        edge.shutdown()
        edge.server_close()
        serving.join()


@agents_app.command("history")
def agents_history(
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="How many runs.")] = 20,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Show the latest runs, their messages, and what was given up."""
    with program(workspace) as built, agency(built) as own:
        try:
            runs, messages, dead = own.ledger.history(count), own.outbox.latest(count), own.ledger.dead_letters()
        except StoreDown as error:
            stop(str(error))
    if as_json:
        found = {"runs": runs, "messages": messages, "dead_letters": dead}
        plain = {name: [asdict(item) for item in items] for name, items in found.items()}
        sys.stdout.write(json.dumps(plain, default=str, ensure_ascii=False) + "\n")
        return
    done = [{**asdict(r), "due": f"{r.due:%Y-%m-%d %H:%M}"} for r in runs]
    show.listing(done, ("agent", "period", "state", "due", "tries", "reason"))
    sent = [asdict(m) for m in messages]
    show.listing(sent, ("key", "kind", "state", "tries", "provider_ref", "reason"))
    for letter in dead:
        show.line(f"given up: {letter.kind} {letter.key}: {letter.reason}")


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        stop(f"--at takes a moment like 2026-11-16T08:00, not '{at}'", MISUSE)


def _show_documents(documents: Sequence[Document], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([as_data(document) for document in documents], ensure_ascii=False) + "\n")
        return
    for document in documents:
        sys.stdout.write(markdown(document) + "\n")


def _show_run(own: Agency, ran: Ran, as_json: bool) -> None:
    if as_json:
        made = ran.made
        found = {
            "slot": ran.slot.key,
            "state": ran.state,
            "messages": [o.key for o in made.outgoing] if made else [],
            "notes": list(made.notes) if made else [],
            "delivered": asdict(ran.delivered) if ran.delivered else None,
        }
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    if ran.made is None:
        show.line(f"{ran.slot.key}: {ran.state}. {ran.reason or 'Run it with --again to make it anew.'}")
        return
    show.line(f"{ran.slot.key}: {ran.state}, {len(ran.made.outgoing)} messages")
    _where(own, ran)


def _where(own: Agency, ran: Ran) -> None:
    """Each message and where it went."""
    keys = {o.key for o in ran.made.outgoing} if ran.made else set[str]()
    folder = own.program.settings.at(own.program.settings.agents.outbox)
    for status in own.outbox.latest(1_000):
        if status.key in keys:
            there = folder / status.provider_ref
            ref = str(there) if there.exists() else status.provider_ref
            show.CONSOLE.print(f"  {escape(status.state):<8} {escape(status.key)}  [dim]{escape(ref)}")
    for note in ran.made.notes if ran.made else ():
        show.line(f"  note: {note}")
