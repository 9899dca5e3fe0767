"""Threads answer back: a real listener, signed events over HTTP, answers in a Slack on this machine."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.build import build_company
from server.commands.demo import prepare
from server.slack_events import signature
from tests.fakes.slack_server import SlackServer
from tests.processes import ASSAY, environment, free_port

pytestmark = pytest.mark.wide

SECRET = "a signing secret"
ALERTS = "C0KPIALERTS"
MEMBERS = ["U0MORGAN", "U0RILEY", "U0SKYLER"]
PATIENCE_SECONDS = 30


@dataclass
class Room:
    """A Slack with an incident thread in it, and the listener beside."""

    slack: SlackServer
    workspace: Path
    port: int
    thread: str

    def reply(self, person: str, text: str, *, ts: str, secret: str = SECRET, age: int = 0) -> int:
        """Send a signed event as Slack would; the status of the answer."""
        event = {"type": "message", "user": person, "text": text, "channel": ALERTS, "ts": ts, "thread_ts": self.thread}
        return self.post({"type": "event_callback", "event_id": f"Ev{ts}", "event": event}, secret=secret, age=age)[0]

    def post(self, body: dict[str, Any], *, secret: str = SECRET, age: int = 0) -> tuple[int, bytes]:
        """A signed request and what comes back."""
        raw = json.dumps(body).encode()
        stamp = str(int(time.time()) - age)
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, raw)}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/slack/events", raw, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def answers(self, ts: str, channel: str = ALERTS, count: int = 1) -> list[dict[str, Any]]:
        """Messages that answer the reply sent at `ts`, once there are `count`."""
        key = f"reply/{ALERTS}-{ts}/"

        def found() -> list[dict[str, Any]]:
            messages = self.slack.conversations.get(channel, [])
            return [
                m for m in messages if m.get("metadata", {}).get("event_payload", {}).get("key", "").startswith(key)
            ]

        wait_for(lambda: len(found()) >= count)
        return found()


def wait_for(there: Callable[[], bool]) -> None:
    """Until it is there, or time is up."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not there():
        assert time.monotonic() < ends, "nothing came in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    workspace = tmp_path_factory.mktemp("thread") / "w"
    prepare(workspace)
    people = workspace / "catalog" / "principals.yml"
    people.write_text(people.read_text().replace("{user: prod.quinn,", "{user: prod.quinn, slack_id: U0QUINN,"))
    build_company(workspace, profile="small", plant=frozenset({"T1"}))
    with SlackServer(members={ALERTS: MEMBERS}) as slack:
        with (workspace / "assay.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'\n[slack]\nbase_url = "{slack.url}"\n')
        env = environment() | {"ASSAY_SLACK_TOKEN": "xoxb-test", "ASSAY_SLACK_SIGNING_SECRET": SECRET}
        command = [str(ASSAY), "agents", "run", "anomaly-investigation", "-w", str(workspace)]
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=120)
        first = slack.conversations[ALERTS][0]
        port = free_port()
        listen = [str(ASSAY), "agents", "listen", "--http", f"127.0.0.1:{port}", "-w", str(workspace)]
        listener = subprocess.Popen(listen, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            here = Room(slack, workspace, port, str(first["ts"]))
            wait_for(lambda: _open(here))
            yield here
        finally:
            listener.terminate()
            listener.wait(20)


def _open(room: Room) -> bool:
    try:
        return room.post({"type": "url_verification", "challenge": "c"}) == (200, b"c")
    except OSError:
        return False


def text_of(message: dict[str, Any]) -> str:
    """All text of a message."""
    return message["text"] + json.dumps(message.get("blocks", []), ensure_ascii=False)


def test_explain_is_answered_in_the_thread(room: Room) -> None:
    assert room.reply("U0MORGAN", "explain", ts="1.1") == 200
    (answer,) = room.answers("1.1")
    assert answer["thread_ts"] == room.thread
    assert "Recognized revenue" in text_of(answer)
    assert "receipt r_" in text_of(answer)


def test_a_dimension_splits_the_change(room: Room) -> None:
    room.reply("U0RILEY", "by region", ts="2.1")
    (answer,) = room.answers("2.1")
    assert all(region in text_of(answer) for region in ("EMEA", "APAC", "recognized_revenue__change"))


def test_the_sql_is_shown_and_who_is_answered(room: Room) -> None:
    room.reply("U0SKYLER", "show sql", ts="3.1")
    room.reply("U0SKYLER", "who?", ts="3.2")
    assert "SELECT" in text_of(room.answers("3.1")[0])
    assert "Chief financial officer" in text_of(room.answers("3.2")[0])


def test_a_question_is_read_as_everywhere(room: Room) -> None:
    room.reply("U0MORGAN", "<@U0ASSAY> what is our ARR?", ts="4.1")
    (answer,) = room.answers("4.1")
    assert "arr" in text_of(answer)


def test_what_not_everybody_may_see_is_answered_in_private(room: Room) -> None:
    room.slack.members[ALERTS] = [*MEMBERS, "U0AVERY"]
    try:
        room.reply("U0MORGAN", "by region", ts="5.1")
        (public,) = room.answers("5.1")
        assert "EMEA" not in text_of(public)
        private = [c for c in room.slack.conversations if c != ALERTS]
        alone = [m for c in private for m in room.answers("5.1", c)]
        assert any("EMEA" in text_of(message) for message in alone)
    finally:
        room.slack.members[ALERTS] = MEMBERS


@pytest.mark.parametrize(
    ("ts", "text"), [("5.2", "ARR by customer"), ("5.3", "explain"), ("5.4", "ARR by nothing of ours")]
)
def test_who_reads_names_as_pseudonyms_is_not_shown_the_names(room: Room, ts: str, text: str) -> None:
    room.slack.members[ALERTS] = [*MEMBERS, "U0QUINN"]
    try:
        room.reply("U0MORGAN", text, ts=ts)
        (public,) = room.answers(ts)
        assert text_of(public).startswith("I answered you in private")
        room.reply("U0MORGAN", "ARR by segment", ts=f"{ts}9")
        assert "Enterprise" in text_of(room.answers(f"{ts}9")[0])
    finally:
        room.slack.members[ALERTS] = MEMBERS


def test_whoever_asks_sees_their_own_rows_only(room: Room) -> None:
    room.slack.members[ALERTS] = [*MEMBERS, "U0AVERY"]
    try:
        room.reply("U0AVERY", "explain", ts="6.1")
        (public,) = room.answers("6.1")
        assert "Recognized revenue" not in text_of(public)
    finally:
        room.slack.members[ALERTS] = MEMBERS


def test_a_stranger_is_told_so_and_nothing_else(room: Room) -> None:
    room.reply("U0NOBODY", "explain", ts="7.1")
    (answer,) = room.answers("7.1")
    assert "do not know who you are" in text_of(answer)


def test_an_event_that_comes_twice_is_answered_once(room: Room) -> None:
    room.reply("U0MORGAN", "who", ts="8.1")
    room.answers("8.1")
    room.reply("U0MORGAN", "who", ts="8.1")
    room.reply("U0MORGAN", "status", ts="8.2")
    room.answers("8.2")
    assert len(room.answers("8.1")) == 1


@pytest.mark.parametrize(("secret", "age"), [("another secret", 0), (SECRET, 4_000)])
def test_a_forged_or_old_request_is_refused(room: Room, secret: str, age: int) -> None:
    assert room.reply("U0MORGAN", "explain", ts="9.1", secret=secret, age=age) == 401


def test_other_threads_and_own_messages_are_left_alone(room: Room) -> None:
    before = len(room.slack.called("chat.postMessage"))
    event = {"type": "message", "user": "U0MORGAN", "text": "explain", "channel": ALERTS, "ts": "10.1"}
    own = {**event, "bot_id": "B1", "thread_ts": room.thread}
    for one in (event, {**event, "thread_ts": "99.9"}, own):
        assert room.post({"type": "event_callback", "event": one})[0] == 200
    room.reply("U0MORGAN", "help", ts="10.2")
    room.answers("10.2")
    assert len(room.slack.called("chat.postMessage")) == before + 1


@pytest.mark.wide
def test_a_post_is_held_back_when_a_stranger_has_joined_its_channel(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    prepare(workspace)
    build_company(workspace, profile="small", plant=frozenset({"T1"}))
    with SlackServer(members={ALERTS: [*MEMBERS, "U0STRANGER"]}) as slack:
        with (workspace / "assay.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'\n[slack]\nbase_url = "{slack.url}"\n')
        env = environment() | {"ASSAY_SLACK_TOKEN": "xoxb-test"}
        command = [str(ASSAY), "agents", "run", "anomaly-investigation", "-w", str(workspace)]
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=120)
        said = "".join(text_of(message) for message in slack.conversations[ALERTS])
    assert "Not everybody here may read all of it" in said
    assert "Recognized revenue" not in said
