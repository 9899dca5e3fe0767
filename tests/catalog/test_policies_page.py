"""Every example of docs/policies.md is a policy that loads over the demo company's catalog, and every key is there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from catalog.loader import load_catalog
from catalog.policies import Limits, Role
from tests.catalog.conftest import COMPANY, DEMO

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
BLOCKS: list[Any] = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def _roles() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for block in BLOCKS:
        found += block if isinstance(block, list) else block.get("roles", [])
    return found


def test_every_example_loads_over_a_real_catalog(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "catalog")
    file = tmp_path / "catalog" / "policies.yml"
    policies = yaml.safe_load(file.read_text(encoding="utf-8"))
    roles = {role["name"]: role for role in [*policies["roles"], *_roles()]}
    file.write_text(yaml.safe_dump({**policies, "roles": list(roles.values())}), encoding="utf-8")
    catalog = load_catalog(tmp_path / "catalog", COMPANY)
    assert {"territory_manager", "csm", "contractor"} <= {role.name for role in catalog.policies.roles}
    assert catalog.warnings == ()


def test_the_first_example_shows_every_key() -> None:
    first = BLOCKS[0]["roles"][0]
    assert set(first) == set(Role.model_fields)
    assert set(first["limits"]) == set(Limits.model_fields)


def test_the_examples_of_tables_and_templates_use_real_keys() -> None:
    tables = [block for block in BLOCKS if isinstance(block, dict) and "small_groups" in block]
    templates = [block for block in BLOCKS if isinstance(block, dict) and "templates" in block]
    assert tables[0]["small_groups"] == {"k": 5, "size": "headcount", "within": ["day"]}
    assert set(templates[0]["templates"][0]) == {"name", "description", "sql", "params", "roles"}
