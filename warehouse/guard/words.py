"""Words of callers as they may stand in our own sentences: short, printable, without markup."""

from __future__ import annotations

import re

MOST_SHOWN = 60
"""Characters of a caller's text that a refusal repeats: enough to find it, too few to carry a message."""
_UNSAFE = re.compile(r"[^\w .,-]")


def shown(text: str) -> str:
    """`text` cut to MOST_SHOWN, with everything but letters, digits, spaces and .,- replaced by '?'."""
    plain = _UNSAFE.sub("?", " ".join(text.split()))
    return plain if len(plain) <= MOST_SHOWN else plain[: MOST_SHOWN - 1] + "…"


def folded(name: str) -> str:
    """A name as the engine compares it: case-insensitive over ASCII letters only."""
    return name.lower() if name.isascii() else name
