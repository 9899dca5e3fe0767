"""The only door to Anthropic's API: a request → a reply that ended well, within time and budget, or ModelFailed.

The SDK is imported when a first call is made, so that nothing that never calls a model loads it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import import_module
from time import monotonic
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agents.narration.budget import ModelFailed, ModelSettings, Spend

LONGEST_WAIT = 30.0
"""Seconds the service may ask us to wait between attempts; the SDK alone would wait for days."""
T = TypeVar("T")
B = TypeVar("B", bound=BaseModel)
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """A message of the model: its blocks as JSON, and why it stopped."""

    content: tuple[Json, ...]
    stop: str


class Client:
    """Calls one model under one deadline and one budget; `spend` says what it took. A client is for one text."""

    def __init__(self, settings: ModelSettings, clock: Callable[[], float] = monotonic) -> None:
        self.spend = Spend(settings)
        self._settings = settings
        self._clock = clock
        self._until = clock() + settings.deadline_seconds
        self._last: Reply | None = None

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self._until - self._clock()

    def parsed(self, system: str, prompt: str, shape: type[B]) -> B:
        """An answer of a shape. Raises ModelFailed."""
        messages = [{"role": "user", "content": prompt}]

        def ask(api: Any) -> Any:
            body = self._body(system, messages)
            return api.messages.parse(**body, output_format=shape).parsed_output

        found = self._call(f"{system}{prompt}", {"end_turn"}, ask)
        if not isinstance(found, shape):
            raise ModelFailed("the reply is empty")
        return found

    def turn(self, system: str, messages: Sequence[Json], tools: Sequence[Json]) -> Reply:
        """One turn of a conversation with tools; the whole conversation is sent. Raises ModelFailed."""

        def ask(api: Any) -> Any:
            return api.messages.create(**self._body(system, messages), tools=list(tools))

        self._call(json.dumps([system, list(messages), list(tools)]), {"end_turn", "tool_use"}, ask)
        if self._last is None:
            raise ModelFailed("there was no reply")
        return self._last

    def _body(self, system: str, messages: Sequence[Json]) -> dict[str, Any]:
        settings = self._settings
        return {
            "model": settings.model,
            "max_tokens": settings.max_tokens,
            "system": system,
            "messages": list(messages),
        }

    def _call(self, prompt: str, stops: set[str], ask: Callable[[Any], T]) -> T:
        """Make one call. Whatever the SDK, the network or the reply does wrong becomes ModelFailed."""
        settings = self._settings
        if not settings.api_key:
            raise ModelFailed("no key is set")
        self.spend.allow(prompt)
        if self.left <= 0:
            raise ModelFailed("the deadline has passed")
        # Optional: only a run that words its text by a model needs the SDK, which takes long to load.
        anthropic: Any = import_module("anthropic")

        def note(request: Any, following: Callable[[Any], Any]) -> Any:
            """Once an attempt, before the SDK reads the reply or waits for the next attempt."""
            response = following(request)
            self._wait_is_bearable(response.status_code, response.headers)
            if response.status_code == 200:
                self._note(response.http_response.read(), stops)
            return response

        api = anthropic.Anthropic(
            base_url=settings.base_url,
            api_key=settings.api_key,
            timeout=min(settings.timeout_seconds, self.left),
            max_retries=settings.max_retries,
            middleware=[note],
        )
        try:
            return within(lambda: ask(api), self.left)
        except ModelFailed:
            raise
        except TimeoutError:
            raise ModelFailed("the deadline has passed") from None
        except (anthropic.AnthropicError, ValidationError, ValueError, TypeError) as error:
            raise ModelFailed(_reason(error)) from error
        finally:
            api.close()

    def _wait_is_bearable(self, status: int, headers: Mapping[str, str]) -> None:
        asked = headers.get("retry-after-ms") or headers.get("retry-after")
        if status < 400 or not asked:
            return
        try:
            seconds = float(asked) / (1000 if headers.get("retry-after-ms") else 1)
        except ValueError:
            seconds = LONGEST_WAIT + 1
        if seconds > min(LONGEST_WAIT, self.left):
            raise ModelFailed(f"the service asked to wait too long (status {status})")

    def _note(self, body: bytes, stops: set[str]) -> None:
        """Count the cost of a reply, then see that it ended as it should; only then may it be read."""
        try:
            message: Any = json.loads(body)
            content = tuple(dict(block) for block in message["content"])
            reply = Reply(content, str(message["stop_reason"]))
            self.spend.add(message["usage"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelFailed("the reply is malformed") from error
        if reply.stop not in stops:
            raise ModelFailed(f"the model stopped early ({reply.stop})")
        self._last = reply


def _reason(error: Exception) -> str:
    """What went wrong, without the service's own words: those may quote what we sent."""
    status = getattr(error, "status_code", None)
    kind = getattr(error, "type", None) if status is not None else None
    parts = [type(error).__name__, *([f"status {status}"] if status is not None else []), *([kind] if kind else [])]
    return ", ".join(str(part) for part in parts)


def within(call: Callable[[], T], seconds: float) -> T:
    """The result of a call, or TimeoutError once the seconds are over; the call is then left to itself."""
    future: Future[T] = Future()

    def settle() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - carried to the caller's thread, where it is raised again
            future.set_exception(error)

    threading.Thread(target=settle, daemon=True, name="model call").start()
    return future.result(max(0.0, seconds))
