"""A mail server on this machine that keeps what it accepts, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

DROP_BEFORE = "drop before accepting"
DROP_AFTER = "drop after accepting"
HANG = "hang"


@dataclass(frozen=True)
class Accepted:
    """A mail the server has taken over."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])


class QuietServer(SMTP):
    """aiosmtpd's server; a connection that its peer or we drop is no error to speak of."""

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(None)

    async def _handle_client(self) -> None:
        try:
            await super()._handle_client()
        except (ConnectionError, asyncio.CancelledError):
            return


class SmtpServer:
    """`with SmtpServer() as server:` listens on 127.0.0.1. `plan` says how the next mails are answered, one each: an
    answer at RCPT ("rcpt 550 no such user"), an answer after the data ("451 try later"), DROP_BEFORE, DROP_AFTER,
    HANG, or "" to accept. `accepted` holds the mails taken. `on_accept` is called after one was taken and before the
    client hears of it. With `login` it wants that user and
    password, over TLS (`tls_context`)."""

    def __init__(self, login: tuple[str, str] | None = None, **options: Any) -> None:
        self.plan: list[str] = []
        self.accepted: list[Accepted] = []
        self.on_accept: Callable[[Accepted], None] = lambda mail: None
        self._handler = Handler(self)
        if login:
            options |= {
                "authenticator": lambda server, session, envelope, mechanism, data: AuthResult(
                    success=(data.login.decode(), data.password.decode()) == login,
                    handled=False,
                ),
                "auth_required": True,
            }
        self._controller = QuietController(self._handler, hostname="127.0.0.1", port=0, **options)
        self.port = 0

    def __enter__(self) -> SmtpServer:
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._handler.released.set()
        self._controller.stop()


class QuietController(Controller):
    """Takes any free port."""

    def factory(self) -> SMTP:
        return QuietServer(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class Handler:
    """aiosmtpd's hooks."""

    server: SmtpServer
    released: threading.Event = field(default_factory=threading.Event)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.server.plan and self.server.plan[0].startswith("rcpt "):
            return self.server.plan.pop(0).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.server.plan.pop(0) if self.server.plan else ""
        if answer == HANG:
            await asyncio.to_thread(self.released.wait, 30)
            return "451 was hanging"
        if answer == DROP_BEFORE:
            server.transport.close()
            return "451 dropped"
        if answer and answer != DROP_AFTER:
            return answer
        mail = Accepted(str(envelope.mail_from), tuple(envelope.rcpt_tos), bytes(envelope.original_content or b""))
        self.server.accepted.append(mail)
        self.server.on_accept(mail)
        if answer == DROP_AFTER:
            server.transport.close()
        return "250 accepted"
