"""The worker's own part, in this process: what it keeps, what it asks for, what it forgets."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.access import Access
from catalog.principals import Principal
from tests.warehouse.guard.bikes import KEY, access, catalog
from warehouse.worker import MOST_CATALOGS, Job, Setup, Worker, limit_memory

COUNT = "SELECT count(*) AS n FROM station"


def job(rights: Access, sql: str = COUNT, mark: str = "one", told: bool = True, most_bytes: int = 10_000) -> Job:
    now = datetime(2026, 2, 20, 8, 30)
    return Job(rights.key, KEY, sql, 20.0, 100, most_bytes, mark, now, rights if told else None)


@pytest.fixture
def worker(gold: Path) -> Worker:
    return Worker(Setup(gold, "300MB", 2**40))


def city(name: str) -> Access:
    return Access(catalog(), Principal(user="u", role="oslo", attributes={"city": (name,)}))


def test_it_asks_for_rights_it_does_not_hold_and_keeps_those_it_was_given(worker: Worker) -> None:
    rights = access("owner")
    assert worker.run(job(rights, told=False)) == {"rights_needed": True}
    assert worker.run(job(rights))["rows"] == [["24"]]
    assert worker.run(job(rights, told=False))["rows"] == [["24"]]


def test_it_holds_a_bounded_number_of_rights_and_forgets_those_used_longest_ago(worker: Worker) -> None:
    for number in range(MOST_CATALOGS + 3):
        assert worker.run(job(city(f"City {number}")))["rows"] == [["0"]]
        assert worker.run(job(city("Oslo"), told=number == 0))["rows"] == [["6"]]
    assert worker.run(job(city("City 0"), told=False)) == {"rights_needed": True}
    assert worker.run(job(city("City 0")))["rows"] == [["0"]]


def test_it_reads_the_file_again_when_the_data_changed(gold: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.duckdb"
    shutil.copy(gold, path)
    worker = Worker(Setup(path, "300MB", 2**40))
    assert worker.run(job(access("owner")))["rows"] == [["24"]]
    path.unlink()
    assert worker.run(job(access("owner")))["rows"] == [["24"]]
    assert worker.run(job(access("owner"), mark="two"))["refused"] == "WarehouseDown"
    shutil.copy(gold, path)
    assert worker.run(job(access("owner"), mark="two"))["rows"] == [["24"]]


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("SELECT * FROM nothing", "UnknownTable"),
        ("DELETE FROM ride", "NotReadOnly"),
        ("SELECT rider_name::INTEGER AS x FROM rider", "BadArgument"),
        ("SELECT sum(rider_name) AS x FROM rider", "BadArgument"),
        (
            "SELECT a.*, b.*, c.* FROM ride a, ride b, ride c ORDER BY a.fee_eur, b.km, c.minutes",
            "TooExpensive",
        ),
    ],
)
def test_what_it_declines_has_a_name_and_quotes_no_data(worker: Worker, sql: str, refused: str) -> None:
    answer = worker.run(job(access("owner"), sql))
    assert answer["refused"] == refused
    assert "Person" not in str(answer)


def test_its_answer_says_what_ran_and_what_was_read(worker: Worker) -> None:
    answer: dict[str, Any] = worker.run(job(access("oslo"), "select city, 1 as one from station order by city limit 1"))
    assert answer["tables"] == ["station"]
    assert answer["columns"] == ["station.city"]
    assert (answer["names"], answer["types"]) == (("city", "one"), ("string", "integer"))
    assert answer["rows"] == [["Oslo", "1"]]
    assert not answer["truncated"]
    assert "LIMIT 1" in answer["sql"]


def test_an_answer_of_too_many_bytes_is_cut_and_says_so(worker: Worker) -> None:
    answer = worker.run(job(access("owner"), "SELECT ride_id, kind FROM ride", most_bytes=200))
    assert answer["truncated"]
    assert 0 < len(answer["rows"]) < 100


def test_a_statement_leaves_nothing_behind_for_the_next(worker: Worker) -> None:
    for sql in ("SET VARIABLE x = 1", "CREATE TEMP TABLE t AS SELECT 1", "USE __assay_source.raw", "BEGIN"):
        assert worker.run(job(access("owner"), sql))["refused"]
    assert worker.run(job(access("owner"), "SELECT getvariable('x') AS x"))["refused"]
    assert worker.run(job(access("owner")))["rows"] == [["24"]]


def test_without_limits_of_the_system_the_parent_has_to_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "resource", None)
    assert limit_memory(1) is False
