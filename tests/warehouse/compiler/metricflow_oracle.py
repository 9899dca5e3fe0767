"""The same stalls described for MetricFlow, a second and independent compiler: what does it make of a request?"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.parsing.dir_to_model import parse_yaml_files_to_validation_ready_semantic_manifest
from metricflow_semantic_interfaces.parsing.objects import YamlConfigFile
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

MODELS = """
semantic_model:
  name: sale
  node_relation: {schema_name: gold, alias: sale}
  defaults: {agg_time_dimension: sold_on}
  entities:
    - {name: sale, type: primary, expr: sale_id}
    - {name: stall, type: foreign, expr: stall_id}
  dimensions:
    - {name: sold_on, type: time, type_params: {time_granularity: day}}
    - {name: kind, type: categorical}
  measures:
    - {name: m_takings, agg: sum, expr: amount}
    - {name: m_sales, agg: sum, expr: "1"}
    - {name: m_buyers, agg: count_distinct, expr: buyer}
    - {name: m_largest, agg: max, expr: amount}
    - {name: m_median, agg: median, expr: amount}
---
semantic_model:
  name: refund
  node_relation: {schema_name: gold, alias: refund}
  defaults: {agg_time_dimension: given_on}
  entities:
    - {name: refund, type: primary, expr: refund_id}
    - {name: stall, type: foreign, expr: stall_id}
  dimensions:
    - {name: given_on, type: time, type_params: {time_granularity: day}}
  measures:
    - {name: m_refunds, agg: sum, expr: amount}
---
semantic_model:
  name: stall
  node_relation: {schema_name: gold, alias: stall}
  entities:
    - {name: stall, type: primary, expr: stall_id}
  dimensions:
    - {name: city, type: categorical}
    - {name: size, type: categorical}
---
project_configuration:
  time_spines:
    - node_relation: {schema_name: gold, alias: spine}
      primary_column: {name: day, time_granularity: day}
"""
SIMPLE = {
    "takings": "m_takings",
    "sales": "m_sales",
    "buyers": "m_buyers",
    "largest_sale": "m_largest",
    "median_sale": "m_median",
    "cash_takings": "m_takings",
    "refunds": "m_refunds",
}
ZERO = ("takings", "sales", "buyers", "cash_takings", "refunds")
CASH = """  filter: "{{ Dimension('sale__kind') }} = 'cash'"\n"""
RATIOS = {
    "cash_share": ("cash_takings", "takings"),
    "basket": ("takings", "sales"),
    "refund_rate": ("refunds", "takings"),
}
DIMENSIONS = {"city": "stall__city", "size": "stall__size", "kind": "sale__kind"}


def _metrics() -> str:
    texts: list[str] = []
    for name, measure in SIMPLE.items():
        filled = f"{{name: {measure}, fill_nulls_with: 0}}" if name in ZERO else measure
        narrowed = CASH if name == "cash_takings" else ""
        texts.append(f"metric:\n  name: {name}\n  type: simple\n  type_params: {{measure: {filled}}}\n{narrowed}")
    for name, (above, below) in RATIOS.items():
        parts = f"{{numerator: {{name: {above}}}, denominator: {{name: {below}}}}}"
        texts.append(f"metric:\n  name: {name}\n  type: ratio\n  type_params: {parts}\n")
    texts.append(
        "metric:\n  name: net_takings\n  type: derived\n"
        "  type_params: {expr: takings - refunds, metrics: [{name: takings}, {name: refunds}]}\n"
    )
    return "---\n".join(texts)


class _Client:
    """MetricFlow asks a client only which engine it writes for."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class Oracle:
    """Answers of MetricFlow, on the given engine."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(
            "CREATE OR REPLACE TABLE gold.spine AS SELECT d::DATE AS day "
            "FROM generate_series(DATE '2023-01-01', DATE '2024-12-31', INTERVAL 1 DAY) t(d)"
        )
        files = [YamlConfigFile(filepath="stalls.yaml", contents=MODELS + "---\n" + _metrics())]
        manifest = parse_yaml_files_to_validation_ready_semantic_manifest(files).semantic_manifest
        client: Any = _Client()
        self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), client)

    def sql(self, request: dict[str, Any]) -> str:
        """Its SQL for a request."""
        grain, groups = request.get("grain"), request.get("group_by", [])
        names = ([f"metric_time__{grain}"] if grain else []) + [DIMENSIONS[g] for g in groups]
        wheres = [
            f"{{{{ Dimension('{DIMENSIONS[w['dimension']]}') }}}} {w['op']} {_literal(w['value'])}"
            for w in request.get("where", [])
        ]
        asked = MetricFlowQueryRequest.create(
            metric_names=request["metrics"].split(),
            group_by_names=names or None,
            time_constraint_start=datetime.fromisoformat(request["start"]),
            time_constraint_end=datetime.fromisoformat(request["end"]),
            where_constraints=wheres or None,
        )
        return self._engine.explain(asked).sql_statement.sql

    def rows(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Its rows, under our names."""
        ours = {theirs: name for name, theirs in DIMENSIONS.items()}
        if grain := request.get("grain"):
            ours[f"metric_time__{grain}"] = grain
        found = self._connection.execute(self.sql(request))
        columns = [ours.get(d[0], d[0]) for d in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _literal(value: object) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(_literal(v) for v in value) + ")"
    return f"'{value}'" if isinstance(value, str) else str(value)


def fill_with_chance(connection: duckdb.DuckDBPyConnection, seed: int, rows: int = 600) -> None:
    """Replace the events by seeded random ones: several years of days, members that are missing or point nowhere."""
    chance = random.Random(seed)
    stalls, kinds = ["a", "b", "c", "d", None, "zz"], ["cash", "card", "voucher", None]
    sales: list[list[object]] = []
    refunds: list[list[object]] = []
    for index in range(rows):
        day = date(2023, 5, 1) + timedelta(days=chance.randrange(380))
        amount, buyer = chance.randrange(1, 9000) / 100, chance.choice(["u", "v", "w", "x", "y", None])
        moment = datetime(day.year, day.month, day.day, 23, 30)
        sales.append([index, chance.choice(stalls), day, moment, amount, buyer, chance.choice(kinds), "captured", -1])
        if index % 4 == 0:
            later = date(2024, 1, 1) + timedelta(days=chance.randrange(135))
            refunds.append([index, chance.choice(stalls), later, amount / 10])
    connection.execute("DELETE FROM gold.sale")
    connection.execute("DELETE FROM gold.refund")
    connection.executemany("INSERT INTO gold.sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", sales)
    connection.executemany("INSERT INTO gold.refund VALUES (?, ?, ?, ?)", refunds)
