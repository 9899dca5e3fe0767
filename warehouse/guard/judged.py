"""What the guards of both dialects do with a tree once it is read."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

from sqlglot import exp

from catalog.access import Access
from catalog.refusals import TooExpensive
from warehouse.guard.columns import columns_read, only_visible_columns
from warehouse.guard.precedence import bracketed_negations
from warehouse.guard.tables import Sources, find_sources
from warehouse.port import CheckedSql

Rule = Callable[[exp.Expr], None]


def judged(
    tree: exp.Expr,
    rules: Iterable[Rule],
    access: Access,
    render: Callable[[exp.Expr], str],
    with_sources: Callable[[Sources], None] = lambda _: None,
) -> CheckedSql:
    """The statement that may run, generated from the checked tree, and what it reads. The rules hold for every
    statement, whoever asks; `with_sources` is what a dialect adds once the tables are known.

    Raises what they raise, and UnknownTable, UnknownColumn, PiiDenied, NotAllowed."""
    for rule in rules:
        rule(tree)
    sources = find_sources(tree, access)
    with_sources(sources)
    only_visible_columns(tree, sources, access)
    text = render(bracketed_negations(tree))
    return CheckedSql(text, frozenset(sources.tables), columns_read(tree, sources, access))


@contextmanager
def not_too_deep() -> Generator[None]:
    """Statements nested deeper than they can be walked. Raises TooExpensive."""
    try:
        yield
    except RecursionError as error:
        raise TooExpensive("The SQL is nested too deeply.", hint="Use WITH to flatten it.") from error
