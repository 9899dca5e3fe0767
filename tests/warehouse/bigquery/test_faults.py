"""BigQuery slow, broken, busy or dear: the right rows or a coded refusal within the deadline, never half an answer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog.access import Access, company_access
from catalog.catalog import Catalog
from catalog.loader import load_catalog
from catalog.refusals import (
    BadArgument,
    NotAllowed,
    NotReadOnly,
    RateLimited,
    Refusal,
    Timeout,
    TooExpensive,
    WarehouseDown,
)
from catalog.request import MetricRequest
from server.settings import load_settings
from server.wiring import company_clock
from tests.fakes.bigquery_server import SECRET, FakeBigQuery, Fault, Script, fake_bigquery
from tests.warehouse.bigquery.company import PRICE, described
from warehouse.bigquery import warehouse as bigquery
from warehouse.bigquery.connection import connect
from warehouse.bigquery.place import Place
from warehouse.bigquery.spending import Spending
from warehouse.bigquery.warehouse import BigQueryWarehouse
from warehouse.bill import Bill
from warehouse.compiled import CompiledQuery
from warehouse.compiler import compile_request
from warehouse.deadline import Deadline
from warehouse.horizon import Horizon
from warehouse.purpose import Purpose

MIB = 1024**2
SQL = "SELECT COUNT(*) AS n FROM gold.fact_revenue"
WORKSPACE = Path(__file__).parents[3] / "demo" / "workspace"


@pytest.fixture(scope="module")
def catalog(demo_workspace: Path) -> Catalog:
    """The demo catalog."""
    return load_catalog(demo_workspace / "catalog", load_settings(demo_workspace, environ={}).company)


@contextmanager
def _served(catalog: Catalog, script: Script, cap: int = 100 * MIB) -> Iterator[tuple[BigQueryWarehouse, FakeBigQuery]]:
    script.tables_schema = described(catalog)
    with fake_bigquery(script) as fake:
        place = Place("assay-fake")
        warehouse = BigQueryWarehouse(
            lambda: connect(place, api_endpoint=fake.endpoint, anonymous=True),
            place,
            catalog,
            pseudonym_key=b"k" * 16,
            calendar=company_clock(catalog.company),
            spending=Spending(PRICE, cap, cap),
        )
        yield warehouse, fake
        warehouse.close()


def _finance(catalog: Catalog) -> Access:
    return Access(catalog, catalog.users["fin.riley"].as_principal())


def _metric(catalog: Catalog) -> CompiledQuery:
    reach = Horizon(date(2023, 1, 1), date(2026, 11, 15), date(2026, 11, 16))
    calendar = company_clock(catalog.company)()
    request = MetricRequest.model_validate({"metrics": ["recognized_revenue"]})
    return compile_request(request, company_access(catalog), calendar, dict.fromkeys(catalog.tables, reach), "bigquery")


def _asked(warehouse: BigQueryWarehouse, catalog: Catalog, seconds: float = 10) -> tuple[tuple[object, ...], ...]:
    return warehouse.sql_rows(_finance(catalog), SQL, Deadline(seconds), 1000)[1].rows


PASSING = {
    "busy": Fault(status=429),
    "internal error": Fault(status=500),
    "bad gateway": Fault(status=502),
    "not available": Fault(status=503),
    "reset": Fault(reset=True),
    "reset after it took effect": Fault(reset=True, done=True),
    "cut answer": Fault(cut=True),
    "cut answer after it took effect": Fault(cut=True, done=True),
    "slow": Fault(hang=0.2),
    "torn answer": Fault(torn=True),
    "torn answer after it took effect": Fault(torn=True, done=True),
}
CALLS = ("insert", "get", "results", "page", "table", "dry")
"""Every call that an answer needs: `results` is the first page of rows, `page` the second."""
ROWS = ((7,), (8,), (9,))


def _script(call: str, *faults: Fault) -> Script:
    """A job that is looked at once before it ends, with two pages of rows, and the faults of one kind of call."""
    script = Script(seconds=0.02, rows=[(str(n),) for (n,) in ROWS], page=2)
    script.fail(call, *faults)
    return script


def _survives(call: str, fault: str, catalog: Catalog) -> None:
    with _served(catalog, _script(call, PASSING[fault])) as (warehouse, fake):
        assert _asked(warehouse, catalog) == ROWS
        assert len(fake.jobs) == 1
        assert not fake.script.faults[call]


@pytest.mark.parametrize(
    ("call", "fault"), [*zip(CALLS * 2, PASSING, strict=False), ("insert", "reset after it took effect")]
)
def test_a_passing_fault_is_tried_again(call: str, fault: str, catalog: Catalog) -> None:
    _survives(call, fault, catalog)


@pytest.mark.prove
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", PASSING)
def test_every_passing_fault_of_every_call_is_tried_again(
    call: str, fault: str, catalog: Catalog, record_property: Callable[[str, object], None]
) -> None:
    _survives(call, fault, catalog)
    record_property("bigquery_faults_survived", 1)


def _gives_up(call: str, fault: str, catalog: Catalog) -> None:
    with _served(catalog, _script(call, *[PASSING[fault]] * 200)) as (warehouse, _):
        if call != "table":
            warehouse.watermark()
        began = time.monotonic()
        try:
            assert _asked(warehouse, catalog, seconds=0.5) == ROWS
        except (Timeout, RateLimited, WarehouseDown) as refusal:
            assert SECRET not in refusal.text
        else:
            # Only where the job could be found by its id, though every answer to its start was lost.
            assert (call, fault) in (("insert", "cut answer"), ("insert", "torn answer"))
        assert time.monotonic() - began < 3


LASTING = ("busy", "internal error", "not available", "reset", "cut answer", "torn answer")


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        *(("insert", "busy"), ("get", "reset"), ("results", "cut answer")),
        *(("page", "torn answer"), ("dry", "not available"), ("table", "busy")),
    ],
)
def test_a_lasting_fault_is_a_refusal_within_the_deadline(call: str, fault: str, catalog: Catalog) -> None:
    _gives_up(call, fault, catalog)


@pytest.mark.prove
@pytest.mark.parametrize("call", ["insert", "get", "results", "page", "dry", "table"])
@pytest.mark.parametrize("fault", LASTING)
def test_every_lasting_fault_is_a_refusal_within_the_deadline(call: str, fault: str, catalog: Catalog) -> None:
    _gives_up(call, fault, catalog)


def _left_alone(warehouse: BigQueryWarehouse, fake: FakeBigQuery, catalog: Catalog) -> list[Refusal]:
    """Ask, go away once the job runs, and give what came of the call."""
    deadline, ended = Deadline(60), list[Refusal]()

    def ask() -> None:
        try:
            warehouse.sql_rows(_finance(catalog), SQL, deadline, 10)
        except Refusal as refusal:
            ended.append(refusal)

    asking = threading.Thread(target=ask)
    asking.start()
    until = time.monotonic() + 10
    while not fake.jobs and time.monotonic() < until:
        time.sleep(0.01)
    deadline.cancel()
    asking.join(5)
    return ended


def _cancels(fault: str, catalog: Catalog) -> None:
    script = Script(seconds=60)
    script.fail("cancel", PASSING[fault])
    with _served(catalog, script) as (warehouse, fake):
        assert [type(refusal) for refusal in _left_alone(warehouse, fake, catalog)] == [Timeout]
        assert fake.cancelled().id in fake.jobs
        assert not fake.script.faults["cancel"]


@pytest.mark.parametrize("fault", ["busy", "torn answer"])
def test_a_job_is_cancelled_though_the_first_try_fails(fault: str, catalog: Catalog) -> None:
    _cancels(fault, catalog)


@pytest.mark.prove
@pytest.mark.parametrize("fault", PASSING)
def test_a_job_is_cancelled_whatever_passing_fault_the_first_try_meets(fault: str, catalog: Catalog) -> None:
    _cancels(fault, catalog)


@pytest.mark.parametrize("call", ["insert", "get", "results", "page", "dry", "table"])
def test_a_server_that_does_not_answer_is_a_timeout(call: str, catalog: Catalog) -> None:
    with _served(catalog, _script(call, Fault(hang=3.0))) as (warehouse, _):
        if call != "table":
            warehouse.watermark()
        began = time.monotonic()
        with pytest.raises(Timeout):
            _asked(warehouse, catalog, seconds=0.3)
        assert time.monotonic() - began < 2


REFUSED = {
    "accessDenied": WarehouseDown,
    "quotaExceeded": RateLimited,
    "resourcesExceeded": TooExpensive,
    "responseTooLarge": TooExpensive,
    "stopped": Timeout,
    "invalidQuery": WarehouseDown,
    "notFound": WarehouseDown,
}


@pytest.mark.parametrize("reason", REFUSED)
def test_each_error_of_a_job_has_its_refusal_without_its_text(reason: str, catalog: Catalog) -> None:
    with (
        _served(catalog, Script(error=reason)) as (warehouse, _),
        pytest.raises(REFUSED[reason]) as refused,
    ):
        warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5))
    assert type(refused.value) is REFUSED[reason]
    assert SECRET not in refused.value.text
    assert SECRET in str(refused.value.__cause__)


def test_a_job_that_nobody_asked_for_by_name_says_nothing_of_a_tool(catalog: Catalog) -> None:
    with _served(catalog, Script()) as (warehouse, fake):
        warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5))
        [job] = fake.jobs.values()
    assert {name for name in job.configuration["labels"] if name.startswith("assay_")} == {
        "assay_user",
        "assay_role",
        "assay_kind",
    }


def test_sql_that_the_engine_cannot_run_is_the_callers_to_mend(catalog: Catalog) -> None:
    with _served(catalog, Script(error="invalidQuery")) as (warehouse, _), pytest.raises(BadArgument) as refused:
        _asked(warehouse, catalog)
    assert SECRET not in refused.value.text


def test_sql_over_the_cap_is_refused_before_it_runs_and_told_what_helps(catalog: Catalog) -> None:
    with _served(catalog, Script(bytes=200 * 1024 * MIB)) as (warehouse, fake):
        with pytest.raises(TooExpensive) as refused:
            _asked(warehouse, catalog)
        assert fake.jobs == {}
    assert refused.value.message == (
        "The query would read 200.0 GiB, about $1.22 (at $6.25 a TiB, as of 2023-07-05); it may read at most 100.0 MiB."
    )
    assert refused.value.hint == (
        "Add a filter on fact_revenue.revenue_date, for example: WHERE revenue_date >= DATE '2026-01-01'."
    )


def test_a_query_with_the_filter_is_not_told_to_add_it(catalog: Catalog) -> None:
    sql = f"{SQL} WHERE revenue_date >= DATE '2026-10-01'"
    with _served(catalog, Script(bytes=200 * MIB)) as (warehouse, _), pytest.raises(TooExpensive) as refused:
        warehouse.sql_rows(_finance(catalog), sql, Deadline(5), 10)
    assert "Add a filter" not in refused.value.hint


ONCE = "Add a filter on fact_revenue.revenue_date, for example: WHERE revenue_date >= DATE '2026-01-01'."


@pytest.mark.parametrize("demanded", [{"numBytes": str(20 * 1024 * MIB)}, {"requirePartitionFilter": True}])
@pytest.mark.parametrize(
    ("where", "passes"),
    [
        ("", False),
        ("WHERE amount_usd > 0", False),
        ("WHERE c.created_at > DATETIME '2026-01-01 00:00:00'", False),
        ("WHERE revenue_date >= DATE '2026-01-01'", True),
        ("WHERE r.revenue_date = DATE '2026-01-01'", True),
    ],
)
def test_a_large_table_is_read_only_with_a_filter_on_what_splits_it(
    where: str, passes: bool, demanded: dict[str, object], catalog: Catalog
) -> None:
    split = {"timePartitioning": {"type": "DAY", "field": "revenue_date"}, **demanded}
    sql = f"SELECT COUNT(*) AS n FROM gold.fact_revenue AS r JOIN gold.dim_customer AS c USING (customer_id) {where}"
    with _served(catalog, Script(tables_more={"fact_revenue": split})) as (warehouse, fake):
        if passes:
            assert warehouse.sql_rows(_finance(catalog), sql, Deadline(5), 10)[1].rows == ((7,),)
            return
        with pytest.raises(TooExpensive) as refused:
            warehouse.sql_rows(_finance(catalog), sql, Deadline(5), 10)
        assert (fake.jobs, fake.dry_runs) == ({}, [])
    assert refused.value.hint == ONCE


def test_a_metric_passes_where_a_filter_is_demanded_because_it_has_one(catalog: Catalog) -> None:
    split = {"timePartitioning": {"type": "DAY", "field": "revenue_date"}, "requirePartitionFilter": True}
    with _served(catalog, Script(tables_more={"fact_revenue": split})) as (warehouse, fake):
        warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5))
        [job] = fake.jobs.values()
    assert "CAST('0001-01-01' AS DATE)" not in job.sql


@pytest.mark.parametrize(
    ("kind", "mode", "word"), [("STRING", "REPEATED", "an array"), ("RECORD", "NULLABLE", "a struct")]
)
def test_a_column_that_holds_values_inside_is_refused_by_name(
    kind: str, mode: str, word: str, catalog: Catalog
) -> None:
    columns = [c.name for c in catalog.tables["fact_revenue"].columns]
    fields = [{"name": n, "type": "STRING"} for n in columns if n != "source_system"]
    nested = {"name": "source_system", "type": kind, "mode": mode, "fields": [{"name": "x", "type": "STRING"}]}
    schema = {"fields": [*fields, nested]}
    with _served(catalog, Script(tables_more={"fact_revenue": {"schema": schema}})) as (warehouse, fake):
        with pytest.raises(WarehouseDown, match=f"'source_system' of 'fact_revenue' is {word}") as refused:
            _asked(warehouse, catalog)
        assert fake.jobs == {}
    assert "a view that unnests it" in refused.value.hint


def test_a_metric_over_the_cap_is_stopped_by_the_engine_and_told_the_estimate(catalog: Catalog) -> None:
    with _served(catalog, Script(bytes=200 * MIB)) as (warehouse, fake):
        with pytest.raises(TooExpensive, match=r"would read 200\.0 MiB.*at most 100\.0 MiB"):
            warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5))
        [job] = fake.jobs.values()
        assert job.configuration["query"]["maximumBytesBilled"] == str(100 * MIB)


def test_a_roles_own_cap_wins_over_the_settings(catalog: Catalog) -> None:
    roles = [
        role.model_copy(update={"limits": role.limits.model_copy(update={"max_bytes_billed": 5})})
        for role in catalog.policies.roles
    ]
    strict = replace(catalog, policies=catalog.policies.model_copy(update={"roles": tuple(roles)}))
    with _served(strict, Script()) as (warehouse, _), pytest.raises(TooExpensive, match="at most 5 B"):
        _asked(warehouse, strict)


@pytest.mark.parametrize("cached", [False, True])
def test_rows_carry_what_the_job_was_billed_or_that_the_cache_gave_them(cached: bool, catalog: Catalog) -> None:
    with _served(catalog, Script(bytes=50 * MIB, cached=cached)) as (warehouse, _):
        metric = warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5))
        sql = warehouse.sql_rows(_finance(catalog), SQL, Deadline(5), 10)[1]
    assert metric.bill == sql.bill == Bill(PRICE, 0 if cached else 50 * MIB, cached)


def test_days_and_row_policies_reach_the_engine_as_parameters_of_the_dry_run_and_the_job(catalog: Catalog) -> None:
    regional = Access(catalog, catalog.users["rev.jordan"].as_principal())
    sql = f"{SQL} WHERE revenue_date >= DATE '2026-10-01' AND revenue_type <> 'it\\'s'"
    with _served(catalog, Script()) as (warehouse, fake):
        warehouse.sql_rows(regional, sql, Deadline(5), 10)
        [job] = fake.jobs.values()
    query = job.configuration["query"]
    given = {(p["parameterType"]["type"], p["parameterValue"]["value"]) for p in query["queryParameters"]}
    assert given == {("STRING", "West"), ("DATE", "2026-10-01"), ("STRING", "it's")}
    assert fake.parameters == [query["queryParameters"]]
    assert not any(text in query["query"] for text in ("'West'", "2026-10-01", "'s"))


class _Counted:
    """A purse that writes down what it is asked, and holds so much."""

    counts = True

    def __init__(self, micro_usd: int) -> None:
        self.left = micro_usd
        self.asked: list[tuple[int, int]] = []

    def reserve(self, micro_usd: int) -> None:
        if micro_usd > self.left:
            raise RateLimited("Nothing is left of today's money.")
        self.asked.append((micro_usd, 0))

    def settle(self, reserved: int, spent: int) -> None:
        self.asked.append((-reserved, spent))


def test_money_is_set_aside_before_a_job_and_booked_as_billed(catalog: Catalog) -> None:
    purse = _Counted(10_000)
    with _served(catalog, Script(bytes=50 * MIB)) as (warehouse, fake):
        warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5, purse=purse))
        warehouse.sql_rows(_finance(catalog), SQL, Deadline(5, purse=purse), 1000)
        cost = math.ceil(50 * MIB / 2**40 * PRICE.usd_per_tib * 1_000_000)
        assert purse.asked == [(cost, 0), (-cost, cost)] * 2
        assert len(fake.jobs) == 2


@pytest.mark.parametrize(("cap", "billed"), [(100 * MIB, True), (40 * MIB, False)])
def test_a_job_is_booked_unless_bigquery_stopped_it_for_its_bytes(
    cap: int, billed: bool, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One ran, and gave more rows than an answer holds; the other was not let to read."""
    monkeypatch.setattr(bigquery, "MOST_ROWS", 20)
    purse, script = _Counted(10_000), Script(bytes=50 * MIB, rows=[(str(n),) for n in range(25)])
    with _served(catalog, script, cap) as (warehouse, _), pytest.raises(TooExpensive):
        warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5, purse=purse))
    cost = math.ceil(50 * MIB / 2**40 * PRICE.usd_per_tib * 1_000_000)
    assert purse.asked == [(cost, 0), (-cost, cost if billed else 0)]


def test_nothing_runs_that_the_days_money_does_not_reach_for(catalog: Catalog) -> None:
    with _served(catalog, Script(bytes=50 * MIB)) as (warehouse, fake):
        with pytest.raises(RateLimited):
            warehouse.compiled_rows(company_access(catalog), _metric(catalog), Deadline(5, purse=_Counted(10)))
        assert not fake.jobs


def test_the_deadline_stops_the_job(catalog: Catalog) -> None:
    with _served(catalog, Script(seconds=60)) as (warehouse, fake):
        with pytest.raises(Timeout):
            _asked(warehouse, catalog, seconds=0.6)
        assert fake.cancelled().sql in fake.dry_runs


def test_a_caller_who_goes_away_stops_the_job(catalog: Catalog) -> None:
    with _served(catalog, Script(seconds=60)) as (warehouse, fake):
        assert [type(refusal) for refusal in _left_alone(warehouse, fake, catalog)] == [Timeout]
        assert fake.cancelled().id in fake.jobs


def test_rows_come_in_pages_and_all_of_them(catalog: Catalog) -> None:
    script = Script(rows=[(str(n),) for n in range(25)], page=10)
    with _served(catalog, script) as (warehouse, fake):
        assert _asked(warehouse, catalog) == tuple((n,) for n in range(25))
        assert (fake.calls.count("results"), fake.calls.count("page")) == (1, 2)


def test_a_broken_page_never_makes_a_shorter_answer(catalog: Catalog) -> None:
    script = Script(rows=[(str(n),) for n in range(25)], page=10)
    script.fail("page", Fault(cut=True), Fault(torn=True), Fault(reset=True), Fault(status=503))
    with _served(catalog, script) as (warehouse, _):
        assert len(_asked(warehouse, catalog)) == 25


def test_fewer_rows_than_the_engine_counted_are_no_answer(catalog: Catalog) -> None:
    with _served(catalog, Script(total_rows=9)) as (warehouse, _), pytest.raises(WarehouseDown, match="only a part"):
        _asked(warehouse, catalog)


def test_more_rows_than_may_be_shown_are_cut_and_said_so(catalog: Catalog) -> None:
    with _served(catalog, Script(rows=[(str(n),) for n in range(25)])) as (warehouse, _):
        rows = warehouse.sql_rows(_finance(catalog), SQL, Deadline(5), 20)[1]
        assert (len(rows.rows), rows.truncated) == (20, True)


@pytest.mark.parametrize(
    ("script", "refusal"),
    [
        (Script(statement="SCRIPT"), NotReadOnly),
        (Script(statement="INSERT"), NotReadOnly),
        (Script(routines=1), NotAllowed),
        (Script(tables=["assay-fake.gold.fact_revenue", "assay-fake.hr.salary"]), NotAllowed),
        (Script(tables=["other.gold.fact_revenue"]), NotAllowed),
    ],
    ids=["script", "insert", "routine", "another dataset", "another project"],
)
def test_what_the_dry_run_sees_otherwise_than_the_guard_does_not_run(
    script: Script, refusal: type[Refusal], catalog: Catalog
) -> None:
    with _served(catalog, script) as (warehouse, fake):
        with pytest.raises(refusal):
            _asked(warehouse, catalog)
        assert fake.jobs == {}


def test_the_calls_that_were_checked_are_the_calls_that_run(catalog: Catalog) -> None:
    days = "SELECT 1 AS n, CAST('2026-01-01' AS DATE) AS d"
    sql = f"SELECT LOG10(n) AS a, STRPOS('ab', 'b') AS b, DATE_ADD(d, INTERVAL 1 MONTH) AS c FROM ({days})"
    with _served(catalog, Script(schema=[(name, "INTEGER") for name in "abc"], rows=[("1", "2", "3")])) as (it, fake):
        checked = it.sql_rows(_finance(catalog), sql, Deadline(5), 10)[0]
        [job] = fake.jobs.values()
    assert job.sql == checked.sql == sql


def test_a_job_carries_its_limits_and_labels_without_names_of_people(catalog: Catalog) -> None:
    with _served(catalog, Script()) as (warehouse, fake):
        purpose = Purpose("query_curated_data", "Claude Desktop (claude-ai 1.0)" + "é" * 99, "r_mpdzkd4efbg6vf4d")
        notes = warehouse.sql_rows(_finance(catalog), SQL, Deadline(5), 10, purpose)[1].notes
        [job] = fake.jobs.values()
    assert notes == ("The query reads 976.6 KiB: less than $0.0001 (at $6.25 a TiB, as of 2023-07-05).",)
    labels = dict(job.configuration["labels"])
    assert len(labels.pop("assay_user")) == 16
    assert labels == {
        "app": "assay",
        "assay_role": "finance",
        "assay_kind": "sql",
        "assay_tool": "query_curated_data",
        "assay_agent": "claude-desktop-claude-ai-1-0",
        "assay_receipt": "r_mpdzkd4efbg6vf4d",
    }
    assert 0 < int(job.configuration["jobTimeoutMs"]) <= 5000
    assert job.configuration["query"]["useQueryCache"] is True
    assert job.configuration["query"]["useLegacySql"] is False
