"""The thin edge through which Slack tells of replies: signed HTTP events, or Socket Mode.

It checks the signature, answers Slack at once, and hands the reply on; whoever answers never sees HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agents.conversation.conversation import Reply

log = logging.getLogger("assay.slack")

TOO_OLD_SECONDS = 300
"""A signed request older than this may be a replay."""
MAX_BODY = 1_000_000
Hear = Callable[[Reply], None]


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Slack's signature of a request (version v0)."""
    base = b":".join((b"v0", stamp.encode(), body))
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def genuine(secret: str, stamp: str, signed: str, body: bytes, now: float) -> bool:
    """Did Slack sign this, just now?"""
    if not secret or not stamp.isdigit() or abs(now - int(stamp)) > TOO_OLD_SECONDS:
        return False
    return hmac.compare_digest(signature(secret, stamp, body), signed)


def reply_of(envelope: dict[str, Any]) -> Reply | None:
    """The reply that an event tells of; None for everything else (own messages, edits, messages outside threads)."""
    event: dict[str, Any] = envelope.get("event") or {}
    if envelope.get("type") != "event_callback" or event.get("type") not in ("message", "app_mention"):
        return None
    thread, person = str(event.get("thread_ts") or ""), str(event.get("user") or "")
    if not thread or not person or event.get("bot_id") or event.get("subtype") or thread == event.get("ts"):
        return None
    text, channel = str(event.get("text") or ""), str(event.get("channel") or "")
    # A mention in a thread comes twice, as message and as mention, with two event ids and one time stamp.
    return Reply(f"{channel}-{event.get('ts')}", channel, thread, person, text)


def http_edge(host: str, port: int, secret: str, hear: Hear) -> ThreadingHTTPServer:
    """A server of one path, /slack/events. The caller runs and stops it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.path != "/slack/events" or not 0 < length <= MAX_BODY:
                self._say(404, b"")
                return
            body = self.rfile.read(length)
            stamp = self.headers.get("X-Slack-Request-Timestamp", "")
            if not genuine(secret, stamp, self.headers.get("X-Slack-Signature", ""), body, time.time()):
                self._say(401, b"")
                return
            try:
                envelope: dict[str, Any] = json.loads(body)
            except ValueError:
                self._say(400, b"")
                return
            if envelope.get("type") == "url_verification":
                self._say(200, str(envelope.get("challenge", "")).encode())
                return
            self._say(200, b"")
            reply = reply_of(envelope)
            if reply is not None:
                heard(reply, hear)

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            log.debug(format, *args)

    return ThreadingHTTPServer((host, port), Handler)


def listen_on_socket(app_token: str, base_url: str, hear: Hear, stopping: threading.Event) -> None:
    """Hear replies over Socket Mode, with no address of one's own, until `stopping` is set."""
    # Only those who listen this way need the client and what it brings.
    socket_mode: Any = importlib.import_module("slack_sdk.socket_mode")
    response: Any = importlib.import_module("slack_sdk.socket_mode.response")
    web: Any = importlib.import_module("slack_sdk.web")
    client = socket_mode.SocketModeClient(app_token=app_token, web_client=web.WebClient(base_url=base_url))

    def told(connection: Any, request: Any) -> None:
        connection.send_socket_mode_response(response.SocketModeResponse(envelope_id=request.envelope_id))
        reply = reply_of(request.payload) if request.type == "events_api" else None
        if reply is not None:
            heard(reply, hear)

    client.socket_mode_request_listeners.append(told)
    client.connect()
    try:
        stopping.wait()
    finally:
        client.close()


def heard(reply: Reply, hear: Hear) -> None:
    """Hand a reply on; a fault is logged and ends with this reply."""
    try:
        hear(reply)
    # The border of the process: Slack has been answered already, and the next reply must be heard.
    except Exception:
        log.exception("a reply in %s could not be answered", reply.channel)
