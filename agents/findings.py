"""What a run of an agent brings: documents with whom they are for, and what is to be remembered once they are out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents.document import Document
from agents.store import Transaction


def nothing(transaction: Transaction) -> None:
    """Remember nothing."""


@dataclass(frozen=True)
class Addressed:
    """A document for users (by mail, or a private message) and channels (by name). `thread_key` names the message that
    later ones reply to; `reply_to` is the `thread_key` of the one it replies to. `needs` are metrics and dimensions
    (names) that a reader must be allowed to see; `own` says that it was computed under the reader's own rights."""

    document: Document
    users: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    thread_key: str = ""
    reply_to: str = ""
    needs: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Findings:
    """`effects` are applied in the transaction that fills the outbox; `notes` are for the run's record; `wait` says
    that the run should be tried again later (a feed is red and there is time left)."""

    documents: tuple[Addressed, ...]
    effects: Callable[[Transaction], None] = nothing
    notes: tuple[str, ...] = ()
    wait: bool = False
