"""A metric → how its change can be split exactly: as a sum over groups, as a quotient of two sums, or not at all.

A quotient needs its two sides as metrics of their own. They are made for the call: entries of a catalog that holds them
beside the real ones, under the caller's own policies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.fragments import parse_fragment
from catalog.metrics import Input, Measure, Metric

ADDING = frozenset({"sum", "count", "count_distinct"})
"""Aggregates whose groups add up (distinct counts up to records that are in several groups)."""
DAYS = "period_days"
"""The one name in a derived expression that is no input."""


@dataclass(frozen=True)
class Shape:
    """`additive`: `metrics` is the metric itself. `quotient`: `metrics` are numerator and denominator. `other`: the
    metric itself, whose groups can only be set side by side. `access` knows all of `metrics`."""

    kind: Literal["additive", "quotient", "other"]
    metrics: tuple[str, ...]
    access: Access


def shape_of(metric: Metric, access: Access) -> Shape:
    """The shape of a metric that the caller may see."""
    catalog = access.catalog
    if _is_additive(catalog, metric):
        return Shape("additive", (metric.name,), access)
    sides = _sides(catalog, metric)
    if sides is None or not all(_is_additive(catalog, side) for side in sides):
        return Shape("other", (metric.name,), access)
    return Shape("quotient", tuple(side.name for side in sides), _with_metrics(access, sides))


def _is_additive(catalog: Catalog, metric: Metric) -> bool:
    if metric.snapshot and metric.snapshot.pick == "average":
        return metric.measure is not None and metric.measure.agg == "sum"
    if metric.type in ("simple", "cumulative"):
        return metric.measure is not None and metric.measure.agg in ADDING
    if metric.type == "derived" and metric.expr:
        linear = _is_linear(parse_fragment(metric.expr))
        return linear and all(_is_additive(catalog, catalog.metrics[i.metric]) for i in metric.inputs.values())
    return False


def _sides(catalog: Catalog, metric: Metric) -> tuple[Metric, Metric] | None:
    """Numerator and denominator of a ratio, of an average, or of a derived metric that divides."""
    if metric.type == "ratio" and metric.numerator and metric.denominator:
        return (
            _derived(metric, "numerator", "part", {"part": metric.numerator}),
            _derived(metric, "denominator", "part", {"part": metric.denominator}),
        )
    if metric.type == "derived" and metric.expr:
        tree = _bare(parse_fragment(metric.expr))
        if isinstance(tree, exp.Div):
            over, under = (_derived(metric, n, t.sql(dialect="duckdb"), _used(metric, t)) for n, t in _parts(tree))
            return over, under
    if metric.type == "simple" and metric.measure and metric.measure.agg == "avg" and metric.measure.expr:
        return _average(metric, metric.measure, metric.measure.expr)
    return None


def _parts(tree: exp.Div) -> tuple[tuple[str, exp.Expr], tuple[str, exp.Expr]]:
    return ("numerator", tree.this), ("denominator", tree.expression)


def _average(metric: Metric, measure: Measure, expr: str) -> tuple[Metric, Metric]:
    """An average is the sum over the rows that have a value, over their count."""
    present = f"({expr}) IS NOT NULL"
    kept = f"({measure.filter}) AND {present}" if measure.filter else present
    rows = measure.model_copy(update={"agg": "count", "expr": None, "filter": kept})
    return (
        metric.model_copy(
            update={"name": _name(metric, "numerator"), "measure": measure.model_copy(update={"agg": "sum"})}
        ),
        metric.model_copy(update={"name": _name(metric, "denominator"), "measure": rows}),
    )


def _derived(metric: Metric, side: str, expr: str, inputs: dict[str, Input]) -> Metric:
    nothing = dict.fromkeys(
        ("measure", "snapshot", "numerator", "denominator", "cumulative", "cohort", "concentration")
    )
    update = {"name": _name(metric, side), "type": "derived", "expr": expr, "inputs": inputs, **nothing}
    return metric.model_copy(update=update)


def _name(metric: Metric, side: str) -> str:
    """No catalog entry ends like this: names of one company that do are an improbable nuisance, not a leak."""
    return f"{metric.name[:44]}_{side}_side"


def _used(metric: Metric, tree: exp.Expr) -> dict[str, Input]:
    names = {column.name for column in tree.find_all(exp.Column)}
    return {alias: given for alias, given in metric.inputs.items() if alias in names}


def _bare(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


def _is_linear(tree: exp.Expr) -> bool:
    """Is it a sum of inputs times constants, so that groups of the result add up as groups of the inputs do?"""
    tree = _bare(tree)
    if isinstance(tree, exp.Column):
        return tree.name != DAYS
    if isinstance(tree, exp.Neg):
        return _is_linear(tree.this)
    if isinstance(tree, exp.Add | exp.Sub):
        return _is_linear(tree.this) and _is_linear(tree.expression)
    if isinstance(tree, exp.Mul):
        left, right = tree.this, tree.expression
        return (_is_constant(left) and _is_linear(right)) or (_is_linear(left) and _is_constant(right))
    return isinstance(tree, exp.Div) and _is_linear(tree.this) and _is_constant(tree.expression)


def _is_constant(tree: exp.Expr) -> bool:
    """The same for every group of one period."""
    return all(column.name == DAYS for column in tree.find_all(exp.Column))


def _with_metrics(access: Access, added: tuple[Metric, ...]) -> Access:
    """The caller's access to a catalog that holds these metrics too: same policies, same rows, same columns."""
    catalog = replace(access.catalog, metrics={**access.catalog.metrics, **{m.name: m for m in added}})
    if "*" not in access.role.metrics:
        role = access.role.model_copy(update={"metrics": (*access.role.metrics, *(m.name for m in added))})
        roles = tuple(role if r.name == role.name else r for r in catalog.policies.roles)
        catalog = replace(catalog, policies=catalog.policies.model_copy(update={"roles": roles}))
    return Access(catalog, access.principal)
