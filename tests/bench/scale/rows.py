"""Latency of governed requests by the number of fact rows, on one long and narrow table."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from server.settings import load_settings
from server.wiring import Program, running
from tests.bench.measure import milliseconds

NARROW = Path(__file__).parent / "narrow"
SIZES = (1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
DAYS = 1_096
"""Three years, laid down in the order of time, as loads do."""
BUILD = """
CREATE SCHEMA IF NOT EXISTS gold;
CREATE TABLE gold.fact_reading AS
  SELECT (hash(i) % 400000)::INTEGER AS meter_id,
         DATE '2026-11-15' - (({rows} - 1 - i) * {days} // {rows})::INTEGER AS read_on,
         'zone ' || (i % 12) AS zone,
         (1 + i % 900)::DECIMAL(9, 2) AS amount_eur
  FROM range({rows}) t(i);
"""
REQUESTS: dict[str, dict[str, object]] = {
    "one month, by zone": {"metrics": ["billed"], "group_by": ["zone"], "start": "2026-10-01", "end": "2026-10-31"},
    "a year by month": {"metrics": ["billed"], "grain": "month", "start": "2025-11-01", "end": "2026-10-31"},
    "three years by quarter and zone": {
        "metrics": ["billed"], "group_by": ["zone"], "grain": "quarter", "start": "2024-01-01", "end": "2026-09-30",
    },
    "distinct meters of a month": {"metrics": ["active_meters"], "start": "2026-10-01", "end": "2026-10-31"},
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """Median and worst of some calls (ms) of a request at a size; `gigabytes` of the file."""

    rows: int
    request: str
    median: float
    worst: float
    gigabytes: float


def latency_by_rows(scratch: Path, largest: int) -> list[Point]:
    """Build each size up to `largest`, ask every request eight times with nothing kept, and let go of it again."""
    found: list[Point] = []
    for rows in (size for size in SIZES if size <= largest):
        folder = scratch / f"rows_{rows}"
        shutil.copytree(NARROW, folder)
        file = folder / "narrow.duckdb"
        with duckdb.connect(str(file)) as connection:
            connection.execute(BUILD.format(rows=rows, days=DAYS))
        with running(load_settings(folder)) as built:
            found += [_timed(built, rows, name, file.stat().st_size / 1e9) for name in REQUESTS]
        shutil.rmtree(folder)
    return found


def _timed(built: Program, rows: int, name: str, gigabytes: float) -> Point:
    principal = built.principal(None, None, {})

    def work() -> None:
        result = built.toolset.call(principal, "query_curated_data", {"question": "q", **REQUESTS[name]})
        if result.is_error:
            raise RuntimeError(result.text)

    median, worst = milliseconds(work, 8, warm=2)
    sys.stdout.write(f"{rows:>13,} rows  {name:<34} {median:8.1f} ms\n")
    sys.stdout.flush()
    return Point(rows, name, median, worst, gigabytes)
