"""`lookup_metric_definition`: a name, synonym or misspelling → the whole entry of one metric, with what it is computed
from and how far its figures can be trusted now; or the candidates, never an invention."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from catalog.access import Access
from catalog.metrics import Metric
from catalog.refusals import Refusal
from catalog.request import MetricRequest
from tools.answer import Citation, Part, ToolOutput, Trust
from tools.answer_text import trust_words
from tools.arguments import shown
from tools.citations import citations
from tools.metric_answer import compiled_for
from tools.names import alternatives, index_of, unknown_metric
from tools.tool import Call, Output, Tool, ToolArguments, Trace
from tools.usage.answering import over_the_log
from warehouse.compiled import CompiledQuery


class LookupArguments(ToolArguments):
    """Arguments of `lookup_metric_definition`."""

    metric: str = Field(
        min_length=1, max_length=200, description="Name of the metric, a synonym, or as well as you remember it."
    )


class Alternative(Part):
    """A metric that people take for this one."""

    name: str
    label: str
    difference: str


class LineageSource(Part):
    """A feed the figures rest on, and the system it comes from."""

    name: str
    system: str
    label: str = ""


class Lineage(Part):
    """What the figures are computed from, derived from the compiled SQL. `columns` are "table.column"."""

    tables: list[str] = []
    columns: list[str] = []
    sources: list[LineageSource] = []


class Definition(ToolOutput):
    """The structured content of a definition. `entry` is the catalog entry as it is kept, without names that the
    caller may not see; `filters` are the rules built into it; `sql` is its default request, compiled."""

    name: str = ""
    label: str = ""
    version: int = 0
    certification: str = ""
    description: str = ""
    formula: str = ""
    unit: str = ""
    owner: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    rationale: str = ""
    system_of_record: str = ""
    dimensions: list[str] = []
    forbidden_dimensions: dict[str, str] = {}
    grains: list[str] = []
    filters: list[str] = []
    caveats: list[str] = []
    lineage: Lineage = Lineage()
    sql: str = ""
    alternatives: list[Alternative] = []
    trust: Trust | None = None
    citations: list[Citation] = []
    entry: dict[str, Any] = {}


class LookupMetricDefinition(Tool[LookupArguments]):
    """Definitions."""

    name = "lookup_metric_definition"
    title = "Look up a metric's definition"
    description = (
        "Says what a metric means in this company: description, formula, built-in filters, unit, owner and approval, "
        "where its data comes from (columns and source systems), the SQL it compiles to, caveats, what it is often "
        "confused with, and whether its figures can be trusted now. Accepts synonyms and misspellings; where no metric "
        "fits, the nearest ones are named."
    )
    Arguments = LookupArguments
    Result = Definition

    def run(self, arguments: LookupArguments, call: Call) -> Output:
        """The definition. Raises UnknownMetric with the nearest names."""
        metric, notes = found_metric(arguments.metric, call)
        definition, query = _definition(metric, call, notes)
        trace = Trace(
            request={"metric": metric.name},
            sql=definition.sql,
            metrics=(metric.name,),
            tables=query.tables if query else frozenset(),
            columns=query.columns_read if query else frozenset(),
            watermark=call.services.warehouse.watermark(call.deadline),
        )
        return Output(definition, _text(definition), trace)


def found_metric(asked: str, call: Call) -> tuple[Metric, tuple[str, ...]]:
    """The metric that the words name, and what to say about how they were read. Raises UnknownMetric."""
    visible, index = call.access.metrics, index_of(call)
    if asked in visible:
        return visible[asked], ()
    if exact := index.resolve(asked):
        return visible[exact], ()
    if misspelt := index.misspelt(asked):
        return visible[misspelt], (f"'{shown(asked)}' is taken for {visible[misspelt].label}.",)
    raise unknown_metric(asked, call)


def _definition(metric: Metric, call: Call, notes: tuple[str, ...]) -> tuple[Definition, CompiledQuery | None]:
    access, reconciler = call.access, call.services.reconciler
    query, problem = _compiled(metric, call)
    scope = reconciler.scope(metrics=[metric.name])
    sources = sorted(query.sources if query else scope.feeds)
    tables = sorted(t for t in (query.tables if query else scope.tables) if t in access.tables)
    columns = sorted(c for c in (query.columns_read if query else scope.columns or ()) if c.split(".")[0] in tables)
    through = query.through if query else None
    trust = reconciler.trust(metrics=[metric.name], through=through)
    definition = Definition(
        warnings=[*notes, *problem],
        name=metric.name,
        label=metric.label,
        version=metric.version,
        certification=metric.status,
        description=metric.description,
        formula=metric.formula_text,
        unit=metric.unit,
        owner=metric.owner,
        approved_by=metric.approved_by or "",
        approved_on=metric.approved_on,
        rationale=metric.rationale or "",
        system_of_record=metric.system_of_record or "",
        dimensions=_dimensions(metric, access),
        forbidden_dimensions={k: v for k, v in metric.dimensions.forbidden.items() if k in access.dimensions},
        grains=_grains(metric, access),
        filters=_filters(metric, access),
        caveats=[caveat.text for caveat in metric.caveats],
        lineage=Lineage(tables=tables, columns=columns, sources=_sources(sources, access)),
        sql=query.sql if query else "",
        alternatives=[
            Alternative(name=m.name, label=m.label, difference=_first_sentence(m.description))
            for m in alternatives(metric, access)
        ],
        trust=trust,
        citations=citations(access, [metric.name], tables, sources),
        entry=_entry(metric, access),
    )
    return definition, query


def _compiled(metric: Metric, call: Call) -> tuple[CompiledQuery | None, list[str]]:
    """The default request compiled, or why it cannot be at the moment."""
    if metric.operational:
        return None, []
    try:
        call = over_the_log((metric.name,), call)
        return compiled_for(
            MetricRequest(metrics=(metric.name,)), call, call.services.warehouse.watermark(call.deadline)
        ), []
    except Refusal as refusal:
        return None, [f"It cannot be read at the moment: {refusal.message}"]


def _dimensions(metric: Metric, access: Access) -> list[str]:
    """Dimensions that the entry allows and the caller may read."""
    allowed = metric.dimensions.allowed
    whole = {name.removesuffix(".*") for name in allowed if name.endswith(".*")}
    return [
        name
        for name, dimension in access.dimensions.items()
        if name not in metric.dimensions.forbidden and (name in allowed or dimension.table.name in whole)
    ]


def _grains(metric: Metric, access: Access) -> list[str]:
    grains = ["day", "week", "month", "quarter", "year"]
    coarsest = [p.time.min_grain for p in access.catalog.inputs_of(metric) if p.time]
    first = max((grains.index(grain) for grain in coarsest), default=len(grains))
    return grains[first:]


def _filters(metric: Metric, access: Access) -> list[str]:
    """Conditions built into the metric and what it is built on."""
    found = [
        f"{p.name}: {p.measure.filter}" for p in access.catalog.inputs_of(metric) if p.measure and p.measure.filter
    ]
    found += [f"{alias} ({i.metric}): {i.filter}" for alias, i in metric.inputs_by_alias.items() if i.filter]
    return found


def _sources(names: list[str], access: Access) -> list[LineageSource]:
    known = [access.catalog.sources.get(name) for name in names]
    return [LineageSource(name=s.name, system=s.system, label=s.label) for s in known if s]


def _entry(metric: Metric, access: Access) -> dict[str, Any]:
    """The entry as it is kept; names of metrics and dimensions that the caller may not see are left out."""
    entry = metric.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for key in ("not_to_be_confused_with", "drivers"):
        if key in entry:
            entry[key] = [name for name in entry[key] if name in access.metrics]
    entry["dimensions"] = {"allowed": _dimensions(metric, access)}
    return entry


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".") + "."


def _text(d: Definition) -> str:
    approved = (
        f", approved by {d.approved_by}" + (f" on {d.approved_on}" if d.approved_on else "") if d.approved_by else ""
    )
    lines = [f"OK {d.label} ({d.name}), version {d.version}, {d.certification}, owner {d.owner}{approved}"]
    lines += [f"Note: {warning}" for warning in d.warnings]
    lines += [d.description, f"Formula: {d.formula}", f"Unit: {d.unit}"]
    lines += [f"Why so: {d.rationale}"] if d.rationale else []
    lines += [f"Built-in filter: {text}" for text in d.filters]
    lines += [f"Grains: {', '.join(d.grains)}"] if d.grains else []
    lines += [f"Dimensions: {', '.join(d.dimensions)}"] if d.dimensions else []
    lines += [f"Not by {name}: {reason}" for name, reason in d.forbidden_dimensions.items()]
    lines += [f"Caveat: {text}" for text in d.caveats]
    lines += [f"Not to be confused with {a.label} ({a.name}): {a.difference}" for a in d.alternatives]
    systems = ", ".join(f"{s.name} ({s.system})" for s in d.lineage.sources)
    lines += [f"Sources: {systems}"] if systems else []
    lines += [f"System of record: {d.system_of_record}"] if d.system_of_record else []
    lines += [f"Columns: {', '.join(d.lineage.columns)}"] if d.lineage.columns else []
    lines += [trust_words(d.trust).capitalize()] if d.trust else []
    lines += ["SQL:", d.sql] if d.sql else []
    return "\n".join(lines)
