"""Writes the catalog as Markdown for a reader without access to it: what a Claude Project takes as its knowledge.

The same catalog gives the same bytes. Users and their attributes are never written.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from catalog.catalog import Catalog
from catalog.fragments import fragment_columns
from catalog.metrics import Measure, Metric
from catalog.tables import Table

Entry = TypeVar("Entry", Metric, Table)


def export_knowledge(catalog: Catalog, directory: Path) -> list[Path]:
    """Write the bundle into `directory` (made if missing); returns the files written. Raises OSError."""
    pages = {
        "metrics.md": "\n\n".join(metric_page(catalog, m) for m in _sorted(catalog.metrics.values())) + "\n",
        "data-dictionary.md": "\n\n".join(table_page(t) for t in _sorted(catalog.tables.values())) + "\n",
        "sources.md": _sources(catalog),
        "caveats.md": _caveats(catalog),
        "roles.md": _roles(catalog),
        **{f"playbooks/{p.name}.md": f"# {p.title}\n\n{p.body}" for p in catalog.playbooks.values()},
    }
    pages["README.md"] = _index(catalog, sorted(pages))
    written: list[Path] = []
    for name, text in sorted(pages.items()):
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        written.append(file)
    return written


def _sorted(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.name)


def metric_page(catalog: Catalog, metric: Metric) -> str:
    """One metric as Markdown: meaning, formula, lineage, ownership, caveats."""
    lines = [
        f"## {metric.label} (`{metric.name}`)",
        "",
        metric.description,
        "",
        f"**Formula.** {metric.formula_text}",
        "",
    ]
    facts = [
        ("Type", metric.type),
        ("Unit", metric.unit),
        ("Good direction", metric.direction.replace("_", " ")),
        ("Also called", ", ".join(metric.synonyms)),
        ("Not to be confused with", ", ".join(metric.not_to_be_confused_with)),
        ("Built on", ", ".join(sorted({i.metric for i in metric.inputs_by_alias.values()}))),
        ("Measured", measured(metric.measure) if metric.measure else ""),
        ("Columns read", ", ".join(lineage(catalog, metric))),
        ("Feeds", ", ".join(feeds(catalog, metric))),
        ("Dimensions", ", ".join(metric.dimensions.allowed)),
        ("Not by", "; ".join(f"{name}: {why}" for name, why in sorted(metric.dimensions.forbidden.items()))),
        ("System of record", metric.system_of_record or ""),
        ("Owner", metric.owner),
        ("Approved", f"{metric.approved_by} on {metric.approved_on}" if metric.approved_by else ""),
        ("Why", metric.rationale or ""),
        ("For example", "; ".join(example.question for example in metric.examples)),
        ("Status", f"{metric.status}, version {metric.version}, last updated {metric.last_updated}"),
    ]
    lines += [f"- {name}: {value}" for name, value in facts if value]
    if metric.caveats:
        lines += ["", "Caveats:", *[f"- {c.text}" for c in metric.caveats]]
    if metric.changelog:
        lines += ["", "Changes:", *[f"- v{c.version}, {c.on}, {c.by}: {c.text}" for c in metric.changelog]]
    return "\n".join(lines)


def measured(measure: Measure) -> str:
    """ "sum of amount in fact_order, where status = 'paid'"."""
    kept = f", where {measure.filter}" if measure.filter else ""
    return f"{measure.agg.replace('_', ' ')} of {measure.expr or 'rows'} in {measure.dataset}{kept}"


def feeds(catalog: Catalog, metric: Metric) -> list[str]:
    """ "feed (system)" of each feed under the metric: those that it or its inputs name, else those of the tables."""
    found: set[str] = set()
    for part in catalog.inputs_of(metric):
        as_of = part.measure.as_of if part.measure else None
        joined = catalog.tables[as_of.dataset].sources if as_of else ()
        read = part.measure or part.cohort
        found |= {*(part.sources or (catalog.tables[read.dataset].sources if read else ())), *joined}
    return [f"{s.name} ({s.system})" for s in catalog.sources.sources if s.name in found]


def lineage(catalog: Catalog, metric: Metric) -> list[str]:
    """ "table.column" of every column that the metric and its inputs read, from their fragments."""
    found: set[str] = set()
    for part in catalog.inputs_of(metric):
        if measure := part.measure:
            found |= _columns_of(measure, measure.expr) | _columns_of(measure, measure.filter)
            if part.time:
                found.add(f"{measure.dataset}.{part.time.dimension}")
        if (top := part.concentration) and (base := catalog.metrics[top.metric].measure):
            found.add(f"{base.dataset}.{top.entity}")
        for narrowed in part.inputs_by_alias.values():
            if base := catalog.metrics[narrowed.metric].measure:
                found |= _columns_of(base, narrowed.filter)
        if cohort := part.cohort:
            names = {cohort.entity, cohort.time} | fragment_columns(cohort.value)
            found |= {f"{cohort.dataset}.{name}" for name in names}
    return sorted(found)


def _columns_of(measure: Measure, fragment: str | None) -> set[str]:
    """ "table.column" of each column of a fragment over a measure's rows and what is joined to them as of a day."""
    foreign = set(measure.as_of.columns) if measure.as_of else set[str]()
    joined = measure.as_of.dataset if measure.as_of else ""
    return {f"{joined if name in foreign else measure.dataset}.{name}" for name in fragment_columns(fragment)}


def table_page(table: Table) -> str:
    """One table as Markdown: grain, owner, feeds, every column."""
    lines = [f"## {table.label or table.name} (`{table.schema_name}.{table.name}`)", "", table.description, ""]
    lines += [f"- Grain: {', '.join(table.grain)}", f"- Owner: {table.owner}"]
    lines += [f"- Feeds: {', '.join(table.sources)}"] if table.sources else []
    lines += [f"- Split by `{table.partition}`: filter on it"] if table.partition else []
    lines += [f"- `{r.column}` points at `{r.to}`" for r in table.relationships]
    lines += ["", "| column | type | meaning | personal data |", "|---|---|---|---|"]
    lines += [f"| {c.name} | {c.type} | {c.description} | {c.pii or ''} |" for c in table.columns]
    if table.caveats:
        lines += ["", *[f"- {text}" for text in table.caveats]]
    return "\n".join(lines)


def _index(catalog: Catalog, pages: list[str]) -> str:
    certified = sum(m.status == "certified" for m in catalog.metrics.values())
    lines = [
        f"# What {catalog.company.name} measures",
        "",
        f"{len(catalog.metrics)} metrics ({certified} certified), {len(catalog.tables)} tables, "
        f"{len(catalog.sources.sources)} feeds. Figures come from the Assay tools, never from these pages.",
        "",
        "| metric | meaning |",
        "|---|---|",
    ]
    lines += [f"| {m.label} (`{m.name}`) | {m.description} |" for m in _sorted(catalog.metrics.values())]
    titles = {f"playbooks/{p.name}.md": p.title for p in catalog.playbooks.values()}
    named = (titles.get(page) or page.removesuffix(".md").replace("-", " ").capitalize() for page in pages)
    lines += ["", "Pages:", "", *[f"- [{title}]({page})" for title, page in zip(named, pages, strict=True)]]
    return "\n".join(lines) + "\n"


def _sources(catalog: Catalog) -> str:
    lines = [
        "# Feeds",
        "",
        "| feed | system | amber after | red after | owner | ties out |",
        "|---|---|---|---|---|---|",
    ]
    for s in catalog.sources.sources:
        totals = ", ".join(f"{t.metric} within {t.tolerance_pct:g} %" for t in s.totals)
        lines.append(
            f"| {s.label or s.name} (`{s.name}`) | {s.system} | {s.warn_hours:g} h | {s.error_hours:g} h | {s.owner} | {totals} |"
        )
    return "\n".join(lines) + "\n"


def _caveats(catalog: Catalog) -> str:
    lines = ["# Caveats", ""]
    for metric in _sorted(catalog.metrics.values()):
        for caveat in metric.caveats:
            held = (
                f" ({caveat.from_date or ''} to {caveat.to_date or ''})" if caveat.from_date or caveat.to_date else ""
            )
            lines.append(f"- {metric.label}: {caveat.text}{held}")
    for table in _sorted(catalog.tables.values()):
        lines += [f"- {table.label or table.name}: {text}" for text in table.caveats]
    return "\n".join(lines) + "\n"


def _roles(catalog: Catalog) -> str:
    lines = ["# Roles", "", "| role | sees |", "|---|---|"]
    lines += [f"| {role.name} | {role.description} |" for role in catalog.policies.roles]
    return "\n".join(lines) + "\n"
