"""`make bench`: how fast Assay is, against its floors and its nearest peer; writes docs/performance.md.

Whole-run figures from one machine in one go, so that ratios hold even where absolute times do not.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import psutil
from mcp import StdioServerParameters

from demo.build import GOLD_FILE, build_company
from server.commands.demo import prepare
from server.settings import Settings, StateSettings, load_settings
from server.wiring import Program, running
from tests.bench import peer
from tests.bench.load import Call, Load, listening, measure
from tests.bench.measure import milliseconds
from tests.bench.scale.section import with_scale
from tests.processes import ASSAY, free_port

REPORT = Path(__file__).parents[2] / "docs" / "performance.md"
BARE = Path(__file__).with_name("bare_sdk.py")

REQUEST: dict[str, object] = {
    "question": "recognized revenue by segment by month over the last 12 months",
    "metrics": ["recognized_revenue"],
    "group_by": ["segment"],
    "grain": "month",
}
COMMONEST: tuple[dict[str, object], ...] = (
    REQUEST,
    {"question": "q", "metrics": ["recognized_revenue"], "grain": "month", "compare_to": "prior_year"},
    {"question": "q", "metrics": ["recognized_revenue"], "group_by": ["region"], "grain": "quarter"},
    {"question": "q", "metrics": ["arr"], "grain": "month"},
    {"question": "q", "metrics": ["mrr"], "group_by": ["segment"]},
    {"question": "q", "metrics": ["nrr", "grr"], "grain": "month"},
    {"question": "q", "metrics": ["active_lives"], "group_by": ["segment"], "grain": "month"},
    {"question": "q", "metrics": ["customer_health_score"], "group_by": ["region"]},
    {"question": "q", "metrics": ["ticket_volume"], "grain": "week"},
    {"question": "q", "metrics": ["billings", "bookings", "recognized_revenue"], "grain": "quarter"},
)
SQL = (
    "SELECT date_trunc('month', r.revenue_date) AS month, c.segment, SUM(r.amount_usd) AS revenue "
    "FROM gold.fact_revenue r JOIN gold.dim_customer c USING (customer_id) "
    "WHERE r.revenue_type = 'recognized' AND r.revenue_date >= DATE '2025-11-01' GROUP BY 1, 2 ORDER BY 1, 2"
)


def without_memory(settings: Settings) -> Settings:
    """The same settings, but every answer is read from the warehouse."""
    state = StateSettings(path=Path("state/bench.sqlite"))
    warehouse = settings.warehouse.model_copy(update={"keep_answers": False})
    return settings.model_copy(update={"warehouse": warehouse, "state": state})


def in_process(built: Program, gold: Path) -> list[tuple[str, float, float]]:
    """Raw DuckDB on the compiled SQL, and the same request through the gate."""
    principal = built.principal(None, None, {})
    answer = built.toolset.call(principal, "query_curated_data", REQUEST)
    with duckdb.connect(str(gold), read_only=True) as raw:
        floor = milliseconds(lambda: raw.cursor().execute(answer.structured["sql"]).fetchall())
    with running(without_memory(built.settings)) as anew:
        whole = milliseconds(lambda: anew.toolset.call(principal, "query_curated_data", REQUEST))
    again = milliseconds(lambda: built.toolset.call(principal, "query_curated_data", REQUEST))
    callers = {"question": "q", "sql": SQL}
    guarded = milliseconds(lambda: built.toolset.call(principal, "query_curated_data", callers), 100)
    return [
        ("compiled SQL on raw DuckDB", *floor),
        ("the same request through the gate, read anew", *whole),
        ("the same request again, from memory", *again),
        ("a caller's own SQL through guard and worker", *guarded),
    ]


def forgetful(workspace: Path, scratch: Path) -> Path:
    """A copy of the workspace that keeps no answers."""
    copy = Path(shutil.copytree(workspace, scratch / "forgetful"))
    settings = copy / "assay.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "keep_answers = false\n", encoding="utf-8")
    return copy


def served(workspace: Path, gold: Path, scratch: Path) -> list[tuple[str, Load]]:
    """The same SQL over MCP: bare SDK, the peer, Assay's metric request (read anew and from memory) and Assay's guarded
    SQL; stdio and HTTP."""
    anew = forgetful(workspace, scratch)
    bin_folder = peer.install(scratch / "peer")
    copy = peer.copy_of(gold, scratch, bin_folder)
    motherduck = str(bin_folder / peer.PEER)
    python, file = sys.executable, str(gold)
    found: list[tuple[str, Load]] = []

    def stdio(name: str, command: str, arguments: list[str], call: Call) -> None:
        found.append((f"{name}, stdio", measure(StdioServerParameters(command=command, args=arguments), call)))

    def http(name: str, command: Iterable[str], port: int, call: Call) -> None:
        with listening(list(command), port) as url:
            found.append((f"{name}, HTTP", measure(url, call)))

    bare, theirs = Call("query", {"sql": SQL}), Call("execute_query", {"sql": SQL})
    metric, own = Call("query_curated_data", REQUEST), Call("query_curated_data", {"question": "q", "sql": SQL})
    stdio("bare SDK tool", python, [str(BARE), file], bare)
    stdio("mcp-server-motherduck", motherduck, ["--db-path", str(copy)], theirs)
    stdio("Assay, metric request read anew", str(ASSAY), ["serve", "-w", str(anew)], metric)
    stdio("Assay, metric request", str(ASSAY), ["serve", "-w", str(workspace)], metric)
    stdio("Assay, caller's SQL", str(ASSAY), ["serve", "-w", str(workspace)], own)
    for name, command, call in (
        ("bare SDK tool", [python, str(BARE), file], bare),
        ("mcp-server-motherduck", [motherduck, "--db-path", str(copy), "--transport", "http", "--port"], theirs),
        ("Assay, metric request read anew", [str(ASSAY), "serve", "-w", str(anew), "--http"], metric),
        ("Assay, metric request", [str(ASSAY), "serve", "-w", str(workspace), "--http"], metric),
        ("Assay, caller's SQL", [str(ASSAY), "serve", "-w", str(workspace), "--http"], own),
    ):
        port = free_port()
        last = f"127.0.0.1:{port}" if command[-1] == "--http" else str(port)
        http(name, [*command, last], port, call)
    return found


def started(workspace: Path) -> tuple[float, float, float]:
    """Seconds from start to the first answer over stdio; resident MB of the server, and with its workers."""
    import anyio
    from mcp import Client

    async def first() -> tuple[float, float, float]:
        began = time.perf_counter()
        async with Client(StdioServerParameters(command=str(ASSAY), args=["serve", "-w", str(workspace)])) as client:
            await client.call_tool("query_curated_data", REQUEST)
            seconds = time.perf_counter() - began
            await client.call_tool("query_curated_data", {"question": "q", "sql": SQL})
            server = next(p for p in psutil.Process().children() if "serve" in p.cmdline())
            resident = server.memory_info().rss / 1e6
            workers = sum(p.memory_info().rss for p in server.children(recursive=True)) / 1e6
            return seconds, resident, resident + workers

    return anyio.run(first)


def large(scratch: Path) -> list[tuple[str, float, float]]:
    """The ten commonest requests on the large profile."""
    folder = scratch / "large"
    prepare(folder)
    build_company(folder, profile="large")
    with running(without_memory(load_settings(folder))) as built:
        principal = built.principal(None, None, {})

        def once(request: dict[str, object]) -> tuple[str, float, float]:
            def work() -> None:
                result = built.toolset.call(principal, "query_curated_data", request)
                if result.is_error:
                    raise RuntimeError(result.text)

            names = ", ".join(request["metrics"])  # pyright: ignore[reportArgumentType, reportCallIssue]
            by = ", ".join([*request.get("group_by", []), *([request["grain"]] if "grain" in request else [])])  # pyright: ignore
            return (f"{names} by {by}" if by else names, *milliseconds(work, 8))

        return [once(request) for request in COMMONEST]


def main() -> None:
    """Measure everything and write the page."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        workspace = scratch / "workspace"
        prepare(workspace)
        build_company(workspace)
        gold = workspace / GOLD_FILE
        with running(load_settings(workspace)) as built:
            inside = in_process(built, gold)
        seconds, resident, with_workers = started(workspace)
        small = scratch / "small"
        prepare(small)
        build_company(small, profile="small")
        outside = served(small, small / GOLD_FILE, scratch)
        big = large(scratch) if "--no-large" not in sys.argv else []
    report = page(inside, outside, big, (seconds, resident, with_workers))
    REPORT.write_text(with_scale(report), encoding="utf-8")


def page(
    inside: list[tuple[str, float, float]],
    outside: list[tuple[str, Load]],
    big: list[tuple[str, float, float]],
    start: tuple[float, float, float],
) -> str:
    """The report as Markdown."""
    machine = (
        f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"
    )
    lines = [
        "# Performance",
        "",
        f"Measured by `make bench` on {date.today()} ({machine}). Absolute times vary with the machine; ratios are",
        "from one run.",
        "",
        "## In one process (ms)",
        "",
        "| what | median | p95 |",
        "|---|---:|---:|",
    ]
    lines += [f"| {name} | {p50:.1f} | {p95:.1f} |" for name, p50, p95 in inside]
    overhead = inside[1][1] - inside[0][1]
    lines += ["", f"Overhead of a governed metric request over the SQL it runs: {overhead:.1f} ms median.", ""]
    lines += ["## Over MCP", "", "On the small profile, where what a server adds outweighs what DuckDB computes.", ""]
    lines += ["| server | p50 ms | p95 ms | calls/s, 8 callers |", "|---|---:|---:|---:|"]
    lines += [f"| {name} | {load.p50:.1f} | {load.p95:.1f} | {load.per_second:.0f} |" for name, load in outside]
    by_name = dict(outside)
    for transport in ("stdio", "HTTP"):
        theirs = by_name[f"mcp-server-motherduck, {transport}"]
        for kind, words in (("", "an answer that is kept"), (" read anew", "read anew each time")):
            ours = by_name[f"Assay, metric request{kind}, {transport}"]
            lines += [
                "",
                f"{transport}, {words}: {theirs.p50 / ours.p50:.1f} × as fast as the peer with one caller, "
                f"{ours.per_second / theirs.per_second:.1f} × its throughput, while governing every call.",
            ]
    lines += ["", "## Start and memory", "", f"First answer {start[0]:.1f} s after start over stdio; "]
    lines[-1] += f"server {start[1]:.0f} MB resident, {start[2]:.0f} MB with its workers."
    if big:
        lines += [
            "",
            "## Large profile (≥ 100M fact rows), ms",
            "",
            "| request | median | worst of 8 |",
            "|---|---:|---:|",
        ]
        lines += [f"| {name} | {p50:.0f} | {p95:.0f} |" for name, p50, p95 in big]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
