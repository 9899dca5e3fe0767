"""A message's receipt, read back: what it told, to whom, and whether every answer behind it would come out the same.

Readable for those it was told to, for whoever has the rights of the agent that computed it, and for roles that read the
audit log. Answers are run again as the principal that asked them; of the new answers only the comparison is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from agents.audience import principal_of
from agents.delivery.outbox import Kept, Outbox
from agents.messages import Mail, Outgoing, Told
from audit.log import AuditLog
from catalog.access import Access
from catalog.catalog import Catalog
from catalog.principals import Principal
from catalog.refusals import BadArgument
from tools.receipts import Verdict, readable
from tools.toolset import Toolset

Body = Literal["whole", "altered", "dropped"]
WORST: Sequence[Verdict] = ("same", "data_changed", "definition_changed", "policy_differs", "not_reproducible")
"""From the mildest on."""


@dataclass(frozen=True)
class Part:
    """A mail, post or picture of the message. `body`: whole (as it was sent), altered since, or dropped after the
    retention; `record` is the audit record of its delivery, `hash` that of what was put out."""

    key: str
    channel: str
    to: str
    state: str
    sent_at: str
    hash: str
    body: Body
    record: str


@dataclass(frozen=True)
class FigureVerdict:
    """How the answer behind a figure comes out now; "no_answer" for what the agent took from its own memory."""

    figure: Told
    outcome: Verdict | Literal["no_answer"]
    detail: str


@dataclass(frozen=True)
class MessageVerdict:
    """`outcome` is the worst of the figures and bodies; figures without an answer do not count."""

    receipt: str
    outcome: Verdict
    detail: str
    parts: tuple[Part, ...]
    figures: tuple[FigureVerdict, ...]


class MessageReceipts:
    """Over the outbox of one company. Methods raise BadArgument where there is no such receipt for that principal (in
    the same words for both), StoreDown and AuditDown."""

    def __init__(self, outbox: Outbox, toolset: Toolset, catalog: Catalog, audit: AuditLog) -> None:
        self._outbox = outbox
        self._toolset = toolset
        self._catalog = catalog
        self._audit = audit

    def show(self, reader: Principal, receipt: str) -> dict[str, Any]:
        """Who got it and when, its parts, and the figures it told, each with the answer it came from."""
        kept = self._readable(reader, receipt)
        first = next((part.outgoing for part in kept if part.outgoing), None)
        return {
            "receipt": receipt,
            "agent": first.origin.agent if first else "",
            "computed_as": {"user": first.origin.user, "role": first.origin.role} if first else None,
            "audience": list(first.audience) if first else [],
            "parts": [asdict(self._part(part)) for part in kept],
            "figures": [asdict(told) for told in _told(kept)],
        }

    def verify(self, reader: Principal, receipt: str) -> MessageVerdict:
        """Run every answer behind it again. The replays are on record."""
        kept = self._readable(reader, receipt)
        parts, told = tuple(self._part(part) for part in kept), _told(kept)
        answers = {figure.receipt: self._again(reader, figure.receipt, receipt) for figure in told if figure.receipt}
        figures = tuple(
            FigureVerdict(figure, *answers[figure.receipt])
            if figure.receipt
            else FigureVerdict(figure, "no_answer", "the agent took it from its own memory")
            for figure in told
        )
        return MessageVerdict(receipt, *_worst(parts, figures), parts, figures)

    def _again(self, reader: Principal, answer: str, message: str) -> tuple[Verdict, str]:
        try:
            verdict = self._toolset.verify_behind(reader, answer, message)
        except BadArgument as refused:
            return "not_reproducible", refused.message
        if verdict is None:
            return "not_reproducible", "the answer is not on record any more"
        return verdict.outcome, verdict.detail

    def _readable(self, reader: Principal, receipt: str) -> tuple[Kept, ...]:
        """The parts of the message, if `reader` may read it. Of one whose bodies were dropped nobody knows any more
        whom it was for: that is left to roles that read the log."""
        kept, access = self._outbox.of_receipt(receipt), Access(self._catalog, reader)
        told = [part.outgoing for part in kept if part.outgoing]
        if kept and (access.role.audit or any(self._told_to(reader, o) or self._owns(access, o) for o in told)):
            return kept
        readable((), access)
        return ()

    def _told_to(self, reader: Principal, outgoing: Outgoing) -> bool:
        people = (principal_of(user, self._catalog) for user in outgoing.audience)
        return any(person is not None and _same(person, reader) for person in people)

    def _owns(self, access: Access, outgoing: Outgoing) -> bool:
        """Was it computed as the agent's own principal, and does this reader have that one's role and rights?"""
        agent = self._catalog.agents.get(outgoing.origin.agent)
        owner = principal_of(agent.run_as, self._catalog) if agent else None
        if owner is None or (owner.user, owner.role) != (outgoing.origin.user, outgoing.origin.role):
            return False
        reader = access.principal
        alike = (reader.role, reader.issuer) == (owner.role, owner.issuer)
        return alike and access.key == Access(self._catalog, owner).key

    def _part(self, kept: Kept) -> Part:
        content = kept.outgoing.content if kept.outgoing else None
        to = "" if content is None else content.to if isinstance(content, Mail) else content.channel
        body: Body = "dropped" if content is None else "whole" if kept.whole and self._as_sent(kept) else "altered"
        ended = kept.ended.isoformat(timespec="seconds") if kept.ended and kept.state == "sent" else ""
        return Part(kept.key, kept.kind, to, kept.state, ended, kept.hash, body, kept.record)

    def _as_sent(self, kept: Kept) -> bool:
        """Does the audit log, which cannot be rewritten unnoticed, name the same hash?"""
        records = self._audit.get(kept.record) if kept.record else ()
        noted: Mapping[str, Any] = records[1].body if len(records) > 1 else {}
        return noted.get("result_hash", kept.hash) == kept.hash


def _same(one: Principal, other: Principal) -> bool:
    return (one.user, one.issuer, one.role) == (other.user, other.issuer, other.role)


def _told(kept: Sequence[Kept]) -> tuple[Told, ...]:
    return tuple(told for part in kept if part.outgoing for told in part.outgoing.told)


def _worst(parts: Sequence[Part], figures: Sequence[FigureVerdict]) -> tuple[Verdict, str]:
    altered = [part.key for part in parts if part.body == "altered"]
    if altered:
        return "not_reproducible", f"what is stored is not what was sent: {', '.join(altered)}"
    if any(part.body == "dropped" for part in parts):
        return "not_reproducible", "its body was dropped after the time that messages are kept; its hash remains"
    found: list[Verdict] = [figure.outcome for figure in figures if figure.outcome != "no_answer"]
    worst: Verdict = "same"
    for verdict in WORST:
        worst = verdict if verdict in found else worst
    own = len(figures) - len(found)
    rest = f"; {own} without an answer behind them" if own else ""
    if not found:
        return worst, f"it told no figure that an answer is behind{rest}"
    return worst, f"so are {found.count(worst)} of {len(found)} figures{rest}"
