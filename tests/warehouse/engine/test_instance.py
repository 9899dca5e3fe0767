from __future__ import annotations

import itertools
import threading
from datetime import date
from pathlib import Path

import duckdb
import pytest

from catalog.access import Access
from catalog.principals import Principal
from catalog.refusals import Refusal, Timeout, TooExpensive, WarehouseDown
from tests.warehouse.engine.helpers import ENDLESS, Call, compiled, open_warehouse, run, until, workers
from tests.warehouse.guard.bikes import COPIES, access, catalog, physical_copy
from warehouse import duckdb_instance, duckdb_secured, duckdb_warehouse
from warehouse.deadline import Deadline
from warehouse.duckdb_warehouse import DuckDBWarehouse
from warehouse.secured import SecuredView

SLOW = ENDLESS.replace("ride ", "gold.ride ")


@pytest.mark.parametrize(("role", "table"), [(role, table) for role, tables in COPIES.items() for table in tables])
def test_each_role_reads_exactly_its_copy(gold: Path, warehouse: DuckDBWarehouse, role: str, table: str) -> None:
    copy = physical_copy(gold, role)
    expected = copy.execute(f"SELECT * FROM gold.{table} ORDER BY ALL").fetchall()
    names = [row[0] for row in copy.execute(f"DESCRIBE gold.{table}").fetchall()]
    copy.close()
    found = run(warehouse, role, f"SELECT {', '.join(names)} FROM gold.{table} ORDER BY ALL")
    assert list(found.rows) == expected
    assert {c.name for c in catalog().tables[table].columns} >= set(names)


def test_a_table_that_a_role_does_not_see_is_not_there(warehouse: DuckDBWarehouse) -> None:
    for name in ("gold.stock", "gold.mechanic", "raw.payroll"):
        with pytest.raises(WarehouseDown):
            run(warehouse, "viewer", f"SELECT * FROM {name}")


def test_a_principal_without_attribute_values_sees_no_rows(warehouse: DuckDBWarehouse) -> None:
    nobody = Access(catalog(), Principal(user="someone", role="oslo"))
    counts = [
        warehouse.compiled_rows(nobody, compiled(f"SELECT count(*) FROM gold.{table}"), Deadline(20)).rows
        for table in ("station", "rider", "ride", "stock")
    ]
    assert counts == [((0,),)] * 4


def test_a_statement_ends_at_its_deadline_and_the_engine_goes_on(warehouse: DuckDBWarehouse) -> None:
    with pytest.raises(Timeout) as caught:
        run(warehouse, "owner", SLOW, seconds=0.2)
    assert "0.2 s" in caught.value.message
    assert run(warehouse, "owner", "SELECT count(*) FROM gold.station").rows == ((24,),)


def test_a_statement_whose_deadline_is_over_does_not_start(warehouse: DuckDBWarehouse) -> None:
    deadline = Deadline(600)
    deadline.cancel()
    with pytest.raises(Timeout):
        warehouse.compiled_rows(access("owner"), compiled(SLOW), deadline)


def test_cancelling_stops_a_running_statement(warehouse: DuckDBWarehouse) -> None:
    deadline, heard = Deadline(600), threading.Event()
    deadline.on_cancel(heard.set)
    call = Call(lambda: warehouse.compiled_rows(access("owner"), compiled(SLOW), deadline))
    heard.wait(0.3)
    deadline.cancel()
    with pytest.raises(Timeout):
        call.result(10)


def test_a_sort_that_needs_too_much_memory_is_refused(gold: Path) -> None:
    small = open_warehouse(gold, memory_limit="60MB")
    with pytest.raises(TooExpensive) as caught:
        run(small, "owner", "SELECT a.*, b.* FROM gold.ride a, gold.ride b ORDER BY a.fee_eur, b.km, a.ride_id")
    assert "ride" not in caught.value.message
    assert run(small, "owner", "SELECT count(*) FROM gold.rider").rows == ((120,),)
    small.close()


def test_an_answer_of_too_many_rows_is_refused_and_never_cut(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_instance, "MOST_ROWS", 24)
    assert len(run(warehouse, "owner", "SELECT * FROM gold.station").rows) == 24
    with pytest.raises(TooExpensive):
        run(warehouse, "owner", "SELECT * FROM gold.rider")


def test_a_refusal_keeps_the_engines_words_in_its_cause_only(warehouse: DuckDBWarehouse) -> None:
    with pytest.raises(Refusal) as caught:
        run(warehouse, "owner", "SELECT CAST(rider_name AS INTEGER) FROM gold.rider")
    assert "Person" not in caught.value.text
    assert "Person" in str(caught.value.__cause__)


def test_catalogs_in_use_are_kept_when_more_roles_come_than_are_held(
    gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_instance, "MOST_CATALOGS", 2)
    crowded = open_warehouse(gold)
    expected = {role: run(crowded, role, "SELECT count(*) FROM gold.ride").rows for role in ("owner", "oslo", "chief")}

    def work(role: str) -> None:
        for _ in range(40):
            assert run(crowded, role, "SELECT count(*) FROM gold.ride").rows == expected[role]

    for call in [Call(lambda role=role: work(role)) for role in itertools.islice(itertools.cycle(expected), 12)]:
        call.result(60)
    names = crowded.system_rows("SELECT database_name FROM duckdb_databases()").rows
    assert sum(str(name).startswith("rights_") for (name,) in names) <= len(expected)
    crowded.close()


def test_many_callers_at_once_each_get_their_own_rows(warehouse: DuckDBWarehouse) -> None:
    sql = "SELECT station_id, count(*), sum(minutes) FROM gold.ride GROUP BY 1 ORDER BY 1"
    roles = ("owner", "oslo", "viewer", "chief")
    expected = {role: run(warehouse, role, sql).rows for role in roles}
    assert len(set(expected.values())) == 3

    def work(role: str) -> None:
        for _ in range(15):
            assert run(warehouse, role, sql).rows == expected[role]

    for call in [Call(lambda role=role: work(role)) for role in roles * 6]:
        call.result(60)


def test_one_callers_timeout_harms_no_other(warehouse: DuckDBWarehouse) -> None:
    slow = Call(lambda: run(warehouse, "owner", SLOW, seconds=0.5))
    for _ in range(50):
        assert run(warehouse, "oslo", "SELECT count(*) FROM gold.station").rows == ((12,),)
    with pytest.raises(Timeout):
        slow.result()


def test_a_broken_engine_is_opened_afresh(warehouse: DuckDBWarehouse) -> None:
    before = warehouse._current().instance
    before.broken = True
    assert run(warehouse, "owner", "SELECT count(*) FROM gold.station").rows == ((24,),)
    assert warehouse._current().instance is not before


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SET enable_external_access = true",
        "SET memory_limit = '8GB'",
        "ATTACH '/tmp/elsewhere.duckdb'",
        "COPY (SELECT 1) TO '/tmp/elsewhere.csv'",
        "INSTALL httpfs",
        "CREATE TABLE __assay_source.gold.x AS SELECT 1",
        "DELETE FROM __assay_source.gold.ride",
    ],
)
def test_even_our_own_sql_reaches_no_file_and_no_setting(warehouse: DuckDBWarehouse, statement: str) -> None:
    with pytest.raises(WarehouseDown) as caught:
        warehouse.system_rows(statement)
    assert isinstance(caught.value.__cause__, duckdb.Error)


def test_values_of_a_dimension_are_those_of_the_principals_rows(warehouse: DuckDBWarehouse) -> None:
    city = catalog().dimensions["city"]
    assert warehouse.dimension_values(access("owner"), city, 10) == ("Bergen", "Malmo", "Oslo", "Turku")
    assert warehouse.dimension_values(access("oslo"), city, 10) == ("Oslo", "Turku")
    assert warehouse.dimension_values(access("oslo"), city, 1) == ("Oslo",)
    assert warehouse.dimension_values(access("oslo"), city, 10) is warehouse.dimension_values(access("oslo"), city, 10)


def test_warming_up_finds_horizons_and_starts_workers_and_a_missing_file_does_no_harm(
    gold: Path, tmp_path: Path
) -> None:
    before = set(workers())
    warm = open_warehouse(gold)
    warm.warm()
    until(lambda: len(set(workers()) - before) == 2)
    assert warm.horizons()["ride"].first == date(2026, 1, 1)
    warm.close()
    missing = open_warehouse(tmp_path / "none.duckdb", workers=1)
    missing.warm()
    until(lambda: len(set(workers()) - before) == 1)
    missing.close()


def test_closing_ends_what_runs_and_refuses_what_comes(gold: Path) -> None:
    closing = open_warehouse(gold)
    ended: list[str] = []
    begun = threading.Event()

    def ask() -> None:
        begun.set()
        try:
            run(closing, "owner", SLOW)
        except Refusal as refusal:
            ended.append(refusal.code)

    calls = [threading.Thread(target=ask) for _ in range(4)]
    for call in calls:
        call.start()
    begun.wait(5)
    closing.close()
    for call in calls:
        call.join(20)
    assert len(ended) == 4 and set(ended) <= {"TIMEOUT", "WAREHOUSE_DOWN"}
    with pytest.raises(WarehouseDown):
        closing.watermark()


def test_few_values_are_kept_and_the_oldest_go_first(gold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_warehouse, "MOST_VALUE_LISTS", 2)
    small, city = open_warehouse(gold), catalog().dimensions["city"]
    kept = [small.dimension_values(access("owner"), city, limit) for limit in (1, 2, 3)]
    assert small.dimension_values(access("owner"), city, 3) is kept[2]
    assert small.dimension_values(access("owner"), city, 1) is not kept[0]
    assert small.dimension_values(access("owner"), city, 1) == kept[0]
    small.close()


def test_a_catalog_that_cannot_be_made_is_a_refusal_and_made_the_next_time(
    gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = open_warehouse(gold)
    with monkeypatch.context() as broken:
        view = SecuredView("gold", "station", "SELECT FROM WHERE")
        broken.setattr(duckdb_secured, "secured_views", lambda *_, **__: [view])
        with pytest.raises(WarehouseDown):
            run(fresh, "owner", "SELECT 1")
    assert run(fresh, "owner", "SELECT count(*) FROM gold.station").rows == ((24,),)
    fresh.close()
