"""Rules over metric entries."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.fragments import BadFragment, parse_fragment
from catalog.lint.finding import Finding, in_metric, instead_of
from catalog.lint.fragment import faults
from catalog.metrics import Measure, Metric, MetricTest
from catalog.problems import Problem

PERIOD_DAYS = "period_days"
COMPARISONS = (exp.EQ, exp.LTE, exp.GTE)
ARITHMETIC = (exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Add, exp.Sub, exp.Mul)
"""What the two sides of an identity are made of: the test computes them itself."""


def datasets_and_columns_exist(catalog: Catalog) -> Finding:
    """Datasets of measures and cohorts are tables, and fragments read their columns only."""
    for metric in catalog.metrics.values():
        for path, dataset, fragments, extra in _fragments(catalog, metric):
            table = catalog.tables.get(dataset)
            if table is None:
                yield in_metric(metric, f"{path}.dataset", f"no table '{dataset}'{instead_of(dataset, catalog.tables)}")
                continue
            known = {c.name for c in table.columns} | extra
            for key, text in fragments.items():
                for fault in faults(text, known, table.name):
                    yield in_metric(metric, f"{path}.{key}", fault)


def _fragments(catalog: Catalog, metric: Metric) -> Iterator[tuple[str, str, dict[str, str], set[str]]]:
    """(key path, dataset, fragment by key, columns joined as of a day) of each part that reads a table."""
    if measure := metric.measure:
        extra = set(measure.as_of.columns) if measure.as_of else set[str]()
        yield "measure", measure.dataset, _given(expr=measure.expr, filter=measure.filter), extra
        if metric.time and measure.dataset in catalog.tables:
            yield "time", measure.dataset, {"dimension": metric.time.dimension}, set()
        if metric.snapshot and measure.dataset in catalog.tables:
            yield "snapshot", measure.dataset, {"time": metric.snapshot.time}, set()
        if as_of := measure.as_of:
            columns = {f"columns.{i}": name for i, name in enumerate(as_of.columns)}
            yield "measure.as_of", as_of.dataset, {"on": as_of.on, "time": as_of.time, **columns}, set()
    if cohort := metric.cohort:
        named = {"entity": cohort.entity, "time": cohort.time, "value": cohort.value}
        yield "cohort", cohort.dataset, named, set()
    if top := metric.concentration:
        base = catalog.metrics[top.metric].measure
        if base and base.dataset in catalog.tables:
            yield "concentration", base.dataset, {"entity": top.entity}, set()


def _given(**fragments: str | None) -> dict[str, str]:
    return {key: text for key, text in fragments.items() if text}


def _columns(catalog: Catalog, measure: Measure) -> set[str]:
    table = catalog.tables.get(measure.dataset)
    own = {c.name for c in table.columns} if table else set[str]()
    return own | (set(measure.as_of.columns) if measure.as_of else set[str]())


def inputs_do_not_go_round(catalog: Catalog) -> Finding:
    """No metric is built on itself, directly or through others."""
    for metric in catalog.metrics.values():
        stack, seen = [i.metric for i in metric.inputs_by_alias.values()], set[str]()
        while stack:
            name = stack.pop()
            if name == metric.name:
                yield in_metric(metric, "inputs", "is built on itself; break the circle")
                break
            if name not in seen:
                seen.add(name)
                stack += [i.metric for i in catalog.metrics[name].inputs_by_alias.values()]


def inputs_are_narrowed_by_columns_that_exist(catalog: Catalog) -> Finding:
    """The filter of an input reads the columns of that input's own dataset; only a measure can be narrowed."""
    for metric in catalog.metrics.values():
        for alias, part in metric.inputs_by_alias.items():
            path = alias if metric.type == "ratio" else f"inputs.{alias}"
            base = catalog.metrics[part.metric]
            if part.filter and base.measure is None:
                yield in_metric(metric, f"{path}.filter", f"{base.name} has no measure of its own to narrow")
            elif part.filter and base.measure and base.measure.dataset in catalog.tables:
                for fault in faults(part.filter, _columns(catalog, base.measure), base.measure.dataset):
                    yield in_metric(metric, f"{path}.filter", fault)
            if part.at == "opening" and base.snapshot is None:
                yield in_metric(metric, f"{path}.at", f"{base.name} is no snapshot, so it has no opening value")


def formulas_name_their_inputs(catalog: Catalog) -> Finding:
    """A derived formula is arithmetic over the keys of its inputs and `period_days`."""
    for metric in catalog.metrics.values():
        if metric.expr is None:
            continue
        try:
            tree = parse_fragment(metric.expr)
        except BadFragment as error:
            yield in_metric(metric, "expr", str(error))
            continue
        named = {c.name for c in tree.find_all(exp.Column)}
        for missing in sorted(named - set(metric.inputs) - {PERIOD_DAYS}):
            yield in_metric(metric, "expr", f"'{missing}' is not among its inputs{instead_of(missing, metric.inputs)}")
        for unused in sorted(set(metric.inputs) - named):
            yield in_metric(metric, f"inputs.{unused}", "is not used by expr")


def dimensions_exist(catalog: Catalog) -> Finding:
    """Allowed, forbidden and distribution dimensions are dimensions (or tables, as `table.*`)."""
    known = {*catalog.dimensions, *(f"{name}.*" for name in catalog.tables)}
    for metric in catalog.metrics.values():
        for path, names in (
            ("dimensions.allowed", metric.dimensions.allowed),
            ("dimensions.forbidden", tuple(metric.dimensions.forbidden)),
            ("distribution", (metric.distribution,) if metric.distribution else ()),
        ):
            for name in names:
                if name not in known:
                    yield in_metric(metric, path, f"no dimension '{name}'{instead_of(name, known)}")


def as_of_rows_are_unique(catalog: Catalog) -> Finding:
    """An as-of table has one row an entity and day, so that it never multiplies rows."""
    for metric in catalog.metrics.values():
        as_of = metric.measure.as_of if metric.measure else None
        table = catalog.tables.get(as_of.dataset) if as_of else None
        if as_of and table and set(table.grain) != {as_of.on, as_of.time}:
            yield in_metric(metric, "measure.as_of", f"the grain of {table.name} is {', '.join(table.grain)}")
        if as_of and not metric.snapshot:
            yield in_metric(metric, "measure.as_of", "works on snapshot metrics only; add snapshot")


def related_entries_exist(catalog: Catalog) -> Finding:
    """Related metrics, drivers and feeds of a metric exist."""
    feeds = [s.name for s in catalog.sources.sources]
    for metric in catalog.metrics.values():
        for path, names in (("not_to_be_confused_with", metric.not_to_be_confused_with), ("drivers", metric.drivers)):
            for name in names:
                if name not in catalog.metrics:
                    yield in_metric(metric, path, f"no metric '{name}'{instead_of(name, catalog.metrics)}")
        for name in metric.sources:
            if name not in feeds:
                yield in_metric(metric, "sources", f"no feed '{name}'{instead_of(name, feeds)}")


def tests_can_run(catalog: Catalog) -> Finding:
    """Each test that an entry carries has what its kind needs: one that checks nothing would pass for ever."""
    for metric in catalog.metrics.values():
        for index, test in enumerate(metric.tests):
            for text in _test_faults(catalog, metric, test):
                yield in_metric(metric, f"tests.{index}", text)


def _test_faults(catalog: Catalog, metric: Metric, test: MetricTest) -> Iterator[str]:
    if test.kind == "bound" and test.min is None and test.max is None:
        yield "bound needs min or max"
    if test.kind == "additive_over" and not test.dims:
        yield "additive_over needs dims"
    if test.kind == "fixture" and (test.value is None or test.period is None):
        yield "fixture needs period and value"
    for name in (*test.dims, *test.where):
        if name not in catalog.dimensions:
            yield f"no dimension '{name}'{instead_of(name, catalog.dimensions)}"
    if test.kind == "identity":
        yield from _identity_faults(catalog, test)
    if test.kind == "ties_to_source":
        source = catalog.sources.get(test.source or "")
        if source is None:
            feeds = [s.name for s in catalog.sources.sources]
            yield f"no feed '{test.source}'{instead_of(test.source or '', feeds)}"
        elif metric.name not in {total.metric for total in source.totals}:
            yield f"feed '{source.name}' reports no total for {metric.name}; add it to its totals"


def _identity_faults(catalog: Catalog, test: MetricTest) -> Iterator[str]:
    try:
        tree = parse_fragment(test.expr or "")
    except BadFragment:
        yield "identity needs expr, for example 'arr = 12 * mrr'"
        return
    for part in tree.flatten() if isinstance(tree, exp.And) else (tree,):
        if not isinstance(part, COMPARISONS):
            yield f"'{part.sql()}' compares nothing; use =, <= or >=, joined by AND"
        for side in (part.args.get("this"), part.args.get("expression")) if isinstance(part, COMPARISONS) else ():
            for node in side.walk() if isinstance(side, exp.Expr) else ():
                if not isinstance(node, ARITHMETIC):
                    yield f"'{part.sql()}' may not use {type(node).__name__}; write metrics, numbers, +, - and *"
    for name in sorted({c.name for c in tree.find_all(exp.Column)} - set(catalog.metrics)):
        yield f"no metric '{name}'{instead_of(name, catalog.metrics)}"


def certified_rests_on_certified(catalog: Catalog) -> Finding:
    """A certified metric is built on certified metrics (a warning)."""
    for metric in catalog.metrics.values():
        for part in metric.inputs_by_alias.values() if metric.status == "certified" else ():
            base = catalog.metrics[part.metric]
            if base.status != "certified":
                text = f"is certified but built on {base.name}, which is {base.status}"
                yield Problem(f"metrics/{metric.name}", "status", 0, text, "warning")
