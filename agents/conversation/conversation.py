"""Replies in incident threads → answers in the same thread, under the access of whoever asks.

The answer goes into the thread where everybody there may see it; else to the person alone, with a word in the thread.
Each reply is answered once, however often Slack delivers it: its event id is the answer's key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.audience import as_entitled, may_read, may_see, person_of
from agents.conversation.asked import Asked, read_reply
from agents.conversation.shown import plain_blocks
from agents.delivery.outbox import Outbox
from agents.messages import NOBODY, Origin, Outgoing, Post, Told
from agents.store import Store
from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.principals import Principal
from tools.explanation.window import window_of
from tools.toolset import ToolResult, Toolset

CLIENT = "slack thread"
UNKNOWN_PERSON = "I do not know who you are here, so I cannot tell what you may see. Ask whoever runs Assay to add you."
ANSWERED_ALONE = "I answered you in private: not everybody here may see that."
HELP = "Reply with: explain, who, by <dimension>, show sql, status, or a question in plain words."


@dataclass(frozen=True)
class Reply:
    """A message that somebody wrote in a thread. `thread` is the time stamp of the thread's first message; `person` and
    `channel` are Slack's ids."""

    event: str
    channel: str
    thread: str
    person: str
    text: str


@dataclass(frozen=True)
class _Incident:
    """What the thread is about."""

    metric: str
    feed: str
    end: str


class Conversation:
    """Answers replies. `members` gives the people of a channel (Slack ids) now; None where Slack cannot be asked."""

    def __init__(
        self,
        toolset: Toolset,
        catalog: Catalog,
        calendar: Callable[[], CompanyCalendar],
        store: Store,
        members: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        self._toolset = toolset
        self._catalog = catalog
        self._calendar = calendar
        self._store = store
        self._outbox = Outbox(store)
        self._members = members

    def hear(self, reply: Reply, at: datetime) -> bool:
        """Put the answer to a reply into the outbox; False where the thread is none of ours. Raises StoreDown."""
        root = self._root(reply)
        if root is None:
            return False
        principal = self._person(reply.person)
        if principal is None:
            self._outbox.add([_post(reply, root, "unknown", UNKNOWN_PERSON)], at)
            return True
        access = Access(self._catalog, principal)
        asked = read_reply(reply.text, access.dimensions)
        result = self._answer(asked, self._incident(root), principal)
        self._outbox.add(self._addressed(reply, root, principal, asked, result), at)
        return True

    def _root(self, reply: Reply) -> str | None:
        rows = self._store.rows("conversation.thread", {"ref": f"{reply.channel}/{reply.thread}"})
        return str(rows[0]["key"]) if rows else None

    def _incident(self, root: str) -> _Incident | None:
        rows = self._store.rows("conversation.incident", {"thread": root.rpartition("/")[0]})
        if not rows:
            return None
        kind, _, name = str(rows[0]["key"]).partition(":")
        return _Incident(name if kind == "metric" else "", name if kind != "metric" else "", str(rows[0]["point"]))

    def _person(self, slack_id: str) -> Principal | None:
        return person_of(slack_id, self._catalog)

    def _answer(self, asked: Asked, incident: _Incident | None, principal: Principal) -> ToolResult | str:
        """A tool's result, or words."""
        if asked.wanted == "help":
            return HELP
        tool, arguments = self._call(asked, incident)
        if not tool:
            return HELP
        return self._toolset.call(principal, tool, arguments, client=CLIENT)

    def _call(self, asked: Asked, incident: _Incident | None) -> tuple[str, Mapping[str, Any]]:
        """The tool to ask, and what."""
        about = incident or _Incident("", "", "")
        if asked.wanted == "question" or incident is None:
            return "query_curated_data", {"question": asked.text}
        if asked.wanted == "status" or not about.metric:
            feeds = {source.name for source in self._catalog.sources.sources}
            scope = "metric" if not about.feed else "source" if about.feed in feeds else "table"
            name = about.feed or about.metric
            return "fetch_reconciliation_status", {"scope": scope, "name": name, "detail": True}
        if asked.wanted == "who":
            return "lookup_metric_definition", {"metric": about.metric}
        if asked.wanted == "explain":
            return "explain_number", {"metric": about.metric, "end": about.end}
        explained = {"question": asked.text, "metrics": [about.metric], **self._period(about)}
        if asked.wanted == "by":
            explained["group_by"] = [asked.dimension]
        return "query_curated_data", explained

    def _period(self, incident: _Incident) -> dict[str, Any]:
        """The period the incident was seen in, beside the one before."""
        metric = self._catalog.metrics[incident.metric]
        window = window_of(metric, None, datetime.fromisoformat(incident.end).date(), self._calendar())
        return {"start": window.start.isoformat(), "end": window.end.isoformat(), "compare_to": "prior_period"}

    def _addressed(
        self, reply: Reply, root: str, principal: Principal, asked: Asked, result: ToolResult | str
    ) -> list[Outgoing]:
        """The answer in the thread where all there may see it; else to the person, and a word in the thread."""
        origin = Origin("", principal.user, principal.role, Access(self._catalog, principal).key)
        if isinstance(result, str):
            return [_post(reply, root, "answer", result, origin=origin)]
        told = _told(asked, result)
        text, blocks = plain_blocks(asked, result)
        if self._all_may_read(reply.channel, principal, result) and not result.structured.get("scope"):
            return [_post(reply, root, "answer", text, blocks, (principal.user,), told, origin)]
        alone = Outgoing(
            f"reply/{reply.event}/alone",
            Post(principal.slack_id or reply.person, text, blocks),
            (principal.user,),
            kind="post",
            told=told,
            origin=origin,
        )
        return [alone, _post(reply, root, "answer", ANSWERED_ALONE, origin=origin)]

    def _all_may_read(self, channel: str, principal: Principal, result: ToolResult) -> bool:
        """Could everybody there have got the answer themselves: its metrics, and each column that was read for it? The
        words of a refusal may hold any name that this person may see."""
        people = self._people(channel)
        known = [person for person in people if person is not None]
        if not people or len(known) < len(people):
            return False
        if result.is_error:
            access = Access(self._catalog, principal)
            return all(person == principal or as_entitled(person, access) for person in known)
        metrics = [c["name"] for c in result.structured.get("citations") or () if c["kind"] == "metric"]
        columns = self._toolset.show_receipt(principal, result.structured["receipt"])["columns"]
        return all(may_read(p, metrics, self._catalog) and may_see(p, columns, self._catalog) for p in known)

    def _people(self, channel: str) -> list[Principal | None]:
        """Everybody in the channel; somebody unknown is None."""
        if self._members is not None:
            return [self._person(member) for member in self._members(channel)]
        entry = next((c for c in self._catalog.agents.channels if c.slack_id == channel), None)
        users = self._catalog.users
        return [users[m].as_principal() for m in entry.members if m in users] if entry else []


def _post(
    reply: Reply,
    root: str,
    part: str,
    text: str,
    blocks: tuple[dict[str, Any], ...] = (),
    audience: tuple[str, ...] = (),
    told: tuple[Told, ...] = (),
    origin: Origin = NOBODY,
) -> Outgoing:
    post = Post(reply.channel, text, blocks, reply_to=root)
    return Outgoing(f"reply/{reply.event}/{part}", post, audience, kind="post", told=told, origin=origin)


def _told(asked: Asked, result: ToolResult) -> tuple[Told, ...]:
    """The answer as one figure: its rows are not kept a second time, its receipt says how to get them."""
    if result.is_error:
        return ()
    trust: Mapping[str, Any] = result.structured.get("trust") or {}
    receipt, state = str(result.structured["receipt"]), str(trust.get("state", ""))
    return (Told("answer", "answer", "", asked.text, "", "", "", "", (), receipt, state),)
