"""Large results over the Storage Read API: the same rows as by pages, or the pages themselves when it does not work."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.bigquery import bigquery_warehouse
from server.settings import BigQuerySettings, WarehouseSettings
from tests.warehouse.bigquery.company import Company
from warehouse.bigquery.connection import connect, connect_read_api
from warehouse.bigquery.driver import LargeResults
from warehouse.bigquery.jobs import Jobs
from warehouse.bigquery.place import Place
from warehouse.bigquery.results import LARGE_ROWS, Cap, Results
from warehouse.bigquery.statement import Statement
from warehouse.bill import Price
from warehouse.deadline import Deadline
from warehouse.port import Rows

PLACE = Place("assay-large")
ROWS = 30_000
EVERY_TYPE = f"""
SELECT n, IF(MOD(n, 7) = 0, NULL, CONCAT('line ', CAST(n AS STRING), ' é\\n')) AS text, n / 3 AS share,
       CAST(n AS NUMERIC) / 8 AS money, MOD(n, 2) = 0 AS even,
       DATE_ADD(DATE '2024-02-28', INTERVAL MOD(n, 400) DAY) AS day,
       TIMESTAMP_ADD(TIMESTAMP '2026-03-29 00:30:00+00', INTERVAL n MINUTE) AS moment,
       DATETIME_ADD(DATETIME '2026-03-29 00:30:00', INTERVAL n SECOND) AS local
FROM UNNEST(GENERATE_ARRAY(1, {ROWS})) AS n ORDER BY MOD(n * 7919, 30011) DESC"""


def _read(
    rest: str, large: Callable[[], LargeResults | None], sql: str = EVERY_TYPE, most: int = 10**6, seconds: float = 60
) -> Rows:
    client = connect(PLACE, api_endpoint=rest, anonymous=True)
    jobs = Jobs(client, Results(ZoneInfo("Europe/Oslo"), Price(6.25, date(2023, 7, 5)), large))
    try:
        return jobs.run(Statement(sql), Deadline(seconds), Cap(10**12, most, 10**9), callers=False)
    finally:
        client.close()


@pytest.fixture
def ways(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """How each result was read so far: "batches" or "pages"."""
    caplog.set_level(logging.INFO, "assay.warehouse")
    return lambda: [r.__dict__["read"] for r in caplog.records if "read" in r.__dict__]


@pytest.mark.parametrize("most", [10**6, LARGE_ROWS + 1])
def test_batches_hold_what_pages_hold(
    most: int, bigquery_emulator: str, bigquery_storage: str, ways: Callable[[], list[str]]
) -> None:
    api = connect_read_api(PLACE, endpoint=bigquery_storage, anonymous=True)
    batches, pages = (_read(bigquery_emulator, lambda way=way: way, most=most) for way in (api, None))
    assert ways() == ["batches", "pages"]
    assert batches == replace(pages, bill=batches.bill)
    assert (len(batches.rows), batches.truncated) == (min(most, ROWS), most < ROWS)
    assert {type(cell) for row in batches.rows for cell in row} == {type(cell) for row in pages.rows for cell in row}


@pytest.mark.parametrize(
    "sql",
    [
        EVERY_TYPE + " LIMIT 500",
        f"SELECT n, [n, 1] AS pair FROM UNNEST(GENERATE_ARRAY(1, {ROWS})) AS n",
        f"SELECT n, STRUCT(n AS a) AS whole FROM UNNEST(GENERATE_ARRAY(1, {ROWS})) AS n",
    ],
)
def test_small_results_and_nested_values_come_by_pages(
    sql: str, bigquery_emulator: str, bigquery_storage: str, ways: Callable[[], list[str]]
) -> None:
    api = connect_read_api(PLACE, endpoint=bigquery_storage, anonymous=True)
    assert _read(bigquery_emulator, lambda: api, sql).rows
    assert ways() == ["pages"]


@contextmanager
def _cutting(address: str, after: int) -> Iterator[str]:
    """An address that leads to another one and breaks each connection after so many bytes of answers."""
    host, port = address.split(":")
    server = socket.create_server(("127.0.0.1", 0))

    def forward(source: socket.socket, target: socket.socket, most: int) -> None:
        try:
            while most > 0 and (data := source.recv(65_536)):
                target.sendall(data[:most])
                most -= len(data)
        except OSError:
            pass
        finally:
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def accept() -> None:
        while True:
            try:
                inside, _ = server.accept()
            except OSError:
                return
            outside = socket.create_connection((host, int(port)))
            threading.Thread(target=forward, args=(inside, outside, 10**9), daemon=True).start()
            threading.Thread(target=forward, args=(outside, inside, after), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    server.close()
    thread.join(2)


@pytest.mark.parametrize("after", [0, 2_000, 200_000])
def test_a_broken_stream_ends_in_pages(
    after: int, bigquery_emulator: str, bigquery_storage: str, ways: Callable[[], list[str]]
) -> None:
    """Cut before the session, after it, and in the middle of the rows."""
    with _cutting(bigquery_storage, after) as address:
        api = connect_read_api(PLACE, endpoint=address, anonymous=True)
        broken = _read(bigquery_emulator, lambda: api)
    assert ways() == ["pages"]
    assert broken.rows == _read(bigquery_emulator, lambda: None).rows


def test_an_api_that_never_answers_is_left_alone_for_a_while(
    bigquery_emulator: str, ways: Callable[[], list[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = connect_read_api(PLACE, endpoint=f"127.0.0.1:{silent.getsockname()[1]}", anonymous=True)
        assert api is not None
        assert len(_read(bigquery_emulator, lambda: api, seconds=20).rows) == ROWS
        assert api.resting
        silent.close()
        _read(bigquery_emulator, lambda: api)
    assert ways() == ["pages", "pages"]


def test_without_its_packages_everything_comes_by_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "warehouse.bigquery.read_api", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert connect_read_api(PLACE) is None


def test_settings_lead_to_it(techco: Company, bigquery_storage: str, ways: Callable[[], list[str]]) -> None:
    """SQL of a caller comes in batches; with another address of BigQuery alone, by pages."""
    sql = "SELECT login_date, customer_id FROM gold.fact_login, UNNEST([1, 2]) AS twice ORDER BY 1, 2"
    found: list[Any] = []
    for storage in (bigquery_storage, ""):
        given = BigQuerySettings(
            project=techco.place.project, api_endpoint=techco.endpoint, storage_endpoint=storage, anonymous=True
        )
        warehouse = WarehouseSettings(engine="bigquery", bigquery=given)
        settings = techco.settings.model_copy(update={"warehouse": warehouse})
        engine = bigquery_warehouse(settings, techco.catalog, techco.calendar)
        found.append(engine.sql_rows(techco.access("rev.jordan"), sql, Deadline(60), 100_000)[1].rows)
        engine.close()
    assert found[0] == found[1] and len(found[0]) > LARGE_ROWS
    assert ways()[-2:] == ["batches", "pages"]
