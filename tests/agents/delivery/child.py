"""One tick of a scheduler in a process of its own, which may kill itself at a given step."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from agents.delivery.courier import Courier
from agents.delivery.ledger import Effects, Ledger
from agents.delivery.outbox import Outbox
from agents.delivery.register import AuditRegister
from agents.delivery.scheduler import Heartbeat, Scheduler, Timetable, keep_ticking, stopped_by_signals
from agents.delivery.slack import SlackChannel
from agents.delivery.smtp import SmtpChannel
from agents.messages import Image, Mail, Outgoing, Post
from agents.schedule import Slot
from agents.store import Store, Transaction
from audit.log import AuditLog
from catalog.agents import Agent

BRIEF = Agent.model_validate(
    {
        "name": "brief",
        "kind": "report",
        "title": "Brief",
        "run_as": "agent.brief",
        "schedule": {"every": "week", "at": "08:00"},
    }
)
CHART = Image("kpis", b"\x89PNG chart", "Revenue by week")
PEOPLE = ("ana", "ben", "eva")


@dataclass(frozen=True)
class Setup:
    """Where the child finds everything; `store_url` is the store that it shares. `die_at` is the number of the step it
    does not survive; 0: it lives."""

    folder: Path
    store_url: str
    smtp_port: int
    slack_url: str
    owner: str = "one"

    def tick(self, now: datetime, die_at: int = 0) -> None:
        """One tick, noting each step in the file `steps` before it is done."""
        store = Store(self.store_url)
        self.scheduler(store, Steps(self.folder / "steps", die_at)).tick(now)
        store.close()

    def serve(self, now: datetime) -> None:
        """Tick until SIGTERM, at a moment that stands still."""
        store = Store(self.store_url)
        with stopped_by_signals() as stopping:
            keep_ticking(self.scheduler(store, Steps(self.folder / "steps", 0)), "UTC", stopping, lambda: now)
        store.close()

    def scheduler(self, store: Store, step: Steps) -> Scheduler:
        """The scheduler over real channels."""
        mails = SmtpChannel("127.0.0.1", self.smtp_port, "assay@techco.example", security="none")
        posts = SlackChannel("xoxb-test", base_url=self.slack_url)
        channels = {"mail": mails, "post": posts}
        register = AuditRegister(AuditLog(self.folder / "audit.sqlite"), "1", {"mail": "smtp", "post": "slack"})
        courier = Courier(Outbox(store), channels, self.owner, lambda outgoing: True, step, register)
        timetable = Timetable((BRIEF,), "America/New_York")
        return Scheduler(timetable, Ledger(store), courier, work_with(step), self.owner, step)


class Steps:
    """Hears the steps; ends the process before the fatal one."""

    def __init__(self, file: Path, die_at: int) -> None:
        self._file = file
        self._die_at = die_at
        self._count = 0

    def __call__(self, name: str) -> None:
        self._count += 1
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{self._count} {name}\n")
        if self._count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def work_with(step: Steps):
    """The agent's work: three mails, a post with an image and an answer, and a write of its own."""

    def work(agent: Agent, slot: Slot, heartbeat: Heartbeat) -> tuple[list[Outgoing], Effects]:
        heartbeat()
        step("between two halves of the work")

        def effects(transaction: Transaction) -> None:
            transaction.connection.execute(text("CREATE TABLE IF NOT EXISTS written_by_work (slot TEXT)"))
            transaction.connection.execute(text("INSERT INTO written_by_work VALUES (:slot)"), {"slot": slot.key})
            step("within the transaction")

        return messages(slot.key), effects

    return work


def messages(slot: str) -> list[Outgoing]:
    """What a slot brings."""
    mails = [
        Outgoing(f"{slot}/{name}", Mail(f"{name}@techco.example", "Brief", "<p>down</p>", "down")) for name in PEOPLE
    ]
    parent = Outgoing(f"{slot}/post", Post("C1", "Revenue fell", images=(CHART,)), kind="post")
    reply = Outgoing(f"{slot}/more", Post("C1", "Because of West", reply_to=parent.key), kind="post")
    return [mails[0], parent, mails[1], reply, mails[2]]
