"""A metric → the tables, columns and feeds its figure rests on; an answer → everything that can spoil it.

Derived from the same measure definitions that the compiler reads, never typed by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.fragments import fragment_columns, parse_fragment
from catalog.metrics import Metric
from catalog.tables import Table


@dataclass(frozen=True)
class Scope:
    """What an answer rests on. `metrics` holds the metrics asked for and their inputs; `columns` ("table.column") is
    None when unknown (caller SQL); `tables` and `feeds` those of measures and dimensions, `measure_feeds` of measures
    only; `counted` are tables whose records are counted one by one."""

    metrics: frozenset[str]
    tables: frozenset[str]
    columns: frozenset[str] | None
    feeds: frozenset[str]
    measure_feeds: frozenset[str]
    counted: frozenset[str] = frozenset()


def metric_scope(catalog: Catalog, metric: Metric) -> Scope:
    """What one metric rests on, without any dimension."""
    parts = catalog.inputs_of(metric)
    columns: set[str] = set()
    feeds: set[str] = set()
    counted: set[str] = set()
    for part in parts:
        columns |= _through_definitions(catalog, _columns_of(part))
        feeds |= _feeds_of_part(catalog, part)
        counted |= _counted(catalog, part)
    for alias in (i for part in parts for i in part.inputs_by_alias.values() if i.filter):
        datasets = {m.dataset for m in [catalog.metrics[alias.metric].measure] if m}
        columns |= {f"{d}.{c}" for d in datasets for c in fragment_columns(alias.filter)}
    tables = frozenset(name.split(".")[0] for name in columns)
    every = frozenset(feeds)
    return Scope(frozenset(p.name for p in parts), tables, frozenset(columns), every, every, frozenset(counted))


def feeds_of(catalog: Catalog, table: str) -> frozenset[str]:
    """Feeds that load a table; for a defined table without its own list, those of the tables it is defined over."""
    entry = catalog.tables.get(table)
    if entry is None:
        return frozenset()
    if entry.sources or not entry.definition:
        return frozenset(entry.sources)
    return frozenset(feed for name in _tables_in(catalog, entry) for feed in feeds_of(catalog, name))


def answer_scope(
    catalog: Catalog,
    metrics: Iterable[Scope],
    tables: Iterable[str],
    feeds: Iterable[str],
    columns: frozenset[str] | None,
) -> Scope:
    """Scope of a whole answer: its metrics, the tables it read and the feeds the compiler named (when it named none:
    those of the metrics, or of the tables where there is no metric)."""
    behind = list(metrics)
    named = frozenset(feeds)
    of_metrics = frozenset(f for s in behind for f in s.measure_feeds)
    all_tables = frozenset(tables) | frozenset(t for s in behind for t in s.tables)
    of_tables = frozenset(f for t in all_tables if not behind for f in feeds_of(catalog, t))
    known = columns if columns is not None or not behind else frozenset[str]()
    return Scope(
        metrics=frozenset(m for s in behind for m in s.metrics),
        tables=all_tables,
        columns=None if known is None else known | frozenset(c for s in behind for c in s.columns or ()),
        feeds=(named | of_metrics) or of_tables,
        measure_feeds=of_metrics or named or of_tables,
        counted=frozenset(c for s in behind for c in s.counted),
    )


def _feeds_of_part(catalog: Catalog, metric: Metric) -> frozenset[str]:
    """Feeds of a metric's own measure (those it names, else all of its dataset) and of what is joined as of a day."""
    feeds: set[str] = set()
    if metric.measure:
        feeds |= frozenset(metric.sources) or feeds_of(catalog, metric.measure.dataset)
        if metric.measure.as_of:
            feeds |= feeds_of(catalog, metric.measure.as_of.dataset)
    if metric.cohort:
        feeds |= frozenset(metric.sources) or feeds_of(catalog, metric.cohort.dataset)
    if metric.operational == "duplicate_rate" and catalog.sources.duplicates:
        feeds |= feeds_of(catalog, catalog.sources.duplicates.table)
    elif metric.operational:
        feeds |= {source.name for source in catalog.sources.sources}
    return frozenset(feeds)


def _columns_of(metric: Metric) -> frozenset[str]:
    """ "table.column" read by a metric's own measure; a dataset without any column still shows as "table."."""
    found: set[str] = set()
    if measure := metric.measure:
        names = fragment_columns(measure.expr) | fragment_columns(measure.filter)
        if as_of := measure.as_of:
            names -= set(as_of.columns)
            found |= {f"{as_of.dataset}.{c}" for c in (as_of.on, as_of.time, *as_of.columns)}
        times = {metric.time.dimension if metric.time else "", metric.snapshot.time if metric.snapshot else ""}
        found |= {f"{measure.dataset}.{name}" for name in names | times}
    if cohort := metric.cohort:
        names = {cohort.entity, cohort.time} | fragment_columns(cohort.value)
        found |= {f"{cohort.dataset}.{name}" for name in names}
    return frozenset(found)


def _through_definitions(catalog: Catalog, columns: Iterable[str]) -> frozenset[str]:
    """The columns, with those of the tables under every defined table added."""
    found = set(columns)
    for name in {c.split(".")[0] for c in columns}:
        table = catalog.tables.get(name)
        if table is not None and table.definition:
            tree = parse_fragment(table.definition)
            used = {c.name for c in tree.find_all(exp.Column)}
            for under in _tables_in(catalog, table):
                found |= {f"{under}.{c.name}" for c in catalog.tables[under].columns if c.name in used}
    return frozenset(found)


def _tables_in(catalog: Catalog, table: Table) -> frozenset[str]:
    names = {t.name for t in parse_fragment(table.definition or "SELECT 1").find_all(exp.Table)}
    return frozenset(n for n in names if n in catalog.tables and n != table.name)


def _counted(catalog: Catalog, metric: Metric) -> frozenset[str]:
    """Tables whose keys a distinct count counts."""
    measure = metric.measure
    table = catalog.tables.get(measure.dataset) if measure else None
    if measure is None or table is None or measure.agg not in ("count", "count_distinct"):
        return frozenset()
    keys = fragment_columns(measure.expr)
    pointed = {r.to_table for r in table.relationships if r.column in keys}
    return frozenset(pointed | ({table.name} if measure.agg == "count" or keys <= set(table.grain) else set()))
