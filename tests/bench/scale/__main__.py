"""`make bench-scale`: writes docs/scale.md and its charts, and shows them in docs/performance.md.

`--rows N` sets the largest table (a billion rows need 12 GB of disk and some minutes), `--seconds N` how long each
crowd asks, `--only rows|people|cost` measures one part and keeps the others as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import psutil

from catalog.access import Access
from demo.build import GOLD_FILE, build_company
from server.commands.demo import prepare
from server.settings import load_settings
from server.wiring import running
from tests.bench.__main__ import COMMONEST
from tests.bench.scale import charts
from tests.bench.scale.cost import DOLLARS_PER_TIB, KEPT, Cost, costs, reads
from tests.bench.scale.people import Person, asked_by
from tests.bench.scale.questions import requests
from tests.bench.scale.rows import Point, latency_by_rows
from tests.bench.scale.section import with_scale
from tests.processes import http_server

DOCS = Path(__file__).parents[3] / "docs"
FIGURES = DOCS / "scale.json"
CROWDS = (1, 10, 20, 40, 80, 120)
TERABYTES = (1.0, 100.0)
PARTS = ("rows", "people", "cost")
COMPUTED = f"""\
Computed, not billed: on demand at ${DOLLARS_PER_TIB} a TiB (US, 2026-11). A question costs the logical bytes of the
columns it reads (8 a number, date or moment, 16 a NUMERIC, 2 and its length a text), over the days it needs where the
table is partitioned by day, at least 10 MB a table. The mix is the ten commonest requests of `make bench`; columns come
from their audit records, rows and lengths from the demo company, its fact tables scaled to the size. That {KEPT:.0%} of
the questions are answered from memory is an assumption: put your own share there."""


def people_at_once(workspace: Path, seconds: float) -> list[dict[str, float]]:
    """Crowds of growing size before one server; every person asks what nobody asked before."""
    with running(load_settings(workspace)) as built:
        access, today = Access(built.catalog, built.principal(None, None, {})), built.calendar().today
        asks = [requests(access, today, seed) for seed in range(sum(CROWDS))]
    found: list[dict[str, float]] = []
    with http_server(workspace) as base:
        for size in CROWDS:
            people = [Person(f"p{number}", f"{base}/mcp", asks.pop()) for number in range(size)]
            crowd = asked_by(people, seconds)
            if crowd.failures:
                raise RuntimeError(crowd.failures[0])
            if not crowd.spent:
                continue  # nobody had come to a question before the time was over
            found.append(
                {
                    "people": size,
                    "p50": crowd.percentile(0.5),
                    "p95": crowd.percentile(0.95),
                    "calls": len(crowd.spent),
                    "answered": crowd.ended["ok"],
                }
            )
    return found


def cost_of_thousand(workspace: Path) -> list[Cost]:
    """The ten commonest requests, priced."""
    with running(load_settings(workspace)) as built:
        return costs(built.catalog, str(workspace / GOLD_FILE), reads(built, COMMONEST), TERABYTES)


def main() -> None:
    """Measure what was asked for and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000_000)
    options.add_argument("--seconds", type=float, default=40)
    options.add_argument("--only", choices=PARTS)
    chosen = options.parse_args()
    wanted = [chosen.only] if chosen.only else PARTS
    found: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name) / "workspace"
        prepare(workspace)
        build_company(workspace)
        if "rows" in wanted:
            found["rows"] = [asdict(point) for point in latency_by_rows(Path(name), chosen.rows)]
        if "people" in wanted:
            found["people"] = people_at_once(workspace, chosen.seconds)
        if "cost" in wanted:
            found["cost"] = [asdict(cost) for cost in cost_of_thousand(workspace)]
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    points, prices = [Point(**each) for each in found["rows"]], [Cost(**each) for each in found["cost"]]
    charts.by_rows(points, DOCS / "scale-rows.svg")
    charts.by_people([(p["people"], p["p50"], p["p95"]) for p in found["people"]], DOCS / "scale-people.svg")
    charts.by_size(prices, DOCS / "scale-cost.svg")
    (DOCS / "scale.md").write_text(page(points, found["people"], prices), encoding="utf-8")
    performance = DOCS / "performance.md"
    performance.write_text(with_scale(performance.read_text(encoding="utf-8")), encoding="utf-8")


def page(points: Sequence[Point], people: Sequence[dict[str, float]], prices: Sequence[Cost]) -> str:
    """The report as Markdown."""
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
    lines = ["# Scale", "", f"Measured by `make bench-scale` on {date.today()} ({machine}).", ""]
    lines += ["## By rows", "", "![Latency by fact rows](scale-rows.svg)", ""]
    lines += ["One narrow table of DuckDB, three years in the order of loading, nothing kept in memory.", ""]
    lines += ["| rows | file | request | median ms | worst of 8 |", "|---:|---:|---|---:|---:|"]
    lines += [f"| {p.rows:,} | {p.gigabytes:.1f} GB | {p.request} | {p.median:,.1f} | {p.worst:,.1f} |" for p in points]
    lines += ["", "## By people", "", "![Latency by people at once](scale-people.svg)", ""]
    lines += [
        "The demo company over HTTP, one server process and the crowd on the same machine; each person asks a question",
        "that nobody asked before, waits for the answer, and thinks for three to eight seconds.",
        "",
        "| people | calls | answered | median ms | p95 ms |",
        "|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {p['people']:.0f} | {p['calls']:.0f} | {p['answered']:.0f} | {p['p50']:.1f} | {p['p95']:.1f} |"
        for p in people
    ]
    lines += ["", "## Cost of 1,000 questions on BigQuery", "", "![Cost by size of the warehouse](scale-cost.svg)", ""]
    lines += [
        "| fact tables | whole tables | partitions pruned | pruned, half from memory |",
        "|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {c.terabytes:,.0f} TB | ${c.whole:,.0f} | ${c.pruned:,.0f} | ${c.pruned_and_kept:,.0f} |" for c in prices
    ]
    lines += ["", COMPUTED]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
