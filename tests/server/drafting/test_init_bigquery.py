"""A workspace drafted from a dataset of BigQuery; the demo, loaded there, answers from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.processes import assay

PROJECT = "assay-drafting"
ADDRESS = f"{PROJECT}.shop"
TABLES = {
    "dim_client": [
        ("client_id", "STRING", "REQUIRED"), ("client_name", "STRING", "NULLABLE"), ("segment", "STRING", "NULLABLE"),
        ("contact_email", "STRING", "NULLABLE"), ("tags", "STRING", "REPEATED"), ("country", "STRING", "NULLABLE"),
    ],
    "fact_order": [
        ("order_id", "STRING", "REQUIRED"), ("client_id", "STRING", "REQUIRED"), ("ordered_on", "DATE", "NULLABLE"),
        ("amount_eur", "NUMERIC", "NULLABLE"), ("quantity", "INTEGER", "NULLABLE"), ("channel", "STRING", "NULLABLE"),
        ("country", "STRING", "NULLABLE"), ("note", "STRING", "NULLABLE"), ("ShippedAt", "TIMESTAMP", "NULLABLE"),
    ],
    "account_snapshot": [
        ("client_id", "STRING", "REQUIRED"), ("snapshot_date", "DATE", "REQUIRED"),
        ("balance_eur", "NUMERIC", "NULLABLE"),
    ],
}  # fmt: skip
ROWS = {
    "dim_client": [
        {"client_id": "c1", "client_name": "Ada Ltd", "segment": "Large", "contact_email": "a@x.example"},
        {"client_id": "c2", "client_name": "Bo AS", "segment": "Small", "contact_email": "b@x.example"},
    ],
    "fact_order": [
        {"order_id": f"o{i}", "client_id": f"c{1 + i % 2}", "ordered_on": f"2026-{1 + i % 10:02}-05",
         "amount_eur": str(10 + i), "quantity": i, "channel": "Web", "note": "x"}
        for i in range(40)
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(bigquery_emulator: str) -> str:
    """A small dataset, made with Google's own client."""
    from google.cloud import bigquery

    from warehouse.bigquery.connection import connect
    from warehouse.bigquery.place import Place

    client = connect(Place(PROJECT, "", "", {}), api_endpoint=bigquery_emulator, anonymous=True)
    client.create_dataset(bigquery.Dataset(ADDRESS), exists_ok=True)
    for name, columns in TABLES.items():
        table = bigquery.Table(f"{ADDRESS}.{name}", [bigquery.SchemaField(*column) for column in columns])
        table.description = "Orders as they were paid." if name == "fact_order" else None
        if name == "fact_order":
            table.time_partitioning = bigquery.TimePartitioning(field="ordered_on")
        client.create_table(table)
        if name in ROWS:
            assert not client.insert_rows_json(f"{ADDRESS}.{name}", ROWS[name])
    return bigquery_emulator


@pytest.fixture(scope="module")
def drafted(shop: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace drafted from it."""
    folder = tmp_path_factory.mktemp("draft") / "shop"
    done = assay("init", str(folder), "--bigquery", ADDRESS, "--api-endpoint", shop, "--anonymous", "--currency", "EUR")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.wide
def test_a_draft_passes_its_own_check_and_answers(drafted: tuple[Path, str]) -> None:
    folder, said = drafted
    assert "REVIEW" in said
    assert "dim_client.tags: ARRAY<STRING> has no type in the catalog; describe a view that unnests it" in " ".join(
        said.split()
    )
    checked = assay("catalog", "check", "-w", str(folder))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    found = json.loads(assay("ask", "order amount eur by segment in Q2 2026", "--json", "-w", str(folder)).stdout)
    assert {row[0]: row[1] for row in found["rows"]} == {
        "Large": sum(10 + i for i in range(0, 40, 2) if 1 + i % 10 in (4, 5, 6)),
        "Small": sum(10 + i for i in range(1, 40, 2) if 1 + i % 10 in (4, 5, 6)),
    }


@pytest.mark.wide
def test_what_looks_personal_is_denied_until_somebody_looks(drafted: tuple[Path, str]) -> None:
    folder, _ = drafted
    for column, table in (("contact_email", "dim_client"), ("note", "fact_order")):
        asked = assay("ask", "q", "--sql", f"SELECT {column} FROM {table}", "--json", "-w", str(folder))
        assert asked.returncode == 1
        assert json.loads(asked.stdout)["code"] in ("UNKNOWN_COLUMN", "PII_DENIED")


def test_links_keys_partitions_and_kinds_are_found(drafted: tuple[Path, str]) -> None:
    from catalog.loader import load_catalog
    from server.settings import load_settings

    settings = load_settings(drafted[0], environ={})
    catalog = load_catalog(settings.workspace / "catalog", settings.company)
    orders, clients = catalog.tables["fact_order"], catalog.tables["dim_client"]
    assert [link.to for link in orders.relationships] == ["dim_client.client_id"]
    assert (orders.partition, orders.time, orders.description) == (
        "ordered_on",
        "ordered_on",
        "Orders as they were paid.",
    )
    assert clients.kind == "dimension" and clients.grain == ("client_id",)
    assert catalog.tables["account_snapshot"].kind == "snapshot"
    assert catalog.tables["account_snapshot"].grain == ("client_id", "snapshot_date")
    assert orders.physical("shippedat") == "ShippedAt"
    assert set(catalog.metrics) == {"order_count", "order_amount_eur", "order_quantity"}
    assert all(metric.status == "draft" for metric in catalog.metrics.values())


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("address", "code", "said"),
    [("nodot", 2, "PROJECT.DATASET"), (f"{PROJECT}.nowhere", 1, "no dataset"), ("Bad Project.gold", 1, "project")],
)
def test_what_cannot_be_drafted_is_said(address: str, code: int, said: str, shop: str, tmp_path: Path) -> None:
    done = assay("init", str(tmp_path / "x"), "--bigquery", address, "--api-endpoint", shop, "--anonymous")
    assert done.returncode == code, done.stdout + done.stderr
    assert said.lower() in (done.stdout + done.stderr).lower()
    assert not (tmp_path / "x").exists()


@pytest.mark.prove
def test_the_demo_answers_the_same_from_bigquery(bigquery_emulator: str, tmp_path: Path) -> None:
    words = (
        "ask",
        "recognized revenue by segment last quarter vs the quarter before",
        "--json",
        "-w",
        str(tmp_path / "demo"),
    )
    options = ("--dir", str(tmp_path / "demo"), "--profile", "small")
    assert assay("demo", *options, timeout=600).returncode == 0
    here = json.loads(assay(*words).stdout)
    to = ("--bigquery", "assay-demo.gold", "--api-endpoint", bigquery_emulator, "--anonymous")
    done = assay("demo", *options, *to, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Loaded" in done.stdout
    there = json.loads(assay(*words).stdout)
    assert "`fact_revenue`" in there["sql"] and "`" not in here["sql"]
    assert there["rows"] == here["rows"]
    assert there["trust"]["state"] == here["trust"]["state"]
