from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from catalog.refusals import WarehouseDown
from tests.warehouse.engine.helpers import Call, open_warehouse, run
from tests.warehouse.guard.bikes import access, catalog
from warehouse.deadline import Deadline
from warehouse.duckdb_warehouse import DuckDBWarehouse

COUNT = "SELECT count(*) AS n FROM gold.station"


@pytest.fixture
def live(gold: Path, tmp_path: Path) -> Iterator[tuple[Path, DuckDBWarehouse]]:
    """A copy of the gold file that may be replaced, and a warehouse over it."""
    path = tmp_path / "live.duckdb"
    shutil.copy(gold, path)
    warehouse = open_warehouse(path, workers=1)
    yield path, warehouse
    warehouse.close()


def replace(path: Path, *statements: str) -> None:
    """A load: a changed copy is made beside the file and moved over it."""
    copy = path.with_suffix(".next")
    shutil.copy(path, copy)
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
    copy.replace(path)


def count(warehouse: DuckDBWarehouse) -> object:
    """Stations, by our own SQL and by a caller's: they must agree."""
    ours = run(warehouse, "owner", COUNT).rows[0][0]
    _, theirs = warehouse.sql_rows(access("owner"), COUNT, Deadline(20), 10)
    assert theirs.rows == ((ours,),)
    return ours


def test_a_replaced_file_is_noticed_everywhere(live: tuple[Path, DuckDBWarehouse]) -> None:
    path, warehouse = live
    city, before = catalog().dimensions["city"], warehouse.watermark()
    assert count(warehouse) == 24
    assert warehouse.watermark() == before
    assert warehouse.dimension_values(access("owner"), city, 1) == ("Bergen",)
    reached = warehouse.horizons()["ride"].latest
    replace(
        path,
        "DELETE FROM gold.station WHERE city = 'Bergen'",
        "DELETE FROM gold.ride WHERE ride_day > DATE '2026-02-01'",
    )
    assert count(warehouse) == 18
    assert warehouse.watermark() != before
    assert warehouse.dimension_values(access("owner"), city, 1) == ("Malmo",)
    assert warehouse.horizons()["ride"].latest < reached


def test_a_statement_that_runs_while_the_file_is_replaced_reads_the_old_state_to_its_end(
    live: tuple[Path, DuckDBWarehouse],
) -> None:
    path, warehouse = live
    assert count(warehouse) == 24
    product = "SELECT count(*) AS n FROM gold.ride a, gold.ride b, gold.station c WHERE a.minutes + b.minutes >= 0"
    running = Call(lambda: run(warehouse, "owner", product).rows)
    replace(path, "DELETE FROM gold.ride", "DELETE FROM gold.station")
    assert count(warehouse) == 0
    # The call may have begun before the load or after it; in no case in between.
    assert running.result() in (((1500 * 1500 * 24,),), ((0,),))


def test_no_answer_mixes_two_states(live: tuple[Path, DuckDBWarehouse]) -> None:
    path, warehouse = live
    both = "SELECT (SELECT count(*) FROM gold.station) - (SELECT count(*) FROM gold.rider) AS difference"
    replace(path, "DELETE FROM gold.rider WHERE rowid >= 24")
    done: list[object] = []

    def work() -> None:
        for _ in range(60):
            done.append(run(warehouse, "owner", both).rows)

    callers = [Call(work) for _ in range(4)]
    for left in (20, 15, 10, 5):
        replace(path, *(f"DELETE FROM gold.{table} WHERE rowid >= {left}" for table in ("station", "rider")))
    for call in callers:
        call.result(60)
    assert set(map(str, done)) == {"((0,),)"}


def _missing(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("this is not a database " * 1000)


def _cut(path: Path) -> None:
    beginning = path.read_bytes()[:20_000]
    path.unlink()
    path.write_bytes(beginning)


def _scrambled_head(path: Path) -> None:
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(bytes(byte ^ 0x5A for byte in whole[:8192]) + whole[8192:])


@pytest.mark.parametrize("harm", [_missing, _empty, _text, _cut, _scrambled_head])
def test_a_file_that_cannot_be_read_is_a_refusal_until_it_is_back(
    gold: Path, live: tuple[Path, DuckDBWarehouse], harm: Callable[[Path], None]
) -> None:
    path, warehouse = live
    assert count(warehouse) == 24
    harm(path)
    for ask in (
        lambda: count(warehouse),
        lambda: run(warehouse, "oslo", COUNT),
        lambda: warehouse.sql_rows(access("owner"), COUNT, Deadline(20), 10),
        warehouse.horizons,
    ):
        with pytest.raises(WarehouseDown) as caught:
            ask()
        assert str(path) not in caught.value.text
    path.unlink(missing_ok=True)
    shutil.copy(gold, path)
    assert count(warehouse) == 24


def test_a_file_that_another_process_writes_is_a_refusal_until_it_lets_go(
    live: tuple[Path, DuckDBWarehouse],
) -> None:
    path, warehouse = live
    script = f"import duckdb; c = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdin is not None and writer.stdout is not None
    assert writer.stdout.readline() == "open\n"
    with pytest.raises(WarehouseDown):
        run(warehouse, "owner", COUNT)
    writer.communicate("\n", timeout=20)
    assert count(warehouse) == 24


def test_a_table_that_is_not_as_described_fails_alone(live: tuple[Path, DuckDBWarehouse]) -> None:
    path, warehouse = live
    replace(path, "ALTER TABLE gold.stock RENAME as_of TO snapshot_on", "DROP TABLE gold.rider")
    assert count(warehouse) == 24
    assert set(warehouse.horizons()) == {"ride"}
    for table in ("stock", "rider"):
        with pytest.raises(WarehouseDown):
            run(warehouse, "owner", f"SELECT * FROM gold.{table}")


def test_a_new_column_is_not_seen_until_the_catalog_lists_it(live: tuple[Path, DuckDBWarehouse]) -> None:
    path, warehouse = live
    replace(path, "ALTER TABLE gold.station ADD COLUMN rent DECIMAL(9, 2) DEFAULT 1.5")
    assert "rent" not in run(warehouse, "owner", "SELECT * FROM gold.station").names


def test_many_replacements_leave_nothing_open(live: tuple[Path, DuckDBWarehouse]) -> None:
    path, warehouse = live
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("open files are counted on Linux")

    def opened() -> int:
        targets = itertools.chain.from_iterable(_target(link) for link in folder.iterdir())
        return sum(target.startswith(str(path)) for target in targets)

    for left in range(20, 4, -1):
        replace(path, f"DELETE FROM gold.station WHERE rowid >= {left}")
        assert run(warehouse, "owner", COUNT).rows == ((left,),)
    assert opened() <= 2


def _target(link: Path) -> Iterator[str]:
    try:
        yield str(link.readlink())
    except OSError:
        return
