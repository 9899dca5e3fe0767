"""Records → calls: an intent and its outcome as one thing. Everything else on the auditor's desk works on calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from audit.record import Record

State = Literal["ok", "refused", "running", "interrupted"]
STILL_RUNNING = timedelta(minutes=10)
"""Longer than any deadline of a role: an older intent without outcome was cut off."""
REPLAY = "verify_receipt"
"""The tool that runs a call again and shows its caller no rows."""
LOG_EXPORT = "export_audit_log"
"""The tool under which records, reports and reviews leave the log as files."""


class Log(Protocol):
    """What the desk reads from: `audit.log.AuditLog`."""

    def records(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Record]:
        """Records in the order of the chain."""
        ...


@dataclass(frozen=True)
class Period:
    """Moments from `since` on and before `until`, both in UTC; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies inside."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it is on record. `asked_at` in UTC, `outcome` "ok", a refusal's code or "" where there is none;
    `delivered` rows that left with this call (None: older records do not say), `rows` those of the whole result;
    `duration_us` microseconds; `erased`: the words of the call were erased on request."""

    seq: int
    receipt: str
    asked_at: datetime
    state: State
    user: str
    role: str
    tool: str
    client: str = ""
    roles: tuple[str, ...] = ()
    issuer: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    question: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    policy_version: str = ""
    outcome: str = ""
    request: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sql: str = ""
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    definitions: Mapping[str, str] = field(default_factory=dict[str, str])
    rights: str = ""
    scope: str = ""
    rows: int = 0
    delivered: int | None = None
    bytes: int = 0
    duration_us: int = 0
    cached: bool = False
    erased: bool = False

    @property
    def answered(self) -> bool:
        """Whether it gave its caller an answer of its own (a replay gives a verdict only)."""
        return self.state == "ok" and self.tool != REPLAY

    @property
    def rows_out(self) -> int:
        """Rows that left: those of the page where the record says, else those of the whole result, never fewer."""
        return self.rows if self.delivered is None else self.delivered


def calls(log: Log, period: Period, now: datetime) -> Iterator[Call]:
    """The calls asked in a period, each once it is complete, those that never ended last.

    An outcome may follow after the period's end, so records are read on until every call has one; `now` (UTC) tells
    what still runs from what was cut off. Raises AuditDown."""
    begun: dict[str, Record] = {}
    past = False
    for record in log.records(since=period.since):
        kind: str = record.kind
        if kind == "intent":
            past = past or (period.until is not None and moment(record) >= period.until + STILL_RUNNING)
            if period.holds(moment(record)):
                begun[record.receipt] = record
        elif kind == "outcome" and record.receipt in begun:
            yield _call(begun.pop(record.receipt), record, now)
        if past and not begun:
            return
    for intent in begun.values():
        yield _call(intent, None, now)


def moment(record: Record) -> datetime:
    """When a record was written, in UTC."""
    return datetime.fromisoformat(record.time)


def in_order(found: Iterable[Call]) -> list[Call]:
    """Calls in the order in which they were asked."""
    return sorted(found, key=lambda call: call.seq)


def _call(intent: Record, outcome: Record | None, now: datetime) -> Call:
    asked = intent.body
    ended: Mapping[str, Any] = outcome.body if outcome else dict[str, Any]()
    at = moment(intent)
    return Call(
        seq=intent.seq,
        receipt=intent.receipt,
        asked_at=at,
        state=_state(ended, at, now),
        user=str(asked.get("user", "")),
        role=str(asked.get("role", "")),
        tool=str(asked.get("tool", "")),
        client=str(asked.get("client", "")),
        roles=tuple(asked.get("roles") or ()),
        issuer=str(asked.get("issuer", "")),
        attributes=asked.get("attributes") or {},
        question=str(asked.get("question", "")),
        arguments=asked.get("arguments") or {},
        policy_version=str(asked.get("policy_version", "")),
        outcome=str(ended.get("outcome", "")),
        request=ended.get("request") or {},
        sql=str(ended.get("sql", "")),
        tables=tuple(ended.get("tables") or ()),
        columns=tuple(ended.get("columns") or ()),
        pii=tuple(ended.get("pii") or ()),
        definitions=ended.get("definitions") or {},
        rights=str(ended.get("rights", "")),
        scope=str(ended.get("scope") or ""),
        rows=int(ended.get("rows", 0)),
        delivered=int(ended["delivered"]) if "delivered" in ended else None,
        bytes=int(ended.get("bytes", 0)),
        duration_us=int(ended.get("duration_us", 0)),
        cached=bool(ended.get("cached")),
        erased=bool(asked.get("erased") or ended.get("erased")),
    )


def _state(ended: Mapping[str, Any], at: datetime, now: datetime) -> State:
    if not ended:
        return "running" if now - at < STILL_RUNNING else "interrupted"
    return "ok" if ended.get("outcome") == "ok" else "refused"
