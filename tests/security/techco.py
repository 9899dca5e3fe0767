"""The demo company, cut down to a few hundred rows a table, and by hand the copy that each of its roles should see.

The copies follow the workspace's policy file as read here with YAML alone: what the product makes of it is the test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import yaml

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company import Company as CompanyEntry
from catalog.loader import load_catalog
from catalog.principals import Principal
from tests.warehouse.guard.running import Company, Roles
from warehouse.secured import secured_views

KEY = b"a key of the tests"
NOW = datetime(2026, 11, 16, 8)
MOST_ROWS = 300
USERS = {
    "revops": Principal(user="rev.jordan", role="revops", attributes={"territory": ("West", "Europe")}),
    "cs": Principal(user="csm.avery", role="cs"),
}
OF_THEIR_OWN = {"revops": "territory IN ('West', 'Europe')", "cs": "csm_owner = 'csm.avery'"}
ROLES = ("executive", "finance", "revops", "cs", "product", "hr", "analyst", "agent")
TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(38, 9)",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True)
class TechCo:
    """The workspace folder and the cut-down gold file made from it."""

    workspace: Path
    gold: Path

    @cached_property
    def catalog(self) -> Catalog:
        """As the product loads it."""
        return load_catalog(
            self.workspace / "catalog", CompanyEntry(name="TechCo", time_zone="America/New_York", today=NOW)
        )

    @cached_property
    def policies(self) -> Mapping[str, Any]:
        """The policy file."""
        return yaml.safe_load((self.workspace / "catalog" / "policies.yml").read_text(encoding="utf-8"))

    def role(self, name: str) -> Mapping[str, Any]:
        """One role of the policy file."""
        return next(role for role in self.policies["roles"] if role["name"] == name)

    @cached_property
    def tables(self) -> Mapping[str, Any]:
        """The table files."""
        files = sorted((self.workspace / "catalog" / "tables").glob("*.yml"))
        read = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
        return {table["name"]: table for table in read}

    def access(self, role: str) -> Access:
        """The rights of the role's test user."""
        return Access(self.catalog, USERS.get(role, Principal(user="someone", role=role)))

    def copy(self, gold: Path, role: str) -> duckdb.DuckDBPyConnection:
        """What the role should see, physically."""
        connection = duckdb.connect(":memory:", config={"threads": "1", "max_execution_time": "5000"})
        connection.execute(f"ATTACH '{gold}' AS whole (READ_ONLY)")
        connection.execute("CREATE SCHEMA gold")
        for name in self._visible(self.role(role)):
            connection.execute(f"CREATE TABLE gold.{name} AS {self._select(role, name)}")
        connection.execute("DETACH whole")
        return connection

    def _visible(self, role: Mapping[str, Any]) -> Iterator[str]:
        for name, table in self.tables.items():
            if table.get("kind") in ("operational", "audit") or name in role.get("except_tables", ()):
                continue
            if name in role["tables"] or ("*" in role["tables"] and name not in self.policies["restricted"]):
                yield name

    def _select(self, role: str, name: str) -> str:
        table = self.tables[name]
        shown = [text for column in table["columns"] if (text := self._shown(self.role(role), name, column))]
        if "definition" in table:
            # Leaving out small groups is proven with the views; here the summary is one more table to query.
            views = secured_views(self.access(role), source="whole", pseudonym_key=KEY)
            return next(view.sql for view in views if view.name == name)
        rows = f"SELECT {', '.join(shown)} FROM whole.gold.{name}"
        own = OF_THEIR_OWN.get(role)
        if own and any(column["name"] == "customer_id" for column in table["columns"]):
            rows += f" WHERE customer_id IN (SELECT customer_id FROM whole.gold.dim_customer WHERE {own})"
        return rows

    def _shown(self, role: Mapping[str, Any], table: str, column: Mapping[str, Any]) -> str:
        name, pii = column["name"], column.get("pii")
        treatment = "deny" if pii else "clear"
        for rule in role.get("columns", ()):
            if f"{table}.{name}" in rule.get("columns", ()) or (pii and pii in rule.get("pii", ())):
                treatment = rule["treatment"]
        if treatment == "deny":
            return ""
        if treatment == "clear":
            return name
        if treatment == "mask":
            return f"CASE WHEN {name} IS NOT NULL THEN '[masked]' END AS {name}"
        salted = f"'{KEY.hex()}/{name}/' || {name}"
        return f"CASE WHEN {name} IS NOT NULL THEN '{name}-' || substring(sha256({salted}), 1, 12) END AS {name}"


def cut_down(workspace: Path, gold: Path) -> Roles:
    """A small gold file from the demo company's, and its roles. Which rows stay does not depend on their order."""
    with duckdb.connect(str(gold)) as connection:
        connection.execute(f"ATTACH '{workspace / 'techco.duckdb'}' AS full_size (READ_ONLY)")
        connection.execute("CREATE SCHEMA gold")
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'full_size' AND schema_name = 'gold'"
        ).fetchall()
        for (name,) in names:
            rows = f"SELECT * FROM full_size.gold.{name} t ORDER BY hash(t::VARCHAR)"
            limit = "" if name in ("dim_customer", "dim_employee", "fact_employee_events") else f" LIMIT {MOST_ROWS}"
            connection.execute(f"CREATE TABLE gold.{name} AS {rows}{limit}")
    company = TechCo(workspace, gold)
    return Roles(Company(gold, company.access, company.copy, KEY, NOW))
