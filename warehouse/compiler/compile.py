"""`compile_request`: the four stages in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.refusals import BadArgument
from catalog.request import MetricRequest
from warehouse.compiled import CompiledQuery, OutputColumn
from warehouse.compiler.assemble import assemble
from warehouse.compiler.components import Component, Parts, check_visible
from warehouse.compiler.dimensions import bind, check_allowed, find_dimension
from warehouse.compiler.kept import unlisted
from warehouse.compiler.leaves import Question
from warehouse.compiler.plan import Pass, horizon_of, plan_pass, through_of
from warehouse.compiler.windows import Reach, Windows, find_windows, shift_of
from warehouse.horizon import Horizons
from warehouse.port import Dialect

FINENESS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


def is_operational(request: MetricRequest, access: Access) -> bool:
    """True when the request is for numbers about the data itself, which reconciliation answers.

    Raises BadArgument when such metrics are mixed with others, UnknownMetric for a name that is not there."""
    kinds = {metric.type == "operational" for metric in check_visible(access, request.metrics)}
    if len(kinds) == 2:
        raise BadArgument("Metrics about the data itself cannot be mixed with others.", hint="Ask for them apart.")
    return kinds == {True}


def compile_request(
    request: MetricRequest,
    access: Access,
    calendar: CompanyCalendar,
    horizons: Horizons,
    dialect: Dialect = "duckdb",
) -> CompiledQuery:
    """SQL for a metric request, with everything that can be said about it without running it.

    `horizons` say how far each table reaches. Raises UnknownMetric, UnknownDimension, PiiDenied, BadArgument,
    TooExpensive."""
    metrics = check_visible(access, request.metrics)
    if any(metric.type == "operational" for metric in metrics):
        raise BadArgument("Metrics about the data itself are answered from reconciliation, not compiled.")
    parts = Parts(access.catalog)
    for metric in metrics:
        parts.add(metric)
    question = _question(request, access, calendar, dialect, metrics)
    _check_grain(request, metrics)
    windows = find_windows(request, _reach(parts.components, metrics, horizons), calendar)
    passes = [plan_pass(question, parts.components, horizons, Pass("c", windows.current, windows.grain, None))]
    if windows.prior:
        prior = Pass("p", windows.prior, windows.grain, shift_of(windows))
        passes.append(plan_pass(question, parts.components, horizons, prior))
    select, columns = assemble(request, metrics, parts, question, windows, passes)
    query = _described(select.sql(dialect=dialect), dialect, columns, access, metrics, parts, windows, passes, horizons)
    return replace(query, notes=(*query.notes, *unlisted(request, metrics)))


def _question(
    request: MetricRequest, access: Access, calendar: CompanyCalendar, dialect: Dialect, metrics: list[Metric]
) -> Question:
    names = list(dict.fromkeys(request.group_by))
    names += [m.distribution for m in metrics if m.distribution and m.distribution not in names]
    dimensions = tuple(find_dimension(access, name) for name in names)
    bounds = tuple(bind(access, condition) for condition in request.where)
    for metric in metrics:
        for dimension in (*dimensions, *(b.dimension for b in bounds)):
            check_allowed(access, metric, dimension)
    return Question(access, calendar, dialect, dimensions, bounds)


def _check_grain(request: MetricRequest, metrics: list[Metric]) -> None:
    if request.grain is None:
        return
    for metric in metrics:
        least = metric.time.min_grain if metric.time else "day"
        if FINENESS.index(request.grain) < FINENESS.index(least):
            raise BadArgument(f"'{metric.name}' cannot be read by {request.grain}; its finest grain is {least}.")


def _reach(components: list[Component], metrics: list[Metric], horizons: Horizons) -> Reach:
    defaults: list[Grain] = [c.metric.time.default_grain for c in components if c.metric.time] or ["month"]
    own: list[Grain] = [m.time.default_grain for m in metrics if m.time]
    levels = ("snapshot", "cohort", "cumulative")
    coarsest: Grain = max(own or defaults, key=FINENESS.index)
    return Reach(
        first=max(horizon_of(c, horizons).first for c in components),
        through=min(through_of(c, horizons) for c in components),
        snapshots_only=all(c.kind in levels and c.at == "closing" for c in components),
        default_grain=coarsest,
        live=all(horizon_of(c, horizons).live for c in components),
    )


def _described(
    sql: str,
    dialect: Dialect,
    columns: tuple[OutputColumn, ...],
    access: Access,
    metrics: list[Metric],
    parts: Parts,
    windows: Windows,
    passes: list[Pass],
    horizons: Horizons,
) -> CompiledQuery:
    read = frozenset(name for each in passes for name in each.read)
    tables = frozenset(name.split(".")[0] for name in read) | {c.dataset for c in parts.components}
    names = list(dict.fromkeys(m.name for metric in metrics for m in access.catalog.inputs_of(metric)))
    return CompiledQuery(
        sql=sql,
        dialect=dialect,
        columns=columns,
        metrics=tuple(names),
        tables=tables,
        columns_read=read,
        sources=_feeds(access, parts.components, tables),
        start=windows.current[0].lo,
        end=windows.current[-1].hi,
        through=_through(parts.components, horizons),
        in_progress_from=windows.in_progress_from,
        prior_start=windows.prior[0].lo if windows.prior else None,
        prior_end=windows.prior[-1].hi if windows.prior else None,
        snapshot_dates=passes[0].snapshot_dates,
        notes=tuple(dict.fromkeys([*windows.notes, *passes[0].notes])),
    )


def _feeds(access: Access, components: list[Component], tables: frozenset[str]) -> frozenset[str]:
    """Feeds of the measures (as the metric narrows them), and of every other table that is read."""
    found: set[str] = set()
    own = {c.dataset for c in components}
    for component in components:
        found |= set(component.metric.sources or access.catalog.tables[component.dataset].sources)
    for name in tables - own:
        found |= set(access.catalog.tables[name].sources)
    return frozenset(found)


def _through(components: list[Component], horizons: Horizons) -> date:
    return min(through_of(c, horizons) for c in components)
