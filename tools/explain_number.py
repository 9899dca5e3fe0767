"""`explain_number`: why did a figure change? Data fault first, then what contributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, cast

from pydantic import Field, ValidationError

from catalog.company_calendar import NEWEST, OLDEST
from catalog.metrics import Metric
from catalog.refusals import BadArgument
from catalog.request import CompareTo, Condition, MetricRequest
from tools.analysis.mix_rate import MIX
from tools.analysis.slices import Cause, broad_based
from tools.analysis.smoothing import prepare
from tools.answer import ToolOutput
from tools.cells import clean_text
from tools.citations import citations, scope_of
from tools.explanation.breakdown import Splits, splits_of
from tools.explanation.reading import Pair, Question
from tools.explanation.shape import shape_of
from tools.explanation.shown import ExplainResult, cause_lines, fault_lines, split_line, text_of
from tools.explanation.verdict import Verdict, faults, habit, verdict
from tools.explanation.window import Window, window_of
from tools.names import index_of, unknown_metric
from tools.reading import read_back
from tools.reconciliation.findings import Finding
from tools.reconciliation.lineage import Scope
from tools.tool import Call, Output, Tool, ToolArguments, Trace
from tools.usage.answering import reads_the_log
from warehouse.bill import bill_notes
from warehouse.compiled import CompiledQuery

MAX_FILTERS = 20


class ExplainArguments(ToolArguments):
    """Arguments of explain_number."""

    metric: str | None = Field(
        default=None, max_length=200, description="Name, synonym or label of the metric; leave out with a receipt."
    )
    start: date | None = Field(
        default=None, description="First day to explain (ISO). Default: the last week that is over."
    )
    end: date | None = Field(default=None, description="Last day to explain, inclusive (ISO).")
    compare_to: CompareTo = Field(
        default="prior_period", description="Baseline: the period before, or the same period a year before."
    )
    where: tuple[Condition, ...] = Field(
        default=(), max_length=MAX_FILTERS, description="Filters on dimensions, as in query_curated_data."
    )
    receipt: str | None = Field(
        default=None,
        max_length=100,
        description="Receipt of a delivered answer of yours whose number is to be explained.",
    )


@dataclass(frozen=True)
class _Asked:
    """What is to be explained, once a receipt has been looked up."""

    metric: str
    start: date | None
    end: date | None
    compare_to: CompareTo
    where: tuple[Condition, ...]
    notes: tuple[str, ...] = ()


class ExplainNumber(Tool[ExplainArguments]):
    """Value, baseline, verdict, contributions."""

    name: ClassVar[str] = "explain_number"
    title: ClassVar[str] = "Explain why a number changed"
    reads_rows: ClassVar[bool] = True
    description: ClassVar[str] = (
        "Explains the change of one metric between a period and its baseline (the period before, or the year before). "
        "First looks for a data fault (late feed, incomplete day, duplicates, schema change, difference from the "
        "source); then says whether the change is a business change or within the metric's normal range, and splits it "
        "over every allowed dimension: contributions that add up to the change, for ratios mix against rate. Gives "
        "causes (which part of the business explains how much), next steps and sources. Give a metric with start and "
        "end (default: the last week that is over), or the receipt of an earlier answer."
    )
    Arguments = ExplainArguments
    Result: ClassVar[type[ToolOutput]] = ExplainResult

    def prepare(self) -> None:
        """Load the library of the expected range: seconds, once a process."""
        prepare()

    def run(self, arguments: ExplainArguments, call: Call) -> Output:
        """Explain one number. Raises UnknownMetric, UnknownDimension, BadArgument and the warehouse's refusals."""
        asked = _asked(arguments, call)
        metric = _metric(asked.metric, call)
        _refuse_what_has_no_change(metric, call)
        services = call.services
        _refuse_far_dates(asked)
        watermark = services.warehouse.watermark(call.deadline)
        window = window_of(metric, asked.start, asked.end, call.calendar)
        if window.start > window.end:
            raise BadArgument(f"start {window.start} is after end {window.end}.")
        question = Question(call, metric.name, window, asked.compare_to, asked.where, watermark)
        query = question.query(call.access, (metric.name,))
        pair = question.total(query)
        spoiled = faults(services.reconciler.findings(), _scope(query, call), _windows(window, query))
        expected = habit(metric, window, asked.compare_to, pair, question.history())
        found = verdict(metric, window, asked.compare_to, pair, spoiled, expected)
        shape = shape_of(metric, call.access)
        splits = splits_of(question, metric, shape, pair.change) if pair.change else Splits((), (), ())
        result = _result(question, metric, query, pair, found, spoiled, splits, asked.notes)
        return Output(result, text_of(result), _trace(question, query, result.carried()))


def _asked(arguments: ExplainArguments, call: Call) -> _Asked:
    if (arguments.metric is None) == (arguments.receipt is None):
        raise BadArgument("Give either 'metric' or 'receipt'.")
    if arguments.receipt is not None:
        return _of_receipt(arguments.receipt, arguments, call)
    return _Asked(arguments.metric or "", arguments.start, arguments.end, arguments.compare_to, arguments.where)


def _of_receipt(receipt: str, arguments: ExplainArguments, call: Call) -> _Asked:
    """The metric, days and filters of an answer on record. Somebody else's receipt is refused as one that is not
    there."""
    records = {record.kind: record.body for record in call.services.audit.get(receipt)}
    intent, outcome = records.get("intent"), records.get("outcome")
    who = call.principal
    own = intent and [intent[k] for k in ("user", "issuer", "role")] == [who.user, who.issuer, who.role]
    if outcome is None or not own:
        raise BadArgument("There is no answer of yours with that receipt.", hint="Give a metric and days instead.")
    if outcome.get("erased"):
        raise BadArgument("What was asked in that call was erased on request.", hint="Give a metric and days instead.")
    raw = cast("dict[str, Any]", outcome.get("request") or {})
    named: list[str] = list(raw.get("metrics") or ([raw["metric"]] if raw.get("metric") else []))
    if not named:
        raise BadArgument("That receipt is of an answer without a metric.", hint="Give a metric and days instead.")
    fields = {k: raw[k] for k in ("start", "end", "where") if raw.get(k)}
    try:
        request = MetricRequest.model_validate({"metrics": named, **fields})
    except ValidationError as error:
        raise BadArgument("That receipt is of a request that can no longer be read.") from error
    notes = [f"of {len(named)} metrics in that answer the first is explained"] if len(named) > 1 else []
    return _Asked(
        named[0],
        arguments.start or request.start,
        arguments.end or request.end,
        arguments.compare_to,
        arguments.where or request.where,
        tuple(notes),
    )


def _refuse_far_dates(asked: _Asked) -> None:
    for day in (asked.start, asked.end):
        if day is not None and not OLDEST <= day <= NEWEST:
            raise BadArgument(f"There is no data for {day}.", hint="Ask for days between the first and the last load.")


def _metric(name: str, call: Call) -> Metric:
    found = name if name in call.access.metrics else index_of(call).resolve(name)
    if found is None:
        raise unknown_metric(name, call)
    return call.access.metrics[found]


def _refuse_what_has_no_change(metric: Metric, call: Call) -> None:
    if reads_the_log((metric.name,), call):
        raise BadArgument(
            f"{metric.label} is counted from the audit log.", hint="Ask for it by user, tool or code to see the change."
        )
    if metric.operational:
        raise BadArgument(
            f"{metric.label} describes the data itself.", hint="fetch_reconciliation_status shows what it is made of."
        )
    if metric.distribution:
        raise BadArgument(
            f"{metric.label} is a distribution, not one number.",
            hint=f"Ask for it with compare_to in query_curated_data, or filter by {metric.distribution}.",
        )


def _scope(query: CompiledQuery, call: Call) -> Scope:
    return call.services.reconciler.scope(
        metrics=query.metrics, tables=query.tables, sources=query.sources, columns=query.columns_read
    )


def _windows(window: Window, query: CompiledQuery) -> list[Window]:
    """The days asked for and those of the baseline."""
    if query.prior_start is None or query.prior_end is None:
        return [window]
    return [window, Window(query.prior_start, query.prior_end, window.grain)]


def _result(
    question: Question,
    metric: Metric,
    query: CompiledQuery,
    pair: Pair,
    found: Verdict,
    spoiled: Sequence[Finding],
    splits: Splits,
    notes: Sequence[str],
) -> ExplainResult:
    call = question.call
    request = MetricRequest(
        metrics=(metric.name,),
        start=question.window.start,
        end=question.window.end,
        where=question.where,
        compare_to=question.compare_to,
    )
    return ExplainResult(
        metric=metric.name,
        label=metric.label,
        unit=metric.unit,
        reading=read_back(request, query, call.services.catalog, call.calendar),
        scope=scope_of(call.access, query.tables),
        start=query.start,
        end=query.end,
        baseline_start=query.prior_start,
        baseline_end=query.prior_end,
        value=_float(pair.after),
        baseline=_float(pair.before),
        change=_float(pair.change),
        change_pct=_share(pair),
        verdict=found.name,
        summary=_summary(metric, pair, found, splits),
        reasons=list(found.reasons),
        expected_low=found.expected.low if found.expected else None,
        expected_high=found.expected.high if found.expected else None,
        data_faults=fault_lines(spoiled),
        causes=cause_lines(splits.causes if found.name != "within_normal_range" else ()),
        contributions=[split_line(split) for split in splits.splits],
        next_steps=_next_steps(metric, found, spoiled, splits, call),
        sql=query.sql,
        citations=citations(call.access, query.metrics, query.tables, query.sources),
        trust=call.services.reconciler.trust(
            metrics=query.metrics,
            tables=query.tables,
            sources=query.sources,
            through=query.through,
            columns=query.columns_read,
        ),
        warnings=[*notes, *query.notes, *_left_out(splits), *_redefined(metric, query), *bill_notes(question.bills)],
    )


def _share(pair: Pair) -> float | None:
    if pair.change is None or not pair.before:
        return None
    return round(float(pair.change / abs(pair.before)), 6)


def _summary(metric: Metric, pair: Pair, found: Verdict, splits: Splits) -> str:
    """One sentence: how much, what kind, and where."""
    if pair.change is None:
        return f"{metric.label}: {found.reasons[0]}" if found.reasons else f"{metric.label} cannot be compared"
    share = _share(pair)
    size = f" ({share:+.1%})" if share is not None else ""
    moved = "rose" if pair.change > 0 else "fell" if pair.change < 0 else "did not change"
    words = f"{metric.label} {moved}" + (f" by {abs(pair.change):,.6g}{size}" if pair.change else "")
    if found.name == "data_fault":
        return f"{words}, but the data is at fault: {found.reasons[0]}"
    if found.name == "within_normal_range":
        return f"{words}, within its normal range"
    if splits.causes and not broad_based(splits.causes):
        return f"{words}; {_where(splits.causes[0])} explains {splits.causes[0].share:.0%} of it"
    if splits.splits and splits.splits[0].story:
        return f"{words}; by {splits.splits[0].dimension} it is {splits.splits[0].story}"
    return f"{words}; the change is broad-based" if splits.causes else words


def _next_steps(metric: Metric, found: Verdict, spoiled: Sequence[Finding], splits: Splits, call: Call) -> list[str]:
    catalog = call.services.catalog
    steps: list[str] = []
    for feed in dict.fromkeys(f.feed for f in spoiled if f.feed):
        source = catalog.sources.get(feed)
        steps += [f"Ask {source.owner} about {feed}; do not act on the figure before it is settled."] if source else []
    if spoiled and not steps:
        steps.append(f"Have {metric.owner} settle the data fault before acting on the figure.")
    if found.name == "business_change":
        steps += _where_to_look(splits)
    related = [name for name in metric.drivers if name in call.access.metrics]
    steps += [f"Explain what drives it: {', '.join(related)}."] if related and found.name != "data_fault" else []
    books = [p for p in catalog.playbooks.values() if metric.name in p.metrics]
    return steps + [f"Follow the playbook '{book.title}' ({book.name})." for book in books]


def _where_to_look(splits: Splits) -> list[str]:
    """The part of the business that a person should look at first."""
    if splits.causes and not broad_based(splits.causes):
        return [f"Look into {_where(splits.causes[0])} first."]
    first = splits.splits[0] if splits.splits else None
    if first is None:
        return []
    if first.story == MIX:
        return [f"Look at the weights over {first.dimension}: the rates did not move."]
    if first.story:
        top = clean_text(first.breakdown.members[0].member)
        return [f"Look at {first.dimension} = {top} first: it has the largest single effect."]
    return ["No single part explains it: look for a cause that touches everything (price, calendar, product)."]


def _where(cause: Cause) -> str:
    return ", ".join(f"{dimension} = {clean_text(member)}" for dimension, member in cause.members)


def _left_out(splits: Splits) -> list[str]:
    return [f"not looked at: {', '.join(splits.left_out)}"] if splits.left_out else []


def _redefined(metric: Metric, query: CompiledQuery) -> list[str]:
    """Changes of the definition since the baseline; both values are computed by the current one."""
    since = query.prior_start or query.start
    return [
        f"the definition changed on {change.on} (v{change.version}): {change.text}; both values use the current one"
        for change in metric.changelog
        if change.version > 1 and since <= change.on <= query.end
    ]


def _trace(question: Question, query: CompiledQuery, rows: int) -> Trace:
    window = question.window
    where = [condition.model_dump(mode="json") for condition in question.where]
    return Trace(
        request={
            "metric": question.metric,
            "start": window.start.isoformat(),
            "end": window.end.isoformat(),
            "compare_to": question.compare_to,
            **({"where": where} if where else {}),
        },
        sql=query.sql,
        metrics=query.metrics,
        tables=frozenset(question.tables),
        columns=frozenset(question.columns),
        rows=rows,
        scope=scope_of(question.call.access, query.tables),
        watermark=question.watermark,
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
