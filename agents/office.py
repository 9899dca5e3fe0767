"""Where a run happens: an agent's entry and a slot → finished messages, each for people who may read all of it.

    findings (facts, claims) → words (narrator) → check → looks (renderers) → outgoing

The kinds of agents are listed once below. Delivery, the ledger and the clock are not known here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agents.audience import may_read, own_rights, person_of, principal_of
from agents.delivery.scheduler import Heartbeat, NotYet
from agents.desk import Desk
from agents.document import Document
from agents.envelopes import Envelope, UnbackedNumber
from agents.findings import Addressed, Findings
from agents.health.run import health_documents
from agents.hygiene import hygiene_findings
from agents.investigation.investigator import investigate
from agents.messages import Origin, Outgoing, Post
from agents.narration.documents import Narrator
from agents.narration.investigator import Tool
from agents.report.run import report_findings
from agents.schedule import Slot
from agents.signals import signal_documents
from agents.store import Store, Transaction
from catalog.access import Access
from catalog.agents import Agent, AgentKind
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.principals import Principal
from tools.toolset import Toolset

log = logging.getLogger(__name__)
Members = Callable[[str], Sequence[str]]
"""Who is in a channel now, by Slack ids."""
CHANNELS = ("C", "G")
"""How ids of channels begin; those of people begin otherwise."""
Maker = Callable[[Agent, Desk, Store, datetime], Findings]
RETRY = timedelta(minutes=10)
"""How long to wait before a red feed is looked at again."""

LOOKS = ("explain_number", "query_curated_data", "fetch_reconciliation_status")
"""Tools that a model may use in an investigation."""

KINDS: Mapping[AgentKind, Maker] = {
    "report": report_findings,
    "investigation": investigate,
    "health": health_documents,
    "signal": lambda agent, desk, store, at: signal_documents(agent, desk, at),
    "hygiene": hygiene_findings,
}


@dataclass(frozen=True)
class Made:
    """What one run brings: messages, the documents behind them, writes to apply with them, notes for its record."""

    outgoing: tuple[Outgoing, ...]
    documents: tuple[Document, ...]
    effects: Callable[[Transaction], None]
    notes: tuple[str, ...]


class Office:
    """Agents of one company. `narrate` words a document; it may only reword, never change a figure."""

    def __init__(
        self,
        toolset: Toolset,
        catalog: Catalog,
        calendar: Callable[[], CompanyCalendar],
        store: Store,
        narrate: Narrator,
        members: Members | None = None,
    ) -> None:
        self._toolset = toolset
        self._catalog = catalog
        self._calendar = calendar
        self._store = store
        self._narrate = narrate
        self._members = members

    def run(self, agent: Agent, slot: Slot, heartbeat: Heartbeat, *, patient: bool = True) -> Made:
        """Do the work of a slot. `patient`: a report waits for a red feed while its time allows.

        Raises NotYet, StoreDown, agents.desk.Refused, and ValueError for a `run_as` that is no user."""
        calendar = self._calendar()
        principal = principal_of(agent.run_as, self._catalog)
        if principal is None:
            raise ValueError(f"agent {agent.name} runs as '{agent.run_as}', who is no user")
        desk = self._desk(agent, principal, calendar)
        findings = KINDS[agent.kind](agent, desk, self._store, calendar.moment)
        heartbeat()
        if patient and findings.wait:
            self._wait(agent, slot, calendar)
        made: list[Outgoing] = []
        documents: list[Document] = []
        held: list[str] = []
        for number, addressed in enumerate(findings.documents, 1):
            tools = tools_of(desk) if agent.kind == "investigation" else ()
            told = replace(addressed, document=self._narrate(addressed.document, tools))
            documents.append(told.document)
            made += self._addressed(agent, principal, slot, told, number, calendar, held)
            heartbeat()
        return Made(tuple(made), tuple(documents), findings.effects, (*findings.notes, *held))

    def still_allowed(self, outgoing: Outgoing) -> bool:
        """May everybody a message was made for still read it, and everybody who is in its channel now? Asked just
        before it is sent. Raises DeliveryFailed where Slack cannot be asked."""
        if not outgoing.needs:
            return True
        people = [principal_of(user, self._catalog) for user in outgoing.audience]
        post = outgoing.content
        if self._members is not None and isinstance(post, Post) and post.channel.startswith(CHANNELS):
            people += [person_of(member, self._catalog) for member in self._members(post.channel)]
        return all(person is not None and may_read(person, outgoing.needs, self._catalog) for person in people)

    def _desk(self, agent: Agent, principal: Principal, calendar: CompanyCalendar) -> Desk:
        return Desk(self._toolset, self._catalog, calendar, principal, f"agent {agent.name}")

    def _origin(self, agent: Agent, principal: Principal) -> Origin:
        return Origin(agent.name, principal.user, principal.role, Access(self._catalog, principal).key)

    def _wait(self, agent: Agent, slot: Slot, calendar: CompanyCalendar) -> None:
        """Put the run off while there is time left. Raises NotYet."""
        waited = calendar.now - slot.due
        if timedelta(0) <= waited < timedelta(hours=agent.wait_hours):
            raise NotYet("a feed behind the figures is red", RETRY)

    def _addressed(
        self,
        agent: Agent,
        principal: Principal,
        slot: Slot,
        told: Addressed,
        number: int,
        calendar: CompanyCalendar,
        held: list[str],
    ) -> list[Outgoing]:
        """What goes out for one document. A mail that does not pass the last check is held back, and `held` told why;
        all others go."""
        key = told.thread_key or (slot.key if number == 1 else f"{slot.key}/{number}")
        users = told.users or (agent.deliver.email if not told.channels else ())
        channels = told.channels or (agent.deliver.slack if not told.users else ())
        # What was computed under the reader's own rights has that one reader.
        reader = principal_of(users[0], self._catalog) if told.own and users else None
        origin = self._origin(agent, reader or principal)
        envelope = Envelope(told.document, self._catalog.agents.dashboard, origin)
        made: list[Outgoing] = []
        for user in users:
            mail_key = f"{key}/{user}"
            try:
                made += self._to_person(agent, told, envelope, user, mail_key, calendar)
            except UnbackedNumber as fault:
                log.error("a mail is held back: %s", fault, extra={"agent": agent.name})
                held.append(f"the mail for {user} is held back: {fault}")
                made.append(envelope.held_mail(self._catalog.users[user].email, mail_key, (user,)))
        for channel in channels:
            made += self._to_channel(told, envelope, channel, key)
        return made

    def _to_person(
        self, agent: Agent, told: Addressed, envelope: Envelope, user: str, key: str, calendar: CompanyCalendar
    ) -> list[Outgoing]:
        """A mail. Who may not read what the agent read gets the report computed under their own rights."""
        person = principal_of(user, self._catalog)
        known = self._catalog.users.get(user)
        if person is None or known is None or not known.email:
            return []
        if told.own or may_read(person, told.needs, self._catalog):
            needs = own_rights(person, self._catalog) if told.own else told.needs
            return [envelope.mail(known.email, key, (user,), needs)]
        if agent.kind != "report":
            return [envelope.notice_mail(known.email, key, (user,))]
        own = KINDS[agent.kind](agent, self._desk(agent, person, calendar), self._store, calendar.moment)
        needs = own_rights(person, self._catalog)
        documents = [self._narrate(addressed.document, ()) for addressed in own.documents]
        origin = self._origin(agent, person)
        return [Envelope(document, origin=origin).mail(known.email, key, (user,), needs) for document in documents]

    def _to_channel(self, told: Addressed, envelope: Envelope, channel: str, key: str) -> list[Outgoing]:
        """Posts. Where one member may not read it, the channel gets a notice and each who may a private message."""
        entry = self._catalog.agents.channel(channel)
        if entry is None:
            return []
        people = {user: principal_of(user, self._catalog) for user in entry.members}
        entitled = [u for u, p in people.items() if p is not None and may_read(p, told.needs, self._catalog)]
        parent = told.reply_to and f"{told.reply_to}/{channel}"
        key = f"{key}/{channel}"
        if len(entitled) == len(people):
            first, *more = envelope.posts(entry.slack_id, key, parent, entry.members, told.needs)
            notice = envelope.notice_post(entry.slack_id, f"{key}/notice", parent)
            return [replace(first, fallback=notice), *more]
        made = [envelope.notice_post(entry.slack_id, key, parent)]
        for user in entitled:
            private = self._catalog.users[user].slack_id
            if private:
                made += envelope.posts(private, f"{key}/{user}", "", (user,), told.needs)
        return made


def tools_of(desk: Desk) -> tuple[Tool, ...]:
    """What a model may ask while it looks into a matter: the tools everybody has, as the agent and on record."""

    def asked(name: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda arguments: desk.text(name, arguments)

    known = desk.toolset.tools
    return tuple(Tool(name, known[name].description, known[name].input_schema(), asked(name)) for name in LOOKS)
