"""`assay audit report|exports|ask`: questions of an auditor, answered from the log alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from audit.desk import activity, definitions, exports, phrases, who_saw
from audit.desk.calls import Period
from audit.desk.naming import Entity
from audit.desk.table import Report
from catalog.catalog import Catalog
from catalog.refusals import BadArgument
from catalog.search import nearest
from server.access_review.treatments import shown_as
from server.commands import audit_files
from server.commands.audit_output import Csv, print_report
from server.commands.audit_seat import Seat, seat
from server.commands.options import As, Json, Role, Workspace
from server.commands.report_verb import report_verb

report_app = typer.Typer(help="Questions of an auditor, answered from the log alone.", no_args_is_help=True)


def register(audit_app: typer.Typer) -> None:
    """Add the desk's verbs to `assay audit`."""
    audit_app.add_typer(report_app, name="report")
    audit_app.command("exports")(audit_exports)
    audit_app.command("ask")(audit_ask)
    audit_files.register(audit_app)


@report_app.command("who-saw")
@report_verb
def report_who_saw(
    at: Seat,
    period: Period,
    table: Annotated[str | None, typer.Option(help="A table.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="A column, by its bare name; repeatable.")] = None,
    pii: Annotated[str | None, typer.Option(help="A class of personal data, for example email.")] = None,
    entity: Annotated[str | None, typer.Option(help="Whose: a value, for example the name of a customer.")] = None,
    entity_dimension: Annotated[
        str | None, typer.Option(help="The dimension the value is of: filters on others then rule it out.")
    ] = None,
    clear_only: Annotated[
        bool, typer.Option("--clear-only", help="Leave out calls that are known to have seen masks only.")
    ] = False,
) -> Report:
    """Show who read a table, columns, a class of personal data or an entity: certain and possible."""
    named = Entity(entity, entity_dimension or "") if entity else None
    return seen(at, period, table or "", tuple(column or ()), pii or "", named, clear_only)


def seen(
    at: Seat, period: Period, table: str, columns: tuple[str, ...], pii: str, entity: Entity | None, clear_only: bool
) -> Report:
    """The report of who saw what. Raises BadArgument where nothing is sought, or what neither catalog nor log knows."""
    if not (table or columns or pii or entity):
        raise BadArgument("Say what was seen: --table, --column, --pii or --entity.")
    catalog, found = at.built.catalog, at.calls(period)
    known_columns = {c.name for t in catalog.tables.values() for c in t.columns}
    classes = {c.pii for t in catalog.tables.values() for c in t.columns if c.pii}
    _known("table", table, {*catalog.tables, *(t for call in found for t in call.tables)})
    for name in columns:
        _known("column", name, {*known_columns, *(c.rpartition(".")[2] for call in found for c in call.columns)})
    _known("class of personal data", pii, {*classes, *(p for call in found for p in call.pii)})
    _known("dimension", entity.dimension if entity else "", catalog.dimensions)
    of_class = {f"{t.name}.{c.name}" for t in catalog.tables.values() for c in t.columns if pii and c.pii == pii}
    sought = who_saw.Sought(table, frozenset(columns), pii, frozenset(of_class), entity)
    judged = who_saw.sightings(found, sought, shown_as(catalog))
    if clear_only:
        judged = who_saw.in_clear_only(judged)
    return who_saw.who_saw(judged, sought)


@report_app.command("by-user")
@report_verb
def report_by_user(
    at: Seat,
    period: Period,
    name: Annotated[str, typer.Argument(metavar="USER", help="A user as the log names them.")],
) -> Report:
    """Show everything one user asked."""
    found = at.calls(period)
    _known("user", name, {*at.built.catalog.users, *(call.user for call in found)})
    return activity.by_user(found, name)


@report_app.command("refusals")
@report_verb
def report_refusals(at: Seat, period: Period) -> Report:
    """Show what was declined, to whom and why."""
    return activity.refusals(at.calls(period))


@report_app.command("interrupted")
@report_verb
def report_interrupted(at: Seat, period: Period) -> Report:
    """Show calls that began and never ended."""
    return activity.interrupted(at.calls(period))


@report_app.command("definitions")
@report_verb
def report_definitions(
    at: Seat,
    period: Period,
    metric: Annotated[str, typer.Argument(help="Name of a metric.")],
) -> Report:
    """Show who got numbers under which version of a metric."""
    found = at.calls(period)
    _known("metric", metric, {*at.built.catalog.metrics, *(m for call in found for m in call.definitions)})
    return definitions.definitions(found, metric)


@report_app.command("policy-changes")
@report_verb
def report_policy_changes(at: Seat, period: Period) -> Report:
    """Show when the policy changed, and whose rights differ since."""
    return definitions.policy_report(definitions.policy_changes(at.calls(period)))


@report_app.command("exports")
@report_verb
def audit_exports(
    at: Seat,
    period: Period,
    above_rows: Annotated[
        int | None, typer.Option("--above-rows", min=0, metavar="N", help="Only results of more than N rows.")
    ] = None,
) -> Report:
    """Show every result that left in bulk: rows, columns, personal data, destination."""
    return exports.ledger_report(exports.exports(at.calls(period), above_rows))


def audit_ask(
    phrase: Annotated[str, typer.Argument(help='For example "who saw contact fields of Acme in March".')],
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Ask for a report in one of a few fixed phrases; any other words are refused, never guessed."""
    with seat(workspace, user, role) as at:
        asked = phrases.read(phrase, at.calendar, _phrase_names(at.built.catalog))
        report = _asked(at, asked)
    print_report(report, as_json, as_csv)


def _asked(at: Seat, asked: phrases.Asked) -> Report:
    if asked.report == "who-saw":
        entity = Entity(asked.entity) if asked.entity else None
        return seen(at, asked.period, asked.table, asked.columns, asked.pii, entity, False)
    found = at.calls(asked.period)
    if asked.report == "by-user":
        return activity.by_user(found, asked.user)
    if asked.report == "definitions":
        return definitions.definitions(found, asked.metric)
    if asked.report == "exports":
        return exports.ledger_report(exports.exports(found, asked.above_rows))
    if asked.report == "policy-changes":
        return definitions.policy_report(definitions.policy_changes(found))
    return activity.refusals(found) if asked.report == "refusals" else activity.interrupted(found)


def _phrase_names(catalog: Catalog) -> phrases.Known:
    columns = [(t.name, c) for t in catalog.tables.values() for c in t.columns]
    return phrases.Known(
        columns={t.name: frozenset(c.name for c in t.columns) for t in catalog.tables.values()},
        personal=frozenset(c.name for _, c in columns if c.pii),
        classes=frozenset(c.pii for _, c in columns if c.pii),
        users=frozenset(catalog.users),
        metrics=frozenset(catalog.metrics),
    )


def _known(kind: str, name: str, names: Iterable[str]) -> None:
    """Raises BadArgument for a name that neither the catalog nor the log of the period knows: a misspelt name would
    otherwise be answered with "nobody"."""
    listed = sorted(set(names))
    if name and name not in listed:
        near = nearest(name[:60], listed, limit=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else ""
        raise BadArgument(f"Neither the catalog nor the log of this period knows a {kind} '{name[:60]}'.", hint=hint)
