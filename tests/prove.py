"""`make prove`: runs every large proof and writes its figures to docs/proof.md, with the date and the machine's size.

A proof is a test marked `prove`; what it measured it records with pytest's `record_property`.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from datetime import date
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "proof.md"


def main() -> int:
    """Run the proofs, write the page; the exit code is pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "proofs.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
        command += ["-m", "prove", f"--junitxml={found}", "tests"]
        done = subprocess.run(command, cwd=ROOT, check=False)
        REPORT.write_text(page(ElementTree.parse(found).getroot()), encoding="utf-8")
    return done.returncode


def page(results: ElementTree.Element) -> str:
    """The report as Markdown: one line a proof, with what it recorded."""
    machine = (
        f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"
    )
    lines = ["# Proof", "", f"Written by `make prove` on {date.today()} ({machine}).", ""]
    lines += ["| proof | outcome | seconds | figures |", "|---|---|---:|---|"]
    for case in results.iter("testcase"):
        bad = next((case.find(kind) for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None)
        figures = "; ".join(f"{p.get('name')}: {p.get('value')}" for p in case.iter("property"))
        name = str(case.get("name")).replace("test_", "").replace("_", " ").replace("|", "/")
        lines.append(
            f"| {name} | {bad.tag if bad is not None else 'holds'} | {float(case.get('time', 0)):.0f} | {figures} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
