"""What a host has: real results of a real server, the view as that server sends it, and a browser to show both in."""

from __future__ import annotations

import http.server
import json
import math
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import duckdb
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import TextResourceContents

from tests.companies.build import build_fjord
from tests.processes import ASSAY, environment
from tests.server.apps.browser import CHROMIUM, Browser, Page, chromium

HERE = Path(__file__).parent
DEFAULT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' data:; connect-src 'none'; frame-src 'none'; object-src 'none'; "
    "base-uri 'self'"
)
"""What the specification has hosts use for a view that declares no domain."""
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"

VIEW_URI = "ui://assay/answer.html"
QUERY = "query_curated_data"
EXPLAIN = "explain_number"
DEMO_CALLS: Mapping[str, tuple[str, dict[str, object]]] = {
    "compared": (QUERY, {"question": "recognized revenue by segment last quarter vs the quarter before"}),
    "weeks": (
        QUERY,
        {
            "question": "weekly recognized revenue against the year before",
            "metrics": ["recognized_revenue"],
            "grain": "week",
            "start": "2026-05-04",
            "end": "2026-11-17",
            "compare_to": "prior_year",
        },
    ),
    "months": (
        QUERY,
        {
            "question": "monthly revenue by segment",
            "metrics": ["recognized_revenue"],
            "grain": "month",
            "group_by": ["segment"],
            "start": "2026-01-01",
            "end": "2026-11-17",
        },
    ),
    "year": (
        QUERY,
        {
            "question": "monthly revenue this year against the year before",
            "metrics": ["recognized_revenue"],
            "grain": "month",
            "start": "2026-01-01",
            "end": "2026-11-17",
            "compare_to": "prior_year",
        },
    ),
    "two": (
        QUERY,
        {
            "question": "revenue and active lives by month",
            "metrics": ["recognized_revenue", "active_lives"],
            "grain": "month",
            "start": "2026-01-01",
            "end": "2026-11-17",
        },
    ),
    "retention": (QUERY, {"question": "net revenue retention by segment last quarter vs the quarter before"}),
    "one": (QUERY, {"question": "recognized revenue last quarter vs the quarter before"}),
    "paged": (
        QUERY,
        {
            "question": "revenue by customer and month",
            "metrics": ["recognized_revenue"],
            "group_by": ["customer_name"],
            "grain": "month",
            "start": "2026-01-01",
            "end": "2026-10-31",
        },
    ),
    "sql": (QUERY, {"question": "customers", "sql": "SELECT segment, region, industry FROM dim_customer LIMIT 5"}),
    "unclear": (QUERY, {"question": "churn by segment last quarter"}),
    "refused": (QUERY, {"question": "drop it", "sql": "DROP TABLE gold.dim_customer"}),
    "week": (EXPLAIN, {"metric": "recognized_revenue"}),
    "quarter": (EXPLAIN, {"metric": "recognized_revenue", "start": "2026-07-01", "end": "2026-09-30"}),
    "health": (EXPLAIN, {"metric": "average_health_score", "start": "2026-11-02", "end": "2026-11-15"}),
    "side": (EXPLAIN, {"metric": "nrr", "start": "2026-07-01", "end": "2026-09-30"}),
}
FJORD_CALLS: Mapping[str, tuple[str, dict[str, object]]] = {
    "hostile": (
        QUERY,
        {
            "question": "fees by country",
            "metrics": ["fee_income"],
            "group_by": ["country"],
            "start": "2025-01-01",
            "end": "2025-03-31",
        },
    ),
    "hostile_why": (EXPLAIN, {"metric": "fee_income", "start": "2025-01-01", "end": "2025-03-31"}),
}


@dataclass(frozen=True)
class Gathered:
    """What one server told: results by name, the second page of the paged one, the view."""

    results: dict[str, dict[str, Any]]
    second_page: dict[str, Any]
    view: str


def gather(workspace: Path, calls: Mapping[str, tuple[str, dict[str, object]]]) -> Gathered:
    """Ask `assay serve` over stdio as a host asks it."""

    async def run() -> Gathered:
        options = ["serve", "--workspace", str(workspace), "--log-level", "error"]
        command = StdioServerParameters(command=str(ASSAY), args=options, env=environment())
        async with Client(stdio_client(command)) as client:

            async def told(tool: str, arguments: dict[str, object]) -> dict[str, Any]:
                result = await client.call_tool(tool, arguments)
                return result.model_dump(mode="json", by_alias=True, exclude_none=True)

            found = {
                name: {"tool": tool, "arguments": arguments, "result": await told(tool, arguments)}
                for name, (tool, arguments) in calls.items()
            }
            second: dict[str, Any] = {}
            if "paged" in found:
                paged = found["paged"]
                cursor = paged["result"]["structuredContent"]["next_cursor"]
                second = await told(paged["tool"], {**paged["arguments"], "cursor": cursor})
            view = (await client.read_resource(VIEW_URI)).contents[0]
            assert isinstance(view, TextResourceContents)
            return Gathered(found, second, view.text)

    return anyio.run(run)


@pytest.fixture(scope="session")
def demo(demo_workspace: Path) -> Gathered:
    """The small demo company."""
    return gather(demo_workspace, DEMO_CALLS)


@pytest.fixture(scope="session")
def results(demo: Gathered, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Real results by name: of the demo company, and of a second one where a country is called like an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    build_fjord(folder)
    with duckdb.connect(str(folder / "clinics.duckdb")) as connection:
        connection.execute("UPDATE mart.clinic SET country = ? WHERE country = 'Norway'", [HOSTILE])
    return demo.results | gather(folder, FJORD_CALLS).results


@dataclass
class Stage:
    """A page with a host in it and the view in the host's frame."""

    page: Page
    frame: str

    def host(self, script: str) -> Any:
        """An expression in the host."""
        return self.page.run(f"window.host.{script}")

    def view(self, script: str) -> Any:
        """An expression in the view."""
        return self.page.run(script, self.frame)

    def show(self, call: Mapping[str, Any]) -> None:
        """Hand a call and its result to the view; returns once it shows it."""
        self.view("document.getElementById('card').replaceChildren()")
        self.host(f"show({json.dumps(call)})")
        self.page.wait("document.querySelector('h1') !== null", self.frame)

    def text(self) -> str:
        """All words on the card."""
        return self.view("document.getElementById('card').innerText")

    def click(self, words: str) -> None:
        """Press the button or tab with those words."""
        self.view(
            f"[...document.querySelectorAll('button')].find((b) => b.textContent.trim() === {json.dumps(words)})"
            ".click()"
        )

    def height(self) -> int:
        """The card's height in CSS pixels."""
        return math.ceil(self.view("document.getElementById('card').getBoundingClientRect().height"))


Opens = Callable[..., Stage]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of the view."""
    if not CHROMIUM:
        pytest.skip("no chromium on PATH: the view is not shown")
    with chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="session")
def host_site(demo: Gathered, node_modules: Path, node_tool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a site with the host's page and, under the default policy, the view."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(HERE / "host.mjs", node_modules.parent / "host.mjs")
    done = node_tool(
        "esbuild", str(node_modules.parent / "host.mjs"), "--bundle", "--format=iife", f"--outfile={folder / 'host.js'}"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    files = {
        "/": (
            "text/html",
            b'<!doctype html><meta charset=utf-8><body style="margin:0"><script src="/host.js"></script>',
        ),
        "/favicon.ico": ("image/x-icon", b""),
        "/host.js": ("text/javascript", (folder / "host.js").read_bytes()),
        "/view": ("text/html; charset=utf-8", demo.view.encode()),
    }
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_address[1]}"
    site.shutdown()
    site.server_close()


def _handler(files: Mapping[str, tuple[str, bytes]]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = files.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in files else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if self.path == "/view":
                self.send_header("Content-Security-Policy", DEFAULT_POLICY)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def stage(browser: Browser, host_site: str) -> Iterator[Opens]:
    """Opens a host with the view in it: `stage(width=720, theme="dark", ...)`."""
    opened: list[Page] = []

    def start(width: int = 720, theme: str = "light", height: int = 1000, **context: object) -> Stage:
        page = browser.open(f"{host_site}/", width, height, theme)
        opened.append(page)
        page.wait("typeof window.host === 'object'")
        given = {
            "url": f"{host_site}/view",
            "width": width,
            "capabilities": {"serverTools": {}, "message": {"text": {}}},
            "context": {"theme": theme, "displayMode": "inline", "availableDisplayModes": ["inline"], **context},
        }
        page.run(f"window.host.start({json.dumps(given)})")
        page.wait("window.host.told.initialized")
        frame = page.frame()
        page.watch(frame)
        return Stage(page, frame)

    yield start
    for page in opened:
        page.close()
