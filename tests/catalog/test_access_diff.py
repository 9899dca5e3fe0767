"""Every way to give more or less is named, for whom, and in the right direction."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from catalog.access_diff import access_changes
from catalog.catalog import Catalog
from catalog.definition_diff import definition_changes
from catalog.loader import load_catalog
from tests.catalog.conftest import COMPANY, Shelf
from tests.processes import assay

WIDER = yaml.safe_load((Path(__file__).parent / "fixtures" / "wider.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", WIDER, ids=[case["says"] for case in WIDER])
def test_a_widening_is_named_and_its_way_back_is_no_widening(
    shelf: Shelf, fjord: Catalog, case: dict[str, str]
) -> None:
    changed, said = shelf.replace(case["file"], case["old"], case["new"]).load(), case["says"]
    assert f"wider: {said}" in [change.line for change in access_changes(fjord, changed)]
    assert access_changes(changed, changed) == []
    back = {(c.who, c.part, c.name): c.direction for c in access_changes(changed, fjord)}
    forth = {(c.who, c.part, c.name): c for c in access_changes(fjord, changed) if f"wider: {said}" == c.line}
    for place, change in forth.items():
        other = "source" in change.part or "city" in change.after
        assert back[place] == ("wider" if other else "narrower")


def test_a_new_role_is_wider_and_a_removed_one_narrower(fjord: Catalog) -> None:
    fewer = fjord.policies.model_copy(update={"roles": fjord.policies.roles[:-1]})
    lab = {name: user for name, user in fjord.users.items() if name != "lab"}
    without = replace(fjord, policies=fewer, users=lab)
    assert [c.line for c in access_changes(without, fjord)] == [
        "wider: role researcher: role: (none) -> 2 tables",
        "wider: user lab: role researcher: no -> yes",
    ]
    assert {c.direction for c in access_changes(fjord, without)} == {"narrower"}


def test_smaller_groups_are_wider(techco: Catalog) -> None:
    table = techco.tables["workforce_daily"]
    assert table.small_groups

    def like(**changes: object) -> Catalog:
        small = table.small_groups.model_copy(update=changes) if table.small_groups else None
        return replace(techco, tables={**techco.tables, table.name: table.model_copy(update={"small_groups": small})})

    changes = access_changes(techco, like(k=3))
    assert "wider: role hr: groups of workforce_daily: of 5 or more -> of 3 or more" in [c.line for c in changes]
    assert {c.direction for c in access_changes(techco, like(k=9))} == {"narrower"}


def test_definitions_are_compared_field_by_field(shelf: Shelf, fjord: Catalog) -> None:
    shelf.replace(
        "metrics/visits.yml", "rationale: Missed visits cost a slot.", "rationale: A missed visit costs a slot."
    )
    shelf.replace("tables/visit.yml", "description: Fee charged", "description: The fee charged")
    (shelf.folder / "playbooks" / "missed_visits.md").unlink()
    assert [c.line for c in definition_changes(fjord, shelf.load())] == [
        "changed: metric no_show_rate: rationale",
        "changed: table visit: columns.fee_eur",
        "removed: playbook missed_visits",
    ]


@pytest.fixture
def narrowed(fjord_workspace: Path, tmp_path: Path) -> Path:
    """The second company's workspace with one user confined to fewer rows, one role to fewer metrics."""
    folder = tmp_path / "narrowed"
    shutil.copytree(fjord_workspace, folder, ignore=shutil.ignore_patterns("state"))
    users = folder / "catalog" / "principals.yml"
    users.write_text(users.read_text().replace("country: [Norway]", "country: [Sweden]"))
    policies = folder / "catalog" / "policies.yml"
    policies.write_text(policies.read_text().replace("[visit_count, no_show_rate]", "[visit_count]"))
    assert load_catalog(folder / "catalog", COMPANY).users["lead.no"].attributes == {"country": ("Sweden",)}
    return folder


def test_the_command_counts_rows_gained_and_lost_and_fails_on_any_widening(
    fjord_workspace: Path, narrowed: Path
) -> None:
    done = assay("catalog", "diff", "--access", str(fjord_workspace), str(narrowed), "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert said["rows_counted"] is True
    assert said["wider"] == [
        "wider: user lead.no: country Sweden: no -> yes",
        "wider: role regional_lead as lead.no: bed_day: 3,320 -> 2,490 rows (2,490 gained, 3,320 lost)",
        "wider: role regional_lead as lead.no: clinic: 4 -> 3 rows (3 gained, 4 lost)",
        "wider: role regional_lead as lead.no: visit: 8,000 -> 6,000 rows (6,000 gained, 8,000 lost)",
    ]
    assert "narrower: role researcher: metric no_show_rate: yes -> no" in said["others"]


def test_the_command_passes_what_only_narrows(fjord_workspace: Path, narrowed: Path, tmp_path: Path) -> None:
    shutil.copytree(fjord_workspace / "catalog", tmp_path / "old" / "catalog")
    shutil.copy(narrowed / "catalog" / "policies.yml", tmp_path / "new.yml")
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    shutil.copy(tmp_path / "new.yml", tmp_path / "new" / "catalog" / "policies.yml")
    done = assay("catalog", "diff", "--access", str(tmp_path / "old"), str(tmp_path / "new" / "catalog"))
    assert done.returncode == 0
    assert "narrower: role researcher: metric no_show_rate: yes -> no" in done.stdout
    assert "rows were not counted" in done.stdout
    assert done.stdout.endswith("0 widenings, 1 other changes.\n")
    plain = assay("catalog", "diff", str(tmp_path / "old"), str(tmp_path / "new"))
    assert (plain.returncode, plain.stdout) == (
        0,
        "The two catalogs define the same; --access compares the rights.\n",
    )


def test_rows_are_counted_where_a_role_reads_the_log_too(demo_workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_workspace / "catalog", tmp_path / "catalog")
    policies = tmp_path / "catalog" / "policies.yml"
    policies.write_text(policies.read_text().replace("except_tables: [dim_customer_history]", "except_tables: []"))
    done = assay(
        "catalog",
        *("diff", "--access", "--no-questions", str(demo_workspace), str(tmp_path), "--data", str(demo_workspace)),
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "wider: role product as anyone: dim_customer_history: 0 -> " in done.stdout


def test_a_folder_without_a_catalog_is_misuse(tmp_path: Path) -> None:
    done = assay("catalog", "diff", str(tmp_path), str(tmp_path))
    assert done.returncode == 2
    assert "holds no catalog" in done.stderr
