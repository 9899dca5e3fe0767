"""Takes metrics apart into components (one aggregate over one dataset each) and the formulas that join them again.

A component is computed at its own grain; a formula is a tree over component columns `__c0`, `__c1`, ... The same
formula serves the prior period over `__p0`, `__p1`, ...
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.fragments import parse_fragment
from catalog.metrics import Input, Measure, Metric
from catalog.refusals import BadArgument, UnknownMetric
from catalog.search import CatalogIndex
from warehouse.compiler.dialect import wrapped

Kind = Literal["event", "snapshot", "cumulative", "cohort", "concentration"]
ADDITIVE = frozenset({"sum", "count"})
PERIOD_DAYS = "period_days"
DAYS_COLUMN = "__days"


@dataclass(frozen=True)
class Component:
    """One aggregate. `metric` is the entry that defines it; `filters` narrow its rows; `at` picks the snapshot."""

    kind: Kind
    metric: Metric
    filters: tuple[str, ...] = ()
    at: Literal["closing", "opening"] = "closing"

    @property
    def measure(self) -> Measure:
        """The measure; a cohort has none and must not be asked."""
        if self.metric.measure is None:
            raise AssertionError(f"{self.metric.name} has no measure")
        return self.metric.measure

    @property
    def dataset(self) -> str:
        """The table it is computed over."""
        return self.metric.cohort.dataset if self.metric.cohort else self.measure.dataset

    @property
    def zero_when_missing(self) -> bool:
        """True when a period or group without rows counts as 0."""
        return self.metric.missing == "zero" and self.kind in ("event", "cumulative", "snapshot")


@dataclass
class Parts:
    """All components of a request, each once, and the formula of each requested metric."""

    catalog: Catalog
    components: list[Component] = field(default_factory=list[Component])
    formulas: dict[str, exp.Expr] = field(default_factory=dict[str, exp.Expr])

    def add(self, metric: Metric) -> None:
        """Take a requested metric apart."""
        self.formulas[metric.name] = self._formula(metric, Input(metric=metric.name))

    def _column(self, component: Component) -> exp.Expr:
        if component not in self.components:
            self.components.append(component)
        return exp.column(f"__c{self.components.index(component)}")

    def _formula(self, metric: Metric, given: Input) -> exp.Expr:
        own = (given.filter,) if given.filter else ()
        at = given.at or "closing"
        if metric.type in ("simple", "distribution"):
            measure = metric.measure
            filters = (*((measure.filter,) if measure and measure.filter else ()), *own)
            kind: Kind = "snapshot" if metric.snapshot else "event"
            opening = at == "opening" or (metric.snapshot is not None and metric.snapshot.pick == "opening")
            return self._column(Component(kind, metric, filters, "opening" if opening else "closing"))
        if metric.type == "cumulative" and metric.measure:
            filters = (*((metric.measure.filter,) if metric.measure.filter else ()), *own)
            return self._column(Component("cumulative", metric, filters))
        if metric.type == "cohort":
            return self._column(Component("cohort", metric))
        if metric.type == "concentration" and metric.concentration:
            base = self.catalog.metrics[metric.concentration.metric]
            if base.type != "simple" or base.measure is None:
                raise BadArgument(f"The concentration '{metric.name}' must rest on a simple metric.")
            filters = (base.measure.filter,) if base.measure.filter else ()
            joined = base.model_copy(update={"name": metric.name, "concentration": metric.concentration})
            return self._column(Component("concentration", joined, filters))
        if own:
            raise BadArgument(f"'{metric.name}' is built on other metrics and cannot be filtered as an input.")
        if metric.type == "ratio" and metric.numerator and metric.denominator:
            return divided(self._input(metric.numerator), self._input(metric.denominator))
        return self._derived(metric)

    def _input(self, given: Input) -> exp.Expr:
        return self._formula(self.catalog.metrics[given.metric], given)

    def _derived(self, metric: Metric) -> exp.Expr:
        tree = parse_fragment(metric.expr or "NULL")
        holder = exp.paren(tree)
        for node in reversed(list(holder.find_all(exp.Div))):
            node.replace(divided(node.left.copy(), node.right.copy()))
        for node in list(holder.find_all(exp.Column)):
            if node.name == PERIOD_DAYS:
                node.replace(exp.column(DAYS_COLUMN))
            elif node.name in metric.inputs:
                node.replace(wrapped(self._input(metric.inputs[node.name])))
        return holder


def divided(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """One kind of division everywhere: in floating point, NULL where the denominator is 0."""
    safe = exp.func("NULLIF", exp.cast(denominator, "DOUBLE"), exp.Literal.number(0))
    return exp.Div(this=exp.cast(numerator, "DOUBLE"), expression=safe)


def check_visible(access: Access, names: tuple[str, ...]) -> list[Metric]:
    """The metrics of those names that the caller may see; raises UnknownMetric for the first that is not there."""
    found: list[Metric] = []
    for name in names:
        metric = access.metrics.get(name)
        if metric is None:
            close = [f.name for f in CatalogIndex(access).candidates(name, "metric", 3)]
            raise UnknownMetric(
                f"No metric called '{name[:80]}' is available to you.",
                exists=close,
                hint="describe_catalog lists all metrics.",
            )
        if metric not in found:
            found.append(metric)
    return found
