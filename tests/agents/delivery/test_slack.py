"""Posts through Slack's own client: one call is one message, and what is unclear can be looked up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agents.delivery.errors import NotNow, Refused, Unclear
from agents.delivery.slack import SlackChannel
from tests.agents.delivery.conftest import CHART, mail, parcel, post, slack_channel
from tests.fakes.slack_server import DROP_AFTER, DROP_BEFORE, ERROR_AFTER, HANG, SlackServer
from tests.processes import free_port

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Revenue fell"}}


def test_a_post_arrives_with_its_blocks_and_its_key(posts: SlackChannel, slack: SlackServer) -> None:
    ref = posts.send(parcel(post(blocks=(SECTION,))))
    assert slack.conversations["C1"] == [
        {
            "ts": "1794834001.000000",
            "text": "Revenue fell",
            "blocks": [SECTION],
            "metadata": {"event_type": "assay_message", "event_payload": {"key": "incident/1"}},
        }
    ]
    assert ref == "C1/1794834001.000000"
    assert posts.find(parcel(post())) == ref


def test_answers_edits_and_images_go_to_the_message_they_belong_to(posts: SlackChannel, slack: SlackServer) -> None:
    parent = posts.send(parcel(post()))
    reply = posts.send(parcel(post("incident/1/more", reply_to="incident/1"), parent))
    posts.send(parcel(post("incident/1/deeper", reply_to="incident/1/more"), reply))
    image = post("incident/1/kpis", text="", images=(CHART,), reply_to="incident/1")
    file = posts.send(parcel(image, parent))
    edit = post("incident/1/over", text="Revenue is back", replaces="incident/1")
    assert posts.send(parcel(edit, parent)) == parent
    first, second, third, picture = slack.conversations["C1"]
    assert first["text"] == "Revenue is back"
    assert [m["thread_ts"] for m in (second, third, picture)] == [first["ts"]] * 3
    assert slack.files["F1"]["content"].endswith(CHART.content) or CHART.content in slack.files["F1"]["content"]
    assert slack.files["F1"]["alt_txt"] == CHART.alt
    assert file == "file/F1"
    assert posts.find(parcel(image, parent)) == "file/F1"
    assert posts.find(parcel(post("incident/1/more", reply_to="incident/1"), parent)) == reply
    assert posts.find(parcel(post(), "")) == parent, "an edited message is still the one it was"
    assert posts.find(parcel(edit, parent)) is None


def test_a_private_post_goes_to_the_conversation_with_that_user(posts: SlackChannel, slack: SlackServer) -> None:
    assert posts.send(parcel(post(channel="U7"))) == "D7/1794834001.000000"
    assert posts.find(parcel(post(channel="U7"))) == "D7/1794834001.000000"
    assert slack.keys("D7") == ["incident/1"]


def test_a_message_is_found_behind_many_others(posts: SlackChannel, slack: SlackServer) -> None:
    ref = posts.send(parcel(post()))
    for number in range(250):
        slack.append("C1", {"ts": slack.next_ts(), "text": str(number)})
    assert posts.find(parcel(post())) == ref
    assert len(slack.called("conversations.history")) == 3
    assert posts.find(parcel(post("incident/2"))) is None


@pytest.mark.parametrize("answer", [DROP_AFTER, DROP_BEFORE, ERROR_AFTER, "500", "internal_error", "fatal_error"])
def test_an_unclear_outcome_is_one_call_and_can_be_looked_up(
    answer: str, posts: SlackChannel, slack: SlackServer
) -> None:
    slack.plan = {"chat.postMessage": [answer]}
    with pytest.raises(Unclear):
        posts.send(parcel(post()))
    arrived = answer in (DROP_AFTER, ERROR_AFTER)
    assert slack.keys("C1") == ["incident/1"] * arrived
    assert (posts.find(parcel(post())) is not None) == arrived


def test_a_slack_that_hangs_leaves_it_unclear(slack: SlackServer) -> None:
    slack.plan = {"chat.postMessage": [HANG]}
    with pytest.raises(Unclear, match="did not answer"):
        slack_channel(slack, timeout=1).send(parcel(post()))


def test_a_slack_that_is_not_there_means_later() -> None:
    channel = SlackChannel("xoxb-test", base_url=f"http://127.0.0.1:{free_port()}/api/")
    with pytest.raises(NotNow, match="cannot be reached"):
        channel.send(parcel(post()))


def test_a_short_wait_is_sat_out_and_a_long_one_handed_on(posts: SlackChannel, slack: SlackServer) -> None:
    slack.plan = {"chat.postMessage": ["429 0"]}
    posts.send(parcel(post()))
    slack.plan = {"chat.postMessage": ["429 30"]}
    with pytest.raises(NotNow) as failure:
        posts.send(parcel(post("incident/2")))
    assert failure.value.wait == timedelta(seconds=30)
    assert slack.keys("C1") == ["incident/1"]


@pytest.mark.parametrize("answer", ["invalid_auth", "channel_not_found", "msg_too_long", "not_in_channel"])
def test_what_slack_refuses_is_final(answer: str, posts: SlackChannel, slack: SlackServer) -> None:
    slack.plan = {"chat.postMessage": [answer]}
    with pytest.raises(Refused, match=answer):
        posts.send(parcel(post()))


def test_a_wrong_token_is_final(slack: SlackServer) -> None:
    with pytest.raises(Refused, match="invalid_auth"):
        SlackChannel("xoxb-other", base_url=slack.url).send(parcel(post()))


LONG = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (post(blocks=(SECTION,) * 51), "51 blocks, at most 50"),
        (post(blocks=(SECTION, LONG)), "block 2: its text has 3001 characters, at most 3000"),
        (post(text=""), "the text is empty"),
        (post(text="x" * 40_001), "the text has 40001 characters, at most 40000"),
        (
            post(blocks=({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},)),
            "block 1: its text has 151 characters, at most 150",
        ),
        (
            post(blocks=({"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11},)),
            "block 1: 11 fields, at most 10",
        ),
        (
            post(blocks=({"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]},)),
            "block 1: a field has 2001 characters, at most 2000",
        ),
        (
            post(blocks=({"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11},)),
            "block 1: 11 elements, at most 10",
        ),
        (
            post(blocks=({"type": "actions", "elements": [{"type": "button", "text": {"text": "x" * 76}}]},)),
            "block 1: a button has 76 characters, at most 75",
        ),
        (post(blocks=({"type": "image", "image_url": "u", "alt_text": ""},)), "block 1: its alt text is empty"),
        (mail(), "a mail cannot go to Slack"),
    ],
)
def test_what_slack_would_not_take_is_named_before_it_is_called(
    bad, reason: str, posts: SlackChannel, slack: SlackServer
) -> None:
    with pytest.raises(Refused) as failure:
        posts.send(parcel(bad))
    assert failure.value.reason == reason
    assert slack.calls == []


@pytest.mark.parametrize(
    ("method", "answer", "shown"),
    [
        ("files.getUploadURLExternal", DROP_AFTER, 0),
        ("upload", "500", 0),
        ("upload", DROP_AFTER, 0),
        ("files.completeUploadExternal", DROP_BEFORE, 0),
        ("files.completeUploadExternal", DROP_AFTER, 1),
    ],
)
def test_an_upload_that_breaks_at_any_step_shows_one_image_in_the_end(
    method: str, answer: str, shown: int, posts: SlackChannel, slack: SlackServer
) -> None:
    parent = posts.send(parcel(post()))
    image = parcel(post("incident/1/kpis", text="", images=(CHART,), reply_to="incident/1"), parent)
    slack.plan = {method: [answer]}
    with pytest.raises(Unclear):
        posts.send(image)
    found = posts.find(image)
    assert len(slack.conversations["C1"]) == 1 + shown
    assert (found is not None) == bool(shown)
    if found is None:
        posts.send(image)
    assert len(slack.conversations["C1"]) == 2


def test_the_members_of_a_conversation_are_all_read(posts: SlackChannel, slack: SlackServer) -> None:
    slack.page = 2
    assert posts.members("C1") == ("U1", "U2", "U3")
    with pytest.raises(Refused, match="channel_not_found"):
        posts.members("C9")


def test_the_token_can_be_proven(posts: SlackChannel) -> None:
    assert posts.check() == "assay in TechCo"
