"""Messages as JSON text and back, images in base64: what the outbox stores is the whole message."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any

from agents.messages import Image, Mail, Origin, Outgoing, Post, Told


def to_json(outgoing: Outgoing) -> str:
    """The message as JSON."""
    return json.dumps(asdict(outgoing), ensure_ascii=False, sort_keys=True, default=_base64)


def from_json(text: str) -> Outgoing:
    """The message that `to_json` wrote."""
    return _outgoing(json.loads(text))


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"a message cannot hold {type(value).__name__}")


def _outgoing(fields: dict[str, Any]) -> Outgoing:
    content = fields["content"]
    content["images"] = tuple(
        Image(image["cid"], base64.b64decode(image["content"]), image["alt"]) for image in content["images"]
    )
    if "blocks" in content:
        content["blocks"] = tuple(content["blocks"])
    fallback = fields["fallback"]
    return Outgoing(
        key=fields["key"],
        content=Mail(**content) if "subject" in content else Post(**content),
        audience=tuple(fields["audience"]),
        needs=tuple(fields["needs"]),
        kind=fields["kind"],
        fallback=_outgoing(fallback) if fallback else None,
        # Messages put out before there were receipts have none.
        receipt=fields.get("receipt", ""),
        told=tuple(_told(told) for told in fields.get("told", ())),
        origin=Origin(**fields.get("origin", {})),
    )


def _told(fields: dict[str, Any]) -> Told:
    fields["slice"] = tuple((name, member) for name, member in fields["slice"])
    return Told(**fields)
