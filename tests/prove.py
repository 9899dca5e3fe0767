"""`make prove`: runs every large proof and writes its figures to docs/proof.md, with the date and the machine's size.

A proof is a test marked `prove`; what it measured it records with pytest's `record_property`. Each file runs in a
process of its own, as many at once as there are cores, and the page is written anew after each: an interrupted run
leaves what it found, and says which files it did not come to.
"""

from __future__ import annotations

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

import psutil

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "proof.md"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-m", "prove")


@dataclass
class Proofs:
    """What has been run so far, by file."""

    files: tuple[str, ...]
    found: dict[str, list[ElementTree.Element]] = field(default_factory=dict[str, list[ElementTree.Element]])
    failed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, file: str) -> None:
        """Run the proofs of one file, and write the page."""
        with tempfile.TemporaryDirectory() as folder:
            xml = Path(folder) / "proofs.xml"
            done = subprocess.run([*PYTEST, f"--junitxml={xml}", file], cwd=ROOT, check=False, capture_output=True)
            cases = list(ElementTree.parse(xml).getroot().iter("testcase")) if xml.exists() else []
        with self.lock:
            self.found[file] = cases
            self.failed = self.failed or done.returncode != 0 or not cases
            sys.stdout.write(f"{'holds' if done.returncode == 0 else 'FAILS'}  {file}\n")
            if done.returncode:
                sys.stdout.write(done.stdout.decode(errors="replace")[-4_000:])
            sys.stdout.flush()
            REPORT.write_text(self.page(), encoding="utf-8")

    def page(self) -> str:
        """The report as Markdown: one line a proof, with what it recorded."""
        memory = psutil.virtual_memory().total / 2**30
        machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
        lines = ["# Proof", "", f"Written by `make prove` on {date.today()} ({machine}).", ""]
        lines += ["| proof | outcome | seconds | figures |", "|---|---|---:|---|"]
        for file in self.files:
            lines += [_line(case) for case in self.found.get(file, ())]
        if left := [file for file in self.files if file not in self.found]:
            lines += ["", f"Not run: {', '.join(left)}."]
        return "\n".join(lines) + "\n"


def _line(case: ElementTree.Element) -> str:
    bad = next((case.find(kind) for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None)
    figures = "; ".join(f"{p.get('name')}: {p.get('value')}" for p in case.iter("property"))
    name = str(case.get("name")).replace("test_", "").replace("_", " ").replace("|", "/")
    return f"| {name} | {bad.tag if bad is not None else 'holds'} | {float(case.get('time', 0)):.0f} | {figures} |"


def files_with_proofs(paths: Sequence[str]) -> tuple[str, ...]:
    """Files below these paths that hold a proof, in order."""
    command = [*PYTEST, "--collect-only", *paths]
    listed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stdout
    return tuple(sorted({line.partition("::")[0] for line in listed.splitlines() if "::" in line}))


def main(paths: Sequence[str]) -> int:
    """Run the proofs below `paths` (default: all) and write the page; 1 where one does not hold."""
    proofs = Proofs(files_with_proofs(["tests"]))
    chosen = files_with_proofs(paths) if paths else proofs.files
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(proofs.run, chosen))
    return int(proofs.failed or not chosen)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
