"""What is known about the words behind a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HowRead:
    """`text`: how the words were read; empty when there is only the request, which then is put into words. `question`:
    the words themselves, for the record. `cursor`: of the page asked for."""

    text: str = ""
    warnings: tuple[str, ...] = ()
    cursor: str | None = None
    question: str = ""
