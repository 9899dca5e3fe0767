"""Posts over Slack's Web API. Loads slack_sdk: import this module only where Slack is set up.

Slack knows no idempotency key. Each post carries its own in its metadata, and each image in its file name, so that
after an unclear outcome the conversation is read and the message found. Edits are repeated: they change nothing twice.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RateLimitErrorRetryHandler, RetryState

from agents.delivery.blocks import faults
from agents.delivery.channel import Parcel, digest
from agents.delivery.errors import DeliveryFailed, NotNow, Refused, Unclear
from agents.messages import Post

EVENT_TYPE = "assay_message"
TIMEOUT_SECONDS = 15.0
PATIENCE_SECONDS = 3
"""A wait Slack asks for is sat out up to here; a longer one is left to the outbox."""
PAGE = 200
MOST_PAGES = 100
"""20,000 messages since the post was put out; a conversation with more is not searched to its end."""
CLOCK_SKEW = timedelta(minutes=5)
"""Slack's clock may lag behind ours by this much, and a message is still found."""
UNCLEAR = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Slack's own word for them: the operation may have succeeded in part."""
BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


class ShortWaits(RateLimitErrorRetryHandler):
    """Sits out the waits Slack asks for when they are short; the client's own handler has no limit."""

    def __init__(self, longest: float) -> None:
        super().__init__(max_retry_count=2)
        self._longest = longest

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        asked = next((v for k, v in response.headers.items() if k.lower() == "retry-after"), [""])[0]
        return asked.isdigit() and int(asked) <= self._longest


class SlackChannel:
    """`token` is the app's bot token; it needs the scopes chat:write, im:write, files:write, and channels:history,
    groups:history and im:history to find what an earlier attempt left. `base_url` is for a server that stands in."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str = WebClient.BASE_URL,
        timeout: float = TIMEOUT_SECONDS,
        patience: float = PATIENCE_SECONDS,
        context: ssl.SSLContext | None = None,
    ) -> None:
        silent = logging.getLogger(f"{__name__}.client")
        # Failures are the outbox's to report; the client's own lines hold what Slack answered.
        silent.setLevel(logging.CRITICAL)
        self._own = ""
        # Any: the client's signatures are only partly typed.
        self._client: Any = WebClient(
            token=token,
            logger=silent,
            base_url=base_url,
            # Whole seconds is what its signature says.
            timeout=max(1, round(timeout)),
            ssl=context,
            # The client's default repeats a post whose connection was dropped: two messages.
            retry_handlers=[ShortWaits(patience)],
        )

    def send(self, parcel: Parcel) -> str:
        """Post, edit or upload it; returns "channel/ts", or "channel/ts/thread" for an answer, and for an image
        "file/id"."""
        post = _post(parcel)
        if found := faults(post):
            raise Refused("; ".join(found))
        if post.images:
            return self._upload(parcel, post)
        if post.replaces:
            return self._edit(parcel, post)
        channel, thread = self._place(parcel, post)
        answer = _called(
            lambda: self._client.chat_postMessage(
                channel=channel,
                text=post.text,
                blocks=list(post.blocks) or None,
                thread_ts=thread or None,
                metadata=_metadata(parcel.outgoing.key),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return _ref(str(answer["channel"]), str(answer["ts"]), thread)

    def find(self, parcel: Parcel) -> str | None:
        """What Slack calls it, if it is there. Of an edit, None: it is simply done again."""
        post = _post(parcel)
        if post.replaces:
            return None
        channel, thread = self._place(parcel, post)
        for message in self._messages(parcel, channel, thread):
            if post.images:
                for file in message.get("files", []):
                    if file.get("name") == _image_name(parcel):
                        return f"file/{file['id']}"
            elif _key(message) == parcel.outgoing.key:
                return _ref(channel, message["ts"], thread)
        return None

    def members(self, channel: str) -> tuple[str, ...]:
        """The ids of a conversation's members, this bot's own left out; another app in it counts as a reader."""
        own = self._own_id()
        pages = self._pages(
            lambda cursor: self._client.conversations_members(channel=channel, cursor=cursor, limit=PAGE)
        )
        return tuple(member for page in pages for member in page.get("members", []) if member != own)

    def _own_id(self) -> str:
        """This bot's user id, asked once."""
        if not self._own:
            self._own = str(_called(self._client.auth_test).get("user_id", ""))
        return self._own

    def check(self) -> str:
        """Prove that the token works; returns the name of the bot and its workspace."""
        answer = _called(self._client.auth_test)
        return f"{answer['user']} in {answer['team']}"

    def _edit(self, parcel: Parcel, post: Post) -> str:
        channel, ts, *_ = parcel.parent_ref.split("/")
        _called(
            lambda: self._client.chat_update(
                channel=channel,
                ts=ts,
                text=post.text,
                blocks=list(post.blocks),
                # Of the message as it is found, not of the edit.
                metadata=_metadata(post.replaces),
            )
        )
        return parcel.parent_ref

    def _upload(self, parcel: Parcel, post: Post) -> str:
        channel, thread = self._place(parcel, post)
        image = post.images[0]
        answer = _called(
            lambda: self._client.files_upload_v2(
                content=image.content,
                filename=_image_name(parcel),
                title=image.alt,
                alt_txt=image.alt,
                channel=channel,
                thread_ts=thread or None,
            )
        )
        file: dict[str, Any] = answer["file"]
        return f"file/{file['id']}"

    def _place(self, parcel: Parcel, post: Post) -> tuple[str, str]:
        """The conversation, and the first message of the thread ("" outside one)."""
        if parcel.parent_ref:
            channel, ts, *root = parcel.parent_ref.split("/")
            return channel, root[0] if root else ts
        if post.channel.startswith(("U", "W")):
            opened: dict[str, Any] = _called(lambda: self._client.conversations_open(users=post.channel))["channel"]
            return str(opened["id"]), ""
        return post.channel, ""

    def _messages(self, parcel: Parcel, channel: str, thread: str) -> Iterator[dict[str, Any]]:
        """The messages of the conversation, or of the thread, since the parcel was put out."""
        oldest = f"{(parcel.queued - CLOCK_SKEW).timestamp():.6f}"

        def history(cursor: str) -> Any:
            if thread:
                return self._client.conversations_replies(
                    channel=channel, ts=thread, include_all_metadata=True, oldest=oldest, cursor=cursor, limit=PAGE
                )
            return self._client.conversations_history(
                channel=channel, include_all_metadata=True, oldest=oldest, cursor=cursor, limit=PAGE
            )

        for page in self._pages(history):
            yield from page.get("messages", [])

    def _pages(self, call: Callable[[str], Any]) -> Iterator[dict[str, Any]]:
        cursor = ""
        for _ in range(MOST_PAGES):
            page = _called(lambda at=cursor: call(at))
            yield page
            cursor = str(page.get("response_metadata", {}).get("next_cursor", ""))
            if not cursor:
                return
        raise Unclear(f"the conversation has more than {MOST_PAGES * PAGE} messages to look through")


def _post(parcel: Parcel) -> Post:
    if not isinstance(parcel.outgoing.content, Post):
        raise Refused("a mail cannot go to Slack")
    return parcel.outgoing.content


def _called(call: Callable[[], Any]) -> dict[str, Any]:
    """The answer of a call; its failure as one of ours."""
    try:
        data: dict[str, Any] = call().data
    except SlackApiError as error:
        raise _api_failure(error) from error
    except URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            raise NotNow(f"Slack cannot be reached: {error.reason}", whole_channel=True) from error
        raise Unclear(f"Slack did not answer: {error.reason}", whole_channel=True) from error
    except (OSError, HTTPException) as error:
        raise Unclear(f"Slack did not answer: {error}", whole_channel=True) from error
    except SlackClientError as error:
        raise Unclear(str(error)) from error
    return data


def _api_failure(error: SlackApiError) -> DeliveryFailed:
    response: Any = error.response
    status, name = int(response.status_code), str(response.get("error", ""))
    if status == 429 or name in BUSY:
        asked = next((str(v) for k, v in response.headers.items() if k.lower() == "retry-after"), "")
        wait = timedelta(seconds=int(asked)) if asked.isdigit() else None
        return NotNow(f"Slack asks to wait ({name or status})", wait, whole_channel=True)
    if status >= 500 or name in UNCLEAR:
        return Unclear(f"Slack failed ({status} {name})"[:300])
    said = "; ".join(response.get("response_metadata", {}).get("messages", []))
    return Refused(f"Slack refused it: {name}{f' ({said})' if said else ''}"[:500])


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def _key(message: dict[str, Any]) -> str:
    return str(message.get("metadata", {}).get("event_payload", {}).get("key", ""))


def _ref(channel: str, ts: str, thread: str) -> str:
    return f"{channel}/{ts}/{thread}" if thread else f"{channel}/{ts}"


def _image_name(parcel: Parcel) -> str:
    """The file's name, which stands for the parcel's key."""
    return f"{digest(parcel.outgoing.key)}.png"
