from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from catalog.catalog import Catalog
from catalog.company import Company
from catalog.policies import Policies, Role
from catalog.refusals import Timeout, WarehouseDown
from catalog.sources import Source, Sources
from catalog.tables import Column, Completeness, Table
from warehouse.deadline import Deadline
from warehouse.duckdb_connection import SOURCE, open_locked
from warehouse.duckdb_instance import Instance
from warehouse.horizon import Horizon
from warehouse.horizons import find_horizons
from warehouse.port import Rows

TODAY = date(2026, 3, 10)
YESTERDAY = date(2026, 3, 9)


def dated(name: str, *feeds: str, kind: str = "fact", completeness: Completeness | None = None) -> Table:
    column = Column(name="day", type="date", description="The day.")
    return Table.model_validate(
        {
            "name": name,
            "entity": name,
            "description": "One.",
            "grain": ("day",),
            "owner": "Owner",
            "sources": feeds,
            "time": "day",
            "kind": kind,
            "columns": (column,),
            "completeness": completeness,
        }
    )


def catalog(*tables: Table) -> Catalog:
    sources = Sources(sources=(Source(name="feed", system="feed", owner="Owner"),), ops_schema="loads")
    return Catalog(Company(name="Any"), {t.name: t for t in tables}, {}, sources, Policies(roles=(Role(name="r"),)))


Find = Callable[..., dict[str, Horizon]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Horizons of tables whose gold file some SQL makes."""

    def horizons(build: str, *tables: Table, today: date = TODAY) -> dict[str, Horizon]:
        path = tmp_path / "any.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE SCHEMA gold; CREATE SCHEMA loads")
            connection.execute(build)
        instance = Instance("mark", open_locked(path, memory_limit="200MB", threads=1), b"")
        try:
            return find_horizons(catalog(*tables), today, lambda sql: instance.ask(sql, Deadline(20)), SOURCE, "duckdb")
        finally:
            instance.close()

    return horizons


def days(name: str, first: str, last: str, where: str = "true") -> str:
    return (
        f"CREATE TABLE gold.{name} AS SELECT day::DATE AS day FROM "
        f"generate_series(DATE '{first}', DATE '{last}', INTERVAL 1 DAY) d(day) WHERE {where};"
    )


def loads(*runs: tuple[str, str, str]) -> str:
    rows = ", ".join(f"('{source}', TIMESTAMP '{began}', '{status}')" for source, began, status in runs)
    return f"CREATE TABLE loads.source_load AS SELECT * FROM (VALUES {rows}) v(source, started_at, status);"


def test_without_a_log_of_loads_the_last_row_counts_but_never_today(find: Find) -> None:
    found = find(days("a", "2026-01-01", "2026-03-10") + days("b", "2026-01-01", "2026-02-20"), dated("a"), dated("b"))
    assert found == {
        "a": Horizon(date(2026, 1, 1), YESTERDAY, TODAY),
        "b": Horizon(date(2026, 1, 1), date(2026, 2, 20), date(2026, 2, 20)),
    }


def test_a_day_is_complete_once_a_successful_load_began_after_it(find: Find) -> None:
    log = loads(
        ("feed", "2026-03-08 02:00", "success"),
        ("feed", "2026-03-09 02:00", "failed"),
        ("feed", "2026-03-07 02:00", "success"),
    )
    found = find(days("a", "2026-01-01", "2026-03-08") + log, dated("a", "feed"))
    assert found["a"].through == date(2026, 3, 7)
    assert found["a"].latest == date(2026, 3, 8)


def test_a_loaded_feed_without_new_rows_is_complete_all_the_same(find: Find) -> None:
    log = loads(("feed", "2026-03-10 02:00", "success"))
    found = find(days("a", "2026-01-01", "2026-02-27") + log, dated("a", "feed"))
    assert (found["a"].through, found["a"].latest) == (YESTERDAY, date(2026, 2, 27))


def test_a_load_from_the_future_completes_no_day_of_the_future(find: Find) -> None:
    log = loads(("feed", "2026-03-20 02:00", "success"))
    assert find(days("a", "2026-01-01", "2026-03-15") + log, dated("a", "feed"))["a"].through == YESTERDAY


def test_of_several_feeds_the_latest_one_decides_and_each_is_known(find: Find) -> None:
    log = loads(("left", "2026-03-10 02:00", "success"), ("right", "2026-03-05 02:00", "success"))
    horizon = find(days("a", "2026-01-01", "2026-03-09") + log, dated("a", "left", "right"))["a"]
    assert horizon.through == date(2026, 3, 4)
    assert horizon.through_by_feed == {"left": YESTERDAY, "right": date(2026, 3, 4)}
    assert horizon.through_for(["left"]) == YESTERDAY
    assert horizon.through_for(["left", "right"]) == horizon.through_for([]) == date(2026, 3, 4)


def snapshots(counts: dict[int, int]) -> str:
    """Rows a day of February and March 2026: 100, but for the days named (days since February 1)."""
    cases = " ".join(f"WHEN {day} THEN {count}" for day, count in counts.items())
    number = f"CASE d {cases} ELSE 100 END" if cases else "100"
    return (
        f"CREATE TABLE gold.a AS SELECT (DATE '2026-02-01' + d::INTEGER)::DATE AS day FROM range(37) t(d), "
        f"range(1000) n(n) WHERE n < {number};" + loads(("feed", "2026-03-10 02:00", "success"))
    )


SNAPSHOT = dated("a", "feed", kind="snapshot", completeness=Completeness())


def test_a_half_loaded_last_day_is_incomplete_and_the_day_before_counts(find: Find) -> None:
    horizon = find(snapshots({36: 50}), SNAPSHOT)["a"]
    assert horizon.incomplete == {YESTERDAY}
    assert (horizon.through, horizon.latest) == (date(2026, 3, 8), YESTERDAY)


def test_a_missing_day_in_the_middle_is_incomplete_and_the_end_still_counts(find: Find) -> None:
    horizon = find(snapshots({10: 0, 20: 97}), SNAPSHOT)["a"]
    assert horizon.incomplete == {date(2026, 2, 11), date(2026, 2, 21)}
    assert horizon.through == YESTERDAY


def test_a_day_within_the_tolerance_and_a_growing_table_are_complete(find: Find) -> None:
    horizon = find(snapshots({5: 99, 6: 98, **{day: 100 + day for day in range(7, 37)}}), SNAPSHOT)["a"]
    assert horizon.incomplete == frozenset()


def test_partial_days_do_not_become_the_measure_of_completeness(find: Find) -> None:
    horizon = find(snapshots(dict.fromkeys(range(30, 37), 40)), SNAPSHOT)["a"]
    assert horizon.incomplete == {date(2026, 3, day) for day in range(3, 10)}
    assert horizon.through == date(2026, 3, 2)


def test_a_snapshot_that_did_not_come_is_missing_up_to_the_day_its_feed_was_loaded(find: Find) -> None:
    build = snapshots(dict.fromkeys(range(34, 37), 0))
    horizon = find(build, SNAPSHOT)["a"]
    assert horizon.incomplete == {date(2026, 3, day) for day in (7, 8, 9)}
    assert (horizon.through, horizon.latest) == (date(2026, 3, 6), date(2026, 3, 6))


def test_a_table_without_rows_or_with_rows_to_come_only_has_no_horizon(find: Find) -> None:
    build = days("a", "2026-01-01", "2026-01-02", "false") + days("b", "2026-03-10", "2026-03-20")
    assert find(build, dated("a"), dated("b")) == {}


def test_a_missing_table_takes_no_other_with_it_and_all_missing_is_an_error(find: Find) -> None:
    assert set(find(days("a", "2026-01-01", "2026-02-01"), dated("a"), dated("b"))) == {"a"}
    with pytest.raises(WarehouseDown):
        find("SELECT 1", dated("a"), dated("b"))


def test_a_busy_engine_is_not_taken_for_a_missing_log() -> None:
    def busy(sql: str) -> Rows:
        raise Timeout(sql)

    with pytest.raises(Timeout):
        find_horizons(catalog(dated("a")), TODAY, busy, SOURCE, "duckdb")
