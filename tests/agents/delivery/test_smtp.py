"""Mails over a real connection: what the wire carries, and what each kind of trouble means."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from agents.delivery.errors import NotNow, Refused, Unclear
from agents.delivery.smtp import SmtpChannel
from tests.agents.delivery.certificate import self_signed
from tests.agents.delivery.conftest import CHART, mail, parcel, post, smtp_channel
from tests.fakes.smtp_server import DROP_AFTER, DROP_BEFORE, HANG, SmtpServer
from tests.processes import free_port


def test_a_mail_arrives_as_text_and_html_with_its_images_inside(mails: SmtpChannel, smtp: SmtpServer) -> None:
    ref = mails.send(parcel(mail(images=(CHART,), text="Umsatz fällt", subject="Umsätze")))
    (accepted,) = smtp.accepted
    message = accepted.message
    assert (accepted.sender, accepted.recipients) == ("assay@techco.example", ("ana@techco.example",))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    text, related = message.iter_parts()
    html, image = related.iter_parts()
    assert text.get_content().strip() == "Umsatz fällt"
    assert "cid:kpis" in html.get_content()
    assert (image["Content-ID"], image.get_content(), image.get_content_disposition()) == (
        "<kpis>",
        CHART.content,
        "inline",
    )
    assert message["Subject"] == "Umsätze"
    assert accepted.message_id == ref


def test_the_headers_say_that_a_machine_writes_and_how_to_leave(smtp: SmtpServer) -> None:
    channel = smtp_channel(smtp, unsubscribe="https://techco.example/leave")
    channel.send(parcel(mail(list_id="weekly-brief")))
    headers = {k: v for k, v in smtp.accepted[0].message.items() if k not in ("Content-Type", "MIME-Version")}
    assert headers == {
        "From": "assay@techco.example",
        "To": "ana@techco.example",
        "Subject": "Revenue down",
        "Date": "Mon, 16 Nov 2026 13:00:30 +0000",
        "Message-ID": "<d37b68378da184a034313cd8@techco.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": "<weekly-brief.techco.example>",
        "List-Unsubscribe": "<https://techco.example/leave>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_the_same_mail_is_the_same_bytes_again(mails: SmtpChannel, smtp: SmtpServer) -> None:
    for _ in range(2):
        mails.send(parcel(mail(images=(CHART,))))
    first, second = smtp.accepted
    assert first.content == second.content


@pytest.mark.parametrize(
    "bad",
    [
        mail(subject="Revenue\r\nBcc: all@techco.example"),
        mail(to="ana@techco.example, eve@evil.example"),
        mail(to="ana@techco.example\r\nRCPT TO:<eve@evil.example>"),
        mail(to="Ana <ana@techco.example>"),
        mail(to=""),
        post(),
    ],
    ids=["line break in the subject", "two recipients", "smuggled command", "display name", "nobody", "a post"],
)
def test_what_is_no_mail_to_one_person_never_reaches_the_server(bad, mails: SmtpChannel, smtp: SmtpServer) -> None:
    with pytest.raises(Refused):
        mails.send(parcel(bad))
    assert smtp.accepted == []


def test_a_list_name_cannot_smuggle_a_header(mails: SmtpChannel, smtp: SmtpServer) -> None:
    mails.send(parcel(mail(list_id="brief>\r\nBcc: <x")))
    assert smtp.accepted[0].message["List-Id"] == "<brief-Bcc-x.techco.example>"


@pytest.mark.parametrize("answer", ["550 no such user", "rcpt 550 no such user", "554 refused"])
def test_a_permanent_no_is_final(answer: str, mails: SmtpChannel, smtp: SmtpServer) -> None:
    smtp.plan = [answer]
    with pytest.raises(Refused, match=answer.removeprefix("rcpt ")):
        mails.send(parcel(mail()))
    assert smtp.accepted == []


@pytest.mark.parametrize(
    ("answer", "whole"),
    [("451 later", False), ("rcpt 451 greylisted", False), ("421 closing", True), ("452 full", False)],
)
def test_a_passing_no_means_later(answer: str, whole: bool, mails: SmtpChannel, smtp: SmtpServer) -> None:
    smtp.plan = [answer]
    with pytest.raises(NotNow, match=answer.removeprefix("rcpt ")) as failure:
        mails.send(parcel(mail()))
    assert failure.value.whole_channel is whole


@pytest.mark.parametrize(("answer", "taken"), [(DROP_BEFORE, 0), (DROP_AFTER, 1)])
def test_a_connection_that_ends_after_the_data_leaves_it_unclear(
    answer: str, taken: int, mails: SmtpChannel, smtp: SmtpServer
) -> None:
    smtp.plan = [answer]
    with pytest.raises(Unclear):
        mails.send(parcel(mail()))
    assert len(smtp.accepted) == taken
    assert mails.find(parcel(mail())) is None


def test_a_server_that_hangs_after_the_data_leaves_it_unclear(smtp: SmtpServer) -> None:
    smtp.plan = [HANG]
    with pytest.raises(Unclear, match="timed out"):
        smtp_channel(smtp, timeout=0.3).send(parcel(mail()))


def test_a_server_that_is_not_there_means_later() -> None:
    channel = SmtpChannel("127.0.0.1", free_port(), "assay@techco.example", security="none")
    with pytest.raises(NotNow, match="cannot be reached") as failure:
        channel.send(parcel(mail()))
    assert failure.value.whole_channel


def test_a_server_that_wants_a_login_gets_it(tmp_path: Path) -> None:
    server_side, client_side = self_signed(tmp_path)
    with SmtpServer(login=("assay", "secret"), tls_context=server_side) as server:
        options = {"security": "starttls", "context": client_side, "user": "assay"}
        smtp_channel(server, password="secret", **options).send(parcel(mail()))
        assert len(server.accepted) == 1
        with pytest.raises(Refused, match="535"):
            smtp_channel(server, password="wrong", **options).send(parcel(mail()))


def test_a_server_without_starttls_is_not_spoken_to_in_the_clear(smtp: SmtpServer) -> None:
    channel = SmtpChannel("127.0.0.1", smtp.port, "assay@techco.example", user="assay", password="secret")
    with pytest.raises(Refused, match="STARTTLS"):
        channel.send(parcel(mail()))


def test_starttls_protects_the_connection_and_checks_the_certificate(tmp_path: Path) -> None:
    server_side, client_side = self_signed(tmp_path)
    with SmtpServer(tls_context=server_side, require_starttls=True) as server:
        sender = "assay@techco.example"
        SmtpChannel("127.0.0.1", server.port, sender, context=client_side).send(parcel(mail()))
        assert len(server.accepted) == 1
        with pytest.raises(NotNow, match="certificate"):
            SmtpChannel("127.0.0.1", server.port, sender, context=ssl.create_default_context()).send(parcel(mail()))
        assert len(server.accepted) == 1


def test_a_server_that_speaks_tls_from_the_start_is_met_so(tmp_path: Path) -> None:
    server_side, client_side = self_signed(tmp_path)
    with SmtpServer(ssl_context=server_side) as server:
        smtp_channel(server, security="tls", context=client_side).send(parcel(mail()))
        assert len(server.accepted) == 1
