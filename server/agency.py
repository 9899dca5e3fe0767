"""The composition root of the agents: store, ledger, outbox, channels and narrator, from settings.

Beside `server.wiring`, and apart from it: what serves questions needs none of this.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agents.conversation.conversation import Conversation, Reply
from agents.delivery.channel import Channel
from agents.delivery.courier import Courier, Delivered
from agents.delivery.folder import FolderChannel
from agents.delivery.ledger import Effects, Ledger, Run
from agents.delivery.outbox import Outbox
from agents.delivery.register import AuditRegister
from agents.delivery.scheduler import Heartbeat, NotYet, Scheduler, Timetable
from agents.delivery.smtp import SmtpChannel
from agents.message_receipts import MessageReceipts
from agents.narration.budget import ModelSettings, Price
from agents.narration.documents import Narrator, narrator
from agents.schedule import Slot, slot_before
from agents.store import Store
from catalog.agents import Agent
from server.settings import Settings
from server.wiring import Program
from tools.analysis.smoothing import prepare

if TYPE_CHECKING:
    from agents.messages import Outgoing
    from agents.office import Made, Office

KINDS = ("mail", "post")


class NoSuchAgent(ValueError):
    """No agent of that name."""


@dataclass(frozen=True)
class Ran:
    """How a run by hand ended. `already`: the slot had been done before. `made` is None then, and where it waits."""

    slot: Slot
    state: str
    made: Made | None = None
    delivered: Delivered | None = None
    reason: str = ""


@dataclass(frozen=True)
class Agency:
    """The agents of a running program."""

    program: Program
    store: Store
    ledger: Ledger
    outbox: Outbox
    courier: Courier
    office: Office
    conversation: Conversation
    owner: str

    def agent(self, name: str) -> Agent:
        """The agent of that name. Raises NoSuchAgent, naming those that exist."""
        found = self.program.catalog.agents.get(name)
        if found is None:
            known = ", ".join(a.name for a in self.program.catalog.agents.agents) or "none: add catalog/agents.yml"
            raise NoSuchAgent(f"no agent '{name}'; agents are {known}")
        return found

    def rehearse(self, name: str) -> Made:
        """Do the work of the latest slot and deliver nothing. Raises NoSuchAgent, Refused, StoreDown, ValueError."""
        agent = self.agent(name)
        _warm()
        return self.office.run(agent, self._slot(agent), lambda: None, patient=False)

    def run(self, name: str, *, again: bool = False, patient: bool = False) -> Ran:
        """Do the latest slot of an agent now and deliver what it brings; once, unless `again`.

        Raises NoSuchAgent, Refused, StoreDown, ValueError."""
        agent = self.agent(name)
        slot = self._slot(agent)
        if again:
            slot = replace(slot, period_key=f"{slot.period_key}.{secrets.token_hex(2)}")
        claim = self.ledger.claim(slot, self.owner, _now())
        if claim is None:
            return Ran(slot, self._state_of(slot))
        _warm()
        try:
            made = self.office.run(agent, slot, lambda: self.ledger.heartbeat(claim, _now()), patient=patient)
            self.ledger.finish(claim, made.outgoing, made.effects, at=_now())
        except NotYet as wait:
            self.ledger.postpone(claim, str(wait), _now() + wait.wait)
            return Ran(slot, "waiting", reason=str(wait))
        except BaseException as error:
            self.ledger.fail(claim, f"{type(error).__name__}: {error}", _now())
            raise
        return Ran(slot, "done", made, self.courier.deliver_due(_now()))

    def hear(self, reply: Reply) -> None:
        """Answer a reply in a thread, and deliver the answer. Raises StoreDown."""
        at = _now()
        if self.conversation.hear(reply, at):
            self.courier.deliver_due(at)

    def scheduler(self) -> Scheduler:
        """The clockwork over all agents of the catalog."""
        company = self.program.catalog.company
        table = Timetable(
            self.program.catalog.agents.agents,
            company.time_zone,
            company.fiscal_start_month,
            lambda now: _aware(self.program, now),
        )

        def work(agent: Agent, slot: Slot, heartbeat: Heartbeat) -> tuple[Sequence[Outgoing], Effects]:
            made = self.office.run(agent, slot, heartbeat)
            return made.outgoing, made.effects

        return Scheduler(table, self.ledger, self.courier, work, self.owner)

    def _slot(self, agent: Agent) -> Slot:
        company = self.program.catalog.company
        return slot_before(agent, _aware(self.program), company.time_zone, company.fiscal_start_month)

    def _state_of(self, slot: Slot) -> str:
        runs: list[Run] = [
            r for r in self.ledger.history(1_000) if (r.agent, r.period) == (slot.agent, slot.period_key)
        ]
        return runs[0].state if runs else "running"


def _warm() -> None:
    """Load what explaining figures needs (seconds) while the data are read."""
    threading.Thread(target=prepare, daemon=True, name="assay-prepare").start()


def _now() -> datetime:
    return datetime.now(UTC)


def _aware(program: Program, now: datetime | None = None) -> datetime:
    """The company's moment as a moment of the world; where it is not pinned, `now`."""
    if program.catalog.company.today is None and now is not None:
        return now
    moment = program.calendar().now
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(program.catalog.company.time_zone))


@contextmanager
def agency(program: Program) -> Generator[Agency]:
    """The agents of a program; lets go of their store when done."""
    settings = program.settings
    store = Store(settings.state_url(settings.agents.path))
    owner = secrets.token_hex(4)
    narrate = _narrator(program)
    # Agents bring numbers and mail libraries that no other verb should wait for.
    from agents.office import Office  # noqa: PLC0415

    channels = _channels(settings)
    members = getattr(channels["post"], "members", None)
    office = Office(program.toolset, program.catalog, program.calendar, store, narrate, members)
    outbox = _outbox(store, settings)
    names = {"mail": "smtp" if settings.mail.host else "folder", "post": "slack" if settings.slack.token else "folder"}
    register = AuditRegister(program.audit, program.catalog.policy_version, names)
    courier = Courier(outbox, channels, owner, office.still_allowed, register=register)
    conversation = Conversation(program.toolset, program.catalog, program.calendar, store, members)
    try:
        yield Agency(program, store, Ledger(store), outbox, courier, office, conversation, owner)
    finally:
        store.close()


@contextmanager
def message_receipts(program: Program) -> Generator[MessageReceipts]:
    """Receipts of the messages that the agents of a program sent; lets go of their store when done."""
    store = Store(program.settings.state_url(program.settings.agents.path))
    try:
        outbox = _outbox(store, program.settings)
        yield MessageReceipts(outbox, program.toolset, program.catalog, program.audit)
    finally:
        store.close()


def _outbox(store: Store, settings: Settings) -> Outbox:
    return Outbox(store, keep=timedelta(days=settings.agents.keep_messages_days))


def _channels(settings: Settings) -> Mapping[str, Channel]:
    """Where mails and posts go; into the outbox folder where nothing is set."""
    folder = FolderChannel(settings.at(settings.agents.outbox), settings.mail.sender, settings.mail.unsubscribe)
    channels: dict[str, Channel] = dict.fromkeys(KINDS, folder)
    mail, slack = settings.mail, settings.slack
    if mail.host:
        channels["mail"] = SmtpChannel(
            mail.host,
            mail.port,
            mail.sender,
            user=mail.user,
            password=mail.password,
            security=mail.security,
            unsubscribe=mail.unsubscribe,
        )
    if slack.token:
        # slack_sdk takes a quarter of a second to import, and only those who post need it.
        from agents.delivery.slack import SlackChannel  # noqa: PLC0415

        channels["post"] = SlackChannel(slack.token, base_url=slack.base_url)
    return channels


def _narrator(program: Program) -> Narrator:
    """Words by rules; by the model where there is a key for one."""
    given = program.settings.model
    settings = None
    if given.key:
        prices = {n: Price(Decimal(str(p.input)), Decimal(str(p.output)), p.as_of) for n, p in given.prices.items()}
        settings = ModelSettings(
            model=given.name,
            api_key=given.key,
            base_url=given.base_url,
            max_tokens=given.max_tokens,
            deadline_seconds=given.deadline_seconds,
            budget_usd=Decimal(str(given.budget_usd)),
            prices=prices,
        )
    return narrator(program.catalog.metrics.values(), settings)
