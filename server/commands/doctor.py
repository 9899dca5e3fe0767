"""`assay doctor`: is everything in place to answer a question here?"""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import version

import typer

from server import show
from server.commands.options import FAILED, Workspace, program

LEAST_FREE_BYTES = 200_000_000
"""Below this the audit log may soon have no room, and then nothing is answered."""


def doctor(workspace: Workspace = None) -> None:
    """Check Python, settings, catalog, warehouse, audit log and disk; exit 1 if something is missing."""
    rows: list[tuple[str, bool, str]] = [("python", True, platform.python_version()), ("assay", True, version("assay"))]
    with program(workspace) as built:
        rows.append(("workspace", True, built.settings.workspace.name))
        size = f"{len(built.catalog.metrics)} metrics, {len(built.catalog.tables)} tables"
        rows.append(("catalog", True, size))
        problems = built.problems()
        for part in ("warehouse", "audit"):
            rows.append((part, part not in problems, problems.get(part, "answers")))
        if "audit" not in problems:
            verified = built.audit.verify()
            rows.append(("audit chain", verified.ok, verified.reason or f"{verified.records} records"))
            rows.append(("audit checkpoints", verified.ok, f"{verified.checkpoints}, then {verified.unsigned} records"))
        free = shutil.disk_usage(built.settings.workspace).free
        rows.append(("disk", free >= LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free"))
    show.checks(rows)
    if not all(ok for _, ok, _ in rows):
        raise typer.Exit(FAILED)
