"""A local server that speaks Anthropic's Messages API, scripted by a function of the request.

Faithful where it matters: usage, stop reasons, tool use, server-sent events in their real order, 429 and 529 with
Retry-After, an error inside a stream, silence, a body that is no JSON, and a 400 for a tool call nobody answered.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

Request = Mapping[str, Any]
Trouble = Literal["", "hang", "not json", "no content", "drop", "error in stream", "trickle"]


@dataclass(frozen=True)
class Answer:
    """What the server does with a request. `content` are blocks of a message; a `status` other than 200 is an error of
    `type`; `trouble` is what goes wrong under way."""

    content: tuple[Mapping[str, Any], ...] = ()
    stop: str = "end_turn"
    status: int = 200
    type: str = "api_error"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    trouble: Trouble = ""
    input_tokens: int = 1_000
    output_tokens: int = 200


def says(text: str, stop: str = "end_turn") -> Answer:
    """A message of text."""
    return Answer(({"type": "text", "text": text},), stop)


def uses(name: str, arguments: Mapping[str, Any], call: str = "toolu_1") -> Answer:
    """A message that calls a tool."""
    return Answer(({"type": "tool_use", "id": call, "name": name, "input": dict(arguments)},), "tool_use")


def fails(status: int, type: str = "api_error", **headers: str) -> Answer:
    """An error; header names are given with underscores."""
    return Answer(status=status, type=type, headers={k.replace("_", "-"): v for k, v in headers.items()})


Script = Callable[[Request], Answer]


class AnthropicServer:
    """Answers POST /v1/messages on 127.0.0.1 while it is open. `requests` are the bodies received."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.closing = threading.Event()
        server = self

        class Conversation(_Conversation):
            fake = server

        self._http = _Quiet(("127.0.0.1", 0), Conversation)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens: the client's `base_url`."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> AnthropicServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no error of the server."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: AnthropicServer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.fake.requests.append(body)
        self.fake.headers.append({name.lower(): value for name, value in self.headers.items()})
        if wrong := _wrong(self.path, body):
            return self._error(*wrong)
        answer = self.fake.script(body)
        if answer.trouble == "hang":
            self.fake.closing.wait()
            return None
        if answer.trouble == "drop":
            self.close_connection = True
            return None
        if answer.status != 200:
            return self._error(answer.status, answer.type, "scripted", answer.headers)
        if body.get("stream"):
            return self._stream(answer, body)
        if answer.trouble == "not json":
            return self._send(200, b"<html>not what you want</html>")
        message = _message(answer, body)
        if answer.trouble == "no content":
            del message["content"], message["stop_reason"]
        data = json.dumps(message).encode()
        return self._trickle(data) if answer.trouble == "trickle" else self._send(200, data)

    def _error(self, status: int, type: str, text: str, headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps({"type": "error", "error": {"type": type, "message": text}}).encode()
        self._send(status, data, headers)

    def _send(self, status: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("request-id", "req_fake")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _trickle(self, data: bytes) -> None:
        """A byte now and then: each read succeeds, the whole never comes."""
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data) + 100_000))
        self.end_headers()
        while not self.fake.closing.wait(0.05):
            self.wfile.write(b" ")

    def _stream(self, answer: Answer, body: Request) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in _events(answer, body):
            data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")


def _wrong(path: str, body: Request) -> tuple[int, str, str] | None:
    """What the real service would refuse."""
    if path.split("?")[0] != "/v1/messages":
        return 404, "not_found_error", "no such path"
    missing = [name for name in ("model", "max_tokens", "messages") if not body.get(name)]
    if missing:
        return 400, "invalid_request_error", f"{missing[0]}: field required"
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            return 400, "invalid_request_error", f"{name}: extra inputs are not permitted"
    asked: set[str] = set()
    for message in body["messages"]:
        blocks = message["content"] if isinstance(message["content"], list) else []
        answered = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if message["role"] == "user" and asked - answered:
            return 400, "invalid_request_error", "tool_use ids were found without tool_result blocks"
        asked = {block["id"] for block in blocks if block["type"] == "tool_use"}
    return (400, "invalid_request_error", "a tool_use waits for its result") if asked else None


def _message(answer: Answer, body: Request) -> dict[str, Any]:
    return {
        "id": "msg_fake",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": list(answer.content),
        "stop_reason": answer.stop,
        "stop_sequence": None,
        "usage": {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens},
    }


def _events(answer: Answer, body: Request) -> Iterator[dict[str, Any]]:
    """The events of a streamed message, in the order of the real service."""
    start = {**_message(answer, body), "content": [], "stop_reason": None}
    yield {"type": "message_start", "message": {**start, "usage": {"input_tokens": 1_000, "output_tokens": 1}}}
    for index, block in enumerate(answer.content):
        text = block["type"] == "text"
        empty = {**block, "text": ""} if text else {**block, "input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield {"type": "ping"}
        whole = block["text"] if text else json.dumps(block["input"])
        for part in (whole[: len(whole) // 2], whole[len(whole) // 2 :]):
            delta = {"type": "text_delta", "text": part} if text else {"type": "input_json_delta", "partial_json": part}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
            if answer.trouble == "error in stream":
                yield {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
                return
        yield {"type": "content_block_stop", "index": index}
    usage = {"output_tokens": answer.output_tokens}
    yield {"type": "message_delta", "delta": {"stop_reason": answer.stop, "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}
