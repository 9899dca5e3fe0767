"""Who got which message: an intent on record before a channel is called, the outcome after.

A message is handed out once, so it has one record with the outcome "ok"; attempts that failed have their own. A record
without an outcome is an attempt whose process ended; whoever finds that message delivered completes it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from agents.delivery.errors import NotNow
from agents.delivery.outbox import Entry
from agents.messages import Mail
from audit.log import AuditLog
from audit.record import Intent, Outcome
from catalog.refusals import AuditDown

log = logging.getLogger(__name__)

TOOL = "deliver_message"


class Register(Protocol):
    """Where deliveries are on record."""

    def begin(self, entry: Entry) -> str:
        """Write down that a message is about to go; the name of the record. Raises NotNow where that cannot be."""
        ...

    def end(self, record: str, entry: Entry, outcome: str, ref: str) -> None:
        """Write down how it went. What cannot be written any more is logged: the message has gone."""
        ...

    def found(self, entry: Entry, ref: str) -> None:
        """An earlier attempt had delivered it: complete that attempt's record."""
        ...


class MemoryRegister:
    """Keeps everything in memory. `ended` maps a record to key and outcome."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: dict[str, tuple[str, str]] = {}

    def begin(self, entry: Entry) -> str:
        """The name is the message's key and the count of attempts."""
        name = f"{entry.outgoing.key}#{entry.fence}"
        self.begun.append(name)
        return name

    def end(self, record: str, entry: Entry, outcome: str, ref: str) -> None:
        """Keep it."""
        self.ended[record] = (entry.outgoing.key, outcome)

    def found(self, entry: Entry, ref: str) -> None:
        """Complete the record of the attempt before."""
        self.ended.setdefault(entry.record or self.begin(entry), (entry.outgoing.key, "ok"))


class AuditRegister:
    """On the audit log, as calls of "deliver_message" by whoever the message was computed as."""

    def __init__(self, audit: AuditLog, policy_version: str, names: Mapping[str, str]) -> None:
        """`names` are the channels' names by kind of message ("mail": "smtp", "post": "folder")."""
        self._audit = audit
        self._policy_version = policy_version
        self._names = names

    def begin(self, entry: Entry) -> str:
        """An intent: the recipient, the audience and the hash are in it before the message goes."""
        origin = entry.outgoing.origin
        intent = Intent(
            user=origin.user,
            role=origin.role,
            tool=TOOL,
            client=f"agent {origin.agent}" if origin.agent else "slack thread",
            arguments=self._about(entry),
            policy_version=self._policy_version,
        )
        try:
            return self._audit.begin(intent)
        except AuditDown as error:
            raise NotNow(f"the audit log cannot be written: {error.text}", whole_channel=True) from error

    def end(self, record: str, entry: Entry, outcome: str, ref: str) -> None:
        """The outcome; what was told counts as rows."""
        done = Outcome(
            outcome=outcome,
            request={**self._about(entry), "ref": ref},
            rows=len(entry.outgoing.told),
            result_hash=entry.hash,
        )
        try:
            self._audit.finish(record, done)
        except AuditDown:
            log.exception("the delivery of %s is on record as begun only (%s)", entry.outgoing.key, record)

    def found(self, entry: Entry, ref: str) -> None:
        """Complete the earlier record; where that one had ended otherwise, a record of its own."""
        try:
            known = self._audit.get(entry.record) if entry.record else ()
        except AuditDown as error:
            raise NotNow(f"the audit log cannot be read: {error.text}", whole_channel=True) from error
        ended = known[1].body["outcome"] if len(known) > 1 else ""
        if ended != "ok":
            self.end(entry.record if known and not ended else self.begin(entry), entry, "ok", ref)

    def _about(self, entry: Entry) -> dict[str, Any]:
        outgoing = entry.outgoing
        content = outgoing.content
        return {
            "message": outgoing.receipt,
            "key": outgoing.key,
            "hash": entry.hash,
            "channel": self._names.get(entry.kind, entry.kind),
            "to": content.to if isinstance(content, Mail) else content.channel,
            "audience": list(outgoing.audience),
            "metrics": sorted({told.metric for told in outgoing.told if told.metric}),
        }
