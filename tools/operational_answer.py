"""A request for metrics of the data itself (duplicate rate, freshness, quality) → an answer from the reconciliation
report. They are known for the company's now, for all rows, and are the same for every role."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.metrics import Metric
from catalog.refusals import BadArgument, UnknownDimension
from catalog.request import MetricRequest
from tools.answer import Answer, AnswerColumn, JsonCell
from tools.answer_text import answer_text
from tools.citations import citations
from tools.csv_text import csv_text
from tools.how_read import HowRead
from tools.paging import Page, result_hash
from tools.reconciliation.report import Report
from tools.tool import Call, Output, Trace

SOURCE = "source"
"""The one thing that freshness attainment can be split by."""
NOW_ONLY = ("grain", "start", "end", "where", "compare_to", "having", "order_by", "limit")


def operational_answer(request: MetricRequest, call: Call, how: HowRead) -> Output:
    """Answer a request of operational metrics only from the report as it stands.

    Raises BadArgument, UnknownDimension."""
    metrics = [call.access.metrics[name] for name in request.metrics]
    _check(request, metrics)
    services = call.services
    report = services.reconciler.report()
    by_source = bool(request.group_by)
    names = [SOURCE] * by_source + [metric.name for metric in metrics]
    rows: list[list[JsonCell]] = (
        [[name, *(source.attainment for _ in metrics)] for name, source in sorted(report.sources.items())]
        if by_source
        else [[_value(metric, report) for metric in metrics]]
    )
    sources = sorted(report.sources) if any(m.operational != "duplicate_rate" for m in metrics) else []
    tables = [report.duplicates.table] if report.duplicates and not sources else []
    trust = services.reconciler.trust(tables=tables, sources=sources, through=report.as_of.date())
    units = [AnswerColumn(name=SOURCE, type="string")] * by_source
    units += [AnswerColumn(name=metric.name, type="float", unit=metric.unit) for metric in metrics]
    labels = " and ".join(metric.label for metric in metrics)
    answer = Answer(
        columns=units,
        rows=rows,
        row_count=len(rows),
        reading=how.text or f"{labels}{' by source' if by_source else ''}, as of {report.as_of:%Y-%m-%d %H:%M}.",
        citations=citations(call.access, request.metrics, tables, sources),
        trust=trust,
        warnings=[*how.warnings, *report.notes],
    )
    trace = Trace(
        request={"question": how.question, **request.model_dump(mode="json", exclude_defaults=True)},
        metrics=request.metrics,
        tables=frozenset(tables),
        rows=len(rows),
        result_hash=result_hash(names, rows),
        watermark=report.watermark,
    )
    return Output(answer, answer_text(answer, Page(rows, csv_text(names, rows), 0, len(rows), "")), trace)


def _check(request: MetricRequest, metrics: Sequence[Metric]) -> None:
    if given := [name for name in NOW_ONLY if getattr(request, name)]:
        raise BadArgument(
            f"{metrics[0].label} is known for now only; {', '.join(given)} does not apply.",
            hint="Leave it out; fetch_reconciliation_status shows the periods behind it.",
        )
    splits = all(metric.operational == "freshness_attainment" for metric in metrics)
    if request.group_by and not (splits and request.group_by == (SOURCE,)):
        raise UnknownDimension(f"{metrics[0].label} cannot be split that way.", exists=[SOURCE] if splits else [])


def _value(metric: Metric, report: Report) -> float | None:
    """The figure for the company as a whole; None where there is nothing to measure it with."""
    if metric.operational == "duplicate_rate":
        return report.duplicates.rate if report.duplicates else None
    if metric.operational == "quality_score":
        return report.score
    counted = sum(source.days_counted for source in report.sources.values())
    return sum(source.days_in_sla for source in report.sources.values()) / counted if counted else None
