"""Rules that a catalog must keep beyond each entry's own form: what is named exists, fragments read, words are unique.

Each rule is a small function from a catalog to its findings; `RULES` lists them in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.fragments import BadFragment, parse_fragment
from catalog.metrics import Metric
from catalog.problems import Problem
from catalog.search import folded, nearest
from catalog.tables import Table

PERSONAL_WORDS = ("email", "phone", "tax_id", "contact", "birth", "salary", "address")
ALLOWED_NODES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Binary, exp.Unary, exp.Paren, exp.In, exp.Between,
    exp.Is, exp.Not, exp.And, exp.Or, exp.Case, exp.If, exp.Cast, exp.DataType, exp.Coalesce, exp.Nullif, exp.Greatest,
    exp.Least, exp.Abs, exp.Round, exp.Lower, exp.Upper, exp.DataTypeParam,
)  # fmt: skip
"""What an expression or filter of a metric may be made of; no subquery, no other function."""

Finding = Iterator[Problem]
Rule = Callable[[Catalog], Finding]


def _metric_problem(metric: Metric, path: str, message: str) -> Problem:
    return Problem(f"metrics/{metric.name}", path, 0, message)


def _did_you_mean(name: str, known: list[str]) -> str:
    close = nearest(name, known)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(sorted(known)[:12])}"


def datasets_and_columns_exist(catalog: Catalog) -> Finding:
    """Datasets of measures and cohorts are tables, and fragments read their columns only."""
    for metric in catalog.metrics.values():
        for path, dataset, fragments, extra in _fragments(metric):
            table = catalog.tables.get(dataset)
            if table is None:
                yield _metric_problem(
                    metric, path, f"no table '{dataset}'{_did_you_mean(dataset, list(catalog.tables))}"
                )
                continue
            for text in fragments:
                yield from _fragment_problems(metric, path, text, table, extra)


def _fragments(metric: Metric) -> Iterator[tuple[str, str, list[str], set[str]]]:
    if measure := metric.measure:
        texts = [t for t in (measure.expr, measure.filter) if t]
        yield "measure", measure.dataset, texts, set(measure.as_of.columns) if measure.as_of else set()
        names = [metric.time.dimension] if metric.time else []
        names += [metric.snapshot.time] if metric.snapshot else []
        yield "time", measure.dataset, names, set()
    if as_of := metric.measure.as_of if metric.measure else None:
        yield "measure.as_of", as_of.dataset, [as_of.on, as_of.time, *as_of.columns], set()
    if cohort := metric.cohort:
        yield "cohort", cohort.dataset, [cohort.entity, cohort.time, cohort.value], set()


def _fragment_problems(metric: Metric, path: str, text: str, table: Table, extra: set[str]) -> Finding:
    try:
        tree = parse_fragment(text)
    except BadFragment as error:
        yield _metric_problem(metric, path, str(error))
        return
    known = [c.name for c in table.columns]
    for column in tree.find_all(exp.Column):
        if column.name not in known and column.name not in extra:
            yield _metric_problem(
                metric, path, f"no column '{column.name}' in {table.name}{_did_you_mean(column.name, known)}"
            )
    for node in tree.walk():
        if not isinstance(node, ALLOWED_NODES):
            yield _metric_problem(
                metric, path, f"'{text}' may not use {type(node).__name__}; write plain arithmetic and tests"
            )
            return


def inputs_do_not_go_round(catalog: Catalog) -> Finding:
    """No metric is built on itself, directly or through others; formulas name their inputs only."""
    for metric in catalog.metrics.values():
        stack, seen = [i.metric for i in metric.inputs_by_alias.values()], set[str]()
        while stack:
            name = stack.pop()
            if name == metric.name:
                yield _metric_problem(metric, "inputs", "is built on itself")
                break
            if name not in seen:
                seen.add(name)
                stack += [i.metric for i in catalog.metrics[name].inputs_by_alias.values()]
        if metric.expr:
            named = {c.name for c in parse_fragment(metric.expr).find_all(exp.Column)}
            for missing in sorted(named - set(metric.inputs) - {"period_days"}):
                yield _metric_problem(metric, "expr", f"'{missing}' is not among its inputs")


def dimensions_exist(catalog: Catalog) -> Finding:
    """Allowed, forbidden and distribution dimensions are dimensions (or tables, as `table.*`)."""
    known = [*catalog.dimensions, *(f"{name}.*" for name in catalog.tables)]
    for metric in catalog.metrics.values():
        names = [*metric.dimensions.allowed, *metric.dimensions.forbidden, *filter(None, [metric.distribution])]
        for name in names:
            if name not in known and name not in catalog.tables:
                yield _metric_problem(metric, "dimensions", f"no dimension '{name}'{_did_you_mean(name, known)}")


def references_exist(catalog: Catalog) -> Finding:
    """Relationships, feeds, related metrics, reference totals and policies name what exists."""
    feeds = [s.name for s in catalog.sources.sources]
    for table in catalog.tables.values():
        for relationship in table.relationships:
            target = catalog.tables.get(relationship.to_table)
            if target is None or target.column(relationship.to_column) is None:
                yield Problem(
                    f"tables/{table.name}", "relationships", 0, f"'{relationship.to}' is not a column of a table"
                )
        for name in table.sources:
            if name not in feeds:
                yield Problem(f"tables/{table.name}", "sources", 0, f"no feed '{name}'{_did_you_mean(name, feeds)}")
    for metric in catalog.metrics.values():
        for path, names in (("not_to_be_confused_with", metric.not_to_be_confused_with), ("drivers", metric.drivers)):
            for name in names:
                if name not in catalog.metrics:
                    yield _metric_problem(
                        metric, path, f"no metric '{name}'{_did_you_mean(name, list(catalog.metrics))}"
                    )
        for name in metric.sources:
            if name not in feeds:
                yield _metric_problem(metric, "sources", f"no feed '{name}'{_did_you_mean(name, feeds)}")
    for source in catalog.sources.sources:
        for total in source.totals:
            if total.metric not in catalog.metrics:
                yield Problem("sources.yml", source.name, 0, f"no metric '{total.metric}' to tie out")


def policies_name_what_exists(catalog: Catalog) -> Finding:
    """Tables, columns, classes and metrics in the policies exist; a misspelt rule would protect nothing."""
    classes = {c.pii for t in catalog.tables.values() for c in t.columns if c.pii}
    columns = {f"{t.name}.{c.name}" for t in catalog.tables.values() for c in t.columns}
    for role in catalog.policies.roles:
        where = f"roles.{role.name}"
        for name in {*role.tables, *role.except_tables} - {"*"}:
            if name not in catalog.tables:
                yield Problem("policies.yml", where, 0, f"no table '{name}'{_did_you_mean(name, list(catalog.tables))}")
        for rule in role.columns:
            for name in {*rule.columns} - columns:
                yield Problem("policies.yml", where, 0, f"no column '{name}'")
            for name in {*rule.pii} - classes:
                yield Problem(
                    "policies.yml", where, 0, f"no column has the class '{name}'; classes: {', '.join(sorted(classes))}"
                )
        for row in role.rows:
            if f"{row.table}.{row.column}" not in columns:
                yield Problem("policies.yml", where, 0, f"no column '{row.table}.{row.column}' to filter rows by")
        for name in {*role.metrics} - {"*"}:
            if name not in catalog.metrics:
                yield Problem(
                    "policies.yml", where, 0, f"no metric '{name}'{_did_you_mean(name, list(catalog.metrics))}"
                )
    for user in catalog.users.values():
        for name in user.roles:
            if catalog.policies.role(name) is None:
                yield Problem("principals.yml", user.user, 0, f"no role '{name}'")


def words_name_one_metric(catalog: Catalog) -> Finding:
    """A name, label or synonym belongs to one metric: a word with two meanings cannot be read."""
    owners: dict[str, str] = {}
    for metric in catalog.metrics.values():
        for text in {folded(t) for t in (metric.name, metric.label, *metric.synonyms)}:
            first = owners.setdefault(text, metric.name)
            if first != metric.name:
                yield _metric_problem(metric, "synonyms", f"'{text}' already names {first}")


def as_of_rows_are_unique(catalog: Catalog) -> Finding:
    """An as-of table has one row an entity and day, so that it never multiplies rows."""
    for metric in catalog.metrics.values():
        as_of = metric.measure.as_of if metric.measure else None
        table = catalog.tables.get(as_of.dataset) if as_of else None
        if as_of and table and set(table.grain) != {as_of.on, as_of.time}:
            yield _metric_problem(metric, "measure.as_of", f"the grain of {table.name} is {', '.join(table.grain)}")
        if as_of and not metric.snapshot:
            yield _metric_problem(metric, "measure.as_of", "works on snapshot metrics only")


def personal_columns_have_a_class(catalog: Catalog) -> Finding:
    """A column that looks personal names its class of personal data (a warning)."""
    for table in catalog.tables.values():
        for column in table.columns:
            if not column.pii and any(word in column.name for word in PERSONAL_WORDS):
                text = f"'{column.name}' looks personal but has no pii class"
                yield Problem(f"tables/{table.name}", "columns", 0, text, "warning")


RULES: tuple[Rule, ...] = (
    datasets_and_columns_exist,
    inputs_do_not_go_round,
    dimensions_exist,
    references_exist,
    policies_name_what_exists,
    words_name_one_metric,
    as_of_rows_are_unique,
    personal_columns_have_a_class,
)


def lint(catalog: Catalog) -> list[Problem]:
    """All findings, in the order of the rules."""
    return [problem for rule in RULES for problem in rule(catalog)]
