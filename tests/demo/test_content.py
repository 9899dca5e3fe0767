"""What holds in every world: grains, references, sums that tie, days that are whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from demo.plants import LOAD_DAYS
from tests.demo.conftest import World

GRAINS = {
    "dim_customer": "customer_id",
    "dim_customer_history": "customer_id, valid_from",
    "dim_customer_account": "source, account_id",
    "dim_product": "product_id",
    "dim_time": "date_key",
    "dim_organization": "organization_id",
    "dim_employee": "employee_id",
    "fact_revenue": "revenue_id",
    "fact_subscription": "customer_id, product_id, snapshot_date",
    "fact_invoice": "invoice_id",
    "fact_login": "customer_id, login_date",
    "fact_nps_response": "response_id",
    "fact_target": "metric, period_start",
    "fact_active_lives": "customer_id, snapshot_date",
    "fact_customer_health": "customer_id, snapshot_date",
    "fact_support_ticket": "ticket_id",
    "fact_feature_usage": "customer_id, feature, week_start",
    "fact_employee_events": "event_id",
    "fact_intervention": "intervention_id",
}
REFERENCES = [
    *((table, "customer_id", "dim_customer.customer_id") for table, key in GRAINS.items() if "fact_" in table),
    ("dim_customer_history", "customer_id", "dim_customer.customer_id"),
    ("dim_customer_account", "customer_id", "dim_customer.customer_id"),
    ("dim_customer", "parent_customer_id", "dim_customer.customer_id"),
    ("fact_revenue", "product_id", "dim_product.product_id"),
    ("fact_subscription", "product_id", "dim_product.product_id"),
    ("dim_employee", "organization_id", "dim_organization.organization_id"),
    ("dim_organization", "parent_organization_id", "dim_organization.organization_id"),
    ("fact_employee_events", "employee_id", "dim_employee.employee_id"),
    ("fact_revenue", "revenue_date", "dim_time.date_key"),
]
WITHOUT_CUSTOMER = {"fact_target", "fact_employee_events"}
SNAPSHOTS = ("fact_subscription", "fact_active_lives", "fact_customer_health")


def test_every_table_of_the_company_is_there_and_holds_rows(any_world: World) -> None:
    assert {name for name, rows in any_world.built.rows.items() if rows} == {
        *(f"gold.{name}" for name in GRAINS),
        *(f"ops.{n}" for n in ("source_load", "source_total", "schema_snapshot", "duplicate_cluster")),
        *(f"ops.{n}" for n in ("check_result", "match_exception")),
    }


@pytest.mark.parametrize("table", GRAINS)
def test_the_grain_of_a_table_is_unique_and_never_empty(table: str, any_world: World) -> None:
    key = GRAINS[table]
    assert any_world.rows(f"SELECT {key} FROM gold.{table} GROUP BY ALL HAVING count(*) > 1") == []
    assert (
        any_world.one(f"SELECT count(*) FROM gold.{table} WHERE ({' IS NULL OR '.join(key.split(', '))} IS NULL)") == 0
    )


@pytest.mark.parametrize(
    ("table", "column", "to"), [r for r in REFERENCES if r[0] not in WITHOUT_CUSTOMER or r[1] != "customer_id"]
)
def test_every_reference_points_at_a_row(table: str, column: str, to: str, any_world: World) -> None:
    other, key = to.split(".")
    lost = (
        f"SELECT count(*) FROM gold.{table} WHERE {column} IS NOT NULL AND {column} NOT IN"
        f" (SELECT {key} FROM gold.{other})"
    )
    assert any_world.one(lost) == 0


def test_health_bands_follow_from_the_score(any_world: World) -> None:
    found = any_world.rows(
        "SELECT health_band, min(health_score) >= 0, max(health_score) <= 100, min(health_score), max(health_score)"
        " FROM gold.fact_customer_health GROUP BY 1"
    )
    bounds = {band: (low, high) for band, _, _, low, high in found}
    assert bounds["Healthy"][0] == 70 and bounds["At-Risk"] == (40, 69) and bounds["Critical"][1] == 39
    assert all(above and below for _, above, below, _, _ in found)


def test_billings_equal_the_invoices_that_were_not_voided(any_world: World) -> None:
    billed, invoiced = any_world.rows(
        "SELECT (SELECT sum(amount_usd) FROM gold.fact_revenue WHERE revenue_type = 'billings'"
        " AND revenue_date < '2026-11-01'),"
        " (SELECT sum(amount_usd) FROM gold.fact_invoice WHERE status <> 'void' AND issued_at < '2026-11-01')"
    )[0]
    assert billed == invoiced


def test_invoices_are_dated_in_order_and_paid_ones_only_carry_a_payment(any_world: World) -> None:
    wrong = any_world.one(
        "SELECT count(*) FROM gold.fact_invoice WHERE due_at <= issued_at OR (paid_at IS NOT NULL) <> (status = 'paid')"
        " OR paid_at > '2026-11-15' OR paid_at < issued_at"
    )
    assert wrong == 0


def test_the_ratable_part_follows_from_the_subscription(worlds: Callable[..., World]) -> None:
    """Add-ons carry no usage, so each of their lines is a 365th of a year's price."""
    wrong = worlds(clean=True).one(
        "SELECT count(*) FROM gold.fact_revenue r JOIN gold.fact_subscription s ON s.customer_id = r.customer_id"
        " AND s.product_id = r.product_id AND s.snapshot_date = r.revenue_date"
        " WHERE revenue_type = 'recognized' AND r.product_id IN ('P3', 'P4')"
        " AND abs(r.amount_usd - s.mrr_usd * 12 / 365) > 0.006"
    )
    assert wrong == 0


def test_nobody_has_a_snapshot_before_it_starts_or_after_it_left(any_world: World) -> None:
    for table in SNAPSHOTS:
        outside = any_world.one(
            f"SELECT count(*) FROM gold.{table} f JOIN gold.dim_customer c USING (customer_id)"
            " WHERE f.snapshot_date < c.created_at::DATE OR f.snapshot_date >= c.churned_at"
        )
        assert outside == 0, table


def test_every_day_of_three_years_is_whole_unless_something_was_planted(worlds: Callable[..., World]) -> None:
    for world in (worlds(clean=True), worlds()):
        for table in SNAPSHOTS:
            days, first, last, worst = world.rows(
                f"WITH d AS (SELECT snapshot_date AS day, count(*) AS n FROM gold.{table} GROUP BY 1), m AS (SELECT *,"
                " median(n) OVER (ORDER BY day ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING) AS usual FROM d)"
                " SELECT count(*), min(day)::VARCHAR, max(day)::VARCHAR, min(n / usual) FROM m"
            )[0]
            assert (days, first, last) == (1111, "2023-11-01", "2026-11-15")
            assert worst > 0.93, table


def test_sources_state_the_totals_that_gold_holds(any_world: World) -> None:
    measured = """
      SELECT 'recognized_revenue' AS metric, date_trunc('month', revenue_date)::DATE AS period,
        sum(amount_usd) AS gold, 0.001 AS within FROM gold.fact_revenue WHERE revenue_type = 'recognized' GROUP BY ALL
      UNION ALL SELECT revenue_type, date_trunc('month', revenue_date)::DATE, sum(amount_usd), 0
        FROM gold.fact_revenue WHERE revenue_type <> 'recognized' GROUP BY ALL
      UNION ALL SELECT 'customer_count', date_trunc('month', snapshot_date)::DATE, count(DISTINCT customer_id), 0
        FROM gold.fact_subscription WHERE snapshot_date = last_day(snapshot_date) GROUP BY ALL
      UNION ALL SELECT 'mrr', date_trunc('month', snapshot_date)::DATE, sum(mrr_usd), 0
        FROM gold.fact_subscription WHERE snapshot_date = last_day(snapshot_date) GROUP BY ALL
      UNION ALL SELECT 'active_lives', date_trunc('month', snapshot_date)::DATE, sum(active_lives), 0
        FROM gold.fact_active_lives WHERE snapshot_date = last_day(snapshot_date) GROUP BY ALL
      UNION ALL SELECT 'ticket_volume', date_trunc('month', opened_at)::DATE, count(*), 0
        FROM gold.fact_support_ticket GROUP BY ALL"""
    compared, wrong = any_world.rows(
        "WITH told AS (SELECT source, metric, period, arg_max(value, reported_at) AS value"
        " FROM ops.source_total GROUP BY ALL),"
        f" measured AS ({measured})"
        " SELECT count(*), count(*) FILTER (abs(gold - value) > within * value) FROM told JOIN"
        " measured USING (metric, period)"
    )[0]
    assert (compared, wrong) == (36 * 8, 0)


def test_a_clean_company_has_nothing_to_find(worlds: Callable[..., World]) -> None:
    world = worlds(clean=True)
    assert world.built.truth.read_text() == "[]\n"
    assert world.rows("SELECT DISTINCT status FROM ops.check_result") == [("pass",)]
    assert (
        world.one("SELECT max(n) FROM (SELECT count(*) AS n FROM ops.source_total GROUP BY source, metric, period)")
        == 1
    )
    assert (
        world.one(
            'SELECT max(n) FROM (SELECT count(DISTINCT type) AS n FROM ops.schema_snapshot GROUP BY "table", "column")'
        )
        == 1
    )
    open_surplus = world.one(
        "SELECT sum(len(split(members, '|')) - 1) FROM ops.duplicate_cluster WHERE status = 'open'"
    )
    assert open_surplus / 120 < 0.05


def test_in_a_clean_company_every_feed_lands_in_time(worlds: Callable[..., World]) -> None:
    late = worlds(clean=True).rows(
        "WITH cut AS (SELECT TIMESTAMP '2026-11-16 08:00:00' - to_days(n::INTEGER) AS cut_off FROM range(0, 30) t(n)),"
        " age AS (SELECT source, cut_off, cut_off - max(loaded_at) AS age FROM ops.source_load"
        " JOIN cut ON loaded_at <= cut_off"
        " WHERE status = 'success' GROUP BY source, cut_off)"
        " SELECT source FROM age GROUP BY source HAVING count(*) FILTER (age <= INTERVAL 24 HOUR) < 29"
        " OR max(age) FILTER (cut_off = TIMESTAMP '2026-11-16 08:00:00') > INTERVAL 24 HOUR"
    )
    assert late == []


def test_loads_fail_now_and_then_and_are_tried_again(worlds: Callable[..., World]) -> None:
    counts = dict(worlds(clean=True).rows("SELECT status, count(*) FROM ops.source_load GROUP BY 1"))
    assert counts["success"] == 12 * (LOAD_DAYS + 2) and 10 < counts["failed"] < 100


def test_no_week_of_a_clean_company_falls_by_nine_percent(worlds: Callable[..., World]) -> None:
    weeks = (
        "SELECT date_trunc('week', revenue_date) AS week, sum(amount_usd) AS usd FROM"
        " gold.fact_revenue WHERE revenue_type = 'recognized' AND revenue_date >= '2023-11-06'"
        " GROUP BY 1"
    )
    assert (
        worlds(clean=True).one(
            f"SELECT min(usd / before) FROM (SELECT *, lag(usd) OVER (ORDER BY week) AS before FROM ({weeks}))"
        )
        > 0.91
    )


def test_the_usual_company_has_the_size_it_promises(demo_world: World) -> None:
    assert demo_world.built.rows["gold.dim_customer"] == 840
    arr = demo_world.one("SELECT sum(mrr_usd) * 12 FROM gold.fact_subscription WHERE snapshot_date = '2026-11-15'")
    assert 29_000_000 < arr < 31_000_000
    sizes = {
        name: demo_world.built.rows[f"gold.{name}"]
        for name in ("fact_feature_usage", "fact_nps_response", "fact_support_ticket", "fact_invoice")
    }
    wanted = {
        "fact_feature_usage": 150_000,
        "fact_nps_response": 2_500,
        "fact_support_ticket": 20_000,
        "fact_invoice": 24_000,
    }
    assert all(0.75 < sizes[name] / wanted[name] < 1.3 for name in wanted), sizes
    assert (
        demo_world.one(
            "SELECT count(DISTINCT customer_name) + count(DISTINCT domain) + count(DISTINCT"
            " tax_id) FROM gold.dim_customer"
        )
        == 3 * 840
    )


@pytest.mark.parametrize("seed", range(1, 5))
def test_enough_interventions_lie_in_the_past_whatever_the_seed(seed: int, worlds: Callable[..., World]) -> None:
    assert worlds(seed=seed).one("SELECT count(*) FROM gold.fact_intervention WHERE outcome IS NOT NULL") >= 200
