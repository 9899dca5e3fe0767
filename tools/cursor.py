"""The place where the next page of an answer begins, signed so that it cannot be made up or moved.

A cursor is bound to the request, to the rights and the user it was given to, to the state of the data and to a time;
anything else is refused. It holds no secret: an offset, hashes and an expiry.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any

from catalog.refusals import BadArgument

LIVES_SECONDS = 3_600
"""An answer is read on within an hour, or asked again."""
PURPOSE = b"assay cursor v1"
MAC_BYTES = 16


@dataclass(frozen=True)
class Cursor:
    """`request`, `caller`, `data` and `result` are hashes; `expires` is in seconds since 1970."""

    offset: int
    request: str
    caller: str
    data: str
    result: str
    expires: int


def sealed(cursor: Cursor, key: bytes) -> str:
    """The cursor as a text for a client."""
    body = json.dumps(asdict(cursor), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(body, key) + body).decode("ascii").rstrip("=")


def opened(text: str, key: bytes, *, request: str, caller: str, data: str, now: float) -> Cursor:
    """The cursor in `text`. Raises BadArgument where it was not given for this request, caller and data, or is old."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise _not_ours() from error
    mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(body, key)):
        raise _not_ours()
    fields: dict[str, Any] = json.loads(body)
    cursor = Cursor(**fields)
    if cursor.caller != caller:
        raise _not_ours()
    if cursor.request != request:
        raise BadArgument(
            "This cursor belongs to another request.", hint="Send the same arguments as before, with the cursor added."
        )
    if cursor.expires < now:
        raise BadArgument("This cursor has expired.", hint="Ask again without a cursor.")
    if cursor.data != data:
        raise BadArgument("The data has changed since this cursor was given.", hint="Ask again without a cursor.")
    return cursor


def short_hash(text: str) -> str:
    """A hash for binding: 96 bits of SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:24]


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, PURPOSE + body, hashlib.sha256).digest()[:MAC_BYTES]


def _not_ours() -> BadArgument:
    return BadArgument("This cursor is not one given to you.", hint="Ask again without a cursor.")
