"""Each message arrives once, in order within its thread, whatever the servers do; what cannot arrive says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from agents.delivery.channel import Channel, Parcel
from agents.delivery.courier import Courier, Delivered
from agents.delivery.errors import NotNow, Refused
from agents.delivery.ledger import Ledger
from agents.delivery.memory import MemoryChannel
from agents.delivery.outbox import Outbox
from agents.delivery.receipt import receipt_of, with_receipt
from agents.delivery.slack import SlackChannel
from agents.delivery.smtp import SmtpChannel
from agents.messages import Image, Origin, Outgoing, Post, Told
from agents.store import Store, StoreDown
from tests.agents.delivery.conftest import CHART, MINUTE, NOW, mail, post, smtp_channel
from tests.fakes.slack_server import DROP_AFTER, DROP_BEFORE, ERROR_AFTER, HANG, SlackServer
from tests.fakes.smtp_server import SmtpServer
from tests.processes import free_port


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store)


@pytest.fixture
def memory() -> MemoryChannel:
    return MemoryChannel()


def courier(
    outbox: Outbox,
    channels: Mapping[str, Channel] | Channel,
    owner: str = "one",
    allowed: Callable[[Outgoing], bool] = lambda outgoing: True,
    step: Callable[[str], None] = lambda name: None,
) -> Courier:
    both = channels if isinstance(channels, Mapping) else {"mail": channels, "post": channels}
    return Courier(outbox, both, owner, allowed, step)


def states(outbox: Outbox) -> dict[str, str]:
    return {status.key: status.state for status in reversed(outbox.latest(100))}


def reasons(outbox: Outbox) -> dict[str, str]:
    return {status.key: status.reason for status in reversed(outbox.latest(100))}


def keys(memory: MemoryChannel) -> list[str]:
    return [parcel.outgoing.key for parcel in memory.sent]


def test_a_message_put_out_twice_goes_out_once(outbox: Outbox, memory: MemoryChannel) -> None:
    outbox.add([mail()], NOW)
    outbox.add([mail(subject="another")], NOW + MINUTE)
    one = courier(outbox, memory)
    assert one.deliver_due(NOW + MINUTE) == Delivered(sent=1)
    outbox.add([mail()], NOW + MINUTE)
    assert one.deliver_due(NOW + 2 * MINUTE) == Delivered()
    assert [(p.outgoing, p.queued) for p in memory.sent] == [(with_receipt(mail()), NOW)]


def test_a_message_comes_out_of_the_outbox_as_it_went_in(outbox: Outbox, memory: MemoryChannel) -> None:
    whole = Outgoing(
        "k",
        Post("C1", "text ü", ({"type": "divider"}, {"type": "section", "fields": [{"text": "x"}]}), (), "", ""),
        audience=("ana", "ben"),
        needs=("metric:mrr",),
        kind="post",
        told=(Told("f1", "value", "mrr", "MRR", "1.5", "usd", "2026-11-09", "2026-11-15", (("a", "b"),), "r_1", "ok"),),
        origin=Origin("brief", "ana", "executive", "rights"),
        fallback=mail("k/link", images=(CHART, Image("b", bytes(range(256)), "alt"))),
    )
    outbox.add([whole], NOW)
    courier(outbox, memory).deliver_due(NOW)
    assert memory.sent[0].outgoing == outbox.message("k") == with_receipt(whole)
    assert outbox.message("other") is None


def test_a_thread_begins_with_its_first_message_and_keeps_its_order(
    outbox: Outbox, posts: SlackChannel, slack: SlackServer
) -> None:
    slack.plan = {"chat.postMessage": ["429 30"]}
    thread = [
        post("incident/1", images=(CHART,)),
        post("incident/1/a", reply_to="incident/1"),
        post("incident/1/b", reply_to="incident/1", images=(Image("west", b"png", "West"),)),
        post("incident/1/over", text="Over", replaces="incident/1"),
    ]
    outbox.add(thread, NOW)
    one = courier(outbox, posts)
    assert one.deliver_due(NOW) == Delivered(later=1)
    assert one.deliver_due(NOW + timedelta(seconds=29)) == Delivered()
    assert one.deliver_due(NOW + timedelta(seconds=40)) == Delivered(sent=6)
    first, *answers = slack.conversations["C1"]
    assert (first["text"], first["edited"]) == (f"Over\nReceipt {receipt_of('incident/1/over')}", 1)
    assert [a["text"].partition("\n")[0] or a["files"][0]["alt_txt"] for a in answers] == [
        CHART.alt,
        "Revenue fell",
        "Revenue fell",
        "West",
    ]
    assert {a["thread_ts"] for a in answers} == {first["ts"]}


@pytest.mark.parametrize("answer", [DROP_AFTER, DROP_BEFORE, ERROR_AFTER, "500", "internal_error", "429 60"])
def test_a_bad_day_at_slack_delivers_later_and_once(
    answer: str, outbox: Outbox, posts: SlackChannel, slack: SlackServer
) -> None:
    slack.plan = {"chat.postMessage": [answer]}
    outbox.add([post()], NOW)
    one = courier(outbox, posts)
    first = one.deliver_due(NOW)
    assert first.later + first.unknown == 1
    second = one.deliver_due(NOW + 2 * MINUTE)
    arrived = answer in (DROP_AFTER, ERROR_AFTER)
    assert second == (Delivered(found=1) if arrived else Delivered(sent=1))
    assert slack.keys("C1") == ["incident/1"]
    assert one.deliver_due(NOW + 20 * MINUTE) == Delivered()


def test_an_unclear_message_is_not_sent_while_slack_cannot_be_read(
    outbox: Outbox, posts: SlackChannel, slack: SlackServer
) -> None:
    slack.plan = {"chat.postMessage": [DROP_AFTER], "conversations.history": ["500", DROP_BEFORE]}
    outbox.add([post()], NOW)
    one = courier(outbox, posts)
    assert one.deliver_due(NOW) == Delivered(unknown=1)
    assert one.deliver_due(NOW + 2 * MINUTE) == Delivered(unknown=1)
    assert one.deliver_due(NOW + 5 * MINUTE) == Delivered(unknown=1)
    assert one.deliver_due(NOW + 10 * MINUTE) == Delivered(found=1)
    assert slack.keys("C1") == ["incident/1"]


@pytest.mark.parametrize("answer", ["421 closing", "451 later", "drop before accepting"])
def test_a_bad_day_at_the_mail_server_delivers_later_and_once(
    answer: str, outbox: Outbox, mails: SmtpChannel, smtp: SmtpServer
) -> None:
    smtp.plan = [answer]
    outbox.add([mail()], NOW)
    one = courier(outbox, mails)
    first = one.deliver_due(NOW)
    assert first.later + first.unknown == 1
    assert one.deliver_due(NOW + timedelta(seconds=50)) == Delivered()
    assert one.deliver_due(NOW + 2 * MINUTE) == Delivered(sent=1)
    assert len(smtp.accepted) == 1


def test_a_mail_whose_acceptance_was_not_heard_comes_again_with_the_same_id(
    outbox: Outbox, mails: SmtpChannel, smtp: SmtpServer
) -> None:
    smtp.plan = ["drop after accepting"]
    outbox.add([mail()], NOW)
    one = courier(outbox, mails)
    assert one.deliver_due(NOW) == Delivered(unknown=1)
    assert one.deliver_due(NOW + 2 * MINUTE) == Delivered(sent=1)
    first, second = smtp.accepted
    assert first.content == second.content


def test_servers_that_are_away_for_a_day_get_everything_afterwards(
    outbox: Outbox, posts: SlackChannel, slack: SlackServer, smtp: SmtpServer
) -> None:
    away: Channel = SmtpChannel("127.0.0.1", free_port(), "assay@techco.example", security="none")
    messages = [mail(f"brief/{n}") for n in range(10)]
    outbox.add([*messages, post()], NOW)
    hours = 0
    one = courier(outbox, {"mail": away, "post": posts})
    for hours in range(24):
        delivered = one.deliver_due(NOW + timedelta(hours=hours))
        assert delivered == Delivered(later=1, sent=int(hours == 0)), "one failure shows that the server is away"
    back = courier(outbox, {"mail": smtp_channel(smtp), "post": posts})
    assert back.deliver_due(NOW + timedelta(hours=hours + 2)) == Delivered(sent=10)
    assert sorted({str(m.message["To"]) for m in smtp.accepted}) == ["ana@techco.example"]
    assert len({m.message_id for m in smtp.accepted}) == len(smtp.accepted) == 10


def test_a_slow_server_does_not_hold_the_other_channel_up(
    outbox: Outbox, slack: SlackServer, mails: SmtpChannel, smtp: SmtpServer
) -> None:
    slack.plan = {"chat.postMessage": [HANG]}
    outbox.add([post("incident/1"), post("incident/2"), mail()], NOW)
    slow = SlackChannel("xoxb-test", base_url=slack.url, timeout=1)
    one = courier(outbox, {"mail": mails, "post": slow})
    assert one.deliver_due(NOW) == Delivered(unknown=1, sent=1)
    assert one.deliver_due(NOW + 2 * MINUTE) == Delivered(sent=2)
    assert slack.keys("C1") == ["incident/1", "incident/2"]


def test_what_is_refused_is_dead_with_its_reason_and_can_be_revived(
    outbox: Outbox, store: Store, mails: SmtpChannel, smtp: SmtpServer
) -> None:
    smtp.plan = ["550 no such user"]
    outbox.add([mail(), mail("brief/ben")], NOW)
    one = courier(outbox, mails)
    assert one.deliver_due(NOW) == Delivered(dead=1, sent=1)
    (dead,) = Ledger(store).dead_letters()
    assert (dead.kind, dead.key, dead.reason) == ("message", "brief/ana", "550 no such user")
    assert outbox.revive("brief/ana", NOW + MINUTE)
    assert not outbox.revive("brief/ben", NOW + MINUTE)
    assert one.deliver_due(NOW + MINUTE) == Delivered(sent=1)
    assert Ledger(store).dead_letters() == ()


def test_a_message_is_given_up_after_three_days(outbox: Outbox) -> None:
    class Away(MemoryChannel):
        def send(self, parcel: Parcel) -> str:
            raise NotNow("away")

    outbox.add([mail()], NOW)
    one, at, waits = courier(outbox, Away()), NOW, []
    while states(outbox)["brief/ana"] == "ready":
        next_try = outbox.latest(1)[0].next_try
        waits.append(next_try - at)
        at = next_try
        one.deliver_due(at)
    assert [round(w / MINUTE) for w in waits[:9]] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert timedelta(hours=71) < at - NOW <= timedelta(hours=72)
    assert reasons(outbox) == {"brief/ana": "given up: away"}


def test_a_wait_that_is_asked_for_is_obeyed_within_reason(outbox: Outbox) -> None:
    class Busy(MemoryChannel):
        def send(self, parcel: Parcel) -> str:
            raise NotNow("busy", timedelta(days=3))

    outbox.add([mail()], NOW)
    courier(outbox, Busy()).deliver_due(NOW)
    wait = outbox.latest(1)[0].next_try - NOW
    assert timedelta(minutes=15) <= wait < timedelta(minutes=16)


def test_what_belongs_to_a_message_that_was_not_delivered_dies_with_it(outbox: Outbox) -> None:
    class Strict(MemoryChannel):
        def send(self, parcel: Parcel) -> str:
            if parcel.outgoing.key == "incident/1":
                raise Refused("channel_not_found")
            return super().send(parcel)

    outbox.add([post(), post("incident/1/a", reply_to="incident/1"), post("lone", reply_to="nobody")], NOW)
    assert courier(outbox, Strict()).deliver_due(NOW) == Delivered(dead=3)
    orphan = "the message it belongs to was not delivered"
    assert reasons(outbox) == {"incident/1": "channel_not_found", "incident/1/a": orphan, "lone": orphan}


def test_what_its_audience_may_no_longer_see_is_withheld_and_the_fallback_sent(
    outbox: Outbox, posts: SlackChannel, slack: SlackServer
) -> None:
    link = post("incident/1/link", text="Something happened; see the dashboard")
    secret = post(images=(CHART,))
    secret = Outgoing(secret.key, secret.content, ("ana",), ("metric:mrr",), "post", link)
    answer = Outgoing("incident/1/a", Post("C1", "open", reply_to="incident/1"), kind="post")
    outbox.add([secret, answer], NOW)
    one = courier(outbox, posts, allowed=lambda outgoing: "metric:mrr" not in outgoing.needs)
    assert one.deliver_due(NOW) == Delivered(withheld=2, sent=2)
    assert states(outbox) == {
        "incident/1": "withheld",
        "incident/1/kpis": "withheld",
        "incident/1/a": "sent",
        "incident/1/link": "sent",
    }
    assert slack.keys("C1") == ["incident/1/link", "incident/1/a"]
    first, second = slack.conversations["C1"]
    assert second["thread_ts"] == first["ts"]
    assert slack.files == {}


def test_what_had_arrived_before_its_audience_lost_sight_of_it_is_not_followed_by_the_fallback(
    outbox: Outbox, posts: SlackChannel, slack: SlackServer
) -> None:
    slack.plan = {"chat.postMessage": [DROP_AFTER]}
    outbox.add([Outgoing("incident/1", Post("C1", "open"), kind="post", fallback=post("incident/1/link"))], NOW)
    assert courier(outbox, posts).deliver_due(NOW) == Delivered(unknown=1)
    assert courier(outbox, posts, allowed=lambda outgoing: False).deliver_due(NOW + 2 * MINUTE) == Delivered(found=1)
    assert slack.keys("C1") == ["incident/1"]


def test_a_check_that_breaks_sends_nothing_and_holds_nobody_up(outbox: Outbox, memory: MemoryChannel) -> None:
    def check(outgoing: Outgoing) -> bool:
        if outgoing.key == "brief/ana":
            raise ValueError("no such user")
        return True

    outbox.add([mail(), mail("brief/ben")], NOW)
    assert courier(outbox, memory, allowed=check).deliver_due(NOW) == Delivered(unknown=1, sent=1)
    assert keys(memory) == ["brief/ben"]
    assert reasons(outbox)["brief/ana"] == "ValueError: no such user"


def test_two_couriers_share_the_work_and_send_nothing_twice(outbox: Outbox, memory: MemoryChannel) -> None:
    other = courier(outbox, memory, "two")
    got: list[Delivered] = []

    def meanwhile(name: str) -> None:
        if name == "send the message" and not got:
            got.append(other.deliver_due(NOW))

    outbox.add([mail(f"brief/{n}") for n in range(5)], NOW)
    assert courier(outbox, memory, step=meanwhile).deliver_due(NOW) == Delivered(sent=1)
    assert got == [Delivered(sent=4)]
    assert len(set(keys(memory))) == len(memory.sent) == 5


def test_a_courier_that_lost_its_message_does_not_send_it(outbox: Outbox, memory: MemoryChannel) -> None:
    """It hung before the call until its lease had run out."""
    other = courier(outbox, memory, "two")
    got: list[Delivered] = []

    def meanwhile(name: str) -> None:
        if name == "keep the message" and not got:
            got.append(other.deliver_due(NOW + 6 * MINUTE))

    outbox.add([mail()], NOW)
    assert courier(outbox, memory, step=meanwhile).deliver_due(NOW) == Delivered(superseded=1)
    assert got == [Delivered(sent=1)]
    assert keys(memory) == ["brief/ana"]


def test_a_courier_told_to_stop_finishes_the_message_at_hand(outbox: Outbox, memory: MemoryChannel) -> None:
    def stop(name: str) -> None:
        if name == "send the message":
            one.stop()

    outbox.add([mail(), mail("brief/ben")], NOW)
    one = courier(outbox, memory, step=stop)
    assert one.deliver_due(NOW) == Delivered(sent=1)
    assert states(outbox) == {"brief/ana": "sent", "brief/ben": "ready"}


def test_a_kind_that_no_channel_takes_is_dead(outbox: Outbox, memory: MemoryChannel) -> None:
    outbox.add([post()], NOW)
    assert courier(outbox, {"mail": memory}).deliver_due(NOW) == Delivered(dead=1)
    assert reasons(outbox) == {"incident/1": "no channel takes a post"}


@pytest.fixture
def full(store: Store) -> Callable[[], None]:
    """The store stops writing: the next transaction is read-only, as on a full disk or a server in recovery."""

    def fill() -> None:
        with store.transaction() as transaction:
            sqlite = transaction.connection.dialect.name == "sqlite"
            words = "PRAGMA query_only = ON" if sqlite else "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
            transaction.connection.exec_driver_sql(words)

    return fill


def test_a_store_that_fails_after_the_call_leaves_the_post_to_be_found(
    outbox: Outbox, posts: SlackChannel, slack: SlackServer, full: Callable[[], None]
) -> None:
    def fill(name: str) -> None:
        if name == "note that it was sent":
            full()

    outbox.add([post()], NOW)
    with pytest.raises(StoreDown):
        courier(outbox, posts, step=fill).deliver_due(NOW)
    assert states(outbox) == {"incident/1": "sending"}
    assert courier(outbox, posts).deliver_due(NOW + MINUTE) == Delivered(), "its lease still runs"
    assert courier(outbox, posts).deliver_due(NOW + 6 * MINUTE) == Delivered(found=1)
    assert slack.keys("C1") == ["incident/1"]


def test_a_store_that_fails_before_the_call_sends_nothing(
    outbox: Outbox, posts: SlackChannel, slack: SlackServer, full: Callable[[], None]
) -> None:
    outbox.add([post()], NOW)
    full()
    with pytest.raises(StoreDown):
        courier(outbox, posts).deliver_due(NOW)
    assert slack.calls == []
    assert courier(outbox, posts).deliver_due(NOW) == Delivered(sent=1)
