"""The planted truths of the demo company: each in a world of its own, found with the right place and size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import demo
from catalog.catalog import Catalog
from demo.build import build_company
from server.settings import StateSettings, load_settings
from server.wiring import running
from tools.usage.answering import is_about_use

WORKSPACE = Path(demo.__file__).parent / "workspace"


@dataclass(frozen=True)
class World:
    """A running program, the report of its reconciliation, and what was planted."""

    program: Any
    truths: list[dict[str, Any]]

    @property
    def report(self) -> Any:
        return self.program.toolset._services.reconciler.report()

    def truth(self, name: str, kind: str | None = None) -> dict[str, Any]:
        return next(t for t in self.truths if t["id"] == name and kind in (None, t["kind"]))

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        result = self.program.toolset.call(self.program.principal(None, None, {}), tool, arguments)
        assert not result.is_error, result.text
        return result.structured

    def trust(self, metric: str) -> str:
        return self.program.toolset._services.reconciler.trust(metrics=(metric,)).state


@contextmanager
def world(folder: Path, *plants: str, seed: int = 7, clean: bool = False, default: bool = False) -> Iterator[World]:
    place = folder / "workspace"
    shutil.copytree(WORKSPACE, place)
    chosen = None if clean or default else frozenset(plants)
    built = build_company(place, profile="small", seed=seed, plant=chosen, clean=clean)
    settings = load_settings(place, environ={})
    own = settings.model_copy(update={"state": StateSettings(path=folder / "audit.sqlite")})
    with running(own) as program:
        yield World(program, json.loads(built.truth.read_text()))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("clean"), clean=True) as found:
        yield found


def over_gold(catalog: Catalog) -> list[str]:
    """Metrics that rest on gold tables, not on the audit log or on the checks themselves."""
    metrics = catalog.metrics.items()
    return [name for name, metric in metrics if not metric.operational and not is_about_use(catalog, metric)]


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("default"), default=True) as found:
        yield found


def test_the_clean_company_gives_no_alarm_and_reconciles_every_metric(clean: World) -> None:
    report = clean.report
    assert (report.overall, report.reason) == ("green", "every feed is in its SLA, totals tie out, nothing fails")
    assert report.metric_colours == {}
    assert report.notes == ()
    catalog = clean.program.catalog
    states = {name: clean.trust(name) for name in over_gold(catalog)}
    assert {name: state for name, state in states.items() if state != "reconciled"} == {}


def test_the_default_company_has_one_stale_family_and_the_rest_reconciled(default: World) -> None:
    assert {name: s.status for name, s in default.report.sources.items() if s.status != "green"} == {
        "platform_surveys": "red"
    }
    metrics = over_gold(default.program.catalog)
    assert {n for n in metrics if default.trust(n) == "stale"} == {"nps", "nps_responses"}
    assert {default.trust(n) for n in metrics} == {"stale", "reconciled"}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_stopped_feed_is_red_with_its_age_and_a_late_one_is_silent(seed: int, tmp_path: Path) -> None:
    with world(tmp_path, "T3", seed=seed) as found:
        stopped, late = found.truth("T3", "stopped"), found.truth("T3", "near miss")
        sources = found.report.sources
        red = {name for name, s in sources.items() if s.status != "green"}
        assert red == set(stopped["entities"])
        (feed,) = stopped["entities"]
        assert sources[feed].status == "red"
        assert sources[feed].age_hours == pytest.approx(stopped["magnitude"], abs=0.1)
        assert sources[late["entities"][0]].status == "green"
        touched = {n for n, c in found.report.metric_colours.items() if c == "red"}
        assert touched
        assert {found.trust(n) for n in touched} == {"stale"}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_half_loaded_day_fails_completeness_of_its_table_only(seed: int, tmp_path: Path) -> None:
    with world(tmp_path, "T4", seed=seed) as found:
        truth = found.truth("T4")
        incomplete = {n: c.incomplete for n, c in found.report.completeness.items() if c.incomplete}
        assert incomplete == {truth["entities"][0]: (date(2026, 11, 15),)}
        assert found.report.overall == "red"
        assert {found.trust(metric) for metric in truth["metrics"]} == {"degraded"}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", [7, 8])
def test_duplicates_are_counted_within_two_tenths_of_a_point_and_listed(seed: int, tmp_path: Path) -> None:
    with world(tmp_path, "T5", seed=seed) as found:
        truth = found.truth("T5")
        assert found.report.duplicates.rate == pytest.approx(truth["magnitude"], abs=0.002)
        detail = truth["detail"]
        assert found.report.duplicates.open_surplus == detail["surplus"]
        assert float(found.report.duplicates.arr_affected) == pytest.approx(detail["arr_affected_usd"])
        assert {c.cluster_id for c in found.report.duplicates.worst} <= {c["cluster_id"] for c in detail["clusters"]}
        assert found.report.duplicates.status == "green"


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", [7, 8])
def test_a_restated_month_is_told_with_its_amount(seed: int, tmp_path: Path) -> None:
    with world(tmp_path, "T6", seed=seed) as found:
        truth = found.truth("T6")
        (line,) = found.report.restatements
        assert (line.metric, f"{line.period:%Y-%m}") == ("recognized_revenue", truth["entities"][0])
        assert float(line.change) == pytest.approx(truth["magnitude"], abs=0.01)
        assert found.report.overall == "amber"
        assert found.trust("recognized_revenue") == "reconciled"


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("seed", [7, 8, 9, 10])
def test_a_changed_column_fails_its_contract_and_a_new_one_is_silent(seed: int, tmp_path: Path) -> None:
    with world(tmp_path, "T7", seed=seed) as found:
        truth = found.truth("T7")
        broken = [c for c in found.report.drift if c.status == "red"]
        assert [f"{c.table}.{c.column}" for c in broken] == truth["entities"]
        assert set(truth["metrics"]) <= set(broken[0].metrics)
        assert {found.trust(metric) for metric in truth["metrics"]} == {"degraded"}
        assert [(c.column, c.status) for c in found.report.drift if c.kind == "added"] == [("channel", "green")]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_revenue_drop_is_a_business_change_with_its_one_cause_and_a_smaller_one_is_silent(
    seed: int, tmp_path: Path
) -> None:
    with world(tmp_path, "T1", seed=seed) as found:
        truth, near = found.truth("T1", "drop"), found.truth("T1", "near miss")
        told = found.call("explain_number", metric="recognized_revenue")
        silent = found.call(
            "explain_number", metric="recognized_revenue", start=near["window_start"][:10], end=near["window_end"][:10]
        )
    assert told["verdict"] == "business_change"
    assert told["change_pct"] == pytest.approx(truth["magnitude"], abs=0.002)
    cause = told["causes"][0]
    assert cause["share"] >= 0.8
    detail = truth["detail"]
    if detail["segment"]:
        assert cause["where"] == {"region": detail["region"], "segment": detail["segment"]}
    else:
        assert list(cause["where"]) == ["product_name"]
    assert silent["verdict"] == "within_normal_range"


def test_a_shift_of_tickets_between_segments_is_mix_not_rate(default: World) -> None:
    found = default.call("explain_number", metric="csat", start="2026-10-01", end="2026-10-31")
    assert found["contributions"][0]["dimension"] == "segment"
    assert found["contributions"][0]["story"] == "mix, not rate"


def test_a_stale_figure_is_a_data_fault_before_anything_else(default: World) -> None:
    found = default.call("explain_number", metric="nps")
    assert found["verdict"] == "data_fault"
    assert [f["kind"] for f in found["data_faults"]] == ["freshness"]


@pytest.mark.wide
def test_every_metric_that_can_change_is_explained_and_adds_up(default: World) -> None:
    program = default.program
    for name, metric in program.catalog.metrics.items():
        if metric.operational or metric.distribution:
            continue
        result = program.toolset.call(
            program.principal(None, None, {}),
            "explain_number",
            {"metric": name, "start": "2026-09-01", "end": "2026-09-30"},
        )
        if result.is_error:
            assert result.structured["code"] == "UNKNOWN_METRIC", result.text
            continue
        found = result.structured
        for split in found["contributions"]:
            if split["method"] != "side_by_side":
                total = sum(m["change"] for m in split["members"]) + split["other_members"] + split["unexplained"]
                assert total == pytest.approx(found["change"], rel=1e-9, abs=1e-6), (name, split["dimension"])
