"""A tiny company of market stalls: a few rows by hand, so that every expected value can be counted on fingers.

Some names are traps on purpose: `sale` has columns called `month`, `takings` and `city`, which are also the name of a
grain, of a metric and of a dimension of another table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from catalog.access import company_access
from catalog.catalog import Catalog
from catalog.company import Company
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Metric
from catalog.policies import Policies
from catalog.request import MetricRequest
from catalog.sources import Sources
from catalog.tables import Table
from warehouse.compiled import CompiledQuery
from warehouse.compiler import compile_request
from warehouse.horizon import Horizon

TODAY = date(2024, 5, 15)
THROUGH = date(2024, 5, 14)
"""Last complete day."""

ROWS = """
CREATE SCHEMA gold;
CREATE TABLE gold.stall (stall_id VARCHAR, city VARCHAR, size INTEGER, covered BOOLEAN, opened_on DATE);
INSERT INTO gold.stall VALUES
  ('a', 'Bern', 3, TRUE, '2023-01-05'), ('b', 'Bern', 5, FALSE, '2023-02-01'),
  ('c', 'Chur', 8, TRUE, '2023-03-01'), ('d', NULL, 2, NULL, '2023-04-01');
CREATE TABLE gold.sale (
  sale_id INTEGER, stall_id VARCHAR, sold_on DATE, sold_at TIMESTAMP, amount DECIMAL(14, 2), buyer VARCHAR,
  kind VARCHAR, month VARCHAR, takings DECIMAL(14, 2));
INSERT INTO gold.sale
SELECT sale_id, stall_id, sold_on, sold_on + INTERVAL 23 HOUR, amount, buyer, kind, 'captured', -1 FROM (VALUES
  (1, 'a', DATE '2024-01-07', 10.00, 'u', 'cash'), (2, 'a', DATE '2024-01-08', 20.00, 'v', 'card'),
  (3, 'b', DATE '2024-01-31', 30.00, 'u', 'cash'), (4, 'c', DATE '2024-01-31', 40.00, NULL, 'card'),
  (5, 'd', DATE '2024-02-01', 50.00, 'u', 'cash'), (6, NULL, DATE '2024-02-10', 60.00, 'w', 'card'),
  (7, 'zz', DATE '2024-02-11', 70.00, 'w', NULL),
  (8, 'a', DATE '2024-04-02', 80.00, 'u', 'cash'), (9, 'c', DATE '2024-04-30', 90.00, 'x', 'card'),
  (10, 'a', DATE '2024-05-01', 100.00, 'u', 'cash'), (11, 'c', DATE '2024-05-14', 5.00, 'y', 'card'),
  (12, 'c', DATE '2024-05-15', 1000.00, 'y', 'card'),
  (13, 'a', DATE '2023-05-02', 7.00, 'u', 'cash'), (14, 'a', DATE '2023-05-20', 900.00, 'u', 'cash')
) v(sale_id, stall_id, sold_on, amount, buyer, kind);
CREATE TABLE gold.refund (refund_id INTEGER, stall_id VARCHAR, given_on DATE, amount DECIMAL(14, 2));
INSERT INTO gold.refund VALUES
  (1, 'a', '2024-01-15', 1.00), (2, 'a', '2024-01-16', 2.00), (3, 'd', '2024-02-03', 4.00),
  (4, NULL, '2024-02-04', 8.00), (5, 'c', '2024-04-04', 16.00);
CREATE TABLE gold.tag (sale_id INTEGER, tag VARCHAR);
INSERT INTO gold.tag VALUES (1, 'fruit'), (1, 'bread'), (2, 'fruit');
CREATE TABLE gold.stock_day (stall_id VARCHAR, as_of_day DATE, units INTEGER, rent DECIMAL(14, 2));
INSERT INTO gold.stock_day
SELECT s.stall_id, d::DATE, CASE s.stall_id WHEN 'a' THEN 10 WHEN 'b' THEN 20 ELSE 40 END + month(d),
       CASE s.stall_id WHEN 'a' THEN 100 WHEN 'b' THEN 200 ELSE 400 END - 10 * month(d) * (s.stall_id = 'b')::INTEGER
FROM (VALUES ('a'), ('b'), ('c')) s(stall_id),
  generate_series(DATE '2023-11-15', DATE '2024-05-14', INTERVAL 1 DAY) t(d)
WHERE NOT (d = DATE '2024-03-31' AND s.stall_id <> 'a')      -- partial: one stall of three
  AND NOT (d >= DATE '2024-04-10' AND s.stall_id = 'b');     -- stall b closed down on 2024-04-10
CREATE TABLE gold.mood_day (stall_id VARCHAR, felt_on DATE, mood INTEGER);
INSERT INTO gold.mood_day
SELECT s.stall_id, d::DATE, CASE s.stall_id WHEN 'a' THEN 80 WHEN 'b' THEN 50 ELSE 20 END
FROM (VALUES ('a'), ('b')) s(stall_id), generate_series(DATE '2023-11-15', DATE '2024-05-13', INTERVAL 1 DAY) t(d)
WHERE d NOT BETWEEN DATE '2024-02-20' AND DATE '2024-03-04';
CREATE TABLE gold.crew_day (counted_on DATE, team VARCHAR, people INTEGER);
INSERT INTO gold.crew_day
SELECT d::DATE, team, people FROM (VALUES (NULL, 30), ('grill', 20), ('till', 6)) v(team, people),
  generate_series(DATE '2023-11-15', DATE '2024-05-14', INTERVAL 1 DAY) t(d);
"""


def _column(name: str, kind: str, dimension: bool = False, **more: object) -> dict[str, object]:
    return {"name": name, "type": kind, "description": f"the {name}", "dimension": dimension, **more}


def _table(name: str, kind: str, grain: str, columns: list[dict[str, object]], **more: object) -> Table:
    entity = name.removesuffix("_day")
    given = {"name": name, "entity": entity, "description": f"one {entity} a row", "owner": "market", "kind": kind}
    return Table.model_validate({**given, "grain": grain.split(), "columns": columns, "sources": ["till"], **more})


TO_STALL = [{"column": "stall_id", "to": "stall.stall_id"}]
TABLES = (
    _table(
        "stall",
        "dimension",
        "stall_id",
        [
            _column("stall_id", "string", True),
            _column("city", "string", True, values=["Bern", "Chur"], value_synonyms={"Bern": ["capital"]}),
            _column("size", "integer", True),
            _column("covered", "boolean", True),
            _column("opened_on", "date", True),
        ],
    ),
    _table(
        "sale",
        "event",
        "sale_id",
        [
            _column("sale_id", "integer"),
            _column("stall_id", "string"),
            _column("sold_on", "date"),
            _column("sold_at", "timestamp", True),
            _column("amount", "decimal"),
            _column("buyer", "string", pii="person_name"),
            _column("kind", "string", True),
            _column("month", "string"),
            _column("takings", "decimal"),
        ],
        time="sold_on",
        relationships=[*TO_STALL, {"column": "sale_id", "to": "tag.sale_id", "type": "one_to_many"}],
    ),
    _table(
        "refund",
        "event",
        "refund_id",
        [
            _column("refund_id", "integer"),
            _column("stall_id", "string"),
            _column("given_on", "date"),
            _column("amount", "decimal"),
        ],
        time="given_on",
        relationships=TO_STALL,
    ),
    _table("tag", "fact", "sale_id tag", [_column("sale_id", "integer"), _column("tag", "string", True)]),
    _table(
        "stock_day",
        "snapshot",
        "stall_id as_of_day",
        [
            _column("stall_id", "string"),
            _column("as_of_day", "date"),
            _column("units", "integer"),
            _column("rent", "decimal"),
        ],
        time="as_of_day",
        relationships=TO_STALL,
    ),
    _table(
        "mood_day",
        "snapshot",
        "stall_id felt_on",
        [_column("stall_id", "string"), _column("felt_on", "date"), _column("mood", "integer")],
        time="felt_on",
        relationships=TO_STALL,
    ),
    _table(
        "crew_day",
        "snapshot",
        "counted_on team",
        [_column("counted_on", "date"), _column("team", "string", True), _column("people", "integer")],
        time="counted_on",
        rollup={"dimension": "team"},
    ),
)

ANY = {"allowed": ["stall.*", "kind", "sold_at"], "forbidden": {"opened_on": "stalls open once"}}
STALL = {"allowed": ["stall.*"]}


def _metric(name: str, kind: str = "simple", **more: object) -> Metric:
    given = {"name": name, "label": name.replace("_", " ").capitalize(), "description": f"the {name}", "unit": "CHF"}
    given |= {"formula_text": name, "type": kind, "owner": "market", "version": 1, "last_updated": "2024-05-01"}
    return Metric.model_validate({**given, **more})


def _sales(name: str, agg: str, expr: str | None = None, where: str | None = None, **more: object) -> Metric:
    measure = {"dataset": "sale", "agg": agg, "expr": expr, "filter": where}
    return _metric(name, measure=measure, time={"dimension": "sold_on"}, **{"dimensions": ANY, **more})


def _stock(name: str, agg: str, expr: str | None, where: str | None = None, **more: object) -> Metric:
    measure = {"dataset": "stock_day", "agg": agg, "expr": expr, "filter": where}
    rule = {"time": "as_of_day", **more.pop("snapshot", {})}
    time = {"dimension": "as_of_day"}
    return _metric(name, **{"measure": measure, "snapshot": rule, "time": time, "dimensions": STALL, **more})


def _cumulative(name: str, rule: Mapping[str, object], agg: str = "sum", expr: str = "amount") -> Metric:
    measure = {"dataset": "sale", "agg": agg, "expr": expr}
    return _metric(name, "cumulative", measure=measure, cumulative=rule, time={"dimension": "sold_on"}, dimensions=ANY)


MOOD = {"dataset": "mood_day", "on": "stall_id", "time": "felt_on", "columns": ["mood"], "max_age_days": 3}
METRICS = (
    _sales("takings", "sum", "amount", missing="zero", format="currency"),
    _sales("takings_known", "sum", "amount", format="currency"),
    _sales("takings_present", "sum", "amount", missing="omit", format="currency"),
    _sales("cash_takings", "sum", "amount", "kind = 'cash'", missing="zero", format="currency"),
    _sales("sales", "count", missing="zero", format="integer"),
    _sales("buyers", "count_distinct", "buyer", missing="zero", format="integer"),
    _sales("largest_sale", "max", "amount", format="currency"),
    _sales("median_sale", "median", "amount", format="currency"),
    _metric(
        "refunds",
        measure={"dataset": "refund", "agg": "sum", "expr": "amount"},
        time={"dimension": "given_on"},
        missing="zero",
        format="currency",
        dimensions=STALL,
    ),
    _metric(
        "cash_share", "ratio", numerator={"metric": "cash_takings"}, denominator={"metric": "takings"}, dimensions=ANY
    ),
    _metric("basket", "ratio", numerator={"metric": "takings"}, denominator={"metric": "sales"}, dimensions=ANY),
    _metric(
        "refund_rate", "ratio", numerator={"metric": "refunds"}, denominator={"metric": "takings"}, dimensions=STALL
    ),
    _metric(
        "net_takings",
        "derived",
        expr="takings - refunds",
        inputs={"takings": {"metric": "takings"}, "refunds": {"metric": "refunds"}},
        dimensions=STALL,
        format="currency",
    ),
    _metric(
        "takings_per_day",
        "derived",
        expr="takings / period_days",
        inputs={"takings": {"metric": "takings"}},
        dimensions=STALL,
    ),
    _metric(
        "refunds_per_sale_and_day",
        "derived",
        expr="refunds / sales / period_days",
        inputs={"refunds": {"metric": "refunds"}, "sales": {"metric": "sales"}},
        dimensions=STALL,
    ),
    _stock("units", "sum", "units", format="integer", missing="zero"),
    _stock("units_opening", "sum", "units", format="integer", snapshot={"pick": "opening"}),
    _stock("units_average", "sum", "units", snapshot={"pick": "average"}),
    _stock("stalls_stocked", "count_distinct", "stall_id", format="integer"),
    _stock("rent", "sum", "rent", format="currency"),
    _stock("big_units", "sum", "units", "units >= 20", format="integer"),
    _metric("rent_per_unit", "ratio", numerator={"metric": "rent"}, denominator={"metric": "units"}, dimensions=STALL),
    _metric("big_share", "ratio", numerator={"metric": "big_units"}, denominator={"metric": "units"}, dimensions=STALL),
    _metric(
        "units_growth",
        "derived",
        expr="closing - opening",
        inputs={"closing": {"metric": "units"}, "opening": {"metric": "units", "at": "opening"}},
        dimensions=STALL,
        format="integer",
    ),
    _metric(
        "happy_units",
        measure={"dataset": "stock_day", "agg": "sum", "expr": "units", "filter": "mood >= 70", "as_of": MOOD},
        snapshot={"time": "as_of_day"},
        time={"dimension": "as_of_day"},
        dimensions=STALL,
        format="integer",
    ),
    _metric(
        "people",
        measure={"dataset": "crew_day", "agg": "sum", "expr": "people"},
        snapshot={"time": "counted_on"},
        time={"dimension": "counted_on"},
        dimensions={"allowed": ["team"]},
        format="integer",
    ),
    _metric(
        "people_by_team",
        "distribution",
        measure={"dataset": "crew_day", "agg": "sum", "expr": "people"},
        snapshot={"time": "counted_on"},
        distribution="team",
        time={"dimension": "counted_on"},
        format="integer",
    ),
    _cumulative("takings_to_date", {"to_date": "year"}),
    _cumulative("takings_ever", {"to_date": "all"}),
    _cumulative("takings_90", {"window": 90, "window_unit": "day"}),
    _cumulative("takings_2m", {"window": 2, "window_unit": "month"}),
    _cumulative("buyers_60", {"window": 60, "window_unit": "day"}, "count_distinct", "buyer"),
    *(
        _metric(
            f"rent_{variant}",
            "cohort",
            cohort={
                "dataset": "stock_day",
                "entity": "stall_id",
                "value": "rent",
                "time": "as_of_day",
                "base_offset_months": 3,
                "variant": variant,
            },
            time={"dimension": "as_of_day"},
            dimensions=STALL,
        )
        for variant in ("net", "gross", "churn", "logo")
    ),
    _metric(
        "top_stall_share",
        "concentration",
        concentration={"metric": "takings", "entity": "stall_id", "top": 1},
        dimensions=ANY,
        time={"dimension": "sold_on"},
    ),
    _sales("takings_by_kind", "sum", "amount", type="distribution", distribution="kind", format="currency"),
)

FIRST = {"stock_day": date(2023, 11, 15), "mood_day": date(2023, 11, 15), "crew_day": date(2023, 11, 15)}
INCOMPLETE = {"stock_day": frozenset({date(2024, 3, 31)})}


def horizons_of(through: date = THROUGH) -> dict[str, Horizon]:
    """How far the tables reach; `sale` has rows of today, which is not over."""
    found = {
        "sale": Horizon(date(2023, 5, 1), through, TODAY),
        "refund": Horizon(date(2024, 1, 1), through, through),
        "mood_day": Horizon(FIRST["mood_day"], date(2024, 5, 13), date(2024, 5, 13)),
    }
    hole = frozenset(date(2024, 2, d) for d in range(20, 30)) | frozenset(date(2024, 3, d) for d in range(1, 5))
    found["mood_day"] = Horizon(FIRST["mood_day"], date(2024, 5, 13), date(2024, 5, 13), hole)
    for name in ("stock_day", "crew_day"):
        found[name] = Horizon(FIRST[name], through, through, INCOMPLETE.get(name, frozenset()))
    return found


def make_catalog(fiscal_start_month: int = 1) -> Catalog:
    """The catalog of the stalls."""
    role = {"name": "all", "tables": ["*"]}
    return Catalog(
        Company(name="Stalls", fiscal_start_month=fiscal_start_month),
        {t.name: t for t in TABLES},
        {m.name: m for m in METRICS},
        Sources.model_validate({"sources": [{"name": "till", "system": "till", "owner": "market"}]}),
        Policies.model_validate({"roles": [role]}),
    )


@dataclass
class Market:
    """The company on an engine of its own."""

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    calendar: CompanyCalendar

    def compile(self, metrics: str, dialect: Any = "duckdb", **more: Any) -> CompiledQuery:
        """Metrics are given as words."""
        request = MetricRequest.model_validate({"metrics": metrics.split(), **more})
        return compile_request(request, company_access(self.catalog), self.calendar, horizons_of(), dialect)

    def rows(self, metrics: str, **more: Any) -> list[tuple[Any, ...]]:
        """What the engine answers, numbers as floats."""
        found = self.connection.execute(self.compile(metrics, **more).sql).fetchall()
        return [tuple(_plain(value) for value in row) for row in found]

    def one(self, metric: str, **more: Any) -> Any:
        """The single value of a metric without a grain."""
        ((value,),) = self.rows(metric, **more)
        return value


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | str | date):
        return value
    return float(value)  # pyright: ignore[reportArgumentType]


def open_market(fiscal_start_month: int = 1) -> Market:
    """Rows in memory, and the compiler's inputs."""
    connection = duckdb.connect(":memory:")
    connection.execute(ROWS)
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 9)
    return Market(connection, make_catalog(fiscal_start_month), CompanyCalendar(now, "UTC", fiscal_start_month))
