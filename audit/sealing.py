"""The personal part of a record ↔ a text that only the key of its call opens (AES-256-GCM).

Destroying the key erases what people typed and who they are, and leaves the record and its hash as they were.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.record import canonical

KEY_BYTES = 32
NONCE_BYTES = 12
"""What GCM is made for; drawn afresh for each text, and a key seals two texts at most."""


def new_key() -> bytes:
    """A key for one call."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, receipt: str, kind: str, personal: Mapping[str, Any]) -> str:
    """The sealed text; it opens only as the personal part of this receipt and kind."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, canonical(personal).encode(), f"{receipt}/{kind}".encode())
    return base64.b64encode(nonce + sealed).decode("ascii")


def unseal(key: bytes, receipt: str, kind: str, sealed: str) -> dict[str, Any]:
    """What was sealed. Raises ValueError where key, text or record is another one."""
    raw = base64.b64decode(sealed, validate=True)
    try:
        plain = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{receipt}/{kind}".encode())
    except InvalidTag as error:
        raise ValueError("the personal part does not open with its key") from error
    return json.loads(plain)
