"""The investigation agent over whole companies: one truth planted in each, found or kept silent about."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from agents.claims import PLACEHOLDER, used_facts
from agents.document import Document, Words
from agents.investigation import investigate
from demo.plants import NOW
from tests.agents.investigation.worlds import (
    build,
    change,
    change_of,
    first_look,
    look,
    memory,
    named_causes,
    planted_slice,
    products,
    seat,
    subject_of,
    sums_of_contributions,
    verdict_of,
)

LAST_WEEK = "DATE '2026-11-09' AND DATE '2026-11-15'"


def only(documents: tuple[Document, ...]) -> Document:
    assert [d.key for d in documents] and len(documents) == 1, [d.key for d in documents]
    return documents[0]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_planted_fall_is_a_business_change_with_its_slice_and_contributions_that_add_up(
    tmp_path: Path, seed: int
) -> None:
    world = build(tmp_path / "w", {"T1"}, seed)
    document = only(first_look(world))
    truth = world.truth("T1", "drop")
    assert (subject_of(document), verdict_of(document)) == ("metric:recognized_revenue", "business")
    assert named_causes(document)[0] == planted_slice(truth, products(world))
    facts = document.facts.values()
    pct = next(f.value for f in facts if f.kind == "change_pct")
    assert abs(float(pct) - truth["magnitude"]) < 1e-6
    for added in sums_of_contributions(document):
        assert abs(added - change_of(document)) < Decimal("1e-9")
    assert "does not prove" in document.claims["no-proof"].sentence
    assert_well_formed(document)


def assert_well_formed(document: Document) -> None:
    """No digit stands outside a placeholder, and every fact that is named is there."""
    for section in document.sections:
        for sentence in (document.title, *section.sentences):
            assert not re.search(r"\d", PLACEHOLDER.sub("", sentence.text)), sentence.text
            assert set(used_facts(sentence.text)) <= set(document.facts)
            assert set(sentence.claims) <= set(document.claims)
        for table in section.tables:
            for row in table.rows:
                assert len(row) == len(table.columns)
                for cell in row:
                    assert isinstance(cell, Words) or (cell is not None and cell.fact in document.facts)


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("truth", "seed", "subject"),
    [
        ("T3", 1, "feed:platform_subscriptions"),
        ("T3", 12, "feed:netsuite_gl"),
        ("T4", 2, "table:fact_active_lives"),
        ("T6", 1, "feed:netsuite_gl"),
        ("T7", 1, "table:fact_customer_health"),
        ("T7", 2, "table:fact_invoice"),
    ],
)
def test_a_fault_of_the_data_is_an_incident_though_no_figure_moved(
    tmp_path: Path, truth: str, seed: int, subject: str
) -> None:
    world = build(tmp_path / "w", {truth}, seed)
    document = only(first_look(world))
    assert (subject_of(document), verdict_of(document)) == (subject, "data_fault")
    assert document.label
    named = {row[0].text for s in document.sections for t in s.tables for row in t.rows if isinstance(row[0], Words)}
    planted = world.truth(truth)["metrics"]
    labels = {name.replace("_", " ").casefold() for name in planted}
    said = {name.casefold() for name in named}
    assert labels - {"arr", "mrr", "csat", "ltv to date"} <= said
    assert_well_formed(document)


def test_duplicates_over_their_limit_are_an_incident_and_under_it_they_are_not(tmp_path: Path) -> None:
    world = build(tmp_path / "w", {"T5"}, 1)
    assert first_look(world) == ()
    sources = world.folder / "catalog" / "sources.yml"
    text = sources.read_text(encoding="utf-8").replace("warn: 0.05, fail: 0.08", "warn: 0.01, fail: 0.02")
    sources.write_text(text, encoding="utf-8")
    document = only(first_look(world, NOW + timedelta(minutes=5)))
    assert (subject_of(document), verdict_of(document)) == ("table:dim_customer", "data_fault")


@pytest.mark.wide
def test_a_fall_on_the_days_that_are_in_while_the_feed_is_late_is_both(tmp_path: Path) -> None:
    world = build(tmp_path / "w", {"T1", "T3"}, 12)
    document = only(first_look(world))
    assert (subject_of(document), verdict_of(document)) == ("feed:netsuite_gl", "mixed")


@pytest.mark.wide
def test_a_clean_company_a_near_miss_and_the_week_after_it_stay_silent(tmp_path: Path) -> None:
    clean = build(tmp_path / "clean", (), 3)
    fall = build(tmp_path / "fall", {"T1"}, 3)
    near = NOW - timedelta(weeks=13)
    assert fall.truth("T1", "near miss")["window_end"].startswith(f"{near - timedelta(days=1):%Y-%m-%d}")
    assert first_look(clean) == ()
    assert first_look(fall, near) == ()
    assert first_look(fall, near + timedelta(weeks=1)) == ()


@pytest.mark.wide
def test_a_thread_opens_once_and_ends_after_two_normal_weeks(tmp_path: Path) -> None:
    world = build(tmp_path / "w", {"T1"}, 1)
    # The planted fall, thirteen weeks earlier: the near miss made twice as deep.
    change(
        world,
        "UPDATE gold.fact_revenue SET amount_usd = amount_usd * 0.85 WHERE revenue_type = 'recognized' "
        "AND revenue_date BETWEEN DATE '2026-08-10' AND DATE '2026-08-16'",
    )
    start = NOW - timedelta(weeks=13)
    with memory(world) as store:
        said = {days: look(world, store, start + timedelta(days=days)).documents for days in (0, 1, 7, 8, 14)}
    (first,), (last,) = said[0], said[14]
    assert [said[days] for days in (1, 7, 8)] == [(), (), ()]
    assert subject_of(first.document) == "metric:recognized_revenue"
    assert first.reply_to == "" and last.reply_to == first.thread_key
    assert "resolved" in last.document.claims
    assert (first.channels, first.users) == (("kpi_alerts",), ())
    assert "recognized_revenue" in first.needs


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("fault", "check", "statement"),
    [
        (
            "a day is missing",
            "row_count",
            "DELETE FROM gold.fact_revenue WHERE source_system = 'netsuite_gl' AND revenue_date = DATE '2026-11-12'",
        ),
        (
            "the week was loaded twice",
            "duplicates",
            "INSERT INTO gold.fact_revenue FROM gold.fact_revenue WHERE revenue_type = 'recognized' "
            f"AND revenue_date BETWEEN {LAST_WEEK}",
        ),
        (
            "cents for dollars",
            "unit_factor",
            "UPDATE gold.fact_revenue SET amount_usd = amount_usd / 100 WHERE revenue_type = 'recognized' "
            f"AND revenue_date BETWEEN {LAST_WEEK}",
        ),
        (
            "amounts are missing",
            "nulls",
            "UPDATE gold.fact_revenue SET amount_usd = NULL WHERE revenue_type = 'recognized' "
            f"AND hash(revenue_id) % 3 = 0 AND revenue_date BETWEEN {LAST_WEEK}",
        ),
        (
            "a system is silent",
            "silent_source",
            f"DELETE FROM gold.fact_revenue WHERE source_system = 'netsuite_gl' AND revenue_date BETWEEN {LAST_WEEK}",
        ),
    ],
)
def test_a_fault_that_no_status_shows_is_found_in_the_rows(
    tmp_path: Path, fault: str, check: str, statement: str
) -> None:
    world = build(tmp_path / "w", (), 2)
    change(world, statement)
    documents = first_look(world)
    about = {subject_of(d): d for d in documents}
    document = about["metric:recognized_revenue"]
    assert verdict_of(document) == "data_fault", fault
    assert check in document.claims
    assert_well_formed(document)


def test_metrics_made_of_one_another_are_one_incident(tmp_path: Path) -> None:
    world = build(tmp_path / "w", (), 3)
    change(
        world,
        "UPDATE gold.fact_subscription SET mrr_usd = mrr_usd * 0.7 WHERE snapshot_date >= DATE '2026-11-11' AND "
        "customer_id IN (SELECT customer_id FROM gold.dim_customer WHERE segment = 'Enterprise')",
    )
    document = only(first_look(world))
    assert subject_of(document) in ("metric:mrr", "metric:arr")
    assert verdict_of(document) == "business"
    assert {"moved-mrr-week", "moved-arr-week"} <= set(document.claims)
    assert named_causes(document)[0] == {"segment": "Enterprise"}


def test_one_factor_over_every_slice_is_not_called_business(tmp_path: Path) -> None:
    world = build(tmp_path / "w", (), 3)
    change(world, "UPDATE gold.fact_subscription SET mrr_usd = mrr_usd * 0.9 WHERE snapshot_date >= DATE '2026-11-11'")
    document = only(first_look(world))
    assert verdict_of(document) == "undetermined"
    assert "unit_factor" in document.claims


@pytest.mark.wide
def test_a_figure_that_changes_materially_is_told_in_the_same_thread(tmp_path: Path) -> None:
    world = build(tmp_path / "w", {"T1"}, 3)
    with memory(world) as store:
        (first,) = look(world, store).documents
        change(
            world,
            "UPDATE gold.fact_revenue SET amount_usd = amount_usd * 0.8 WHERE revenue_type = 'recognized' AND "
            f"customer_id IN (SELECT customer_id FROM gold.dim_customer WHERE segment = 'Enterprise') AND "
            f"revenue_date BETWEEN {LAST_WEEK}",
        )
        (second,) = look(world, store, NOW + timedelta(hours=1)).documents
        assert look(world, store, NOW + timedelta(hours=2)).documents == ()
    assert second.reply_to == first.thread_key
    assert second.thread_key != first.thread_key
    assert "told-before" in second.document.claims
    assert_well_formed(second.document)


def test_a_holiday_in_the_period_is_named_and_hides_nothing(tmp_path: Path) -> None:
    world = build(tmp_path / "w", {"T1"}, 1)
    with memory(world) as store, seat(world) as (agent, desk):
        found = investigate(
            agent, desk, store, NOW, lambda period: ("Veterans Day",) if period.start.month == 11 else ()
        )
    (item,) = found.documents
    assert item.document.claims["calendar"].sentence == "Veterans Day lies in the period, which may explain part of it."
