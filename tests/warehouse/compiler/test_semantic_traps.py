"""The twelve semantic traps of metrics, each shown on a few rows by hand."""

from __future__ import annotations

from datetime import date

import pytest
import sqlglot
from sqlglot import exp

from catalog.refusals import BadArgument, UnknownDimension
from tests.warehouse.compiler.market import Market


def _day(text: str) -> date:
    return date.fromisoformat(text)


def test_trap_1_a_snapshot_is_of_one_day_for_all_groups_not_the_last_day_of_each(market: Market) -> None:
    # Stall b closed on 10 April: its own last row must not stand for the end of April.
    assert market.rows("units", start="2024-04-01", end="2024-04-30", group_by=["stall_id"]) == [
        ("a", 14.0),
        ("c", 44.0),
    ]


def test_trap_1_an_incomplete_last_snapshot_falls_back_to_the_last_complete_one_and_says_so(market: Market) -> None:
    request = {"start": "2024-03-01", "end": "2024-03-31", "grain": "month"}
    assert market.rows("units", **request) == [(_day("2024-03-01"), 79.0)]
    query = market.compile("units", **request)
    assert query.snapshot_dates["units"] == {_day("2024-03-01"): _day("2024-03-30")}
    assert query.notes == ("Units: snapshot of 2024-03-30, because that of 2024-03-31 is incomplete.",)


def test_trap_1_the_day_does_not_depend_on_the_filter(market: Market) -> None:
    # Stall a has a row on 31 March; the company's snapshot of that day is incomplete all the same.
    only_a = [{"dimension": "stall_id", "value": "a"}]
    query = market.compile("units", start="2024-03-01", end="2024-03-31", where=only_a)
    assert query.snapshot_dates["units"] == {_day("2024-03-01"): _day("2024-03-30")}


def test_trap_1_a_day_without_a_complete_snapshot_is_unknown_and_the_answer_says_so(market: Market) -> None:
    request = {"start": "2024-03-31", "end": "2024-03-31"}
    assert market.one("units", **request) is None
    assert market.compile("units", **request).notes == ("Units: no complete snapshot in the period of 2024-03-31.",)


def test_trap_2_snapshots_are_not_added_over_time(market: Market) -> None:
    assert market.one("units", start="2024-02-01", end="2024-02-29") == 76.0
    assert market.one("units", start="2024-01-01", end="2024-03-31") == 79.0


def test_trap_3_a_ratio_is_of_sums_not_a_mean_of_ratios_and_null_over_nothing(market: Market) -> None:
    by_stall = dict(market.rows("cash_share", start="2024-01-01", end="2024-01-31", group_by=["stall_id"]))
    assert by_stall == {"a": pytest.approx(1 / 3), "b": 1.0, "c": 0.0}
    assert market.one("cash_share", start="2024-01-01", end="2024-01-31") == pytest.approx(40 / 100)
    assert market.one("cash_share", start="2024-03-01", end="2024-03-31") is None


def test_trap_3_both_sides_of_a_ratio_take_the_same_filters_and_snapshot_day(market: Market) -> None:
    bern = [{"dimension": "city", "value": "Bern"}]
    assert market.one("cash_share", start="2024-01-01", end="2024-01-31", where=bern) == pytest.approx(40 / 60)
    query = market.compile("rent_per_unit", start="2024-03-01", end="2024-03-31")
    days = {text for text in ("2024-03-30", "2024-03-31") if text in query.sql}
    assert days == {"2024-03-30"}
    assert market.one("rent_per_unit", start="2024-03-01", end="2024-03-31") == pytest.approx(670 / 79)


def test_trap_4_two_facts_meet_without_multiplying_and_keep_rows_without_a_key(market: Market) -> None:
    rows = market.rows("takings refunds", start="2024-01-01", end="2024-02-29", group_by=["stall_id"])
    # A key that points nowhere ('zz') and a missing key are the same group: no stall.
    assert rows == [("a", 30.0, 3.0), ("b", 30.0, 0.0), ("c", 40.0, 0.0), ("d", 50.0, 4.0), (None, 130.0, 8.0)]


def test_trap_4_a_null_member_of_both_facts_is_one_row(market: Market) -> None:
    rows = market.rows("takings refunds", start="2024-02-01", end="2024-02-29", group_by=["city"])
    assert rows == [(None, 180.0, 12.0)]


def test_trap_5_gap_months_appear_as_the_entry_says_and_end_with_the_data(market: Market) -> None:
    months = [_day(f"2024-0{m}-01") for m in range(1, 6)]
    request = {"grain": "month", "start": "2024-01-01", "end": "2024-12-31"}
    assert market.rows("takings", **request) == list(zip(months, [100.0, 180.0, 0.0, 170.0, 105.0], strict=True))
    assert [v for _, v in market.rows("takings_known", **request)] == [100.0, 180.0, None, 170.0, 105.0]
    assert [m for m, _ in market.rows("takings_present", **request)] == [m for m in months if m.month != 3]


def test_trap_5_a_gap_is_filled_for_every_group_that_is_seen(market: Market) -> None:
    rows = market.rows("sales", grain="month", start="2024-02-01", end="2024-04-30", group_by=["kind"])
    assert [(d.month, kind, n) for d, kind, n in rows] == [
        (2, "card", 1.0),
        (2, "cash", 1.0),
        (2, None, 1.0),
        (3, "card", 0.0),
        (3, "cash", 0.0),
        (3, None, 0.0),
        (4, "card", 1.0),
        (4, "cash", 1.0),
        (4, None, 0.0),
    ]


def test_trap_6_a_year_before_the_data_is_unknown_not_zero(market: Market) -> None:
    rows = market.rows("takings", grain="month", start="2024-04-01", end="2024-05-31", compare_to="prior_year")
    april, may = rows
    assert april == (_day("2024-04-01"), 170.0, None, None, None)
    assert may[1:] == (105.0, 7.0, 98.0, 14.0)


def test_trap_6_a_month_without_rows_inside_the_data_is_zero_when_it_is_the_base(market: Market) -> None:
    ((_, now, before, change, share),) = market.rows(
        "takings", grain="month", start="2024-04-01", end="2024-04-30", compare_to="prior_period"
    )
    assert (now, before, change, share) == (170.0, 0.0, 170.0, None)


def test_trap_6_a_cohort_whose_base_lies_before_the_data_is_unknown(market: Market) -> None:
    rows = market.rows("rent_net", grain="month", start="2024-01-01", end="2024-02-29")
    assert rows == [(_day("2024-01-01"), None), (_day("2024-02-01"), pytest.approx(680 / 590))]


def test_trap_6_a_fact_that_begins_later_is_unknown_before(market: Market) -> None:
    rows = market.rows("takings refunds net_takings", grain="month", start="2023-12-01", end="2024-01-31")
    assert rows == [(_day("2023-12-01"), 0.0, None, None), (_day("2024-01-01"), 100.0, 3.0, 97.0)]


def test_trap_7_distinct_counts_are_counted_again_not_added_again(market: Market) -> None:
    months = market.rows("buyers", grain="month", start="2024-01-01", end="2024-02-29")
    assert [n for _, n in months] == [2.0, 2.0]
    assert market.one("buyers", start="2024-01-01", end="2024-02-29") == 3.0
    assert [n for _, n in market.rows("buyers_60", grain="month", start="2024-02-01", end="2024-02-29")] == [3.0]


def test_trap_8_a_dimension_that_would_multiply_rows_is_refused(market: Market) -> None:
    with pytest.raises(UnknownDimension, match="cannot be split"):
        market.compile("takings", group_by=["tag"])


def test_trap_8_a_one_to_many_path_is_refused_even_where_an_entry_allows_it(market: Market) -> None:
    loose = market.catalog.metrics["takings"].model_copy(
        update={"dimensions": market.catalog.metrics["takings"].dimensions.model_copy(update={"allowed": ("tag",)})}
    )
    other = Market(market.connection, market.catalog, market.calendar)
    other.catalog = type(market.catalog)(
        market.catalog.company,
        market.catalog.tables,
        {**market.catalog.metrics, "takings": loose},
        market.catalog.sources,
        market.catalog.policies,
    )
    with pytest.raises(UnknownDimension, match="counting rows twice"):
        other.compile("takings", group_by=["tag"])


def test_trap_9_names_of_the_answer_do_not_capture_columns_of_the_source(market: Market) -> None:
    # `sale` has columns called `month` and `takings`; the answer has too.
    rows = market.rows("takings", grain="month", start="2024-01-01", end="2024-02-29", group_by=["kind"])
    assert rows[0] == (_day("2024-01-01"), "card", 60.0)
    assert "captured" not in str(rows)
    ordered = market.rows(
        "takings", group_by=["kind"], start="2024-01-01", end="2024-02-29", order_by=[{"by": "takings"}]
    )
    assert [v for _, v in ordered] == [120.0, 90.0, 70.0]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_trap_10_null_comes_last_in_both_directions(market: Market, direction: str) -> None:
    order = [{"by": "takings_known", "direction": direction}]
    rows = market.rows("takings_known", grain="month", start="2024-02-01", end="2024-04-30", order_by=order)
    assert [v for _, v in rows] == ([170.0, 180.0, None] if direction == "asc" else [180.0, 170.0, None])


def test_trap_10_bigquery_is_told_where_null_goes(market: Market) -> None:
    # Its own default puts NULL first when ascending; DuckDB's puts it last in both directions.
    order = [{"by": "takings", "direction": "asc"}]
    sql = market.compile("takings", "bigquery", group_by=["kind"], order_by=order).sql
    final = sqlglot.parse_one(sql, dialect="bigquery").args["order"].expressions
    assert [o.sql(dialect="bigquery") for o in final] == ["`takings` ASC NULLS LAST", "`kind` ASC NULLS LAST"]


def test_trap_11_division_is_in_floating_point_in_both_dialects(market: Market) -> None:
    assert market.one("big_share", start="2024-04-30", end="2024-04-30") == pytest.approx(44 / 58)
    assert market.one("takings_per_day", start="2024-01-01", end="2024-01-31") == pytest.approx(100 / 31)
    for dialect, kind in (("duckdb", "DOUBLE"), ("bigquery", "FLOAT64")):
        names = "big_share basket takings_per_day refunds_per_sale_and_day"
        tree = sqlglot.parse_one(market.compile(names, dialect, start="2024-01-01").sql, dialect=dialect)
        divisions = list(tree.find_all(exp.Div))
        assert divisions
        assert all(f"AS {kind})" in d.left.sql(dialect=dialect) for d in divisions)
        assert all(isinstance(d.right, exp.Nullif) for d in divisions)


def test_trap_11_division_by_nothing_is_unknown_however_deep(market: Market) -> None:
    march = {"start": "2024-03-01", "end": "2024-03-31"}
    assert market.one("refunds_per_sale_and_day", **march) is None
    assert market.one("refunds_per_sale_and_day", start="2024-01-01", end="2024-01-31") == pytest.approx(3 / 4 / 31)


def test_trap_12_a_sunday_belongs_to_the_week_that_began_on_monday(market: Market) -> None:
    # 7 January 2024 is a Sunday, the 8th a Monday.
    rows = market.rows("takings", grain="week", start="2024-01-01", end="2024-01-14")
    assert rows == [(_day("2024-01-01"), 10.0), (_day("2024-01-08"), 20.0)]


def test_trap_12_weeks_are_iso_weeks_on_bigquery_too(market: Market) -> None:
    sql = market.compile("takings", "bigquery", grain="week", start="2024-01-01", end="2024-01-14").sql
    assert "ISOWEEK" in sql
    assert "WEEK(" not in sql.replace("ISOWEEK", "")


def test_an_unfinished_period_is_set_apart_and_compared_with_the_same_days(market: Market) -> None:
    request = {"grain": "month", "start": "2024-04-01", "end": "2024-05-31", "compare_to": "prior_year"}
    query = market.compile("takings", **request)
    assert query.in_progress_from == _day("2024-05-01")
    assert query.end == _day("2024-05-14")
    # May 2023 as a whole took 907, but 900 of it after the 14th.
    assert market.rows("takings", **request)[-1][2] == 7.0


def test_today_is_never_read(market: Market) -> None:
    assert market.one("takings", start="2024-05-01", end="2024-05-31") == 105.0


def test_an_unfinished_period_alone_is_in_progress(market: Market) -> None:
    query = market.compile("takings", start="2024-05-01", end="2024-05-31", compare_to="prior_period")
    assert (query.in_progress_from, query.end) == (_day("2024-05-01"), _day("2024-05-14"))
    assert (query.prior_start, query.prior_end) == (_day("2024-04-01"), _day("2024-04-14"))


def test_days_end_where_the_data_end(market: Market) -> None:
    request = {"grain": "day", "start": "2024-05-12", "end": "2024-05-31"}
    query = market.compile("takings", **request)
    assert (query.end, query.in_progress_from) == (_day("2024-05-14"), None)
    assert any("2024-05-14, the last complete day" in note for note in query.notes)
    assert [row[0] for row in market.rows("takings", **request)] == [_day(f"2024-05-{d}") for d in (12, 13, 14)]
    with pytest.raises(BadArgument, match="no complete data after 2024-05-14"):
        market.compile("takings", grain="day", start="2024-05-15", end="2024-05-31")


def test_a_day_that_has_only_begun_is_in_progress(market: Market) -> None:
    assert market.compile("takings", start="2024-05-15", end="2024-05-15").in_progress_from == _day("2024-05-15")
    assert market.compile("takings", start="2024-05-14", end="2024-05-14").in_progress_from is None


def test_without_dates_only_finished_periods_are_read(market: Market) -> None:
    query = market.compile("takings")
    assert (query.start, query.end, query.in_progress_from) == (_day("2024-04-01"), _day("2024-04-30"), None)


def test_a_range_after_the_data_is_refused(market: Market) -> None:
    with pytest.raises(BadArgument, match="future"):
        market.compile("takings", start="2025-01-01", end="2025-01-31")
