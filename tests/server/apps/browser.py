"""A headless Chromium over its debugging pipe: pages opened, looked at, clicked and photographed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--remote-debugging-pipe",
)
WAIT_SECONDS = 20


class Browser:
    """One browser process. `events` keeps what it told unasked, with the session it concerns."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._last_id = 0
        self._unread = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: object) -> dict[str, Any]:
        """One command to its answer; RuntimeError when the browser refuses it."""
        self._last_id += 1
        message: dict[str, object] = {"id": self._last_id, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") != self._last_id:
                self.events.append(told)
            elif "error" in told:
                raise RuntimeError(f"{method}: {told['error']}")
            else:
                return told["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._receive], [], [], WAIT_SECONDS)
            if not ready:
                raise RuntimeError("the browser does not answer")
            self._unread += os.read(self._receive, 1 << 20)
        told, _, self._unread = self._unread.partition(b"\0")
        return json.loads(told)

    def open(self, url: str, width: int, height: int, scheme: str = "light") -> Page:
        """A new page of that size and colour scheme."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        page.watch(session)
        self.call("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        page.resize(width, height)
        self.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", session, url=url)
        return page


class Page:
    """One page and the frames in it."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target
        self._closed = False

    def watch(self, session: str) -> None:
        """Have the browser tell of requests, errors and log lines."""
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._browser.call(f"{domain}.enable", session)

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, in CSS pixels."""
        self._browser.call(
            "Emulation.setDeviceMetricsOverride",
            self._session,
            width=width,
            height=height,
            deviceScaleFactor=2 if width < 500 else 1,
            mobile=False,
        )

    def run(self, script: str, session: str | None = None) -> Any:
        """The value of an expression in the page, or in the frame of `session`."""
        found = self._browser.call(
            "Runtime.evaluate",
            session or self._session,
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"].get("description", script))
        return found["result"].get("value")

    def wait(self, script: str, session: str | None = None) -> Any:
        """The expression's value once it is true; RuntimeError after WAIT_SECONDS."""
        return wait_for(lambda: self.run(script, session), script)

    def frame(self) -> str:
        """The session of the frame in the page, once it has one."""

        def found() -> str | None:
            self.run("0")
            for event in reversed(self._browser.events):
                if event.get("method") == "Target.attachedToTarget" and event.get("sessionId") == self._session:
                    return event["params"]["sessionId"]
            return None

        return wait_for(found, "the frame")

    def told(self, method: str, *sessions: str) -> list[dict[str, Any]]:
        """What the browser told of this page (or of these sessions) under a name."""
        self.run("0")
        return [
            e["params"]
            for e in self._browser.events
            if e.get("method") == method and e.get("sessionId") in (sessions or (self._session,))
        ]

    def picture(self, file: Path, width: int, height: int) -> None:
        """Write a PNG of the top left corner."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self._browser.call("Page.captureScreenshot", self._session, format="png", clip=clip)
        file.write_bytes(base64.b64decode(shot["data"]))

    def key(self, name: str, session: str) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self._browser.call("Input.dispatchKeyEvent", session, type=kind, key=name, code=name)

    def close(self) -> None:
        """Close the page; a page that is closed stays closed."""
        if self._closed:
            return
        self._closed = True
        self._browser.call("Target.closeTarget", targetId=self._target)


def wait_for(look: Callable[[], Any], what: str) -> Any:
    """What `look` gives once it is true."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.02)
    raise RuntimeError(f"not in time: {what}")


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own; ended after."""
    to_browser, send = os.pipe()
    receive, from_browser = os.pipe()
    # Its pipe has the descriptors 3 and 4, whatever ours are.
    wrapped = ("bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash")
    process = subprocess.Popen(
        (*wrapped, CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"),
        pass_fds=(to_browser, from_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    browser = Browser(send, receive)
    try:
        yield browser
    finally:
        with contextlib.suppress(RuntimeError, OSError):
            browser.call("Browser.close")
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(send)
        os.close(receive)
