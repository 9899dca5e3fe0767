"""Profile, seed and plants → a company's gold database, its truth and a stamp that says what they are.

The SQL beside this module makes the rows; this module runs it into a file of its own and only then gives the files
their names, so that a build that is cut short leaves nothing that looks finished.

In the `demo` profile 840 customers are in `dim_customer`, past and present; about three in four are customers on the
last day and bring about 30 million dollars a year. The other profiles have the same history per customer.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from demo.plants import FIRST_DAY, LAST_DAY, Profile, chosen_plants, variables
from demo.words import WORDS

GOLD_FILE = "techco.duckdb"
"""Not gold.duckdb: DuckDB calls a file by its stem, and `gold.table` would be ambiguous in it."""
TRUTH_FILE = "truth.json"
STAMP_FILE = "build.json"
VERSION = 1
"""Raised whenever the generator makes other rows from the same seed."""
SQL = Path(__file__).parent / "sql"
DAILY = "08_daily.sql"
WINDOW_DAYS = {"small": 2000, "demo": 2000, "large": 92}
"""Days written at once: bounds the memory of the largest profile and keeps its files in the order of the days."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Built:
    """A finished company. `checksums`: by "schema.table", equal for equal content in any order; `rows` likewise."""

    gold: Path
    truth: Path
    checksums: Mapping[str, str]
    rows: Mapping[str, int]


def build_company(
    target: Path,
    *,
    profile: Profile = "demo",
    seed: int = 7,
    plant: frozenset[str] | None = None,
    clean: bool = False,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Built:
    """Write techco.duckdb, truth.json and build.json into `target` (made if missing; such files are replaced).

    `plant` names planted truths (None: the default set), `clean` plants none; `progress` hears (step, done, total).
    `threads` bounds the engine's threads; the content does not depend on it. One build of a folder
    at a time: what a killed one left is swept away. Raises ValueError for unknown plants."""
    plants, mild = chosen_plants(plant, clean)
    target.mkdir(parents=True, exist_ok=True)
    (target / STAMP_FILE).unlink(missing_ok=True)
    scratch = target / f".building-{os.getpid()}"
    for left_over in target.glob(".building-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    scratch.mkdir()
    try:
        draft = scratch / GOLD_FILE
        with contextlib.closing(duckdb.connect(str(draft))) as connection:
            connection.execute("SET temp_directory = $1", [str(scratch / "spill")])
            if threads is not None:
                connection.execute("SET threads = $1", [threads])
            _generate(connection, profile, variables(profile, seed, plants, mild), progress or _silent)
            truths = _truths(connection)
            checksums, rows = _contents(connection)
        stamp = _identity(profile, seed, plants, mild) | {"checksums": checksums, "rows": rows}
        (scratch / TRUTH_FILE).write_text(json.dumps(truths, indent=1, default=_plain) + "\n")
        (scratch / STAMP_FILE).write_text(json.dumps(stamp | {"bytes": draft.stat().st_size}, indent=1) + "\n")
        for name in (GOLD_FILE, TRUTH_FILE, STAMP_FILE):
            (scratch / name).replace(target / name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Built(target / GOLD_FILE, target / TRUTH_FILE, checksums, rows)


def is_current(
    target: Path,
    *,
    profile: Profile = "demo",
    seed: int = 7,
    plant: frozenset[str] | None = None,
    clean: bool = False,
) -> bool:
    """Whether `target` holds exactly this company, whole, made by this generator. Raises ValueError as the build."""
    plants, mild = chosen_plants(plant, clean)
    try:
        stamp = json.loads((target / STAMP_FILE).read_text())
        size = (target / GOLD_FILE).stat().st_size
    except (OSError, ValueError):
        return False
    wanted = _identity(profile, seed, plants, mild) | {"bytes": size}
    return (target / TRUTH_FILE).exists() and all(stamp.get(key) == value for key, value in wanted.items())


def _identity(profile: Profile, seed: int, plants: frozenset[str], mild: bool) -> dict[str, object]:
    return {"profile": profile, "seed": seed, "plants": sorted(plants), "mild": mild, "version": VERSION}


def _silent(step: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _generate(
    connection: duckdb.DuckDBPyConnection, profile: Profile, values: Mapping[str, object], progress: Progress
) -> None:
    """Run every SQL file in the order of its name; the daily one once for each window of days."""
    everything: dict[str, object] = {**values, **{name: list(words) for name, words in WORDS.items()}}
    for name, value in everything.items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])
    connection.execute("CREATE SCHEMA gold; CREATE SCHEMA ops")
    steps: list[tuple[Path, date | None]] = []
    for file in sorted(SQL.glob("*.sql")):
        starts = range(0, (LAST_DAY - FIRST_DAY).days + 1, WINDOW_DAYS[profile])
        steps += [(file, FIRST_DAY + timedelta(days=n)) for n in starts] if file.name == DAILY else [(file, None)]
    for done, (file, window) in enumerate(steps):
        progress(file.stem[3:].replace("_", " "), done, len(steps))
        if window is not None:
            connection.execute("SET VARIABLE lo = $1", [window])
            connection.execute("SET VARIABLE hi = $1", [window + timedelta(days=WINDOW_DAYS[profile] - 1)])
        connection.execute(file.read_text())
    connection.execute("CHECKPOINT")
    progress("done", len(steps), len(steps))


def _truths(connection: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    found = connection.execute("FROM truth ORDER BY id[2:]::INTEGER, kind")
    names = [str(column[0]) for column in found.description or ()]
    rows: list[dict[str, object]] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [row | {"detail": json.loads(str(row["detail"])) if row["detail"] else None} for row in rows]


def _contents(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, str], dict[str, int]]:
    """(checksum, rows) of every table of the file."""
    listed = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary AND NOT internal ORDER BY ALL"
    ).fetchall()
    checksums: dict[str, str] = {}
    rows: dict[str, int] = {}
    for schema, table in listed:
        checked = f'SELECT sum(hash(t))::VARCHAR, count(*) FROM "{schema}"."{table}" t'  # noqa: S608 - our own tables
        found = connection.execute(checked).fetchone()
        checksum, count = found or (None, 0)
        checksums[f"{schema}.{table}"] = str(checksum or 0)
        rows[f"{schema}.{table}"] = int(count)
    return checksums, rows


def _plain(value: object) -> str:
    """Days and moments in ISO form."""
    return value.isoformat() if isinstance(value, date) else str(value)
