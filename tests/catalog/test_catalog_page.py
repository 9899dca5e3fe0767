"""docs/catalog.md names every key of tables, metrics and feeds, and its examples are entries that load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from catalog import metrics, sources, tables
from catalog.yaml_lines import PlainLoader
from tools.reconciliation.ops_rows import OPS_TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "catalog.md").read_text(encoding="utf-8")
TABLE, METRIC, FEEDS = (yaml.load(block, PlainLoader) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
ENTRIES: list[type[BaseModel]] = [
    tables.Table, tables.Column, tables.Relationship, tables.Completeness,
    metrics.Metric, metrics.AsOf, metrics.Snapshot, metrics.Measure, metrics.Input, metrics.Cumulative, metrics.Cohort,
    metrics.Concentration, metrics.TimeRule, metrics.Dimensions, metrics.Caveat, metrics.Thresholds, metrics.MetricTest,
    metrics.Example, metrics.Change,
    sources.Source, sources.ReferenceTotal, sources.DuplicateRule, sources.Sources,
]  # fmt: skip


def test_the_examples_are_entries_that_load() -> None:
    assert tables.Table.model_validate(TABLE).time == "delivered_on"
    assert metrics.Metric.model_validate(METRIC).status == "certified"
    assert sources.Sources.model_validate(FEEDS).sources[0].totals[0].tolerance_pct == 0.1


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
def test_every_key_is_on_the_page(entry: type[BaseModel]) -> None:
    names = {field.alias or name for name, field in entry.model_fields.items()}
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]*)`", PAGE)))) | _keys((TABLE, METRIC, FEEDS))
    assert not names - words


def test_the_examples_show_keys_where_they_stand() -> None:
    first = {field.alias or name for name, field in metrics.Metric.model_fields.items()}
    by_type = {"snapshot", "numerator", "denominator", "expr", "inputs", "cumulative", "cohort", "concentration"}
    assert set(METRIC) == first - by_type - {"distribution", "operational"}
    shown = {key for column in TABLE["columns"] for key in column}
    assert shown == set(tables.Column.model_fields)


def test_the_tables_of_the_pipeline_are_those_that_are_read() -> None:
    section = PAGE.partition("## What the pipeline writes down")[2]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == OPS_TABLES


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {str(k) for k in value} | {key for each in value.values() for key in _keys(each)}
    return {key for each in value for key in _keys(each)} if isinstance(value, list | tuple) else set()
