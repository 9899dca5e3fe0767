"""`assay ask`, `metric`, `status`, `explain`: the tools, from a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from server import show
from server.commands.options import FAILED, As, Attr, Json, Role, Workspace, caller, program

CLIENT = "assay command line"
AS_JSON = f"{CLIENT}, json"
"""What a program reads is told apart from what a person reads: it may be kept."""


def run_tool(
    tool: str, arguments: Mapping[str, object], workspace: Workspace, user: As, role: Role, attr: Attr, as_json: bool
) -> None:
    """Call one tool as the caller the options name and show its result; exit 1 when it was refused."""
    with program(workspace) as built:
        principal = caller(built, user, role, attr)
        result = built.toolset.call(principal, tool, arguments, client=AS_JSON if as_json else CLIENT)
    if as_json:
        sys.stdout.write(json.dumps(result.structured, ensure_ascii=False) + "\n")
    else:
        show.result(tool, result.structured, result.text)
    if result.is_error:
        raise typer.Exit(FAILED)


def ask(
    question: Annotated[str, typer.Argument(help="A question in plain words.")],
    sql: Annotated[str | None, typer.Option("--sql", help="Run this SELECT instead of reading the question.")] = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Next page of an earlier answer.")] = None,
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Ask a question; get figures with their definition, SQL, trust and receipt, or a refusal that helps."""
    extra = {"sql": sql, "cursor": cursor}
    arguments = {"question": question, **{k: v for k, v in extra.items() if v is not None}}
    run_tool("query_curated_data", arguments, workspace, user, role, attr, as_json)


def metric(
    name: Annotated[str, typer.Argument(help="Name, synonym or misspelling of a metric.")],
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Show what a metric means, who stands behind it, and how it is computed."""
    run_tool("lookup_metric_definition", {"metric": name}, workspace, user, role, attr, as_json)


def status(
    scope: Annotated[str, typer.Option(help="all, source, table or metric.")] = "all",
    name: Annotated[str | None, typer.Option(help="Which source, table or metric.")] = None,
    detail: Annotated[bool, typer.Option("--detail", help="Every check, not only what stands out.")] = False,
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Show freshness, duplicates, variance, drift and completeness."""
    arguments: dict[str, object] = {"scope": scope, "detail": detail}
    if name is not None:
        arguments["name"] = name
    run_tool("fetch_reconciliation_status", arguments, workspace, user, role, attr, as_json)


def explain(
    name: Annotated[str, typer.Argument(metavar="METRIC", help="Name or synonym of a metric.")],
    start: Annotated[str | None, typer.Option(help="First day (YYYY-MM-DD).")] = None,
    end: Annotated[str | None, typer.Option(help="Last day (YYYY-MM-DD).")] = None,
    compare_to: Annotated[str | None, typer.Option(help="prior_period or prior_year.")] = None,
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    attr: Attr = None,
    as_json: Json = False,
) -> None:
    """Explain a change: data fault first, then what contributed."""
    given = {"start": start, "end": end, "compare_to": compare_to}
    arguments = {"metric": name, **{k: v for k, v in given.items() if v is not None}}
    run_tool("explain_number", arguments, workspace, user, role, attr, as_json)
