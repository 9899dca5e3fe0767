"""From facts of a made-up company to the colour of the report and the trust of an answer."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.tools.reconciliation.bicycles import (
    NOW,
    OCTOBER,
    YESTERDAY,
    healthy,
    loads,
    report_of,
    snapshots,
    trust,
    with_ops,
)
from tools.reconciliation.checks import CheckRun
from tools.reconciliation.report import Cluster
from tools.reconciliation.variance import SourceTotal
from warehouse.horizon import Horizon

METRICS = ("fares", "rides", "bikes_used", "free_docks", "fare_per_ride")


def test_a_healthy_company_is_green_with_a_full_score_and_touches_no_metric() -> None:
    report = report_of(healthy())
    assert (report.overall, report.score, report.metric_colours) == ("green", 100.0, {})
    assert [c.points for c in report.components] == [25, 25, 20, 20, 10]


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_of_a_healthy_company_is_reconciled(metric: str) -> None:
    assert trust(healthy(), metric).state == "reconciled"


def test_a_late_feed_makes_its_own_metrics_stale_and_leaves_the_others_alone() -> None:
    late = with_ops(healthy(), loads=tuple(loads("till", 40) + loads("dock")))
    assert [trust(late, m).state for m in METRICS] == ["stale", "stale", "stale", "reconciled", "stale"]
    assert trust(late, "rides").reasons[0] == "till last loaded 40 h ago (limit 30 h)"
    report = report_of(late)
    assert (report.overall, report.reason) == ("red", "till last loaded 40 h ago (limit 30 h)")
    assert set(report.metric_colours) == {"fares", "rides", "bikes_used", "fare_per_ride"}


def test_a_feed_past_its_sla_but_inside_its_error_limit_is_stale_too() -> None:
    assert trust(with_ops(healthy(), loads=tuple(loads("till", 26) + loads("dock"))), "rides").state == "stale"


def test_the_score_never_hides_a_red_component() -> None:
    report = report_of(with_ops(healthy(), loads=tuple(loads("till", 40) + loads("dock"))))
    assert (report.overall, report.score) == ("red", 87.5)


def test_a_total_out_of_tolerance_is_a_variance_of_its_metric_and_of_all_that_shares_its_feed_and_table() -> None:
    off = replace(healthy(), gold={("fares", "month"): {OCTOBER: Decimal("1050")}})
    assert [trust(off, m).state for m in METRICS] == ["variance", "variance", "variance", "reconciled", "variance"]
    assert trust(off, "fares").variance_pct == 5.0
    assert trust(off, "fares").reasons == ["fares differs from till in 2026-10: +5.0 % (tolerance 0.1 %)"]


def test_a_restatement_is_told_and_does_not_change_the_state() -> None:
    told = SourceTotal("till", "fares", OCTOBER, Decimal(900), NOW - timedelta(days=14))
    restated = with_ops(healthy(), totals=(told, *(healthy().ops.totals or ())))
    assert trust(restated, "fares").state == "reconciled"
    assert "till restated fares of 2026-10" in trust(restated, "fares").reasons[0]
    assert report_of(restated).overall == "amber"


def test_a_half_loaded_yesterday_degrades_the_snapshot_metric_only() -> None:
    partial = Horizon(OCTOBER, YESTERDAY - timedelta(days=1), YESTERDAY, frozenset({YESTERDAY}))
    facts = replace(healthy(), horizons={**healthy().horizons, "dock_day": partial})
    assert [trust(facts, m).state for m in ("free_docks", "rides")] == ["degraded", "reconciled"]
    assert report_of(facts).completeness["dock_day"].incomplete == (YESTERDAY,)


def test_a_broken_column_degrades_what_reads_it_and_nothing_else() -> None:
    facts = with_ops(healthy(), snapshots=tuple(snapshots(ride={"fare": "VARCHAR"})))
    assert [trust(facts, m).state for m in METRICS] == [
        "degraded",
        "reconciled",
        "reconciled",
        "reconciled",
        "degraded",
    ]
    (change,) = report_of(facts).drift
    assert (change.table, change.column, change.metrics) == ("ride", "fare", ("fare_per_ride", "fares"))


def test_sql_over_a_table_with_a_broken_column_is_degraded_since_its_columns_are_unknown() -> None:
    facts = with_ops(healthy(), snapshots=tuple(snapshots(ride={"fare": "VARCHAR"})))
    assert trust(facts, tables=("ride",)).state == "degraded"
    assert trust(facts, tables=("dock_day",)).state == "reconciled"


@pytest.mark.parametrize(("members", "state"), [(2, "reconciled"), (5, "reconciled"), (6, "degraded"), (9, "degraded")])
def test_duplicates_degrade_counts_of_the_records_from_the_warning_limit_on(members: int, state: str) -> None:
    cluster = Cluster("c1", "shop", tuple(map(str, range(members))), "frame", 0.9, Decimal(5), "open")
    facts = with_ops(healthy(), clusters=(cluster,))
    assert trust(facts, "bikes_used").state == state
    assert trust(facts, "fares").state == "reconciled"


def test_a_blocking_check_that_fails_degrades_its_table_and_a_warning_does_not() -> None:
    for severity, state in (("error", "degraded"), ("warn", "reconciled")):
        check = CheckRun("unique", "uniqueness", "gold.ride.ride_id", severity, "fail", "3", "0", 3, NOW)
        assert trust(with_ops(healthy(), checks=(check,)), tables=("ride",)).state == state


def test_without_anything_to_tie_out_to_the_answer_is_unreconciled_and_says_why() -> None:
    bare = with_ops(healthy(), checks=())
    found = trust(bare, "free_docks")
    assert found.state == "unreconciled"
    assert found.reasons == ["dock has no total of its system and no passing row-count check to tie out to"]


def test_without_operational_tables_nothing_is_reconciled_and_nothing_crashes() -> None:
    facts = with_ops(healthy(), loads=None, totals=None, snapshots=None, clusters=None, checks=None)
    facts = replace(facts, gold={}, notes=("there is no operational table source_load",))
    assert trust(facts, "fares").state == "unreconciled"
    assert trust(facts, "fares").reasons == [
        "till has no load log",
        "there is no load log to tell how fresh the feeds are",
    ]
    assert report_of(facts).overall == "amber"


def test_staleness_wins_over_every_other_state() -> None:
    late = with_ops(healthy(), loads=tuple(loads("till", 40) + loads("dock")))
    both = replace(late, gold={("fares", "month"): {OCTOBER: Decimal(2000)}})
    found = trust(both, "fares")
    assert found.state == "stale"
    assert len(found.reasons) == 2
