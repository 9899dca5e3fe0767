"""A mail as the bytes that go over the wire: the same message always gives the same bytes and the same Message-ID."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from agents.delivery.channel import digest
from agents.delivery.errors import Refused
from agents.messages import Mail

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
"""One plain address; what is more than that has no business in a recipient."""
POLICY = SMTP.clone(cte_type="7bit")
"""Every server takes seven bits."""


def message_id(key: str, sender: str) -> str:
    """The Message-ID of the mail of that key."""
    return f"<{digest(key)}@{_domain(sender)}>"


def compose(mail: Mail, key: str, sender: str, queued: datetime, unsubscribe: str = "") -> EmailMessage:
    """The mail: text, and HTML with its images inside. `sender` is an address, `unsubscribe` an https or mailto URL.

    Raises Refused for what cannot be a mail: an address that is none or several, a line break in a header."""
    for address in (mail.to, sender):
        if not ADDRESS.fullmatch(address):
            raise Refused(f"not an e-mail address: {address!r}")
    message = EmailMessage(policy=POLICY)
    try:
        for name, value in _headers(mail, key, sender, queued, unsubscribe).items():
            message[name] = value
    except ValueError as error:
        raise Refused(f"a header cannot be written: {error}") from error
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    html = list(message.iter_parts())[1]
    assert isinstance(html, EmailMessage)
    for image in mail.images:
        html.add_related(
            image.content,
            maintype="image",
            subtype="png",
            cid=f"<{image.cid}>",
            filename=f"{image.cid}.png",
            disposition="inline",
        )
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{digest(key)}_{number}")
    return message


def _headers(mail: Mail, key: str, sender: str, queued: datetime, unsubscribe: str) -> dict[str, str]:
    headers = {
        "From": sender,
        "To": mail.to,
        "Subject": mail.subject,
        "Date": format_datetime(queued),
        "Message-ID": message_id(key, sender),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if mail.list_id:
        headers["List-Id"] = f"<{re.sub(r'[^A-Za-z0-9-]+', '-', mail.list_id)}.{_domain(sender)}>"
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
    if unsubscribe.startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
