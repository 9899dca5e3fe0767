"""The nearest peer, `mcp-server-motherduck`, in an environment of its own over the same rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

PEER = "mcp-server-motherduck"
TABLES = ("fact_revenue", "dim_customer", "dim_product")


def install(folder: Path) -> Path:
    """An environment with the peer; returns its bin folder."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, PEER], check=True)
    return folder / "bin"


def copy_of(gold: Path, folder: Path, bin_folder: Path) -> Path:
    """The same rows, written by the peer's own DuckDB (its release cannot open the newer file)."""
    target = folder / "peer.duckdb"
    target.unlink(missing_ok=True)
    with duckdb.connect(str(gold), read_only=True) as source:
        for table in TABLES:
            source.execute(f"COPY gold.{table} TO '{folder / table}.parquet' (FORMAT parquet)")
    lines = ["import duckdb", f"c = duckdb.connect({str(target)!r})", "c.execute('CREATE SCHEMA gold')"]
    lines += [
        f"c.execute('CREATE TABLE gold.{t} AS FROM read_parquet(\"{folder / t}.parquet\")'.replace(chr(34), chr(39)))"
        for t in TABLES
    ]
    subprocess.run([bin_folder / "python", "-c", "\n".join(lines)], check=True)
    return target
