"""What each part of a request and of an entry does to the numbers, on a few rows by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.refusals import BadArgument, TooExpensive, UnknownDimension, UnknownMetric
from tests.warehouse.compiler.market import Market

JANUARY = {"start": "2024-01-01", "end": "2024-01-31"}
ALL_OF_IT = {"start": "2024-01-01", "end": "2024-05-14"}


def _day(text: str) -> date:
    return date.fromisoformat(text)


def test_an_opening_is_the_last_complete_snapshot_before_the_period(market: Market) -> None:
    rows = market.rows("units_opening units units_growth", grain="month", start="2024-04-01", end="2024-05-14")
    # April opens with 30 March, because the 31st is incomplete.
    assert rows == [(_day("2024-04-01"), 79.0, 58.0, -21.0), (_day("2024-05-01"), 58.0, 60.0, 2.0)]


def test_an_average_is_over_complete_days_and_a_group_that_is_gone_counts_as_nothing(market: Market) -> None:
    april = {"start": "2024-04-01", "end": "2024-04-30"}
    # Stall b has 24 units on 9 of the 30 days.
    assert market.one("units_average", **april) == pytest.approx(14 + 44 + 24 * 9 / 30)
    assert dict(market.rows("units_average", **april, group_by=["stall_id"]))["b"] == pytest.approx(24 * 9 / 30)
    # March has 30 complete days; the 31st, with stall a alone, is left out.
    assert market.one("units_average", start="2024-03-01", end="2024-03-31") == 79.0


def test_a_total_to_date_begins_again_with_each_year(market: Market) -> None:
    rows = market.rows("takings_to_date", grain="month", start="2023-12-01", end="2024-02-29")
    assert [v for _, v in rows] == [907.0, 100.0, 280.0]


def test_a_total_to_date_begins_with_the_fiscal_year(april_market: Market) -> None:
    rows = april_market.rows("takings_to_date", grain="month", start="2024-02-01", end="2024-05-31")
    assert [v for _, v in rows] == [1187.0, 1187.0, 170.0, 275.0]


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("quarter", [("2024-01-01", 280.0), ("2024-04-01", 275.0)]),
        ("year", [("2023-04-01", None), ("2024-04-01", 275.0)]),
    ],
)
def test_a_fiscal_year_that_begins_in_april_holds_march_of_the_next(
    april_market: Market, grain: str, expected: list[tuple[str, float]]
) -> None:
    # The data begin in May 2023: of that fiscal year not all is known.
    start = "2024-01-01" if grain == "quarter" else "2023-04-01"
    rows = april_market.rows("takings", grain=grain, start=start, end="2024-05-14")
    assert rows == [(_day(d), v) for d, v in expected]


@pytest.mark.parametrize("start_month", [2, 3, 5, 12])
@pytest.mark.parametrize("grain", ["quarter", "year"])
def test_fiscal_periods_of_the_sql_are_those_of_the_calendar(start_month: int, grain: Any) -> None:
    from tests.warehouse.compiler.market import open_market

    other = open_market(start_month)
    rows = other.rows("takings_present", grain=grain, start="2023-05-01", end="2024-05-14")
    assert sum(v for _, v in rows) == 1462.0
    assert all(day == other.calendar.start_of(grain, day) for day, _ in rows)


def test_a_trailing_window_ends_with_the_period_and_is_unknown_where_the_data_do_not_fill_it(market: Market) -> None:
    rows = market.rows("takings_90", grain="month", start="2023-06-01", end="2024-05-31")
    found = {d.isoformat(): v for d, v in rows}
    assert found["2023-06-01"] is None  # would begin on 2 April, before the data
    assert found["2023-07-01"] == 900.0  # 3 May to 31 July: without the sale of 2 May
    assert found["2024-04-01"] == 350.0
    assert found["2024-05-01"] == 275.0  # 15 February to 14 May


def test_a_trailing_window_of_whole_months_waits_for_the_month_to_end(market: Market) -> None:
    rows = market.rows("takings_2m", grain="month", start="2024-04-01", end="2024-05-31")
    assert rows == [(_day("2024-04-01"), 170.0), (_day("2024-05-01"), 170.0)]


def test_retention_never_counts_what_came_later(market: Market) -> None:
    april = {"start": "2024-04-30", "end": "2024-04-30"}
    base, now = 100 + 190 + 400, 100 + 400
    assert market.one("rent_net", **april) == pytest.approx(now / base)
    assert market.one("rent_churn", **april) == pytest.approx(1 - now / base)
    assert market.one("rent_logo", **april) == pytest.approx(2 / 3)
    by_city = dict(market.rows("rent_net", **april, group_by=["city"]))
    assert by_city == {"Bern": pytest.approx(100 / 290), "Chur": 1.0}


def test_growth_counts_for_net_and_not_for_gross_retention(market: Market) -> None:
    february = {"start": "2024-02-29", "end": "2024-02-29"}
    assert market.one("rent_net", **february) == pytest.approx(680 / 590)
    assert market.one("rent_gross", **february) == 1.0


def test_concentration_is_the_share_of_the_largest_in_each_group(market: Market) -> None:
    assert market.one("top_stall_share", **JANUARY) == pytest.approx(40 / 100)
    by_city = dict(market.rows("top_stall_share", **JANUARY, group_by=["city"]))
    assert by_city == {"Bern": 0.5, "Chur": 1.0}


def test_a_distribution_always_shows_its_members(market: Market) -> None:
    assert market.rows("takings_by_kind", **JANUARY) == [("card", 60.0), ("cash", 40.0)]


def test_the_total_of_a_rolled_up_table_is_its_own_row_and_not_the_sum_of_its_groups(market: Market) -> None:
    # Small teams are missing from the groups: 30 people, of which 26 in teams that are shown.
    assert market.one("people", start="2024-05-01", end="2024-05-14") == 30.0
    groups = {"start": "2024-05-01", "end": "2024-05-14", "group_by": ["team"]}
    assert market.rows("people", **groups) == [("grill", 20.0), ("till", 6.0)]
    grill = [{"dimension": "team", "value": "grill"}]
    assert market.one("people", start="2024-05-01", end="2024-05-14", where=grill) == 20.0
    assert market.rows("people_by_team", start="2024-05-01", end="2024-05-14") == [("grill", 20.0), ("till", 6.0)]


def test_a_band_of_another_table_is_read_as_last_known_and_not_when_too_old(market: Market) -> None:
    months = market.rows("happy_units", grain="month", start="2024-02-01", end="2024-05-14")
    # No mood from 20 February to 4 March: too old for 29 February. On 14 May the mood is of the 13th.
    assert months == [
        (_day("2024-02-01"), None),
        (_day("2024-03-01"), 13.0),
        (_day("2024-04-01"), 14.0),
        (_day("2024-05-01"), 15.0),
    ]


def test_a_change_without_a_grain_compares_with_the_range_before(market: Market) -> None:
    february = {"start": "2024-02-01", "end": "2024-02-29"}
    assert market.rows("takings", **february, compare_to="prior_period") == [(180.0, 100.0, 80.0, 0.8)]
    rows = market.rows("takings", **february, compare_to="prior_period", group_by=["kind"])
    assert rows == [("card", 60.0, 60.0, 0.0, 0.0), ("cash", 50.0, 40.0, 10.0, 0.25), (None, 70.0, 0.0, 70.0, None)]


def test_a_group_that_only_the_earlier_period_has_is_shown(market: Market) -> None:
    rows = market.rows("takings", start="2024-04-01", end="2024-04-30", compare_to="prior_year", group_by=["kind"])
    assert rows == [("card", 90.0, None, None, None), ("cash", 80.0, None, None, None)]
    march = market.rows("takings", start="2024-03-01", end="2024-03-31", compare_to="prior_period", group_by=["kind"])
    assert march == [("card", 0.0, 60.0, -60.0, -1.0), ("cash", 0.0, 50.0, -50.0, -1.0), (None, 0.0, 70.0, -70.0, -1.0)]


def test_a_change_by_week_compares_monday_with_monday(market: Market) -> None:
    rows = market.rows("takings", grain="week", start="2024-01-08", end="2024-01-14", compare_to="prior_period")
    assert rows == [(_day("2024-01-08"), 20.0, 10.0, 10.0, 1.0)]
    query = market.compile("takings", grain="week", start="2024-04-29", end="2024-05-05", compare_to="prior_year")
    assert (query.prior_start, query.prior_end) == (_day("2023-05-01"), _day("2023-05-07"))


def test_a_change_of_a_snapshot_compares_the_ends_of_both_periods(market: Market) -> None:
    rows = market.rows("units", start="2024-04-01", end="2024-04-30", compare_to="prior_period")
    assert rows == [(58.0, 79.0, -21.0, pytest.approx(-21 / 79))]


def _where(dimension: str, op: str, value: Any = None) -> list[dict[str, Any]]:
    return [{"dimension": dimension, "op": op, **({} if value is None else {"value": value})}]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (_where("kind", "=", "cash"), 10 + 30 + 50 + 80 + 100),
        (_where("kind", "!=", "cash"), 20 + 40 + 60 + 90 + 5),
        (_where("kind", "in", ["cash", "card"]), 485),
        (_where("kind", "not in", ["cash"]), 215),
        (_where("kind", "is null"), 70),
        (_where("kind", "is not null"), 485),
        (_where("kind", "contains", "AS"), 270),
        (_where("size", ">", 3), 30 + 40 + 90 + 5),
        (_where("size", ">=", "3"), 165 + 210),
        (_where("size", "<", 3), 50),
        (_where("size", "<=", 3), 260),
        (_where("size", "between", [3, 5]), 240),
        (_where("covered", "=", True), 345),
        (_where("covered", "=", "no"), 30),
        (_where("city", "=", "bern"), 240),
        (_where("city", "=", "Capital"), 240),
        (_where("city", "is null"), 50 + 60 + 70),
        (_where("sold_at", ">=", "2024-04-30T23:00:00"), 195),
        (_where("sold_at", "between", ["2024-01-07", "2024-01-08"]), 10),
    ],
    ids=lambda value: " ".join(str(v) for v in value[0].values()) if isinstance(value, list) else "",
)
def test_a_condition_keeps_the_rows_it_names(market: Market, where: list[dict[str, Any]], expected: float) -> None:
    assert market.one("takings", **ALL_OF_IT, where=where) == expected


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (_where("size", "=", "big"), "is integer"),
        (_where("size", "=", True), "is integer"),
        (_where("size", "=", "nan"), "is integer"),
        (_where("covered", "=", "perhaps"), "is boolean"),
        (_where("sold_at", "=", "yesterday"), "is timestamp"),
        (_where("size", "contains", "3"), "works on text"),
        (_where("city", "=", "Basel"), "has no value"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(market: Market, where: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        market.compile("takings", where=where)


def test_a_value_cannot_leave_its_quotes(market: Market) -> None:
    assert market.one("takings", **ALL_OF_IT, where=_where("kind", "=", "x' OR '1'='1")) == 0.0
    assert market.one("takings", **ALL_OF_IT, where=_where("kind", "contains", "%' OR 1=1 --")) == 0.0


def test_rows_are_ordered_and_limited_as_asked_and_ties_by_the_groups(market: Market) -> None:
    by_sales = {"group_by": ["stall_id"], **JANUARY, "order_by": [{"by": "sales"}]}
    assert [s for s, _ in market.rows("sales", **by_sales)] == ["a", "b", "c"]
    ascending = {**by_sales, "order_by": [{"by": "sales", "direction": "asc"}], "limit": 2}
    assert market.rows("sales", **ascending) == [("b", 1.0), ("c", 1.0)]


def test_an_order_by_change_is_possible(market: Market) -> None:
    request = {"start": "2024-02-01", "end": "2024-02-29", "compare_to": "prior_period", "group_by": ["kind"]}
    rows = market.rows("takings", **request, order_by=[{"by": "takings__change"}], limit=1)
    assert rows == [(None, 70.0, 0.0, 70.0, None)]


@pytest.mark.parametrize(
    ("request_", "refusal", "says"),
    [
        ({"metrics": "takins"}, UnknownMetric, "No metric called"),
        ({"metrics": "takings", "group_by": ["colour"]}, UnknownDimension, "No dimension called"),
        ({"metrics": "takings", "group_by": ["opened_on"]}, UnknownDimension, "stalls open once"),
        ({"metrics": "units", "group_by": ["kind"]}, UnknownDimension, "cannot be split"),
        ({"metrics": "takings refunds", "where": _where("kind", "=", "cash")}, UnknownDimension, "cannot be split"),
        ({"metrics": "takings", "order_by": [{"by": "colour"}]}, BadArgument, "Cannot order"),
        ({"metrics": "takings", "start": "2022-01-01", "end": "2022-12-31"}, BadArgument, "no data before"),
        ({"metrics": "takings", "start": "2024-05-15", "end": "2024-05-16"}, BadArgument, "no complete data"),
        ({"metrics": "takings", "grain": "day", "start": "2000-01-01", "end": "2024-05-01"}, TooExpensive, "periods"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    market: Market, request_: dict[str, Any], refusal: type[Exception], says: str
) -> None:
    with pytest.raises(refusal, match=says):
        market.compile(**request_)


def test_a_misspelled_metric_is_answered_with_the_close_ones(market: Market) -> None:
    with pytest.raises(UnknownMetric) as raised:
        market.compile("takins")
    assert "takings" in raised.value.exists


def test_the_answer_says_what_each_column_is(market: Market) -> None:
    columns = market.compile("takings basket sales", grain="month", group_by=["city"], **JANUARY).columns
    assert [(c.name, c.type, c.role) for c in columns] == [
        ("month", "date", "time"),
        ("city", "string", "dimension"),
        ("takings", "decimal", "value"),
        ("basket", "float", "value"),
        ("sales", "integer", "value"),
    ]


def test_what_was_read_is_known_without_running(market: Market) -> None:
    query = market.compile("cash_share", group_by=["city"], **JANUARY)
    assert query.tables == {"sale", "stall"}
    assert query.columns_read == {
        "sale.amount",
        "sale.kind",
        "sale.sold_on",
        "sale.stall_id",
        "stall.city",
        "stall.stall_id",
    }
    assert query.metrics[0] == "cash_share"
    assert set(query.metrics) == {"cash_share", "cash_takings", "takings"}
    assert query.sources == {"till"}
