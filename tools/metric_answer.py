"""A metric request → an answer: compiled, run as the caller, shaped, with what it rests on and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from catalog.metrics import Metric
from catalog.request import MetricRequest
from tools.answer import Answer, AnswerColumn, InProgress, JsonCell, Trust
from tools.answer_text import answer_text
from tools.caches import ShapedRows
from tools.citations import citations, scope_of
from tools.how_read import HowRead
from tools.operational_answer import operational_answer
from tools.paging import PAGE_ROWS, Place, keep_for_pages, page_of, place, whole_result
from tools.reading import read_back
from tools.small_groups import small_group_notes
from tools.tool import Call, Output, Trace
from tools.usage.answering import over_the_log
from warehouse.bill import bill_notes
from warehouse.compiled import CompiledQuery
from warehouse.compiler import compile_request, is_operational


def compiled_for(request: MetricRequest, call: Call, watermark: str) -> CompiledQuery:
    """The request compiled for this caller, this state of the data and this day. Raises the compiler's refusals."""
    services = call.services
    key = (request, call.access.key, watermark, call.calendar.today)

    def compiled() -> CompiledQuery:
        horizons = services.warehouse.horizons(call.deadline)
        return compile_request(request, call.access, call.calendar, horizons, services.warehouse.dialect)

    return services.caches.compiled.made(key, compiled)


def metric_answer(request: MetricRequest, call: Call, how: HowRead) -> Output:
    """Answer a metric request. Raises Refusal."""
    services = call.services
    if is_operational(request, call.access):
        return operational_answer(request, call, how)
    over_log = over_the_log(request.metrics, call)
    if over_log is not call:
        call, services = over_log, over_log.services
    watermark = services.warehouse.watermark(call.deadline)
    query = compiled_for(request, call, watermark)
    resolved = request.model_copy(update={"start": query.start, "end": query.end})
    at = place(call, resolved.model_dump_json(), watermark, how.cursor)
    names = [column.name for column in query.columns]
    result, cached = _rows(call, at, query, names, watermark)
    finished, unfinished = _split(result.rows, query)
    page = page_of(call, at, result.hash, names, finished)
    metrics = [services.catalog.metrics[name] for name in query.metrics]
    trust = _trust(call, query)
    answer = Answer.model_construct(
        columns=[AnswerColumn.model_construct(name=c.name, type=c.type, unit=c.unit) for c in query.columns],
        rows=page.rows,
        row_count=page.total,
        truncated=bool(page.next_cursor) or result.cut,
        next_cursor=page.next_cursor,
        sql=query.sql,
        reading=how.text or read_back(resolved, query, services.catalog, call.calendar),
        scope=scope_of(call.access, query.tables),
        citations=citations(call.access, query.metrics, query.tables, query.sources),
        trust=trust,
        in_progress=in_progress(unfinished, query, resolved, call) if unfinished and not how.cursor else None,
        warnings=_unique(
            how.warnings,
            query.notes,
            _caveats(metrics, query),
            small_group_notes(call.access, query.tables),
            result.warnings,
            _cut(result.cut, page.total),
            bill_notes([result.bill]),
        ),
    )
    return Output(
        answer,
        answer_text(answer, page),
        replace(
            metric_trace(call, how, resolved, query, len(result.rows), result.hash, watermark),
            cached=cached,
        ),
    )


def _trust(call: Call, query: CompiledQuery) -> Trust:
    services = call.services
    if services.usage is not None and services.usage is services.warehouse:
        return services.usage.trust(query.end)
    return services.reconciler.trust(
        metrics=query.metrics,
        tables=query.tables,
        sources=query.sources,
        through=query.through,
        columns=query.columns_read,
    )


def _rows(call: Call, at: Place, query: CompiledQuery, names: Sequence[str], watermark: str) -> tuple[ShapedRows, bool]:
    """All rows of the query, and whether an earlier call had read them already under the same rights."""
    answers, key = call.services.caches.answers, (query.sql, call.access.key, watermark)
    kept = None if call.fresh or at.cursor else answers.get(key)
    if kept is not None:
        keep_for_pages(call, at, names, kept)
        return kept, True
    warehouse = call.services.warehouse
    result = whole_result(
        call, at, names, lambda: warehouse.compiled_rows(call.access, query, call.deadline, call.purpose)
    )
    if warehouse.watermark(call.deadline) == watermark:
        answers.put(key, replace(result, bill=None), len(names))
    return result, False


def metric_trace(
    call: Call, how: HowRead, request: MetricRequest, query: CompiledQuery, rows: int, digest: str, watermark: str
) -> Trace:
    """What a metric answer read."""
    arguments = request.model_dump(mode="json", exclude_defaults=True)
    return Trace(
        request={"question": how.question, **arguments},
        sql=query.sql,
        metrics=query.metrics,
        tables=query.tables,
        columns=query.columns_read,
        rows=rows,
        result_hash=digest,
        scope=scope_of(call.access, query.tables),
        watermark=watermark,
    )


def in_progress(rows: list[list[JsonCell]], query: CompiledQuery, request: MetricRequest, call: Call) -> InProgress:
    """The unfinished period's rows, apart. `query.in_progress_from` is set."""
    start = query.in_progress_from or query.start
    end = call.calendar.end_of(request.grain, start) if request.grain else query.end
    through = query.through
    note = f"{start} to {end} is not finished"
    note += f": the data is complete through {through}." if through and through >= start else ": no complete day yet."
    if len(rows) > PAGE_ROWS:
        note += f" The first {PAGE_ROWS} of {len(rows)} rows are shown."
    return InProgress.model_construct(
        period_start=start, period_end=end, through=through, note=note, rows=rows[:PAGE_ROWS]
    )


def _split(rows: list[list[JsonCell]], query: CompiledQuery) -> tuple[list[list[JsonCell]], list[list[JsonCell]]]:
    """Rows of finished periods, and those of the unfinished one."""
    since = query.in_progress_from
    if since is None:
        return rows, []
    time = next((i for i, column in enumerate(query.columns) if column.role == "time"), None)
    if time is None:
        return [], rows
    first = since.isoformat()
    finished = [row for row in rows if str(row[time] or "") < first]
    return finished, [row for row in rows if str(row[time] or "") >= first]


def _caveats(metrics: Sequence[Metric], query: CompiledQuery) -> list[str]:
    """What the catalog says must be known about these metrics in the days that were read."""
    since = query.prior_start or query.start
    return [
        f"{metric.label}: {caveat.text}"
        for metric in metrics
        for caveat in metric.caveats
        if (caveat.from_date or date.min) <= query.end and since <= (caveat.to_date or date.max)
    ]


def _cut(cut: bool, rows: int) -> list[str]:
    return [f"Only the first {rows:,} rows were read: narrow the request to see all."] if cut else []


def _unique(*groups: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for group in groups for text in group))
