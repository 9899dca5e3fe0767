"""The receipt of a message: a short name that every part of it carries, and the hash of what was put out.

It follows from the message's key, so that a run done again gives the same message the same receipt.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from html import escape

from agents.messages import RECEIPT_MARK, Mail, Outgoing, Post

PREFIX = "m_"
RECEIPT_BYTES = 10
"""80 bits, as in receipts of answers."""
WORDS = "Receipt {receipt}"
BODY_END = "</body>"


def receipt_of(key: str) -> str:
    """The receipt of the message of that key: "m_" and 16 letters and digits."""
    digest = hashlib.sha256(f"message {key}".encode()).digest()[:RECEIPT_BYTES]
    return PREFIX + base64.b32encode(digest).decode("ascii").lower()


def digest_of(body: str) -> str:
    """Hex SHA-256 of a message as the outbox stores it."""
    return hashlib.sha256(body.encode()).hexdigest()


def with_receipt(outgoing: Outgoing) -> Outgoing:
    """The message with its receipt in its footer. What holds only pictures is told of by the message it belongs to."""
    receipt = outgoing.receipt or receipt_of(outgoing.key)
    line = WORDS.format(receipt=receipt)
    content = outgoing.content
    said = _mail(content, line) if isinstance(content, Mail) else _post(content, line, receipt)
    return replace(outgoing, content=said, receipt=receipt)


def _mail(mail: Mail, line: str) -> Mail:
    if RECEIPT_MARK in mail.html:
        html = mail.html.replace(RECEIPT_MARK, escape(line), 1)
    else:
        before, end, after = mail.html.rpartition(BODY_END)
        head, tail = (before, end + after) if end else (after, "")
        html = f"{head}<p>{escape(line)}</p>{tail}"
    return replace(mail, html=html, text=f"{mail.text.rstrip()}\n\n{line}\n")


def _post(post: Post, line: str, receipt: str) -> Post:
    if post.blocks:
        element = {"type": "mrkdwn", "text": WORDS.format(receipt=f"`{receipt}`"), "verbatim": True}
        return replace(post, blocks=(*post.blocks, {"type": "context", "elements": [element]}))
    return replace(post, text=f"{post.text}\n{line}") if post.text else post
