"""Duplicates, variance, restatements, completeness, checks and the score on made-up inputs."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from catalog.sources import DuplicateRule, ReferenceTotal
from catalog.tables import Table
from tools.reconciliation.checks import CheckRun, last_runs
from tools.reconciliation.completeness import completeness
from tools.reconciliation.duplicates import duplicates
from tools.reconciliation.report import Cluster
from tools.reconciliation.score import components, linear, score
from tools.reconciliation.variance import SourceTotal, compared, restatements, variances
from warehouse.horizon import Horizon

NOW = datetime(2026, 11, 16, 8, tzinfo=ZoneInfo("America/New_York"))
RULE = DuplicateRule(table="bike", records="bike_record")
TOTAL = ReferenceTotal(metric="rides", tolerance_pct=0.1)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def end_of_month(day: date) -> date:
    return day.replace(day=28)


def cluster(name: str, members: int, status: str = "open", arr: int = 100) -> Cluster:
    return Cluster(name, "shop", tuple(f"{name}{i}" for i in range(members)), "tax_id", 0.9, Decimal(arr), status)


def reported(period: date, value: str, days_ago: int) -> SourceTotal:
    return SourceTotal("till", "rides", period, Decimal(value), NOW - timedelta(days=days_ago))


def test_the_residual_rate_counts_open_surplus_records_over_golden_records() -> None:
    found = duplicates(
        RULE, [cluster("a", 4), cluster("b", 2, "merged"), cluster("c", 3, "rejected")], 100, {"shop": 200}
    )
    assert (found.rate, found.status, found.open_clusters, found.open_surplus) == (0.03, "green", 1, 3)
    assert found.raw_rates == {"shop": (3 + 1) / 200}
    assert found.arr_affected == 100


@pytest.mark.parametrize(("surplus", "colour"), [(49, "green"), (50, "amber"), (79, "amber"), (80, "red")])
def test_a_duplicate_rate_warns_at_five_and_fails_at_eight_percent(surplus: int, colour: str) -> None:
    assert duplicates(RULE, [cluster("a", surplus + 1)], 1000, {}).status == colour


def test_the_five_worst_clusters_are_those_with_most_revenue() -> None:
    found = duplicates(RULE, [cluster(f"c{i}", 2, arr=i) for i in range(9)], 100, {})
    assert [c.cluster_id for c in found.worst] == ["c8", "c7", "c6", "c5", "c4"]


@pytest.mark.parametrize(
    ("gold", "source", "tolerance", "expected"),
    [
        ("100.1", "100", 0.1, (pytest.approx(0.1), True)),
        ("100.2", "100", 0.1, (pytest.approx(0.2), False)),
        ("-90", "-100", 0.1, (pytest.approx(10), False)),
        ("5", "5", 0, (0.0, True)),
        ("5", "6", 0, (pytest.approx(-16.6666667), False)),
        ("1", "0", 0.1, (None, False)),
        ("0", "0", 0, (0.0, True)),
    ],
)
def test_variance_is_gold_minus_source_over_the_sources_size(
    gold: str, source: str, tolerance: float, expected: tuple[float | None, bool]
) -> None:
    assert compared(Decimal(gold), Decimal(source), tolerance) == expected


def test_a_missing_gold_value_never_ties_out() -> None:
    assert compared(None, Decimal(5), 100) == (None, False)


def test_gold_is_compared_with_the_latest_report_of_each_closed_period_only() -> None:
    totals = [reported(MAY, "100", 100), reported(MAY, "110", 10), reported(JUNE, "50", 5)]
    found = variances("till", TOTAL, totals, {MAY: Decimal(110)}, end_of_month)
    assert [(v.period, v.reported, v.pct, v.ok) for v in found] == [(MAY, Decimal(110), 0.0, True)]


def test_a_period_reported_twice_with_another_value_is_a_restatement() -> None:
    totals = [reported(MAY, "110", 10), reported(MAY, "100", 100), reported(JUNE, "50", 50), reported(JUNE, "50", 5)]
    (found,) = restatements("till", TOTAL, totals, NOW, end_of_month)
    assert (found.period, found.before, found.latest, found.change, found.recent) == (MAY, 100, 110, 10, True)


def test_a_restatement_from_last_year_is_history_not_news() -> None:
    totals = [reported(MAY, "100", 400), reported(MAY, "110", 300)]
    (found,) = restatements("till", TOTAL, totals, NOW, end_of_month)
    assert found.recent is False


def snapshot_table() -> Table:
    return Table.model_validate(
        {
            "name": "bike_day",
            "entity": "bike_day",
            "description": "Bikes by day",
            "grain": ["day"],
            "owner": "ops",
            "time": "day",
            "kind": "snapshot",
            "completeness": {},
            "columns": [{"name": "day", "type": "date", "description": "The day"}],
        }
    )


def test_a_half_loaded_yesterday_is_incomplete_and_a_gap_of_last_year_is_not_news() -> None:
    yesterday, long_ago = date(2026, 11, 15), date(2025, 1, 1)
    horizon = Horizon(date(2024, 1, 1), date(2026, 11, 14), yesterday, frozenset({yesterday, long_ago}))
    found = completeness({"bike_day": snapshot_table()}, {"bike_day": horizon}, date(2026, 11, 16))
    assert (found["bike_day"].status, found["bike_day"].incomplete) == ("red", (yesterday,))


def test_today_is_never_called_incomplete() -> None:
    today = date(2026, 11, 16)
    horizon = Horizon(date(2024, 1, 1), date(2026, 11, 15), today, frozenset({today}))
    assert completeness({"bike_day": snapshot_table()}, {"bike_day": horizon}, today)["bike_day"].status == "green"


def check(status: str, severity: str = "error", days_ago: int = 0, name: str = "c1") -> CheckRun:
    return CheckRun(name, "not_null", "gold.bike.id", severity, status, "1", "0", 1, NOW - timedelta(days=days_ago))


def test_only_the_last_run_of_a_check_counts() -> None:
    (found,) = last_runs([check("fail", days_ago=1), check("pass")], ["bike"])
    assert (found.colour, found.table) == ("green", "bike")


@pytest.mark.parametrize(
    ("status", "severity", "colour"),
    [("fail", "error", "red"), ("fail", "warn", "amber"), ("warn", "error", "amber"), ("error", "error", "amber")],
)
def test_a_check_is_coloured_by_its_status_and_severity(status: str, severity: str, colour: str) -> None:
    assert last_runs([check(status, severity)], ["bike"])[0].colour == colour


@pytest.mark.parametrize(("value", "share"), [(0, 1.0), (5, 1.0), (6.5, 0.5), (8, 0.0), (99, 0.0)])
def test_a_component_falls_linearly_between_warning_and_failure(value: float, share: float) -> None:
    assert linear(value, 5, 8) == share


def test_what_nothing_measures_is_left_out_of_the_score() -> None:
    parts = components((), (), duplicates(RULE, [cluster("a", 66)], 1000, {}), {}, (), None)
    assert [(p.name, p.points) for p in parts if p.points is not None] == [("uniqueness", 10.0)]
    assert score(parts) == 50.0
    assert score(components((), (), None, {}, (), None)) is None
