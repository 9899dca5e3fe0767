"""A load brings all tables within its time, or none of them."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import duckdb
import pytest

from catalog.catalog import Catalog
from catalog.company import Company as CompanySettings
from catalog.loader import load_catalog
from catalog.refusals import Refusal, Timeout, WarehouseDown
from server.settings import load_settings
from tests.fakes.bigquery_upload import Uploads, bigquery_uploads
from tests.processes import assay
from warehouse.bigquery.connection import connect
from warehouse.bigquery.load import load_duckdb
from warehouse.bigquery.place import Place

TABLES = ("dim_product", "fact_login", "fact_nps_response")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The demo catalog."""
    folder = Path(__file__).parents[3] / "demo" / "workspace"
    company = CompanySettings.model_validate(tomllib.loads((folder / "assay.toml").read_text())["company"])
    return load_catalog(folder / "catalog", company)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three of its tables, a row each."""
    made = tmp_path / "three.duckdb"
    with duckdb.connect(str(made)) as source:
        source.execute("CREATE SCHEMA gold")
        for name in TABLES:
            source.execute(f"CREATE TABLE gold.{name} AS SELECT 'a' AS customer_id, DATE '2026-01-01' AS login_date")
    return made


def _load(file: Path, catalog: Catalog, uploads: Uploads, seconds: float = 60) -> None:
    place = Place("assay-fake")
    client = connect(place, api_endpoint=uploads.url, anonymous=True)
    try:
        load_duckdb(file, catalog, client, place, seconds=seconds)
    finally:
        client.close()


def test_every_table_comes_by_a_job_that_makes_it(file: Path, catalog: Catalog) -> None:
    with bigquery_uploads() as uploads:
        uploads.tables[:] = ["fact_login", "of_somebody_else"]
        _load(file, catalog, uploads)
    assert sorted(uploads.tables) == sorted([*TABLES, "of_somebody_else"])
    split = {
        job["destinationTable"]["tableId"]: (job["timePartitioning"]["field"], job["clustering"]["fields"])
        for job in uploads.jobs
        if "timePartitioning" in job
    }
    logins = catalog.tables["fact_login"]
    assert split == {"fact_login": (logins.partition, list(logins.cluster))}
    assert {job["writeDisposition"] for job in uploads.jobs} == {"WRITE_TRUNCATE"}


def test_a_load_that_takes_too_long_is_stopped_and_leaves_nothing(file: Path, catalog: Catalog) -> None:
    with bigquery_uploads() as uploads:
        uploads.hangs = "fact_login"
        with pytest.raises(Timeout, match=r"did not finish within 1 s\. Nothing of it was kept\.") as refused:
            _load(file, catalog, uploads, seconds=1)
        assert refused.value.code == "TIMEOUT"
        assert (uploads.tables, uploads.cancelled) == ([], ["fact_login"])
        assert 0 < int(uploads.job["configuration"]["jobTimeoutMs"]) <= 1000


def test_a_table_that_fails_takes_those_before_it_along(file: Path, catalog: Catalog) -> None:
    with bigquery_uploads() as uploads:
        uploads.error, uploads.fails = "a column of another type", "fact_nps_response"
        with pytest.raises(WarehouseDown, match=r"Nothing of it was kept\.") as refused:
            _load(file, catalog, uploads)
    assert uploads.tables == []
    assert "another type" not in refused.value.text


def test_what_cannot_be_taken_away_is_named(file: Path, catalog: Catalog) -> None:
    with bigquery_uploads() as uploads:
        with duckdb.connect(str(file)) as source:
            source.execute("CREATE TABLE gold.a_first AS SELECT 1 AS n")
        uploads.error, uploads.fails = "no", "fact_login"
        done: list[str] = []

        def lock(loaded: object) -> None:
            done.append(str(loaded))
            uploads.undroppable = "a_first"

        place = Place("assay-fake")
        client = connect(place, api_endpoint=uploads.url, anonymous=True)
        with pytest.raises(Refusal, match=r"could not be taken away again: gold\.a_first\."):
            load_duckdb(file, catalog, client, place, lock)
        client.close()
        assert uploads.tables == ["a_first"]
        assert done


@pytest.mark.prove
def test_a_demo_that_could_not_be_loaded_still_reads_its_own_file(demo_workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(demo_workspace, folder)
    with bigquery_uploads() as uploads:
        uploads.error, uploads.fails = "no", "fact_login"
        to = ("--bigquery", "assay-fake.gold", "--api-endpoint", uploads.url, "--anonymous")
        done = assay("demo", "--dir", str(folder), "--profile", "small", *to)
    assert (done.returncode, uploads.tables) == (1, [])
    assert "WAREHOUSE_DOWN" in done.stderr and "The workspace still reads its own file." in done.stderr
    assert load_settings(folder, environ={}).warehouse.engine == "duckdb"
