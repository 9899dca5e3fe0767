"""What goes out: finished mails, posts and files, each under a key that makes it one and the same forever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

RECEIPT_MARK = "<!--receipt-->"
"""Where a mail's HTML has room for the receipt of the message."""


@dataclass(frozen=True)
class Image:
    """A PNG. `cid` names it inside a mail and as a file."""

    cid: str
    content: bytes
    alt: str


@dataclass(frozen=True)
class Mail:
    """One person's mail. `to` is an address; `list_id` names the series ("weekly-brief")."""

    to: str
    subject: str
    html: str
    text: str
    images: tuple[Image, ...] = ()
    list_id: str = ""


@dataclass(frozen=True)
class Post:
    """A Slack message: `channel` is a channel id, or a user id for a private one. `reply_to` is the key of the message
    whose thread it belongs to; `replaces` the key of an earlier message that is edited instead."""

    channel: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    images: tuple[Image, ...] = ()
    reply_to: str = ""
    replaces: str = ""


@dataclass(frozen=True)
class Told:
    """A figure as a message told it, everything as text. `receipt` is the answer it came from, "" where the agent took
    it from its own memory; `trust` is that answer's state then; `start` and `end` are days, both inclusive."""

    fact: str
    kind: str
    metric: str
    label: str
    value: str
    unit: str
    start: str
    end: str
    slice: tuple[tuple[str, str], ...]
    receipt: str
    trust: str


@dataclass(frozen=True)
class Origin:
    """Under whose rights a message was computed. `agent` is empty for an answer in a thread; `rights` identify what the
    principal could see then (`catalog.access.Access.key`)."""

    agent: str = ""
    user: str = ""
    role: str = ""
    rights: str = ""


NOBODY = Origin()
"""Of what holds nothing computed."""


@dataclass(frozen=True)
class Outgoing:
    """A message to be delivered once. `key` is its idempotency key: agent, period, recipient, part. `audience` holds
    the users it was computed for and `needs` what they must be allowed to see, for the check at send time; where that
    fails, `fallback` (under a key of its own) goes out instead. `receipt` names the message of which this is a part
    (empty: it is one alone, and gets its receipt when it is put out); `told` are its figures."""

    key: str
    content: Mail | Post
    audience: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    kind: Literal["mail", "post"] = "mail"
    fallback: Outgoing | None = None
    receipt: str = ""
    told: tuple[Told, ...] = ()
    origin: Origin = NOBODY
