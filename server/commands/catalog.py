"""`assay catalog`: check the YAML on the engine, export it for a reader."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from catalog.knowledge import export_knowledge
from server import show
from server.commands.catalog_diff import diff
from server.commands.options import FAILED, Json, Workspace, program, stop
from tools.metric_tests import run_metric_tests

catalog_app = typer.Typer(help="The catalog of metrics, tables and policies.", no_args_is_help=True)
catalog_app.command("diff")(diff)


@catalog_app.command("check")
def check(
    fast: Annotated[bool, typer.Option("--fast", help="Lint only; do not run the metrics' tests.")] = False,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Lint every entry, compile every metric, run the tests they carry."""
    with program(workspace) as built:
        problems = built.catalog.warnings
        results = [] if fast else run_metric_tests(built.catalog, built.warehouse, built.calendar())
    failed = any(not r.ok for r in results)
    if as_json:
        found = {"ok": not failed, "problems": [asdict(p) for p in problems], "tests": [asdict(r) for r in results]}
        sys.stdout.write(json.dumps(found, default=str) + "\n")
    else:
        show.catalog_check(problems, results)
    if failed:
        raise typer.Exit(FAILED)


@catalog_app.command("export")
def export(
    knowledge: Annotated[Path, typer.Option("--knowledge", metavar="DIR", help="Folder for the Markdown bundle.")],
    workspace: Workspace = None,
) -> None:
    """Write definitions, formulas, lineage, caveats, playbooks and the data dictionary as Markdown: what a Claude
    Project takes as its knowledge."""
    with program(workspace) as built:
        try:
            files = export_knowledge(built.catalog, knowledge)
        except OSError as error:
            stop(f"cannot write to {knowledge}: {error.strerror}")
    typer.echo(f"Wrote {len(files)} pages to {knowledge}.")
