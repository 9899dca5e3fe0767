"""Servers, a store and messages that the delivery tests share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from agents.delivery.channel import Parcel
from agents.delivery.slack import SlackChannel
from agents.delivery.smtp import SmtpChannel
from agents.messages import Image, Mail, Outgoing, Post
from agents.store import Store
from tests.fakes.slack_server import SlackServer
from tests.fakes.smtp_server import SmtpServer

NOW = datetime(2026, 11, 16, 13, 0, 30, tzinfo=UTC)
"""Monday 08:00:30 in New York."""
MINUTE = timedelta(minutes=1)
CHART = Image("kpis", b"\x89PNG chart", "Revenue by week: down 10.0 %")


def mail(key: str = "brief/ana", to: str = "ana@techco.example", **fields: object) -> Outgoing:
    content = {"subject": "Revenue down", "html": "<p>down <img src='cid:kpis'></p>", "text": "down"} | fields
    return Outgoing(key, Mail(to, **content))


def post(key: str = "incident/1", channel: str = "C1", text: str = "Revenue fell", **fields: object) -> Outgoing:
    return Outgoing(key, Post(channel, text, **fields), kind="post")


def parcel(outgoing: Outgoing, parent_ref: str = "") -> Parcel:
    return Parcel(outgoing, NOW, parent_ref)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def mails(smtp: SmtpServer) -> SmtpChannel:
    return smtp_channel(smtp)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer(members={"C1": ["U1", "U2", "U3"]}) as server:
        yield server


@pytest.fixture
def posts(slack: SlackServer) -> SlackChannel:
    return slack_channel(slack)


@pytest.fixture
def store(state_url: str) -> Iterator[Store]:
    """An empty store, on each engine."""
    opened = Store(state_url)
    yield opened
    opened.close()


def smtp_channel(server: SmtpServer, **options: object) -> SmtpChannel:
    return SmtpChannel("127.0.0.1", server.port, "assay@techco.example", **{"security": "none"} | options)


def slack_channel(server: SlackServer, **options: object) -> SlackChannel:
    return SlackChannel("xoxb-test", base_url=server.url, **options)
