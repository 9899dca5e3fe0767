"""Runs the tests that metric entries carry, on the engine, as the company itself (all rows).

Every metric is also compiled once; one that does not compile or run fails its `compiles` test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlglot import exp

from catalog.access import Access, company_access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.fragments import parse_fragment
from catalog.metrics import Grain, Metric, MetricTest
from catalog.refusals import Refusal
from catalog.request import Condition, MetricRequest
from tools.reconciliation import Reconciler
from tools.reconciliation.report import Variance
from tools.usage.answering import is_about_use
from warehouse.compiler import compile_request
from warehouse.deadline import Deadline
from warehouse.port import Warehouse

SECONDS = 60.0
CLOSE = 1e-6
"""Relative difference that rounding may leave."""
ADDITIVE_PERIODS: Grain = "month"


@dataclass(frozen=True)
class TestResult:
    """Outcome of one test of one entry; `detail` says what was seen."""

    __test__ = False

    metric: str
    kind: str
    ok: bool
    detail: str


class _Bench:
    """Asks the warehouse as the company."""

    def __init__(self, catalog: Catalog, warehouse: Warehouse, calendar: CompanyCalendar) -> None:
        self.access: Access = company_access(catalog)
        self.calendar = calendar
        self._warehouse = warehouse
        self._reconciler = Reconciler(warehouse, catalog, calendar)

    def rows(self, request: MetricRequest) -> list[dict[str, object]]:
        """Rows by column name."""
        horizons, dialect = self._warehouse.horizons(), self._warehouse.dialect
        query = compile_request(request, self.access, self.calendar, horizons, dialect)
        found = self._warehouse.compiled_rows(self.access, query, Deadline(SECONDS))
        return [dict(zip(found.names, row, strict=True)) for row in found.rows]

    def variances(self) -> Sequence[Variance]:
        """What gold and the feeds' own totals say of closed periods."""
        return self._reconciler.report().variances

    def added(self, metric: str, *group_by: str) -> float:
        """The values of all rows, added: of a distribution there are several without any group."""
        rows = self.rows(MetricRequest(metrics=(metric,), group_by=group_by))
        return sum(_number(row[metric]) or 0.0 for row in rows)


def run_metric_tests(catalog: Catalog, warehouse: Warehouse, calendar: CompanyCalendar) -> list[TestResult]:
    """Every test of every entry, in the order of the catalog; operational metrics are checked by reconciliation,
    and those over the audit log are no one's here: the company itself does not read it."""
    bench = _Bench(catalog, warehouse, calendar)
    results: list[TestResult] = []
    for metric in catalog.metrics.values():
        if metric.type == "operational" or is_about_use(catalog, metric):
            continue
        results.append(_guarded(metric, "compiles", lambda m=metric: _compiles(bench, m)))
        for test in metric.tests:
            results.append(_guarded(metric, test.kind, lambda m=metric, t=test: KINDS[t.kind](bench, m, t)))
    return results


def _guarded(metric: Metric, kind: str, run: Callable[[], tuple[bool, str]]) -> TestResult:
    try:
        ok, detail = run()
    except Refusal as refusal:
        ok, detail = False, refusal.text
    return TestResult(metric.name, kind, ok, detail)


def _compiles(bench: _Bench, metric: Metric) -> tuple[bool, str]:
    rows = bench.rows(MetricRequest(metrics=(metric.name,)))
    return bool(rows), f"{len(rows)} rows"


def _bound(bench: _Bench, metric: Metric, test: MetricTest) -> tuple[bool, str]:
    rows = bench.rows(MetricRequest(metrics=(metric.name,), grain=test.grain or "month"))
    values = [v for row in rows if (v := _number(row[metric.name])) is not None]
    low, high = test.min if test.min is not None else float("-inf"), test.max if test.max is not None else float("inf")
    outside = [v for v in values if not low - CLOSE <= v <= high + CLOSE]
    return bool(values) and not outside, f"{len(outside)} of {len(values)} values outside [{low}, {high}]"


def _additive(bench: _Bench, metric: Metric, test: MetricTest) -> tuple[bool, str]:
    total = bench.added(metric.name)
    for dimension in test.dims:
        added = bench.added(metric.name, dimension)
        if not _same(added, total, test.tolerance):
            return False, f"by {dimension} the parts add up to {added:g}, the whole is {total:g}"
    return True, f"{len(test.dims)} dimensions add up"


def _not_additive(bench: _Bench, metric: Metric, test: MetricTest) -> tuple[bool, str]:
    month = bench.rows(MetricRequest(metrics=(metric.name,), grain=ADDITIVE_PERIODS))[-1]
    start = cast(date, month[ADDITIVE_PERIODS])
    end = bench.calendar.end_of(ADDITIVE_PERIODS, start)
    days = bench.rows(MetricRequest(metrics=(metric.name,), grain="day", start=start, end=end))
    added, level = sum(_number(row[metric.name]) or 0.0 for row in days), _number(month[metric.name]) or 0.0
    return not _same(added, level, test.tolerance), f"days add up to {added:g}, the month is {level:g}"


def _identity(bench: _Bench, metric: Metric, test: MetricTest) -> tuple[bool, str]:
    tree = parse_fragment(test.expr or "TRUE")
    names = sorted({column.name for column in tree.find_all(exp.Column)})
    rows = bench.rows(MetricRequest(metrics=tuple(names), grain=test.grain or "month"))
    checked = [row for row in rows if all(row[name] is not None for name in names)]
    wrong = [row for row in checked if not _holds(tree, {n: _number(row[n]) or 0.0 for n in names}, test.tolerance)]
    return bool(checked) and not wrong, f"{test.expr}: {len(wrong)} of {len(checked)} periods differ"


def _fixture(bench: _Bench, metric: Metric, test: MetricTest) -> tuple[bool, str]:
    where = tuple(Condition(dimension=name, value=value) for name, value in test.where.items())
    grain = test.grain or "month"
    end = bench.calendar.end_of(grain, test.period) if test.period else None
    rows = bench.rows(MetricRequest(metrics=(metric.name,), grain=grain, start=test.period, end=end, where=where))
    seen = _number(rows[0][metric.name]) if rows else None
    return seen is not None and _same(seen, test.value or 0.0, test.tolerance), f"{seen} instead of {test.value}"


def _ties(bench: _Bench, metric: Metric, test: MetricTest) -> tuple[bool, str]:
    compared = [v for v in bench.variances() if (v.metric, v.source) == (metric.name, test.source)]
    off = [v for v in compared if not v.ok]
    told = f"{len(off)} of {len(compared)} totals of {test.source} differ"
    worst = max(off, key=lambda v: abs(v.pct or 0.0), default=None)
    if worst is not None:
        told += f", most in {worst.period}: {worst.gold} here, {worst.reported} there"
    return bool(compared) and not off, told


def _number(value: object) -> float | None:
    return None if value is None else float(cast(float, value))


def _same(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= max(tolerance, CLOSE) * max(1.0, abs(one), abs(other))


def _holds(tree: exp.Expr, values: Mapping[str, float], tolerance: float) -> bool:
    if isinstance(tree, exp.And):
        return _holds(tree.left, values, tolerance) and _holds(tree.right, values, tolerance)
    left, right = _value(tree.args["this"], values), _value(tree.args["expression"], values)
    if isinstance(tree, exp.EQ):
        return _same(left, right, tolerance)
    return left <= right + CLOSE if isinstance(tree, exp.LTE | exp.LT) else left >= right - CLOSE


def _value(node: exp.Expr, values: Mapping[str, float]) -> float:
    if isinstance(node, exp.Paren):
        return _value(node.this, values)
    if isinstance(node, exp.Column):
        return values[node.name]
    if isinstance(node, exp.Literal):
        return float(node.name)
    left, right = _value(node.args["this"], values), _value(node.args["expression"], values)
    operations: Iterable[tuple[type[exp.Expr], float]] = (
        (exp.Add, left + right),
        (exp.Sub, left - right),
        (exp.Mul, left * right),
    )
    return next(result for kind, result in operations if isinstance(node, kind))


KINDS: Mapping[str, Callable[[_Bench, Metric, MetricTest], tuple[bool, str]]] = {
    "bound": _bound,
    "additive_over": _additive,
    "not_additive_over_time": _not_additive,
    "identity": _identity,
    "fixture": _fixture,
    "ties_to_source": _ties,
}
