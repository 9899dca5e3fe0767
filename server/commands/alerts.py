"""`assay agents alerts` and `assay agents feedback`: what was told of customers, and what became of it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Literal, cast, get_args

import typer

from agents.health.episodes import Episode, Feedback, FeedbackKind, recent, record_feedback
from agents.store import Store, StoreDown
from catalog.access import Access
from server import show
from server.commands.options import MISUSE, As, Attr, Json, Role, Workspace, caller, program, stop

Said = Literal["accepted", "ignored", "outcome"]


def agents_alerts(
    since: Annotated[str, typer.Option(help="First day (ISO) of the alerts to show.")] = "2000-01-01",
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Show alerts about customers: your own, or all where you see all customers."""
    with program(workspace) as built:
        principal = caller(built, user, role, attr)
        every = Access(built.catalog, principal).sees_all_rows
        try:
            first = date.fromisoformat(since)
        except ValueError:
            stop(f"--since takes a day like 2026-11-01, not '{since}'", MISUSE)
        store = Store(built.settings.state_url(built.settings.agents.path))
        try:
            agents = [a.name for a in built.catalog.agents.agents if a.kind == "health"]
            found = [e for name in agents for e in recent(store, name, first) if every or e.owner == principal.user]
        except StoreDown as error:
            stop(str(error))
        finally:
            store.close()
    rows = [asdict(episode) for episode in found]
    if as_json:
        sys.stdout.write(json.dumps(rows, default=str, ensure_ascii=False) + "\n")
    else:
        show.listing(rows, ("id", "kind", "owner", "reference", "score", "day"))


def agents_feedback(
    alert: Annotated[str, typer.Argument(help="Id of the alert (see `assay agents alerts`).")],
    said: Annotated[str, typer.Argument(help="accepted, ignored or outcome.")],
    value: Annotated[str, typer.Argument(help="The action that was accepted or ignored, or the outcome.")],
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
) -> None:
    """Say what became of an alert: it moves the ranking of suggested actions."""
    if said not in get_args(FeedbackKind):
        stop(f"say accepted, ignored or outcome, not '{said}'", MISUSE)
    with program(workspace) as built:
        principal = caller(built, user, role, attr)
        store = Store(built.settings.state_url(built.settings.agents.path))
        try:
            known = _known(store, alert)
            every = Access(built.catalog, principal).sees_all_rows
            if known is None or not (every or known.owner == principal.user):
                stop(f"there is no alert '{alert}' of yours; `assay agents alerts` lists them", MISUSE)
            feedback = Feedback(alert, cast("Said", said), value, principal.user, datetime.now(UTC))
            with store.transaction() as transaction:
                record_feedback(transaction, feedback)
        except StoreDown as error:
            stop(str(error))
        finally:
            store.close()
    show.line(f"kept: {alert} was {said}: {value}")


def _known(store: Store, alert: str) -> Episode | None:
    name = alert.partition(":")[0]
    return next((e for e in recent(store, name, date.min) if e.id == alert), None)
