"""The state of the data (fetch_reconciliation_status) → what is at fault: which feed or table, how, and whose figures.

A fault is an incident of its own even where no figure is beyond its threshold; the checks of a figure read the same
list. Faults that share a feed are one thing: a table that is short because its feed is late is the late feed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from agents.desk import Desk, exact
from catalog.access import Access
from catalog.fragments import fragment_columns
from catalog.metrics import Metric

CheckId = Literal[
    "freshness",
    "partial_load",
    "row_count",
    "nulls",
    "duplicates",
    "schema_drift",
    "reconciliation",
    "restatement",
    "unit_factor",
    "silent_source",
    "definition_change",
    "policy_change",
    "unfinished_period",
]
RECENT = timedelta(days=45)
"""A restatement is news for as long as reconciliation calls it recent."""
OF_KIND: Mapping[str, CheckId] = {
    "row_count": "row_count",
    "not_null": "nulls",
    "relationship": "nulls",
    "uniqueness": "duplicates",
    "accepted_values": "schema_drift",
    "freshness": "freshness",
}
"""Kinds of the pipeline's own checks; others are reconciliation."""
AT_FAULT: Mapping[CheckId, str] = {
    "freshness": "freshness",
    "partial_load": "completeness",
    "duplicates": "duplicates",
    "reconciliation": "variance",
    "schema_drift": "schema",
}
"""Our checks by the kinds that explain_number names; failing pipeline checks are its kind "check"."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the data. `feed` or `table` say what is at fault; `word` is how explain_number names it.

    `size` is its measure (hours late, rate, percent) in `unit` with its `limit`; `since` to `until` are the days
    that it spoils; `metrics` the figures that rest on it; `serious`: an incident even
    where no figure moved. `name` is the subject, and `what` the metric it is about, as people call them."""

    check: CheckId
    word: str
    serious: bool
    feed: str = ""
    table: str = ""
    column: str = ""
    metrics: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    size: Decimal | None = None
    unit: str = ""
    limit: Decimal | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    amount_unit: str = ""
    name: str = ""
    what: str = ""
    detail: str = ""

    @property
    def subject(self) -> str:
        """The feed, else the table, at fault."""
        return self.feed or self.table

    @property
    def key(self) -> str:
        """Which incident it belongs to."""
        return f"feed:{self.feed}" if self.feed else f"table:{self.table}"

    def covers(self, start: date, end: date) -> bool:
        """Does it spoil any day of [start, end]?"""
        return (self.since is None or self.since <= end) and (self.until is None or self.until >= start)


@dataclass(frozen=True)
class State:
    """Everything that is at fault, and the receipt that says so."""

    faults: tuple[Fault, ...]
    receipt: str
    score: Decimal | None


def state(desk: Desk) -> State:
    """What is wrong with the data now. Raises Refused."""
    found = desk.status()
    rests = {name: rests_on(desk.access, metric) for name, metric in desk.access.metrics.items()}
    faults = [*_late(found, rests), *_short(found, rests), *_twice(found, rests, desk.access)]
    faults += [*_off(found, rests), *_restated(found, rests, desk), *_drifted(found, rests), *_failed(found, rests)]
    late = {f.feed for f in faults if f.check == "freshness" and f.serious}
    return State(
        tuple(_named(_under(fault, late, desk), desk) for fault in faults),
        str(found["receipt"]),
        exact(found["quality_score"]),
    )


@dataclass(frozen=True)
class Rests:
    """What a metric's own figure is made of: feeds, tables, columns ("table.column")."""

    feeds: frozenset[str]
    tables: frozenset[str]
    columns: frozenset[str]


def rests_on(access: Access, metric: Metric) -> Rests:
    """Feeds, tables and columns behind a metric. What is only joined so that it can be grouped by is not behind it."""
    catalog = access.catalog
    feeds: set[str] = set()
    columns: set[str] = set()
    for part in catalog.inputs_of(metric):
        dataset = part.measure.dataset if part.measure else part.cohort.dataset if part.cohort else ""
        if not dataset:
            continue
        table = catalog.tables.get(dataset)
        feeds |= set(part.sources) or set(table.sources if table else ())
        columns |= {f"{dataset}.{name}" for name in _columns(part)}
        joined = part.measure.as_of if part.measure else None
        if joined and part.measure and set(joined.columns) & fragment_columns(part.measure.expr):
            other = catalog.tables.get(joined.dataset)
            feeds |= set(other.sources if other else ())
            columns |= {f"{joined.dataset}.{name}" for name in joined.columns}
    return Rests(frozenset(feeds), frozenset(c.split(".")[0] for c in columns), frozenset(columns))


def _columns(part: Metric) -> frozenset[str]:
    """Columns of its dataset that a measure or cohort reads."""
    if part.measure:
        read = fragment_columns(part.measure.expr) | fragment_columns(part.measure.filter)
        return read | ({part.time.dimension} if part.time else frozenset[str]())
    if part.cohort:
        return fragment_columns(part.cohort.value) | {part.cohort.entity, part.cohort.time}
    return frozenset()


Behind = Mapping[str, Rests]


def _of_feed(rests: Behind, feed: str) -> tuple[str, ...]:
    return tuple(name for name, r in rests.items() if feed in r.feeds)


def _of_table(rests: Behind, table: str, column: str = "") -> tuple[str, ...]:
    if column:
        return tuple(name for name, r in rests.items() if f"{table}.{column}" in r.columns)
    return tuple(name for name, r in rests.items() if table in r.tables)


def _late(found: Mapping[str, Any], rests: Behind) -> Iterator[Fault]:
    for source in found["sources"]:
        if source["status"] != "green":
            newest = source["newest_event"]
            # A feed whose newest event is of the last hour of a day has that day.
            since = (datetime.fromisoformat(newest) + timedelta(hours=1)).date() if newest else None
            age, end = exact(source["age_hours"]), exact(source["error_hours"])
            red = source["status"] == "red" or (age is not None and end is not None and age >= end)
            yield Fault(
                check="freshness",
                word=source["name"],
                serious=red,
                feed=source["name"],
                metrics=_of_feed(rests, source["name"]),
                since=since,
                size=age,
                unit="hours",
                limit=end if red else exact(source["warn_hours"]),
            )


def _short(found: Mapping[str, Any], rests: Behind) -> Iterator[Fault]:
    for table in found["completeness"]:
        days = sorted(date.fromisoformat(str(day)) for day in table["incomplete_days"])
        if days:
            yield Fault(
                check="partial_load",
                word=table["table"],
                serious=table["status"] == "red",
                table=table["table"],
                metrics=_of_table(rests, table["table"]),
                since=days[0],
                until=days[-1],
                size=Decimal(len(days)),
                unit="days",
            )


def _twice(found: Mapping[str, Any], rests: Behind, access: Access) -> Iterator[Fault]:
    line = found["duplicates"]
    if line and line["status"] != "green":
        pointing = {
            table.name for table in access.tables.values() for r in table.relationships if r.to_table == line["table"]
        }
        counting = {n for n, m in access.metrics.items() if _counts(m)} & {
            name for name, r in rests.items() if r.tables & (pointing | {line["table"]})
        }
        yield Fault(
            check="duplicates",
            word=line["table"],
            serious=True,
            table=line["table"],
            metrics=tuple(sorted(counting)),
            size=exact(line["rate"]),
            unit="ratio",
            limit=exact(line["fail"] if line["status"] == "red" else line["warn"]),
        )


def _counts(metric: Metric) -> bool:
    return metric.measure is not None and metric.measure.agg == "count_distinct"


def _off(found: Mapping[str, Any], rests: Behind) -> Iterator[Fault]:
    for line in found["variance"]:
        if line["status"] != "green":
            pct = exact(line["worst_pct"])
            yield Fault(
                check="reconciliation",
                word=line["metric"],
                serious=True,
                feed=line["source"],
                metrics=_with_users(rests, line["metric"], line["source"]),
                since=date.fromisoformat(str(line["worst_period"])),
                size=pct / 100 if pct is not None else None,
                unit="ratio",
                limit=(exact(line["tolerance_pct"]) or Decimal(0)) / 100,
            )


def _with_users(rests: Behind, metric: str, feed: str) -> tuple[str, ...]:
    """A metric first, then the others that rest on the same table and feed."""
    own = rests.get(metric)
    others = [n for n, r in rests.items() if n != metric and own and feed in r.feeds and own.tables & r.tables]
    return (metric, *others)


def _restated(found: Mapping[str, Any], rests: Behind, desk: Desk) -> Iterator[Fault]:
    for line in found["restatements"]:
        reported = datetime.fromisoformat(str(line["reported_at"])).replace(tzinfo=None)
        period = date.fromisoformat(str(line["period"]))
        pct = exact(line["change_pct"])
        if timedelta(0) <= desk.calendar.moment - reported <= RECENT:
            yield Fault(
                check="restatement",
                word=line["metric"],
                serious=True,
                feed=line["source"],
                metrics=_with_users(rests, line["metric"], line["source"]),
                since=period,
                until=desk.calendar.end_of("month", period),
                size=pct / 100 if pct is not None else None,
                unit="ratio",
                before=exact(line["before"]),
                after=exact(line["latest"]),
                amount_unit=desk.access.metrics[line["metric"]].unit,
                detail=str(line["reported_at"])[:10],
            )


def _drifted(found: Mapping[str, Any], rests: Behind) -> Iterator[Fault]:
    for line in found["schema_drift"]:
        if line["status"] != "green":
            told = set(line["affected_metrics"]) & set(_of_table(rests, line["table"], line["column"]))
            yield Fault(
                check="schema_drift",
                word=line["table"],
                serious=line["status"] == "red",
                table=line["table"],
                column=line["column"],
                metrics=tuple(sorted(told)),
                detail=str(line["kind"]),
            )


def _failed(found: Mapping[str, Any], rests: Behind) -> Iterator[Fault]:
    for line in found["checks"]:
        if line["colour"] == "green":
            continue
        parts = str(line["object"]).split(".")
        tables = {t for r in rests.values() for t in r.tables}
        table = next((part for part in parts if part in tables), "")
        after = parts[parts.index(table) + 1 :] if table else []
        feed = parts[0] if not table and _of_feed(rests, parts[0]) else ""
        yield Fault(
            check=OF_KIND.get(str(line["kind"]), "reconciliation"),
            word=str(line["check_id"]),
            serious=line["colour"] == "red",
            feed=feed,
            table=table or ("" if feed else parts[-1]),
            column=after[0] if after else "",
            metrics=_of_feed(rests, feed) if feed else _of_table(rests, table, after[0] if after else ""),
            detail="check",
        )


def _under(fault: Fault, late: set[str], desk: Desk) -> Fault:
    """A table's fault becomes its feed's where that feed is late."""
    table = desk.catalog.tables.get(fault.table)
    feed = next((name for name in (table.sources if table else ()) if name in late), "")
    return (
        replace(fault, feed=feed) if feed and not fault.feed and fault.check in ("partial_load", "row_count") else fault
    )


def _named(fault: Fault, desk: Desk) -> Fault:
    """With the words that people use for it."""
    source, table = desk.catalog.sources.get(fault.feed), desk.catalog.tables.get(fault.table)
    metric = desk.access.metrics.get(fault.word)
    name = (source.label if source else table.label if table else "") or fault.subject
    return replace(fault, name=name, what=metric.label if metric else fault.word)
