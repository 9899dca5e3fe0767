"""The port to mail servers, Slack and folders: send a message, or find it where an earlier attempt left it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agents.messages import Outgoing

MAX_NAME = 100
"""Characters of a file name made of a key; some file systems take 255 bytes, and suffixes follow."""


@dataclass(frozen=True)
class Parcel:
    """A message on its way. `queued` is when it was put out and never changes; `parent_ref` is what the channel called
    the message it answers or edits."""

    outgoing: Outgoing
    queued: datetime
    parent_ref: str = ""


class Channel(Protocol):
    """Both methods raise DeliveryFailed, and block for a bounded time well below the outbox's lease."""

    def send(self, parcel: Parcel) -> str:
        """Deliver it; returns what the channel calls it, once the channel has confirmed."""
        ...

    def find(self, parcel: Parcel) -> str | None:
        """What the channel calls it, if it arrived before; None if it did not, or where that cannot be known."""
        ...


def digest(key: str) -> str:
    """A key as 24 letters and digits that stand for it alone."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def file_name(key: str) -> str:
    """A key as a file name: readable, safe on any system, and different for different keys."""
    readable = re.sub(r"[^A-Za-z0-9-]+", "_", key).strip("_")[:MAX_NAME]
    return f"{readable}-{digest(key)[:8]}"
