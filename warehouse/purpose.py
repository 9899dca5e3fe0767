"""What a run is for, in an engine's own books: the tool, who called it, and the receipt of the answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Purpose:
    """`agent` is the client as the audit log names it (an agent, a chat program, the command line); `receipt` the id
    under which the answer is on record. Empty where nobody said."""

    tool: str = ""
    agent: str = ""
    receipt: str = ""


UNTOLD = Purpose()
