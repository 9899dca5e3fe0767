"""A Slack on this machine: the Web API methods the product calls, over HTTP, with Slack's limits and its bad days."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Fields = dict[str, Any]
TEXT_LIMITS = {"section": 3000, "header": 150}

RATE_LIMITED = "429"
"""Answered before anything happens; "429 30" asks for 30 seconds."""
SERVER_ERROR = "500"
"""Answered before anything happens."""
ERROR_AFTER = "500 after"
"""It happened, and the answer is an error."""
DROP_BEFORE = "drop before"
DROP_AFTER = "drop after"
"""It happened, and the connection ends without an answer."""
HANG = "hang"
"""No answer until the server ends; nothing happens."""


@dataclass
class SlackServer:
    """`with SlackServer() as slack:` listens on 127.0.0.1; `slack.url` is the client's base_url.

    `plan` maps a method to how its next calls are answered, one each; another word than those above is the error Slack
    gives ("invalid_auth"). `before` and `after` hear the name of each method before it takes effect, and after that but
    before the client hears of it. `conversations` holds the messages, `files` what was uploaded."""

    members: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    page: int = 100
    plan: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    calls: list[tuple[str, Fields]] = field(default_factory=list[tuple[str, Fields]])
    conversations: dict[str, list[Fields]] = field(default_factory=dict[str, list[Fields]])
    files: dict[str, Fields] = field(default_factory=dict[str, Fields])
    before: Callable[[str], None] = lambda method: None
    after: Callable[[str], None] = lambda method: None
    start: float = 1_794_834_000.0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.released = threading.Event()
        self._count = 0
        server = self

        class Handler(Conversation):
            slack = server

        self._http = QuietHTTPServer(("127.0.0.1", 0), Handler)
        self._http.errors = []
        self.root = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.url = f"{self.root}/api/"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> SlackServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)
        if self._http.errors:
            raise self._http.errors[0]

    def keys(self, channel: str) -> list[str]:
        """The products' own keys of the messages of a conversation, in order; of an image its file name."""
        return [
            message["files"][0]["name"] if "files" in message else message["metadata"]["event_payload"]["key"]
            for message in self.conversations.get(channel, [])
        ]

    def called(self, method: str) -> list[Fields]:
        """What a method was called with."""
        return [fields for name, fields in self.calls if name == method]

    def next_ts(self) -> str:
        """A time stamp that no message has."""
        self._count += 1
        return f"{self.start + self._count:.6f}"

    def append(self, channel: str, message: Fields) -> Fields:
        """Put a message into a conversation."""
        self.conversations.setdefault(channel, []).append(message)
        return message

    # The methods. Each takes the call's fields and gives the answer's; a string is an error.

    def auth_test(self, fields: Fields) -> Fields | str:
        return {"user": "assay", "team": "TechCo"}

    def chat_postMessage(self, fields: Fields) -> Fields | str:
        if fault := self._fault(fields):
            return fault
        thread = fields.get("thread_ts")
        if thread and not self._message(fields["channel"], thread):
            return "thread_not_found"
        kept = {name: fields[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in fields}
        message = self.append(fields["channel"], {"ts": self.next_ts(), **kept})
        return {"channel": fields["channel"], "ts": message["ts"]}

    def chat_update(self, fields: Fields) -> Fields | str:
        if fault := self._fault(fields):
            return fault
        message = self._message(fields["channel"], fields["ts"])
        if message is None:
            return "message_not_found"
        message |= {name: fields[name] for name in ("text", "blocks", "metadata") if name in fields}
        message["edited"] = message.get("edited", 0) + 1
        return {"channel": fields["channel"], "ts": fields["ts"]}

    def conversations_open(self, fields: Fields) -> Fields | str:
        return {"channel": {"id": "D" + fields["users"][1:]}}

    def conversations_members(self, fields: Fields) -> Fields | str:
        if fields["channel"] not in self.members:
            return "channel_not_found"
        return self._paged("members", self.members[fields["channel"]], fields)

    def conversations_history(self, fields: Fields) -> Fields | str:
        oldest = float(fields.get("oldest", 0))
        found = [
            message
            for message in reversed(self.conversations.get(fields["channel"], []))
            if float(message["ts"]) > oldest and "thread_ts" not in message
        ]
        return self._paged("messages", self._seen(found, fields), fields)

    def conversations_replies(self, fields: Fields) -> Fields | str:
        if not self._message(fields["channel"], fields["ts"]):
            return "thread_not_found"
        oldest = float(fields.get("oldest", 0))
        found = [
            message
            for message in self.conversations[fields["channel"]]
            if message["ts"] == fields["ts"]
            or (message.get("thread_ts") == fields["ts"] and float(message["ts"]) > oldest)
        ]
        return self._paged("messages", self._seen(found, fields), fields)

    def files_getUploadURLExternal(self, fields: Fields) -> Fields | str:
        file = f"F{len(self.files) + 1}"
        self.files[file] = {"id": file, "name": fields["filename"], "alt_txt": fields.get("alt_txt", "")}
        return {"file_id": file, "upload_url": f"{self.root}/upload/{file}"}

    def files_completeUploadExternal(self, fields: Fields) -> Fields | str:
        done = [self.files[given["id"]] | {"title": given.get("title", "")} for given in fields["files"]]
        if any("content" not in file for file in done):
            return "file_not_found"
        shown = [{name: value for name, value in file.items() if name != "content"} for file in done]
        if channel := fields.get("channel_id"):
            thread = {"thread_ts": fields["thread_ts"]} if fields.get("thread_ts") else {}
            self.append(channel, {"ts": self.next_ts(), "text": "", "files": shown, **thread})
        return {"files": shown}

    def _fault(self, fields: Fields) -> str:
        if fields["channel"] not in self.members and not fields["channel"].startswith("D"):
            return "channel_not_found"
        if not fields.get("text"):
            return "no_text"
        if len(fields["text"]) > 40_000:
            return "msg_too_long"
        blocks = fields.get("blocks", [])
        long = any(
            len(block["text"]["text"]) > TEXT_LIMITS[block["type"]]
            for block in blocks
            if block["type"] in TEXT_LIMITS and "text" in block
        )
        return "invalid_blocks" if len(blocks) > 50 or long else ""

    def _message(self, channel: str, ts: str) -> Fields | None:
        return next((m for m in self.conversations.get(channel, []) if m["ts"] == ts), None)

    def _seen(self, messages: list[Fields], fields: Fields) -> list[Fields]:
        """Metadata only shows where it is asked for."""
        if str(fields.get("include_all_metadata", "")).lower() in ("1", "true"):
            return messages
        return [{name: value for name, value in m.items() if name != "metadata"} for m in messages]

    def _paged(self, name: str, items: list[Any], fields: Fields) -> Fields:
        size = min(self.page, int(fields.get("limit") or self.page))
        start = int(fields.get("cursor") or 0)
        more = str(start + size) if start + size < len(items) else ""
        return {name: items[start : start + size], "response_metadata": {"next_cursor": more}}


class QuietHTTPServer(ThreadingHTTPServer):
    """A client that is gone is no error to speak of."""

    errors: list[BaseException]
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Remember what was wrong with this server itself."""
        error = sys.exc_info()[1]
        if error and not isinstance(error, ConnectionError):
            self.errors.append(error)


class Conversation(BaseHTTPRequestHandler):
    """One call."""

    slack: SlackServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path).path
        method = "upload" if path.startswith("/upload/") else path.rpartition("/")[2]
        slack = self.slack
        slack.before(method)
        queue = slack.plan.get(method, [])
        plan = queue.pop(0) if queue else ""
        if plan == HANG:
            slack.released.wait(30)
            plan = DROP_BEFORE
        if plan == DROP_BEFORE:
            return self._drop()
        if plan.startswith(RATE_LIMITED):
            headers = {"Retry-After": plan.partition(" ")[2] or "1"}
            return self._answer(429, {"ok": False, "error": "ratelimited"}, headers)
        if plan == SERVER_ERROR:
            return self._answer(500, {"ok": False, "error": "internal_error"})
        if plan and plan not in (DROP_AFTER, ERROR_AFTER):
            return self._answer(200, {"ok": False, "error": plan})
        with slack.lock:
            answer = self._upload(path, body) if method == "upload" else self._call(method, body)
        slack.after(method)
        if plan == DROP_AFTER:
            return self._drop()
        return self._answer(500 if plan == ERROR_AFTER else 200, answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at what was kept."""

    def _call(self, method: str, body: bytes) -> Fields:
        fields = self._fields(body)
        self.slack.calls.append((method, fields))
        if self.headers.get("Authorization") != "Bearer xoxb-test":
            return {"ok": False, "error": "invalid_auth"}
        done = getattr(self.slack, method.replace(".", "_"))(fields)
        return {"ok": False, "error": done} if isinstance(done, str) else {"ok": True, **done}

    def _upload(self, path: str, body: bytes) -> Fields:
        self.slack.files[path.rpartition("/")[2]]["content"] = body
        return {"ok": True}

    def _fields(self, body: bytes) -> Fields:
        if "json" in (self.headers.get("Content-Type") or ""):
            return json.loads(body or b"{}")
        fields: Fields = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode(), keep_blank_values=True).items()}
        for name in ("blocks", "metadata", "files"):
            if isinstance(fields.get(name), str):
                fields[name] = json.loads(fields[name])
        return fields

    def _answer(self, status: int, fields: Fields, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(fields).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
