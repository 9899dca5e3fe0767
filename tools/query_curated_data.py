"""`query_curated_data`: a question, a metric request, a SELECT or a template → governed rows with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from catalog.metrics import Grain
from catalog.refusals import BadArgument
from catalog.request import MAX_NAMES, CompareTo, Condition, MetricRequest, Order, Scalar, Threshold
from tools.answer import Answer
from tools.arguments import ListOfNames
from tools.how_read import HowRead
from tools.metric_answer import metric_answer
from tools.names import in_catalog_names
from tools.question_answer import question_answer
from tools.sql_answer import sql_answer
from tools.template_answer import template_answer
from tools.tool import Call, Output, Tool, ToolArguments

MAX_QUESTION = 2_000
MAX_SQL = 100_000
"""Characters; the guard has caps of its own on what the text holds."""

REQUEST_FIELDS = ("metrics", "group_by", "grain", "start", "end", "where", "having", "order_by", "limit", "compare_to")


class QueryArguments(ToolArguments):
    """Arguments of `query_curated_data`."""

    question: str = Field(
        min_length=1,
        max_length=MAX_QUESTION,
        description="The words of the person asking, as they said them: kept in the audit log, and read if nothing "
        "else is given.",
    )
    metrics: ListOfNames | None = Field(
        default=None,
        max_length=MAX_NAMES,
        description="Metric names, for example from describe_catalog. Several are shown side by side.",
    )
    group_by: ListOfNames | None = Field(default=None, max_length=MAX_NAMES, description="Dimension names to split by.")
    grain: Grain | None = Field(
        default=None, description="One row for each period of this length. Weeks start on Monday."
    )
    start: date | None = Field(default=None, description="First day, inclusive (YYYY-MM-DD).")
    end: date | None = Field(default=None, description="Last day, inclusive (YYYY-MM-DD).")
    where: Annotated[tuple[Condition, ...], Field(max_length=MAX_NAMES)] | None = Field(
        default=None, description="Filters on dimensions, all of which must hold: {dimension, op, value}."
    )
    having: Annotated[tuple[Threshold, ...], Field(max_length=MAX_NAMES)] | None = Field(
        default=None,
        description="Keep the rows whose figure fits, all of them: {by, op, value}; by a metric, or <metric>__change, "
        "<metric>__change_pct (a fraction of 1) or <metric>__prior. Groups without rows have no figure.",
    )
    order_by: Annotated[tuple[Order, ...], Field(max_length=MAX_NAMES)] | None = Field(
        default=None, description="Order of the rows: {by, direction}; by a dimension, the grain or a metric."
    )
    limit: int | None = Field(default=None, ge=1, le=100_000, description="Keep only this many groups.")
    compare_to: CompareTo | None = Field(
        default=None, description="Add the value before, the change and the change in percent for each metric."
    )
    sql: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_SQL,
        description="Instead of metrics: one SELECT over the gold tables, in the warehouse's dialect.",
    )
    template: str | None = Field(
        default=None, max_length=200, description="Instead of metrics: name of a prepared query of this company."
    )
    params: dict[str, Scalar] | None = Field(default=None, description="Values for the template's parameters.")
    cursor: str | None = Field(
        default=None,
        max_length=2_000,
        description="next_cursor of the page before; send the other arguments unchanged.",
    )


class QueryCuratedData(Tool[QueryArguments]):
    """The main tool."""

    name = "query_curated_data"
    title = "Query curated data"
    reads_rows = True
    description = (
        "Answers a question with figures from the company's curated tables. Give the person's question and, where you "
        "know them, the metric names with group_by, grain and days; with the question alone, the words are read "
        "against the catalog and the reading is shown. Returns columns and rows (100 a page), the SQL that ran, the "
        "sources and definitions behind the figures, how far to trust them, and a receipt. Periods that are not "
        "finished are returned apart. What cannot be read for certain is refused, with what could be asked instead."
    )
    Arguments = QueryArguments
    Result = Answer

    def run(self, arguments: QueryArguments, call: Call) -> Output:
        """Answer in the one form that was asked. Raises Refusal."""
        how = HowRead(cursor=arguments.cursor, question=arguments.question)
        form = _form(arguments)
        if form == "sql":
            return sql_answer(arguments.sql or "", call, how)
        if form == "template":
            return template_answer(arguments.template or "", arguments.params or {}, call, how)
        if form == "metrics":
            request, notes = in_catalog_names(_request(arguments), call)
            return metric_answer(request, call, HowRead("", notes, arguments.cursor, arguments.question))
        return question_answer(arguments.question, call, how)


def _form(arguments: QueryArguments) -> Literal["metrics", "sql", "template", "question"]:
    """Which form was asked. Raises BadArgument where there is more than one, or a part without its whole."""
    parts = _given(arguments, REQUEST_FIELDS)
    forms = [name for name in ("metrics", "sql", "template") if getattr(arguments, name) is not None]
    if len(forms) > 1:
        raise BadArgument(f"Give one of metrics, sql or template, not {' and '.join(forms)}.")
    if arguments.params is not None and forms != ["template"]:
        raise BadArgument("Argument 'params' goes with 'template' only.")
    if parts and forms != ["metrics"]:
        given = ", ".join(name for name in parts if name != "metrics")
        raise BadArgument(f"{given} goes with 'metrics' only.", hint="Name the metrics, or leave it out.")
    if forms == ["metrics"]:
        return "metrics"
    if forms == ["sql"]:
        return "sql"
    return "template" if forms else "question"


def _given(arguments: QueryArguments, names: Sequence[str]) -> list[str]:
    return [name for name in names if getattr(arguments, name) is not None]


def _request(arguments: QueryArguments) -> MetricRequest:
    given = {name: getattr(arguments, name) for name in _given(arguments, REQUEST_FIELDS)}
    if not given["metrics"]:
        raise BadArgument("Argument 'metrics' names no metric.", hint="Leave it out to have the question read.")
    if arguments.start and arguments.end and arguments.start > arguments.end:
        raise BadArgument(f"start {arguments.start} is after end {arguments.end}.")
    return MetricRequest(**given)
