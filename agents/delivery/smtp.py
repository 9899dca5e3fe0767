"""Mails over SMTP.

SMTP cannot say whether it has a message: where the connection ends between the data and the answer, the mail is sent
again with the same Message-ID, by which many mail systems drop the second one. That window is at-least-once.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Generator
from typing import Literal

from agents.delivery.channel import Parcel
from agents.delivery.errors import NotNow, Refused, Unclear
from agents.delivery.mime import compose, message_id
from agents.messages import Mail

TIMEOUT_SECONDS = 20.0
"""For each exchange with the server; a mail needs about eight."""
PERMANENT = 500
"""SMTP answers from here on are final (RFC 5321, 4.2.1)."""


class SmtpChannel:
    """`sender` is the From address. `security`: "starttls" (usual, port 587), "tls" (port 465), or "none" for a server
    on the same machine. With `user` the server is logged in to. `context` replaces the system's certificates."""

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        user: str = "",
        password: str = "",
        security: Literal["starttls", "tls", "none"] = "starttls",
        unsubscribe: str = "",
        timeout: float = TIMEOUT_SECONDS,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._sender = sender
        self._login = (user, password)
        self._security = security
        self._unsubscribe = unsubscribe
        self._timeout = timeout
        self._context = context or ssl.create_default_context()

    def send(self, parcel: Parcel) -> str:
        """Deliver it; returns its Message-ID once the server has accepted it."""
        mail = parcel.outgoing.content
        if not isinstance(mail, Mail):
            raise Refused("a post cannot go by mail")
        key = parcel.outgoing.key
        content = compose(mail, key, self._sender, parcel.queued, self._unsubscribe).as_bytes()
        with self._connected() as server:
            try:
                server.sendmail(self._sender, [mail.to], content)
            except smtplib.SMTPRecipientsRefused as error:
                code, text = error.recipients[mail.to]
                raise _answered(code, text) from error
            except smtplib.SMTPResponseException as error:
                raise _answered(error.smtp_code, error.smtp_error) from error
            except (OSError, smtplib.SMTPException) as error:
                raise Unclear(f"the mail server did not answer: {error}", whole_channel=True) from error
        return message_id(key, self._sender)

    def find(self, parcel: Parcel) -> None:
        """SMTP cannot tell."""

    @contextlib.contextmanager
    def _connected(self) -> Generator[smtplib.SMTP]:
        """A connection, logged in. Nothing that happens while it closes matters any more."""
        server = self._open()
        try:
            self._prepare(server)
            yield server
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def _open(self) -> smtplib.SMTP:
        try:
            if self._security == "tls":
                return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=self._context)
            return smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise NotNow(f"the mail server cannot be reached: {error}", whole_channel=True) from error

    def _prepare(self, server: smtplib.SMTP) -> None:
        user, password = self._login
        try:
            server.ehlo_or_helo_if_needed()
            if self._security == "starttls":
                server.starttls(context=self._context)
            if user:
                server.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise _answered(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(f"the mail server does not offer what is set: {error}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotNow(f"the mail server did not let us in: {error}", whole_channel=True) from error


def _answered(code: int, text: bytes | str) -> NotNow | Refused:
    """The server's own no, as a failure."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if code >= PERMANENT:
        return Refused(f"{code} {said}")
    return NotNow(f"{code} {said}", whole_channel=code == 421)
