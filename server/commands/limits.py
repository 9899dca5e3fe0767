"""`assay limits`: what each user and role used today, and what they may."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from catalog.policies import Daily, Policies
from server import show
from server.commands.options import Json, Workspace, program
from tools.limits import Use, ceilings, shown

COLUMNS = ("who", "role", "unit", "used", "set_aside", "allowed", "percent")


def limits(
    user: Annotated[str | None, typer.Option("--user", metavar="USER", help="Only this user.")] = None,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Show today's use: of each user and, for roles with a limit of their own, of all its users together."""
    with program(workspace) as built:
        day, (seconds, ends), uses = built.toolset.limits.today(ZoneInfo(built.catalog.company.time_zone))
        policies = built.catalog.policies
    rows = [
        row
        for use in uses
        if user is None or (use.account.kind, use.account.name) == ("user", user)
        for row in _rows(use, policies)
    ]
    if as_json:
        told = {"day": day.isoformat(), "ends": ends, "ends_in_seconds": seconds, "use": rows}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    show.line(f"{day}, until {ends}")
    if not any(role.limits.daily.any or role.limits.together.daily.any for role in policies.roles):
        show.line("No role has daily limits (limits.daily in catalog/policies.yml), so nothing is counted.")
    elif not rows:
        show.line(f"Nothing was used today{f' by {user}' if user else ''}.")
    else:
        show.listing([_for_people(row) for row in rows], COLUMNS)


def _rows(use: Use, policies: Policies) -> Iterator[dict[str, Any]]:
    """One row for each unit that was used or has a ceiling. Amounts are whole; money in millionths of a dollar."""
    role = policies.role(use.role)
    own = None if role is None else role.limits.daily if use.account.kind == "user" else role.limits.together.daily
    allowed = ceilings(own or Daily())
    for unit, used in use.used.items():
        held, ceiling = use.held.of(unit), allowed.get(unit)
        if used or held or ceiling is not None:
            yield {
                "kind": use.account.kind,
                "who": use.account.name,
                "issuer": use.account.issuer,
                "role": use.role,
                "unit": unit,
                "used": used,
                "set_aside": held,
                "allowed": ceiling,
                "percent": used * 100 // ceiling if ceiling else None,
            }


def _for_people(row: Mapping[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    amounts = {name: shown(unit, row[name]) for name in ("used", "set_aside", "allowed") if row[name] is not None}
    percent = "" if row["percent"] is None else f"{row['percent']} %"
    who = row["who"] if row["kind"] == "user" else f"(all of {row['who']})"
    return {**row, **amounts, "percent": percent, "who": who, "unit": "usd" if unit == "micro_usd" else unit}
