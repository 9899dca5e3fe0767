"""People who keep calling a server over HTTP whatever happens to it, and what each of them was told."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.processes import ask

HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
ANSWER_SECONDS = 60
"""Far more than any call may take: a call that hangs fails the test here."""


@dataclass
class Callers:
    """`told`: for each caller, code ("ok", "AUDIT_DOWN", ...) and receipt of each answer, in order."""

    base: str
    tool: str
    arguments: dict[str, object]
    told: dict[int, list[tuple[str, str]]] = field(default_factory=dict[int, list[tuple[str, str]]])
    failures: list[str] = field(default_factory=list[str])
    _stop: threading.Event = field(default_factory=threading.Event)

    def call(self) -> tuple[str, str]:
        """One call; its code and receipt."""
        params = {"name": self.tool, "arguments": self.arguments}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
        _, text = ask(f"{self.base}/mcp", "POST", body, HEADERS, timeout=ANSWER_SECONDS)
        found: dict[str, Any] = json.loads(text.partition("data: ")[2] or text)["result"]["structuredContent"]
        return str(found.get("code") or "ok"), str(found.get("receipt") or "")

    def work(self, number: int) -> None:
        """Call until told to stop; a caller whose call fails goes home."""
        while not self._stop.is_set():
            try:
                self.told[number].append(self.call())
            except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                return

    @contextmanager
    def calling(self, count: int) -> Iterator[None]:
        """So many of them call while the block runs."""
        self.told = {number: [] for number in range(count)}
        threads = [threading.Thread(target=self.work, args=(number,)) for number in self.told]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(2 * ANSWER_SECONDS)

    def until_each(self, code: str, times: int = 1) -> None:
        """Wait until each caller was told `code` so many times from now on."""
        before = {number: len(told) for number, told in self.told.items()}
        wait_until(
            lambda: all(
                [each for each, _ in told[before[number] :]].count(code) >= times for number, told in self.told.items()
            ),
            lambda: f"{self.codes()} {self.failures}",
        )

    def codes(self) -> Counter[str]:
        """How often each code was told."""
        return Counter(code for told in self.told.values() for code, _ in told)

    def each(self, *codes: str) -> dict[int, int]:
        """How often each caller was told one of these codes."""
        return {number: sum(code in codes for code, _ in told) for number, told in self.told.items()}

    def answered(self) -> list[str]:
        """The receipts of calls that were answered."""
        return [receipt for told in self.told.values() for code, receipt in told if code == "ok"]


def wait_until(true: Callable[[], bool], why: Callable[[], str] = str, seconds: float = 90) -> None:
    """Return once it holds."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, why()
        time.sleep(0.05)
