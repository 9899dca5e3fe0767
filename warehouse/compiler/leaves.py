"""One SELECT per dataset, time rule and pass: its rows filtered, labelled by window, grouped, aggregated.

A leaf gives `__w` (the window's label), `__d0`, `__d1`, ... (the dimensions) and one column a component. Generated
names begin with two underscores, which no catalog name can, so that they never capture a source column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Dimension
from catalog.company_calendar import CompanyCalendar
from catalog.fragments import fragment_columns, parse_fragment
from catalog.metrics import AsOf
from catalog.refusals import UnknownDimension
from catalog.tables import ColumnType, Table
from warehouse.compiler.components import Component
from warehouse.compiler.dialect import as_day
from warehouse.compiler.dimensions import Bound
from warehouse.compiler.one_meaning import median, one_meaning
from warehouse.port import Dialect

BASE = "__t"
AS_OF = "__a"
LABEL = "__w"


@dataclass(frozen=True)
class Question:
    """What every leaf of a request has in common."""

    access: Access
    calendar: CompanyCalendar
    dialect: Dialect
    dimensions: tuple[Dimension, ...]
    bounds: tuple[Bound, ...]

    @property
    def dimension_columns(self) -> list[str]:
        """Generated names of the dimensions."""
        return [f"__d{i}" for i in range(len(self.dimensions))]


@dataclass
class Source:
    """One dataset with the joins that its dimensions need, and the names it reads."""

    question: Question
    table: Table
    as_of: AsOf | None = None
    joins: dict[str, exp.Join] = field(default_factory=dict[str, exp.Join])
    read: set[str] = field(default_factory=set[str])

    def fragment(self, text: str) -> exp.Expr:
        """A catalog fragment over this dataset's columns (and those of its as-of table)."""
        tree = exp.paren(one_meaning(parse_fragment(text), self.question.dialect, self._type))
        for column in list(tree.find_all(exp.Column)):
            column.replace(self.column(column.name))
        return tree.this if isinstance(tree.this, exp.Column | exp.Literal) else tree

    def _type(self, name: str) -> ColumnType | None:
        of_day = self.as_of and name in self.as_of.columns
        table = self.question.access.catalog.tables[self.as_of.dataset] if self.as_of and of_day else self.table
        known = table.column(name)
        return known.type if known else None

    def column(self, name: str) -> exp.Column:
        """One column of the dataset, or of its as-of table."""
        if self.as_of and name in self.as_of.columns:
            self.read.add(f"{self.as_of.dataset}.{name}")
            return exp.column(name, table=AS_OF, quoted=True)
        self.read.add(f"{self.table.name}.{name}")
        return exp.column(name, table=BASE, quoted=True)

    def day(self, name: str) -> exp.Expr:
        """The day in a column of the dataset."""
        known = self.table.column(name)
        return as_day(self.column(name), known.type if known else "timestamp")

    def dimension(self, dimension: Dimension) -> exp.Expr:
        """A dimension read from here. Raises UnknownDimension when no many-to-one path leads to it."""
        if dimension.table.name == self.table.name:
            return self.column(dimension.column.name)
        as_of = self.as_of
        if as_of and dimension.table.name == as_of.dataset and dimension.column.name in as_of.columns:
            return self.column(dimension.column.name)
        path = self.question.access.catalog.path(self.table.name, dimension.table.name)
        if path is None:
            raise UnknownDimension(
                f"'{dimension.name}' cannot be reached from '{self.table.name}' without counting rows twice.",
                hint="Choose a dimension that every metric of the request allows.",
            )
        here = BASE
        for step in path:
            here = self._joined(here, step.table, step.relationship.column, step.relationship.to)
        self.read.add(f"{dimension.table.name}.{dimension.column.name}")
        return exp.column(dimension.column.name, table=here, quoted=True)

    def _joined(self, left: str, left_table: str, column: str, to: str) -> str:
        place = f"{left}.{column}>{to}"
        alias = f"__j{len(self.joins)}"
        if place in self.joins:
            return self.joins[place].alias_or_name
        target_name, key = to.split(".")
        target = self.question.access.tables.get(target_name)
        if target is None:
            raise UnknownDimension("That dimension is not available to you.")
        self.read |= {f"{left_table}.{column}", to}
        self.joins[place] = exp.Join(
            this=exp.alias_(exp.table_(target_name, db=target.schema_name, quoted=True), alias, table=True),
            side="LEFT",
            on=exp.EQ(
                this=exp.column(column, table=left, quoted=True), expression=exp.column(key, table=alias, quoted=True)
            ),
        )
        return alias

    def select(self, columns: Sequence[exp.Expr], extra: Sequence[exp.Join] = ()) -> exp.Select:
        """SELECT of the given columns with the request's conditions and the roll-up rule applied."""
        question = self.question
        conditions = [bound.applied(self.dimension(bound.dimension)) for bound in question.bounds]
        if rollup := self.table.rollup:
            used = {d.name for d in (*question.dimensions, *(b.dimension for b in question.bounds))}
            own = {n for n in used if question.access.dimensions[n].table.name == self.table.name}
            total = exp.Is(this=self.column(rollup.dimension), expression=exp.null())
            conditions.append(exp.not_(total) if own else total)
        select = exp.select(*columns).from_(
            exp.alias_(exp.table_(self.table.name, db=self.table.schema_name, quoted=True), BASE, table=True)
        )
        for join in (*extra, *self.joins.values()):
            select.append("joins", join)
        return select.where(*conditions) if conditions else select


def source_of(question: Question, *components: Component) -> Source:
    """The dataset of components that are read together, with their as-of table where any of them uses it."""
    measure = components[0].metric.measure
    as_of = measure.as_of if measure else None
    if as_of:
        used = {name for c in components for text in (c.measure.expr, *c.filters) for name in fragment_columns(text)}
        asked = (*question.dimensions, *(bound.dimension for bound in question.bounds))
        used |= {d.column.name for d in asked if d.table.name == as_of.dataset}
        as_of = as_of if used & set(as_of.columns) else None
    return Source(question, question.access.catalog.tables[components[0].dataset], as_of)


def condition_of(source: Source, component: Component) -> exp.Expr | None:
    """All filters of a component, joined by AND; None without any."""
    parts = [exp.paren(source.fragment(text)) for text in component.filters]
    return exp.and_(*parts) if parts else None


def aggregated(source: Source, component: Component, condition: exp.Expr | None) -> exp.Expr:
    """The component's aggregate, over the rows that `condition` keeps."""
    measure = component.measure
    value = source.fragment(measure.expr) if measure.expr else exp.Literal.number(1)
    if condition is not None:
        value = exp.case().when(condition, value)
    kinds = {"sum": exp.Sum, "count": exp.Count, "avg": exp.Avg, "min": exp.Min, "max": exp.Max}
    if measure.agg == "count_distinct":
        return exp.Count(this=exp.Distinct(expressions=[value]))
    if measure.agg == "median":
        return median(value, source.question.dialect)
    if measure.agg == "p95":
        return p95(value)
    return kinds[measure.agg](this=value)


def p95(value: exp.Expr) -> exp.Expr:
    """The 95th percentile, as both engines can estimate it."""
    return exp.ApproxQuantile(this=value, quantile=exp.Literal.number("0.95"))


def grouped(select: exp.Select, keys: int) -> exp.Select:
    """GROUP BY the first `keys` columns, by position: a name could be captured by a joined table's column."""
    return select.group_by(*[exp.Literal.number(i + 1) for i in range(keys)]) if keys else select


Labels = Mapping[date, date]
"""Window label → the day that is read for it."""
