"""`describe_catalog`: what may be asked → a short index within a size budget, so that a model can find its way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from catalog.access import Access
from catalog.catalog import Dimension
from catalog.metrics import Metric
from catalog.policies import Template
from catalog.refusals import BadArgument
from catalog.tables import Table
from tools.answer import Part, ToolOutput
from tools.arguments import shown
from tools.cells import clean_text
from tools.names import index_of
from tools.tool import Call, Output, Tool, ToolArguments, Trace

Kind = Literal["metric", "table", "dimension", "playbook", "template"]
MAX_CHARACTERS = 12_000
"""Of the index as text: some hundred entries, well below what clients cut."""
SUMMARY_CHARACTERS = 160
MOST_FOUND = 20
"""Entries shown for a query."""


class DescribeArguments(ToolArguments):
    """Arguments of `describe_catalog`."""

    query: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Words to look for; an exact name shows the whole entry.",
    )
    kind: Kind | None = Field(default=None, description="Only metrics, tables, dimensions, playbooks or templates.")


class IndexEntry(Part):
    """One line of the index. `details` only for an entry asked for by its exact name."""

    kind: Kind
    name: str
    label: str = ""
    summary: str = ""
    details: list[str] = []


class CatalogIndexPage(ToolOutput):
    """The structured content of the index. `left_out` counts entries that did not fit: narrow by `query` or `kind`."""

    entries: list[IndexEntry] = []
    left_out: int = 0


class DescribeCatalog(Tool[DescribeArguments]):
    """The index."""

    name = "describe_catalog"
    title = "Describe the catalog"
    description = (
        "Lists what can be asked here: metrics, tables, dimensions (to group and filter by), templates (prepared "
        "queries to fill in) and analyst playbooks, each in one line. Give words to look for, or a kind; an exact name "
        "shows the whole entry, a table with its columns."
    )
    Arguments = DescribeArguments
    Result = CatalogIndexPage

    def run(self, arguments: DescribeArguments, call: Call) -> Output:
        """The index, or the entries that fit. Raises BadArgument where nothing does."""
        entries = _found(arguments, call) if arguments.query else list(_all(call.access, arguments.kind))
        page = _within_budget(entries)
        return Output(page, _text(page), Trace(request=arguments.model_dump(exclude_none=True), rows=len(page.entries)))


def _all(access: Access, kind: Kind | None) -> Iterator[IndexEntry]:
    if kind in (None, "metric"):
        yield from (_metric(m) for m in access.metrics.values())
    if kind in (None, "table"):
        yield from (_table(t) for t in access.tables.values())
    if kind in (None, "dimension"):
        yield from (_dimension(d) for d in access.dimensions.values())
    if kind in (None, "template"):
        yield from (_template(t) for t in access.templates.values())
    if kind in (None, "playbook"):
        for playbook in access.catalog.playbooks.values():
            yield IndexEntry(
                kind="playbook", name=playbook.name, label=playbook.title, summary=_short(playbook.summary)
            )


def _found(arguments: DescribeArguments, call: Call) -> list[IndexEntry]:
    query, kind = arguments.query or "", arguments.kind
    every = {(e.kind, e.name): e for e in _all(call.access, kind)}
    exact = [_whole(e, call.access) for e in every.values() if e.name == query]
    if exact:
        return exact
    named = [] if kind == "template" else index_of(call).candidates(query, kind, MOST_FOUND)
    hits = [every[h.kind, h.name] for h in named if (h.kind, h.name) in every]
    words = query.casefold().split()
    hits += [
        e for e in every.values() if e not in hits and all(w in f"{e.label} {e.summary}".casefold() for w in words)
    ]
    if not hits:
        raise BadArgument(
            f"Nothing here is called or described as '{shown(query)}'.",
            hint="Call describe_catalog without a query to see everything.",
        )
    return hits[:MOST_FOUND]


def _metric(metric: Metric) -> IndexEntry:
    return IndexEntry(
        kind="metric", name=metric.name, label=metric.label, summary=_short(f"{metric.description} ({metric.unit})")
    )


def _table(table: Table) -> IndexEntry:
    return IndexEntry(kind="table", name=table.name, label=table.label, summary=_short(table.description))


def _template(template: Template) -> IndexEntry:
    params = ", ".join(f"{name} ({kind})" for name, kind in template.params.items())
    return IndexEntry(
        kind="template", name=template.name, summary=_short(f"{template.description} Params: {params or 'none'}")
    )


def _dimension(dimension: Dimension) -> IndexEntry:
    return IndexEntry(
        kind="dimension", name=dimension.name, label=dimension.label, summary=_short(dimension.column.description)
    )


def _whole(entry: IndexEntry, access: Access) -> IndexEntry:
    """The entry with its details: columns of a table, values of a dimension, what a metric is about."""
    if entry.kind == "table":
        table = access.tables[entry.name]
        details = [f"grain: {', '.join(c for c in table.grain if c in access.columns(table))}", f"owner: {table.owner}"]
        if table.partition in access.columns(table):
            details.append(f"filter on: {table.partition}, by which the table is split")
        for name, treatment in access.columns(table).items():
            column = table.column(name)
            told = "" if treatment == "clear" else f" [{treatment}]"
            details += [f"column {name} {column.type}{told}: {column.description}"] if column else []
        details += [f"caveat: {caveat}" for caveat in table.caveats]
        return entry.model_copy(update={"summary": table.description, "details": details})
    if entry.kind == "dimension":
        dimension = access.dimensions[entry.name]
        values = dimension.column.values
        details = [f"column: {dimension.table.name}.{dimension.column.name}"]
        details += [f"values: {', '.join(values)}"] if values else []
        return entry.model_copy(update={"summary": dimension.column.description, "details": details})
    if entry.kind == "metric":
        metric = access.metrics[entry.name]
        details = [f"formula: {metric.formula_text}", f"unit: {metric.unit}", f"owner: {metric.owner}"]
        details += [f"example: {example.question}" for example in metric.examples]
        return entry.model_copy(update={"summary": metric.description, "details": details})
    if entry.kind == "template":
        template = access.templates[entry.name]
        details = [f"param {name}: {kind}" for name, kind in template.params.items()]
        return entry.model_copy(update={"summary": template.description, "details": details})
    return entry.model_copy(update={"details": access.catalog.playbooks[entry.name].body.splitlines()})


def _within_budget(entries: list[IndexEntry]) -> CatalogIndexPage:
    """As many whole entries as fit; at least one."""
    size, kept = 0, list[IndexEntry]()
    for entry in entries:
        size += len(_line(entry)) + 1
        if kept and size > MAX_CHARACTERS:
            break
        kept.append(entry)
    return CatalogIndexPage(entries=kept, left_out=len(entries) - len(kept))


def _line(entry: IndexEntry) -> str:
    label = f" ({entry.label})" if entry.label and entry.label != entry.name else ""
    return "\n  ".join([f"{entry.kind} {entry.name}{label}: {entry.summary}", *entry.details])


def _text(page: CatalogIndexPage) -> str:
    more = f", {page.left_out} more: narrow by query or kind" if page.left_out else ""
    return "\n".join([f"OK {len(page.entries)} entries{more}", *map(_line, page.entries)])


def _short(text: str) -> str:
    clean = clean_text(text)
    return clean if len(clean) <= SUMMARY_CHARACTERS else clean[: SUMMARY_CHARACTERS - 1] + "…"
