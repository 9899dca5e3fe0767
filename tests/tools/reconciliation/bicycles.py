"""A made-up bicycle rental: a catalog with two feeds, and the facts that a pipeline of it would have written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from catalog.catalog import Catalog
from catalog.company import Company
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Metric
from catalog.policies import Policies
from catalog.sources import Sources
from catalog.tables import Table
from tools.reconciliation.assembly import Facts, assembled, findings_of
from tools.reconciliation.checks import CheckRun
from tools.reconciliation.freshness import Load
from tools.reconciliation.lineage import answer_scope, metric_scope
from tools.reconciliation.ops_rows import OpsRows
from tools.reconciliation.report import Cluster, Report
from tools.reconciliation.schema_drift import SnapshotColumn
from tools.reconciliation.trust import trust_of
from tools.reconciliation.variance import SourceTotal
from warehouse.horizon import Horizon

NOW = datetime(2026, 11, 16, 8, tzinfo=ZoneInfo("UTC"))
OCTOBER = date(2026, 10, 1)
YESTERDAY = date(2026, 11, 15)


def column(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "type": kind, "description": f"The {name}"}


TABLES = [
    {
        "name": "bike",
        "entity": "bike",
        "description": "Bikes",
        "grain": ["bike_id"],
        "owner": "ops",
        "sources": ["dock"],
        "kind": "dimension",
        "columns": [column("bike_id"), column("model")],
    },
    {
        "name": "ride",
        "entity": "ride",
        "description": "Rides",
        "grain": ["ride_id"],
        "owner": "ops",
        "sources": ["till"],
        "time": "day",
        "columns": [column("ride_id"), column("bike_id"), column("day", "date"), column("fare", "decimal")],
        "relationships": [{"column": "bike_id", "to": "bike.bike_id"}],
    },
    {
        "name": "dock_day",
        "entity": "dock_day",
        "description": "Docks by day",
        "grain": ["dock_id", "day"],
        "owner": "ops",
        "sources": ["dock"],
        "time": "day",
        "kind": "snapshot",
        "completeness": {},
        "columns": [column("dock_id"), column("day", "date"), column("free", "integer")],
    },
]


def metric(name: str, **parts: Any) -> dict[str, Any]:
    words = {"label": name, "description": name, "formula_text": name, "unit": "count", "owner": "ops", "version": 1}
    return {"name": name, "type": "simple", "last_updated": "2026-01-01", **words, **parts}


METRICS = [
    metric("fares", measure={"dataset": "ride", "agg": "sum", "expr": "fare"}, time={"dimension": "day"}),
    metric("rides", measure={"dataset": "ride", "agg": "count"}, time={"dimension": "day"}),
    metric(
        "bikes_used", measure={"dataset": "ride", "agg": "count_distinct", "expr": "bike_id"}, time={"dimension": "day"}
    ),
    metric(
        "free_docks",
        measure={"dataset": "dock_day", "agg": "sum", "expr": "free"},
        snapshot={"time": "day"},
        time={"dimension": "day"},
    ),
    metric("fare_per_ride", type="ratio", numerator={"metric": "fares"}, denominator={"metric": "rides"}),
]
SOURCES = {
    "sources": [
        {"name": "till", "system": "shop", "owner": "Shop team", "totals": [{"metric": "fares", "tolerance_pct": 0.1}]},
        {"name": "dock", "system": "street", "owner": "Street team"},
    ],
    "duplicates": {"table": "bike"},
}


def catalog() -> Catalog:
    tables = {t.name: t for t in map(Table.model_validate, TABLES)}
    metrics = {m.name: m for m in map(Metric.model_validate, METRICS)}
    policies = Policies.model_validate({"roles": [{"name": "all", "tables": ["*"]}]})
    return Catalog(Company(name="Bicycles"), tables, metrics, Sources.model_validate(SOURCES), policies)


def loads(source: str, hours_ago: float = 3) -> list[Load]:
    found: list[Load] = []
    for day in range(40):
        at = NOW - timedelta(hours=hours_ago, days=day)
        found.append(Load(source, "success", at, at, at - timedelta(hours=5)))
    return found


def snapshots(**changed: dict[str, str]) -> list[SnapshotColumn]:
    """Two runs; `changed` replaces column names or types in the last one: ride={"fare": "VARCHAR"}."""
    kinds = {"string": "VARCHAR", "date": "DATE", "decimal": "DECIMAL(14,2)", "integer": "INTEGER"}
    found: list[SnapshotColumn] = []
    for table in TABLES:
        for back in (1, 0):
            for place, entry in enumerate(table["columns"]):
                kind = kinds[entry["type"]]
                if back == 0:
                    kind = changed.get(table["name"], {}).get(entry["name"], kind)
                at = NOW - timedelta(days=back)
                found.append(SnapshotColumn(table["name"], entry["name"], kind, True, place, at))
    return found


def healthy() -> Facts:
    """Everything as it should be."""
    ops = OpsRows(
        loads=tuple(loads("till") + loads("dock")),
        totals=(SourceTotal("till", "fares", OCTOBER, Decimal(1000), NOW - timedelta(days=10)),),
        snapshots=tuple(snapshots()),
        clusters=(Cluster("c1", "shop", ("a", "b"), "frame", 0.9, Decimal(5), "open"),),
        checks=(CheckRun("docks", "row_count", "gold.dock_day", "error", "pass", "9", "9", 0, NOW),),
        golden_records=100,
        records={},
    )
    horizon = Horizon(date(2025, 1, 1), YESTERDAY, YESTERDAY)
    calendar = CompanyCalendar(now=NOW)
    return Facts(
        ops, {"ride": horizon, "dock_day": horizon}, calendar, {("fares", "month"): {OCTOBER: Decimal(1000)}}, ()
    )


def with_ops(facts: Facts, **parts: Any) -> Facts:
    return replace(facts, ops=replace(facts.ops, **parts))


def report_of(facts: Facts) -> Report:
    company = catalog()
    return assembled(company, facts, {n: metric_scope(company, m) for n, m in company.metrics.items()}, NOW, "w1")


def trust(facts: Facts, *metrics: str, tables: tuple[str, ...] = ()) -> Any:
    """Trust of an answer over metrics (or, without any, over tables read by SQL)."""
    company = catalog()
    scopes = {n: metric_scope(company, m) for n, m in company.metrics.items()}
    under = {n: s.tables for n, s in scopes.items()}
    report = report_of(facts)
    fed = {"till": frozenset({"ride"}), "dock": frozenset({"bike", "dock_day"})}
    scope = answer_scope(company, [scopes[m] for m in metrics], tables, (), None)
    return trust_of(report, findings_of(report, under, company), scope, fed, under, YESTERDAY)
