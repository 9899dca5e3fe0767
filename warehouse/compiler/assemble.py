"""Drills the leaves across: UNION ALL, one GROUP BY, a time spine, and the formulas on top.

UNION ALL with GROUP BY keeps NULL members as a group of their own, needs no join of facts, and reads the same in both
dialects.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from catalog.metrics import Metric
from catalog.refusals import BadArgument
from catalog.request import MetricRequest
from catalog.search import nearest
from catalog.tables import ColumnType
from warehouse.compiled import OutputColumn
from warehouse.compiler.components import DAYS_COLUMN, Component, Parts
from warehouse.compiler.dialect import date_literal, inline_table, wrapped
from warehouse.compiler.kept import keep
from warehouse.compiler.leaves import LABEL, Question
from warehouse.compiler.plan import Pass
from warehouse.compiler.windows import Windows

DRILLED = "__all"


def assemble(
    request: MetricRequest,
    metrics: Sequence[Metric],
    parts: Parts,
    question: Question,
    windows: Windows,
    passes: Sequence[Pass],
) -> tuple[exp.Select, tuple[OutputColumn, ...]]:
    """The whole SELECT and its output columns."""
    drilled = _drilled_across(question, windows, passes, metrics)
    names: list[tuple[exp.Expr, OutputColumn]] = []
    if windows.grain:
        time = OutputColumn(windows.grain, "date", "", "time")
        names.append((exp.column(LABEL, table=DRILLED), time))
    for index, dimension in enumerate(question.dimensions):
        column = OutputColumn(dimension.name, dimension.column.type, dimension.column.unit, "dimension")
        names.append((exp.column(f"__d{index}", table=DRILLED), column))
    for metric in metrics:
        names += _metric_columns(metric, parts, windows, passes)
    chosen = [exp.alias_(tree, column.name, quoted=True) for tree, column in names]
    inner = exp.select(*chosen).from_(drilled.subquery(DRILLED))
    columns = tuple(column for _, column in names)
    select = inner
    if all(metric.missing == "omit" for metric in metrics):
        select = exp.select(*[exp.column(c.name, quoted=True) for c in columns]).from_(inner.subquery("__result"))
        present = [exp.column(m.name, quoted=True).is_(exp.null()).not_() for m in metrics]
        select = select.where(exp.or_(*present))
    if request.having:
        select = keep(select, request.having, columns)
    if order := _order(request, columns):
        select = select.order_by(*order)
    return (select.limit(request.limit) if request.limit else select), columns


def _drilled_across(
    question: Question, windows: Windows, passes: Sequence[Pass], metrics: Sequence[Metric]
) -> exp.Select:
    keys = [LABEL, *question.dimension_columns]
    values = [name for each in passes for _, names in each.leaves for name in names]
    ctes: list[tuple[str, exp.Select]] = []
    arms: list[exp.Query] = []
    for each in passes:
        for leaf, names in each.leaves:
            alias = f"__leaf{len(ctes)}"
            ctes.append((alias, leaf))
            arms.append(_arm(alias, keys, values, set(names)))
    spine = _spine(question, windows, [alias for alias, _ in ctes], metrics)
    if spine is None and len(ctes) == 1:
        return ctes[0][1]
    if spine is not None:
        arms.append(_arm(None, keys, values, set()).from_(spine))
    if not arms:
        arms.append(_empty(question, keys, values))
    union: exp.Query = arms[0]
    for arm in arms[1:]:
        union = exp.union(union, arm, distinct=False, copy=False)
    summed = [exp.alias_(exp.Max(this=exp.column(value)), value) for value in values]
    select = exp.select(*[exp.column(key) for key in keys], *summed).from_(union.subquery("__u"))
    select = select.group_by(*[exp.Literal.number(i + 1) for i in range(len(keys))])
    for alias, leaf in ctes:
        select = select.with_(alias, as_=leaf, copy=False)
    return select


def _arm(alias: str | None, keys: Sequence[str], values: Sequence[str], own: set[str]) -> exp.Select:
    cells = [exp.column(v) if v in own else exp.alias_(exp.null(), v) for v in values]
    select = exp.select(*[exp.column(key) for key in keys], *cells)
    return select.from_(alias) if alias else select


def _spine(question: Question, windows: Windows, leaves: Sequence[str], metrics: Sequence[Metric]) -> exp.Expr | None:
    """Every window, for every observed group; None where gaps are left out or there is nothing to fill."""
    if all(metric.missing == "omit" for metric in metrics):
        return None
    if question.dimensions and (windows.grain is None or not leaves):
        return None
    labels = inline_table("__s", (LABEL,), [(w.label,) for w in windows.current])
    if not question.dimensions:
        return labels
    groups: exp.Query | None = None
    for alias in leaves:
        arm = exp.select(*[exp.column(d) for d in question.dimension_columns]).from_(alias)
        groups = arm if groups is None else exp.union(groups, arm, distinct=True, copy=False)
    if groups is None:
        return None
    members = groups if len(leaves) > 1 else exp.select("*").distinct().from_(groups.subquery("__o"))
    cells = [exp.column(LABEL, table="__s"), *[exp.column(d, table="__g") for d in question.dimension_columns]]
    return exp.select(*cells).from_(labels).join(members.subquery("__g"), join_type="cross").subquery("__grid")


def _empty(question: Question, keys: Sequence[str], values: Sequence[str]) -> exp.Select:
    """No rows, with the right columns: groups are asked for and no window has data."""
    types = ["DATE", *["VARCHAR" for _ in question.dimensions]]
    cells = [exp.alias_(exp.cast(exp.null(), t), k) for k, t in zip(keys, types, strict=True)]
    return exp.select(*cells, *[exp.alias_(exp.null(), v) for v in values]).where(exp.false())


def _metric_columns(
    metric: Metric, parts: Parts, windows: Windows, passes: Sequence[Pass]
) -> list[tuple[exp.Expr, OutputColumn]]:
    formula = parts.formulas[metric.name]
    kind = _output_type(metric, parts)
    unit = metric.unit
    value = _filled(formula, parts.components, passes[0])
    found = [(value, OutputColumn(metric.name, kind, unit, "value", metric.name))]
    if len(passes) > 1:
        prior = _filled(formula, parts.components, passes[1])
        change = exp.Sub(this=wrapped(value.copy()), expression=wrapped(prior.copy()))
        base = exp.func("NULLIF", exp.cast(exp.Abs(this=prior.copy()), "DOUBLE"), exp.Literal.number(0))
        share = exp.Div(this=exp.cast(change.copy(), "DOUBLE"), expression=base)
        found += [
            (prior, OutputColumn(f"{metric.name}__prior", kind, unit, "prior", metric.name)),
            (change, OutputColumn(f"{metric.name}__change", kind, unit, "change", metric.name)),
            (share, OutputColumn(f"{metric.name}__change_pct", "float", "ratio", "change_pct", metric.name)),
        ]
    return found


def _output_type(metric: Metric, parts: Parts) -> ColumnType:
    formula = parts.formulas[metric.name]
    if formula.find(exp.Div):
        return "float"
    kinds = {
        _component_type(parts.components[int(c.name[3:])])
        for c in formula.find_all(exp.Column)
        if c.name != DAYS_COLUMN
    }
    for kind in ("float", "decimal"):
        if kind in kinds:
            return kind
    return "integer"


def _component_type(component: Component) -> ColumnType:
    if component.kind in ("cohort", "concentration"):
        return "float"
    measure = component.measure
    if measure.agg in ("count", "count_distinct"):
        return "integer"
    snapshot = component.metric.snapshot
    if measure.agg in ("avg", "median", "p95") or (snapshot and snapshot.pick == "average"):
        return "float"
    return "decimal" if component.metric.format in ("currency", "decimal", "percent") else "integer"


def _filled(formula: exp.Expr, components: Sequence[Component], planned: Pass) -> exp.Expr:
    """The formula over one pass's columns: no rows count as 0 where the entry says so, and only inside the data."""
    tree = exp.paren(formula.copy())
    for column in list(tree.find_all(exp.Column)):
        if column.name == DAYS_COLUMN:
            column.replace(_days(planned))
            continue
        index = int(column.name[3:])
        column.replace(_component_value(components[index], index, planned))
    return tree.unnest()


def _component_value(component: Component, index: int, planned: Pass) -> exp.Expr:
    name = planned.name(index)
    if not any(name in names for _, names in planned.leaves):
        return exp.null()
    value: exp.Expr = exp.column(name, table=DRILLED)
    if component.zero_when_missing:
        value = exp.func("COALESCE", value, exp.Literal.number(0))
    outside = [w.label for w in planned.windows if w.label not in planned.covered[index]]
    if not outside:
        return value
    unknown = exp.In(this=exp.column(LABEL, table=DRILLED), expressions=[date_literal(day) for day in outside])
    return exp.case().when(unknown, exp.null()).else_(value)


def _days(planned: Pass) -> exp.Expr:
    """Days of the window, by its label."""
    if len(planned.windows) == 1:
        return exp.Literal.number(planned.windows[0].days)
    case = exp.case()
    for window in planned.windows:
        same = exp.EQ(this=exp.column(LABEL, table=DRILLED), expression=date_literal(window.label))
        case = case.when(same, exp.Literal.number(window.days))
    return case


def _order(request: MetricRequest, columns: Sequence[OutputColumn]) -> list[exp.Ordered]:
    known = [c.name for c in columns]
    given: list[exp.Ordered] = []
    for order in request.order_by:
        if order.by not in known:
            close = nearest(order.by, known)
            raise BadArgument(f"Cannot order by '{order.by[:80]}'.", exists=close or known)
        descending = order.direction == "desc"
        given.append(exp.Ordered(this=exp.column(order.by, quoted=True), desc=descending, nulls_first=False))
    ordered = {o.by for o in request.order_by}
    rest = [c for c in columns if c.role in ("time", "dimension") and c.name not in ordered]
    return given + [exp.Ordered(this=exp.column(c.name, quoted=True), desc=False, nulls_first=False) for c in rest]
