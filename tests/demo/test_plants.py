"""Each planted truth can be measured in the rows, and is absent where it was not planted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from tests.demo.conftest import World

NOW = datetime(2026, 11, 16, 8)
WEEKS = (
    "SELECT date_trunc('week', revenue_date)::DATE AS week, sum(amount_usd) AS usd FROM gold.fact_revenue"
    " JOIN gold.dim_customer USING (customer_id) WHERE revenue_type = 'recognized' AND {where} GROUP BY 1"
)


def only(worlds: Callable[..., World], name: str, seed: int = 7) -> World:
    return worlds(plant=frozenset({name}), seed=seed)


def change(world: World, monday: date, where: str = "true") -> tuple[float, float]:
    """(the week, the week before) of recognized revenue."""
    usd = dict(world.rows(WEEKS.format(where=where)))
    return float(usd[monday]), float(usd[date.fromordinal(monday.toordinal() - 7)])


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", [7, 2, 8])
def test_t1_one_slice_explains_a_fall_of_the_last_week(seed: int, worlds: Callable[..., World]) -> None:
    world = only(worlds, "T1", seed)
    truth = world.truth("T1", "drop")
    week, before = change(world, date(2026, 11, 9))
    assert week / before - 1 == pytest.approx(truth["magnitude"], abs=0.0005)
    assert -0.35 <= truth["magnitude"] <= -0.10
    facts = truth["detail"]
    where = (
        f"product_id = '{facts['product_id']}'"
        if facts["product_id"]
        else f"segment = '{facts['segment']}' AND region = '{facts['region']}'"
    )
    slice_week, slice_before = change(world, date(2026, 11, 9), where)
    assert (slice_week - slice_before) / (week - before) >= 0.8


def test_t1_has_a_near_miss_of_nine_percent_and_no_other_such_week(worlds: Callable[..., World]) -> None:
    world = only(worlds, "T1")
    missed = date.fromisoformat(world.truth("T1", "near miss")["window_start"][:10])
    week, before = change(world, missed)
    assert week / before - 1 == pytest.approx(-0.09, abs=0.0005)
    weeks = WEEKS.format(where="revenue_date >= '2023-11-06'")
    falls = world.rows(
        f"SELECT week FROM (SELECT *, lag(usd) OVER (ORDER BY week) AS before FROM ({weeks}))"
        " WHERE usd / before < 0.915 ORDER BY 1"
    )
    assert falls == [(missed,), (date(2026, 11, 9),)]


def test_t2_the_overall_share_falls_while_no_segment_moves(demo_world: World) -> None:
    share = (
        "SELECT {by} avg((csat >= 4)::INTEGER) FROM gold.fact_support_ticket JOIN"
        " gold.dim_customer USING (customer_id) WHERE csat IS NOT NULL AND date_trunc('month',"
        " opened_at) = '{month}' {group}"
    )
    by_segment = {
        m: dict(demo_world.rows(share.format(by="segment,", month=m, group="GROUP BY 1")))
        for m in ("2026-09-01", "2026-10-01")
    }
    for segment, rate in by_segment["2026-09-01"].items():
        assert by_segment["2026-10-01"][segment] == pytest.approx(rate, abs=0.015)
    before, after = (demo_world.one(share.format(by="", month=m, group="")) for m in ("2026-09-01", "2026-10-01"))
    assert after - before < -0.03
    assert after - before == pytest.approx(demo_world.truth("T2")["magnitude"])


def test_t3_in_the_usual_company_only_the_surveys_are_late(worlds: Callable[..., World]) -> None:
    world = worlds()
    ages = dict(
        world.rows(
            "SELECT source, date_diff('minute', max(loaded_at), TIMESTAMP '2026-11-16 08:00:00') /"
            " 60 FROM ops.source_load WHERE status = 'success' GROUP BY 1"
        )
    )
    assert [source for source, hours in ages.items() if hours > 24] == ["platform_surveys"]
    assert ages["platform_surveys"] == 40
    assert world.one("SELECT max(responded_at) FROM gold.fact_nps_response") < datetime(2026, 11, 14, 16)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", range(1, 6))
def test_t3_a_feed_stops_thirty_to_sixty_hours_before_monday_and_its_rows_are_missing(
    seed: int, worlds: Callable[..., World]
) -> None:
    world = only(worlds, "T3", seed)
    truth = world.truth("T3", "stopped")
    (feed,) = truth["entities"]
    age, failed = world.rows(
        f"SELECT date_diff('minute', max(loaded_at) FILTER (status = 'success'), TIMESTAMP '{NOW}') / 60,"
        " count(*) FILTER (status = 'failed' AND loaded_at > TIMESTAMP"
        f" '{truth['window_start']}') FROM ops.source_load WHERE source = '{feed}'"
    )[0]
    assert age == truth["magnitude"] and 30 <= age <= 60 and failed >= 1
    newest = {
        "netsuite_gl": "SELECT max(revenue_date) FROM gold.fact_revenue WHERE source_system = 'netsuite_gl'",
        "netsuite_invoices": "SELECT max(issued_at) FROM gold.fact_invoice",
        "platform_subscriptions": "SELECT max(snapshot_date) FROM gold.fact_subscription",
        "platform_usage": "SELECT max(login_date) FROM gold.fact_login",
        "platform_health": "SELECT max(snapshot_date) FROM gold.fact_customer_health",
        "platform_support": "SELECT max(opened_at)::DATE FROM gold.fact_support_ticket",
    }[feed]
    assert world.one(newest) <= date.fromisoformat(truth["window_start"][:10])
    assert world.one(newest) < date(2026, 11, 15)


def test_t3_has_a_near_miss_twenty_hours_late(worlds: Callable[..., World]) -> None:
    world = only(worlds, "T3")
    (feed,) = world.truth("T3", "near miss")["entities"]
    last = world.one(f"SELECT max(loaded_at) FROM ops.source_load WHERE source = '{feed}' AND status = 'success'")
    assert last == datetime(2026, 11, 15, 12)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", range(1, 5))
def test_t4_half_of_the_last_day_of_one_snapshot_is_there(seed: int, worlds: Callable[..., World]) -> None:
    world = only(worlds, "T4", seed)
    (table,) = world.truth("T4")["entities"]
    last, before = (
        world.one(f"SELECT count(*) FROM gold.{table} WHERE snapshot_date = '2026-11-{day}'") for day in (15, 14)
    )
    assert 0.3 < last / before < 0.7
    failed = world.rows("SELECT object FROM ops.check_result WHERE status <> 'pass'")
    assert failed == [(f"gold.{table}",)]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", [7, 1, 2, 3])
def test_t4_and_t3_never_meet_in_one_table(seed: int, worlds: Callable[..., World]) -> None:
    world = worlds(plant=frozenset({"T3", "T4"}), seed=seed)
    (table,) = world.truth("T4")["entities"]
    assert world.one(f"SELECT max(snapshot_date) FROM gold.{table}") == date(2026, 11, 15)


@pytest.mark.parametrize("profile", ["small", "demo"])
def test_t5_open_clusters_hold_the_planted_surplus_and_revenue(profile: str, worlds: Callable[..., World]) -> None:
    world = worlds(profile=profile)
    truth = world.truth("T5")
    rate, arr, sizes = world.rows(
        "SELECT sum(len(split(members, '|')) - 1) / (SELECT count(*) FROM gold.dim_customer),"
        " sum(arr_affected_usd)::DOUBLE,"
        " list(DISTINCT len(split(members, '|'))) FROM ops.duplicate_cluster WHERE status = 'open'"
    )[0]
    assert rate == pytest.approx(truth["magnitude"]) and arr == truth["detail"]["arr_affected_usd"]
    assert set(sizes) <= {2, 3, 4} and rate < 0.05
    assert profile == "small" or rate == pytest.approx(0.03, abs=0.006)
    lost = world.one(
        "SELECT count(*) FROM (SELECT source, unnest(split(members, '|')) AS account_id FROM ops.duplicate_cluster)"
        " ANTI JOIN gold.dim_customer_account USING (source, account_id)"
    )
    assert lost == 0


def test_t5_twins_share_a_name_and_not_a_tax_id_and_are_rejected_clusters(worlds: Callable[..., World]) -> None:
    pairs = worlds().rows(
        "SELECT cluster_id, count(DISTINCT a.account_name), count(DISTINCT a.tax_id), count(DISTINCT a.customer_id)"
        " FROM (SELECT cluster_id, source, unnest(split(members, '|')) AS account_id FROM"
        " ops.duplicate_cluster WHERE status = 'rejected')"
        " JOIN gold.dim_customer_account a USING (source, account_id) GROUP BY 1"
    )
    assert [row[2:] for row in pairs] == [(2, 2)] * 3


def test_t6_a_closed_month_is_reported_twice_and_the_lines_were_posted_late(worlds: Callable[..., World]) -> None:
    world = only(worlds, "T6")
    truth = world.truth("T6")
    ((period, first, last),) = world.rows(
        "SELECT period::VARCHAR, arg_min(value, reported_at)::DOUBLE, arg_max(value,"
        " reported_at)::DOUBLE FROM ops.source_total"
        " GROUP BY source, metric, period HAVING count(*) > 1"
    )
    assert [period[:7]] == truth["entities"]
    assert last - first == pytest.approx(truth["magnitude"], abs=0.01)
    assert 0.005 < abs(truth["magnitude"]) / first < 0.06
    rows, usd = world.rows(
        "SELECT count(*), sum(amount_usd)::DOUBLE FROM gold.fact_revenue WHERE revenue_type ="
        " 'recognized' AND posted_at > revenue_date + INTERVAL 40 DAY"
    )[0]
    assert (rows, usd) == (truth["detail"]["rows"], pytest.approx(truth["magnitude"]))


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("seed", range(1, 6))
def test_t7_one_column_is_renamed_or_retyped_and_one_nullable_column_is_new(
    seed: int, worlds: Callable[..., World]
) -> None:
    world = only(worlds, "T7", seed)
    changed = world.rows(
        "WITH last AS (SELECT * FROM ops.schema_snapshot WHERE run_at = (SELECT max(run_at) FROM ops.schema_snapshot)),"
        " first AS (SELECT * FROM ops.schema_snapshot WHERE run_at = (SELECT min(run_at) FROM ops.schema_snapshot))"
        ' SELECT f."table" || \'.\' || f."column", l."column", l.type FROM first f LEFT JOIN'
        ' last l USING ("table", ordinal)'
        ' WHERE l."column" IS DISTINCT FROM f."column" OR l.type IS DISTINCT FROM f.type'
    )
    truth = world.truth("T7")
    ((column, name, kind),) = changed
    assert [column] == truth["entities"]
    assert (name if truth["detail"]["renamed_to"] else kind) == (
        truth["detail"]["renamed_to"] or truth["detail"]["retyped_to"]
    )
    added = world.rows('SELECT "column", nullable FROM ops.schema_snapshot GROUP BY ALL HAVING count(*) = 1 ORDER BY 1')
    assert ("channel", True) in added


@pytest.mark.parametrize("profile", ["small", "demo"])
def test_t8_decliners_lose_ten_points_by_the_day_told_and_end_as_told(
    profile: str, worlds: Callable[..., World]
) -> None:
    world = worlds(profile=profile)
    cases = world.truth("T8", "decline")["detail"]
    assert len(cases) == {"small": 12, "demo": 40}[profile]
    endings = [case["ending"] for case in cases]
    shares = [endings.count(e) / len(cases) for e in ("churned", "recovered with help", "recovered alone")]
    assert shares == pytest.approx([0.6, 0.25, 0.15], abs=0.09)
    for case in cases:
        assert 3 <= case["weeks"] <= 8
        fallen, left = world.rows(
            f"SELECT max(health_score) FILTER (snapshot_date <= '{case['since']}') - min(health_score) FILTER"
            f" (snapshot_date BETWEEN '{case['since']}' AND DATE '{case['alert_on']}' + 7),"
            f" (SELECT churned_at IS NOT NULL FROM gold.dim_customer WHERE customer_id = '{case['customer_id']}')"
            f" FROM gold.fact_customer_health WHERE customer_id = '{case['customer_id']}' AND"
            f" snapshot_date >= DATE '{case['since']}' - 14"
        )[0]
        assert fallen >= 10 and left is (case["ending"] == "churned"), case
        helped = world.one(
            "SELECT count(*) FROM gold.fact_intervention WHERE customer_id ="
            f" '{case['customer_id']}' AND outcome = 'recovered' AND started_at >="
            f" '{case['since']}'"
        )
        assert (helped > 0) is (case["ending"] == "recovered with help"), case


@pytest.mark.parametrize("profile", ["small", "demo"])
def test_t8_near_misses_never_lose_more_than_nine_points_within_eight_weeks(
    profile: str, worlds: Callable[..., World]
) -> None:
    world = worlds(profile=profile)
    names = world.truth("T8", "near miss")["entities"]
    falls = world.rows(
        "SELECT customer_id, max(fall) FROM (SELECT customer_id, max(health_score) OVER"
        " (PARTITION BY customer_id ORDER BY snapshot_date"
        " ROWS BETWEEN 56 PRECEDING AND CURRENT ROW) - health_score AS fall FROM gold.fact_customer_health"
        f" WHERE customer_id IN (SELECT unnest({names}))) GROUP BY 1"
    )
    assert len(falls) == len(names) and {fall for _, fall in falls} == {9}


def test_t9_december_and_quarter_ends_stand_out(demo_world: World) -> None:
    lives = dict(
        demo_world.rows("SELECT snapshot_date::VARCHAR, sum(active_lives) FROM gold.fact_active_lives GROUP BY 1")
    )
    assert lives["2025-12-20"] > 1.1 * max(lives["2025-11-15"], lives["2026-01-25"])
    billed = dict(
        demo_world.rows(
            "SELECT date_trunc('month', revenue_date)::DATE::VARCHAR, sum(amount_usd) FROM"
            " gold.fact_revenue WHERE revenue_type = 'billings' GROUP BY 1"
        )
    )
    assert billed["2026-09-01"] > 2 * billed["2026-08-01"]


def test_t10_bookings_rise_at_the_quarters_end_without_revenue(worlds: Callable[..., World]) -> None:
    planted, without = only(worlds, "T10"), worlds(clean=True)
    booked = (
        "SELECT sum(amount_usd)::DOUBLE FROM gold.fact_revenue WHERE revenue_type = '{}' AND"
        " revenue_date BETWEEN '2026-07-01' AND '2026-09-30'"
    )
    gained = planted.one(booked.format("bookings")) - without.one(booked.format("bookings"))
    assert gained == pytest.approx(planted.truth("T10")["magnitude"]) and gained > 0
    assert planted.one(booked.format("recognized")) == without.one(booked.format("recognized"))


def test_t11_changed_customers_have_two_chapters_that_meet(demo_world: World) -> None:
    cases = demo_world.truth("T11")["detail"]
    assert sorted(case["reason"] for case in cases) == ["acquisition"] * 5 + ["rename"] * 5 + ["subsidiary"] * 5
    for case in cases:
        before, after = demo_world.rows(
            "SELECT customer_name, parent_customer_id, valid_from::VARCHAR, valid_to::VARCHAR,"
            f" reason FROM gold.dim_customer_history WHERE customer_id = '{case['customer_id']}'"
            " ORDER BY valid_from"
        )
        assert before[3] == after[2] == case["changed_on"] and after[3] is None and after[4] == case["reason"]
        assert (before[0] != after[0]) is (case["reason"] == "rename")
        assert after[1] == case["parent_customer_id"] and (after[1] is None) is (case["reason"] == "rename")


def test_t12_ten_strings_that_give_orders_lie_in_tickets_and_account_names(worlds: Callable[..., World]) -> None:
    world = worlds()
    places = [case["place"].split()[0] for case in world.truth("T12")["detail"]]
    assert (places.count("ticket"), places.count("account")) == (7, 3)
    for other in (worlds(clean=True), only(worlds, "T10")):
        assert (
            other.one("SELECT count(*) FROM gold.fact_support_ticket WHERE subject ILIKE '%ignore all previous%'") == 0
        )


@pytest.mark.first_cases(4)
@pytest.mark.parametrize("name", [f"T{n}" for n in range(1, 13)])
def test_a_chosen_truth_is_the_only_one_told(name: str, worlds: Callable[..., World]) -> None:
    import json

    assert {t["id"] for t in json.loads(only(worlds, name).built.truth.read_text())} == {name}
