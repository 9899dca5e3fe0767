"""Rules over the words by which people ask: a word with two meanings cannot be read."""

from __future__ import annotations

from catalog.catalog import Catalog
from catalog.lint.finding import Finding, in_metric, in_table, instead_of
from catalog.problems import Problem
from catalog.search import folded


def words_name_one_metric(catalog: Catalog) -> Finding:
    """A name, label or synonym belongs to one metric."""
    owners: dict[str, str] = {}
    for metric in catalog.metrics.values():
        for text in sorted({folded(t) for t in (metric.name, metric.label, *metric.synonyms)}):
            first = owners.setdefault(text, metric.name)
            if first != metric.name:
                yield in_metric(metric, "synonyms", f"'{text}' already names {first}; keep it with one")


def words_name_one_value(catalog: Catalog) -> Finding:
    """Words for the values of a column name values that it has, and each word one value."""
    for table in catalog.tables.values():
        for column in table.columns:
            path = f"columns.{column.name}.value_synonyms"
            owners = {folded(value): value for value in column.values}
            for value, words in column.value_synonyms.items():
                if column.values and value not in column.values:
                    yield in_table(table, path, f"no value '{value}'{instead_of(value, column.values)}")
                for word in words:
                    first = owners.setdefault(folded(word), value)
                    if first != value:
                        yield in_table(table, path, f"'{word}' already names {first}; keep it with one")


def playbooks_name_what_exists(catalog: Catalog) -> Finding:
    """Metrics that a playbook is about exist."""
    for book in catalog.playbooks.values():
        for name in book.metrics:
            if name not in catalog.metrics:
                text = f"no metric '{name}'{instead_of(name, catalog.metrics)}"
                yield Problem(f"playbooks/{book.name}", "metrics", 0, text)
