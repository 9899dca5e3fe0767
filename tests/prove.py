"""`make prove`: runs every large proof and writes its figures to docs/proof.md, with the day and the machine's size.

A proof is a test marked `prove`; what it measured it records with pytest's `record_property`. Each file runs in a
process of its own, as many at once as there are cores, and the page is written anew after each: an interrupted run, or
one of some files only (`python -m tests.prove tests/security`), leaves the others as they were found last, each with
its day (docs/proof.json).
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "proof.md"
FIGURES = ROOT / "docs" / "proof.json"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-m", "prove")


@dataclass
class Proofs:
    """What each file's proofs found when they were last run: lines of the page, and the day."""

    files: tuple[str, ...]
    found: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    failed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, file: str) -> None:
        """Run the proofs of one file, and write the page."""
        with tempfile.TemporaryDirectory() as folder:
            xml = Path(folder) / "proofs.xml"
            done = subprocess.run([*PYTEST, f"--junitxml={xml}", file], cwd=ROOT, check=False, capture_output=True)
            cases = list(ElementTree.parse(xml).getroot().iter("testcase")) if xml.exists() else []
        with self.lock:
            self.found[file] = {"day": str(date.today()), "proofs": [_told(case) for case in cases]}
            self.failed = self.failed or done.returncode != 0 or not cases
            sys.stdout.write(f"{'holds' if done.returncode == 0 else 'FAILS'}  {file}\n")
            if done.returncode:
                sys.stdout.write(done.stdout.decode(errors="replace")[-4_000:])
            sys.stdout.flush()
            self.write()

    def write(self) -> None:
        """Keep what was found, and write the report as Markdown: one line a proof, with what it recorded."""
        known = {file: self.found[file] for file in self.files if file in self.found}
        FIGURES.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        memory = psutil.virtual_memory().total / 2**30
        machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
        lines = ["# Proof", "", f"Written by `make prove` ({machine}).", ""]
        lines += ["| proof | outcome | seconds | run on | figures |", "|---|---|---:|---|---|"]
        for found in known.values():
            lines += [
                f"| {p['name']} | {p['outcome']} | {p['seconds']} | {found['day']} | {p['figures']} |"
                for p in found["proofs"]
            ]
        if left := [file for file in self.files if file not in known]:
            lines += ["", f"Not run by this command yet: {', '.join(left)}."]
        REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _told(case: ElementTree.Element) -> dict[str, Any]:
    bad = next((case.find(kind) for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None)
    return {
        "name": str(case.get("name")).replace("test_", "").replace("_", " ").replace("|", "/"),
        "outcome": bad.tag if bad is not None else "holds",
        "seconds": round(float(case.get("time", 0))),
        "figures": "; ".join(f"{p.get('name')}: {p.get('value')}" for p in case.iter("property")),
    }


def files_with_proofs(paths: Sequence[str]) -> tuple[str, ...]:
    """Files below these paths that hold a proof, in order."""
    command = [*PYTEST, "--collect-only", *paths]
    listed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stdout
    return tuple(sorted({line.partition("::")[0] for line in listed.splitlines() if "::" in line}))


def main(paths: Sequence[str]) -> int:
    """Run the proofs below `paths` (default: all) and write the page; 1 where one does not hold."""
    known = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    proofs = Proofs(files_with_proofs(["tests"]), known)
    chosen = files_with_proofs(paths) if paths else proofs.files
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(proofs.run, chosen))
    return int(proofs.failed or not chosen)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
