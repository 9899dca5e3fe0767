"""A question in words → an answer: figures where it asks for figures, else what the tool that knows says, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from catalog.catalog import Dimension
from tools.answer import Answer, AnswerColumn, Citation, JsonCell, Trust
from tools.answer_text import answer_text
from tools.cells import clean_text
from tools.csv_text import csv_text
from tools.describe_catalog import DescribeArguments, DescribeCatalog
from tools.explain_number import ExplainArguments, ExplainNumber
from tools.fetch_reconciliation_status import FetchReconciliationStatus, StatusArguments
from tools.how_read import HowRead
from tools.lookup_metric_definition import LookupArguments, LookupMetricDefinition
from tools.metric_answer import metric_answer
from tools.paging import Page
from tools.question import Reading
from tools.tool import Call, Output
from tools.usage.answering import at_the_log, reads_the_log, sees_only_the_log

MAX_VALUES = 20_000
"""Values of one dimension that a question's words are compared with."""
SHOWN_ELSEWHERE = frozenset(
    {"status", "code", "message", "choices", "warnings", "receipt", "trust", "citations", "entry"}
)
"""Fields of a result that an answer has in places of their own, or that are not for reading."""


def question_answer(question: str, call: Call, how: HowRead) -> Output:
    """Read the question and answer it. Raises Ambiguous, NotUnderstood, UnknownMetric, and what the answer raises."""
    services = call.services

    def values(dimension: Dimension) -> Sequence[str]:
        of_log = dimension.table.kind == "audit" and services.usage is not None
        warehouse = services.usage if of_log and services.usage else services.warehouse
        return warehouse.dimension_values(call.access, dimension, MAX_VALUES, call.deadline)

    calendar = at_the_log(call).calendar if sees_only_the_log(call) else call.calendar
    reading = services.reader.read(question, call.access, calendar, values)
    if reading.request and reads_the_log(reading.request.metrics, call):
        # "Last week" of the log is the wall clock's, whatever day the workspace pins.
        reading = services.reader.read(question, call.access, at_the_log(call).calendar, values)
    if reading.kind == "metric" and reading.request:
        return metric_answer(
            reading.request, call, HowRead(reading.text, tuple(reading.warnings), how.cursor, how.question)
        )
    return _told(reading, _delegated(reading, call), call)


def _delegated(reading: Reading, call: Call) -> Output:
    """The output of the tool that answers this kind of question."""
    if reading.kind == "definition":
        return LookupMetricDefinition().run(LookupArguments(metric=reading.subject), call)
    if reading.kind == "explain":
        return ExplainNumber().run(_explained(reading), call)
    if reading.kind == "status":
        return FetchReconciliationStatus().run(_status(reading, call), call)
    return DescribeCatalog().run(DescribeArguments(query=reading.subject or None), call)


def _explained(reading: Reading) -> ExplainArguments:
    """The reading as arguments; what the words left open keeps the tool's own default."""
    request = reading.request
    if request is None:
        return ExplainArguments(metric=reading.subject)
    stated = ExplainArguments(metric=reading.subject, start=request.start, end=request.end, where=request.where)
    return stated.model_copy(update={"compare_to": request.compare_to}) if request.compare_to else stated


def _status(reading: Reading, call: Call) -> StatusArguments:
    name, access = reading.subject, call.access
    if name in access.metrics:
        return StatusArguments(scope="metric", name=name)
    if name in access.tables:
        return StatusArguments(scope="table", name=name)
    return StatusArguments(scope="source", name=name) if name else StatusArguments(scope="all")


def _told(reading: Reading, output: Output, call: Call) -> Output:
    """Another tool's result as rows: entries of the index one by one, else field and value."""
    fields = output.result.model_dump(mode="json")
    names = ("kind", "name", "label", "summary") if reading.kind == "describe" else ("field", "value")
    rows: list[list[JsonCell]] = (
        [[str(entry[name]) for name in names] for entry in fields["entries"]]
        if reading.kind == "describe"
        else [[name, text] for name, text in _facts(fields)]
    )
    columns = [AnswerColumn(name=name, type="string") for name in names]
    answer = Answer(
        columns=columns,
        rows=rows,
        row_count=len(rows),
        sql=str(fields.get("sql", "")),
        reading=reading.text,
        scope=output.trace.scope,
        citations=cast("list[Citation]", getattr(output.result, "citations", [])),
        trust=cast("Trust | None", getattr(output.result, "trust", None)),
        warnings=[*reading.warnings, *output.result.warnings],
    )
    text = csv_text([c.name for c in columns], rows)
    return Output(answer, answer_text(answer, Page(rows, text, 0, len(rows), "")), output.trace)


def _facts(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a person would read of a result, in its own order, empty fields left out."""
    told: list[tuple[str, str]] = []
    for name, value in fields.items():
        if name in SHOWN_ELSEWHERE or name == "sql":
            continue
        members: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
        shown: list[Any] = members if any(isinstance(m, dict) for m in members) else [value]
        told += [(name.replace("_", " "), _words(each)) for each in shown]
    return [(name, text) for name, text in told if text]


def _words(value: Any) -> str:
    """A value of a result as one line."""
    if value is None or value == "" or value is False:
        return ""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return "; ".join(f"{k.replace('_', ' ')} {_words(v)}" for k, v in pairs if _words(v))
    if isinstance(value, list):
        return ", ".join(_words(member) for member in cast("list[Any]", value))
    return clean_text(str(value))
