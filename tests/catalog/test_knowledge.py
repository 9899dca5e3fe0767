"""The Markdown bundle says everything a reader needs, the same each time, and nothing about people."""

from __future__ import annotations

from pathlib import Path

from catalog.catalog import Catalog
from catalog.knowledge import export_knowledge, feeds, lineage, measured


def written(catalog: Catalog, folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in export_knowledge(catalog, folder)}


def test_two_exports_are_the_same_bytes(techco: Catalog, tmp_path: Path) -> None:
    first = written(techco, tmp_path / "one")
    assert written(techco, tmp_path / "one") == first
    assert written(techco, tmp_path / "two") == first


def test_every_metric_table_column_feed_and_role_is_in_it(techco: Catalog, tmp_path: Path) -> None:
    pages = {name: text.decode() for name, text in written(techco, tmp_path).items()}
    for metric in techco.metrics.values():
        assert f"## {metric.label} (`{metric.name}`)" in pages["metrics.md"]
        assert metric.formula_text in pages["metrics.md"]
    for table in techco.tables.values():
        for column in table.columns:
            assert f"| {column.name} | {column.type} | {column.description} |" in pages["data-dictionary.md"]
    assert all(f"`{s.name}`" in pages["sources.md"] for s in techco.sources.sources)
    assert all(f"| {r.name} |" in pages["roles.md"] for r in techco.policies.roles)
    assert all(f"playbooks/{name}.md" in pages for name in techco.playbooks)
    assert all(caveat.text in pages["caveats.md"] for m in techco.metrics.values() for caveat in m.caveats)


def test_no_user_and_no_address_is_in_it(techco: Catalog, tmp_path: Path) -> None:
    text = b"".join(written(techco, tmp_path).values()).decode()
    for user in techco.users.values():
        assert user.user not in text
        assert user.email not in text or not user.email
        assert user.name not in text or not user.name


def test_the_index_links_every_page(techco: Catalog, tmp_path: Path) -> None:
    pages = written(techco, tmp_path)
    index = pages["README.md"].decode()
    assert [name for name in pages if name != "README.md" and f"({name})" not in index] == []


def test_lineage_reaches_through_inputs_filters_and_bands(techco: Catalog, fjord: Catalog) -> None:
    assert lineage(fjord, fjord.metrics["no_show_rate"]) == ["visit.no_show", "visit.visited_on"]
    assert lineage(fjord, fjord.metrics["bed_occupancy"]) == [
        "bed_day.as_of_day",
        "bed_day.beds_total",
        "bed_day.beds_used",
    ]
    assert "fact_customer_health.health_band" in lineage(techco, techco.metrics["arr_at_risk"])
    assert lineage(techco, techco.metrics["nrr"]) == [
        "fact_subscription.customer_id",
        "fact_subscription.mrr_usd",
        "fact_subscription.snapshot_date",
    ]
    assert lineage(fjord, fjord.metrics["top_clinic_share"]) == [
        "visit.clinic_id",
        "visit.fee_eur",
        "visit.no_show",
        "visit.visited_on",
    ]


def test_a_metric_s_page_names_its_rows_and_the_feeds_under_it(techco: Catalog, fjord: Catalog) -> None:
    revenue = techco.metrics["recognized_revenue"]
    assert revenue.measure
    assert measured(revenue.measure) == "sum of amount_usd in fact_revenue, where revenue_type = 'recognized'"
    assert feeds(techco, revenue) == ["netsuite_gl (netsuite)"]
    assert feeds(techco, techco.metrics["arr_at_risk"]) == [
        "platform_subscriptions (platform)",
        "platform_health (platform)",
    ]
    assert feeds(fjord, fjord.metrics["no_show_rate"]) == ["booking (calendar)"]
