"""A SELECT that a caller wrote → an answer: guarded, run in a killable worker as the caller, with trust by lineage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

import sqlglot
from sqlglot import exp

from audit.record import canonical
from catalog.refusals import NotAllowed
from tools.answer import Answer, AnswerColumn, Citation
from tools.answer_text import answer_text
from tools.citations import citations, scope_of
from tools.how_read import HowRead
from tools.paging import page_of, place, whole_result
from tools.small_groups import small_group_notes
from tools.tool import Call, Output, Trace
from warehouse.bill import bill_notes
from warehouse.port import Cell, CheckedSql, Dialect, Rows

NO_DEFINITION = "This is the caller's own SQL: no certified metric definition stands behind the figures."


def sql_answer(sql: str, call: Call, how: HowRead) -> Output:
    """Answer caller SQL. Raises NotAllowed where the role may not send SQL, and the guard's refusals."""
    if call.access.role.sql == "templates":
        raise NotAllowed(
            "Your role asks by metrics and prepared queries, not by SQL of its own.",
            exists=sorted(call.access.templates),
            hint="Use template with params, metrics, or the question alone.",
        )
    if call.access.role.sql != "any":
        raise NotAllowed("Your role asks by metrics, not by SQL.", hint="Use metrics, or the question alone.")
    reading = HowRead("As the SQL given with the question.", (NO_DEFINITION,), how.cursor, how.question)
    return rows_answer(sql, call, reading, {"sql": sql}, ())


def rows_answer(
    sql: str, call: Call, how: HowRead, arguments: Mapping[str, object], cited: Iterable[Citation]
) -> Output:
    """Answer with the rows of `sql`. `arguments` are those that lead here again; `cited` come before the tables."""
    services = call.services
    watermark = services.warehouse.watermark(call.deadline)
    at = place(call, canonical(arguments), watermark, how.cursor)
    most = call.access.role.limits.max_rows
    checked, rows = services.warehouse.sql_rows(call.access, sql, call.deadline, most, call.purpose)
    rows = rows if has_order(checked.sql, services.warehouse.dialect) else _in_some_order(rows)
    result = whole_result(call, at, rows.names, lambda: rows)
    page = page_of(call, at, result.hash, rows.names, result.rows)
    trust = services.reconciler.trust(
        tables=checked.tables, through=_through(call, checked), columns=checked.columns_read
    )
    cut = [f"Only the first {page.total:,} rows were read: narrow the query to see all."] if result.cut else []
    answer = Answer.model_construct(
        columns=[AnswerColumn.model_construct(name=n, type=t) for n, t in zip(rows.names, rows.types, strict=True)],
        rows=page.rows,
        row_count=page.total,
        truncated=bool(page.next_cursor) or result.cut,
        next_cursor=page.next_cursor,
        sql=checked.sql,
        reading=how.text,
        scope=scope_of(call.access, checked.tables),
        citations=[*cited, *citations(call.access, (), checked.tables, [s.name for s in trust.sources])],
        trust=trust,
        warnings=[
            *how.warnings,
            *small_group_notes(call.access, checked.tables),
            *result.warnings,
            *cut,
            *bill_notes([rows.bill]),
        ],
    )
    trace = Trace(
        request={"question": how.question, **arguments},
        sql=checked.sql,
        tables=checked.tables,
        columns=checked.columns_read,
        rows=page.total,
        result_hash=result.hash,
        scope=answer.scope,
        watermark=watermark,
    )
    return Output(answer, answer_text(answer, page), trace)


@lru_cache(maxsize=500)
def has_order(sql: str, dialect: Dialect) -> bool:
    """Whether the statement's rows come in an order it states."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    while isinstance(tree, exp.Subquery):
        tree = tree.this
    return tree.args.get("order") is not None


def _in_some_order(rows: Rows) -> Rows:
    """SQL without an order has none of its own: one by the values, so that pages and repeats agree."""
    return replace(rows, rows=tuple(sorted(rows.rows, key=_sort_key)))


def _sort_key(row: tuple[Cell, ...]) -> tuple[tuple[object, ...], ...]:
    """NULLs last, then what is no number, then by value; the cells of a column are of one type."""
    return tuple((2,) if cell is None else (1,) if cell != cell else (0, cell) for cell in row)


def _through(call: Call, checked: CheckedSql) -> date | None:
    horizons = call.services.warehouse.horizons(call.deadline)
    return min((horizons[name].through for name in checked.tables if name in horizons), default=None)
