"""The second company's toolset, put together part by part so that a test can change one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audit.log import AuditLog
from catalog.catalog import Catalog
from catalog.principals import Principal
from server.settings import load_settings
from server.wiring import Program
from tools.question import QuestionReader
from tools.reconciliation import Reconciler
from tools.toolset import Services, ToolResult, Toolset
from warehouse.duckdb_warehouse import DuckDBWarehouse

KEY = b"a key for the tests of the tools"


@dataclass(frozen=True)
class Company:
    """A toolset with its parts; `as_` gives the company's users."""

    services: Services
    toolset: Toolset

    @classmethod
    def of(cls, program: Program, audit: AuditLog, **changed: Any) -> Company:
        """The program's catalog, clock and warehouse with a log of its own; `changed` replaces services."""
        services = Services(
            catalog=program.catalog,
            calendar=program.calendar,
            warehouse=program.warehouse,
            audit=audit,
            reconciler=Reconciler(program.warehouse, program.catalog, program.calendar),
            reader=QuestionReader(program.catalog),
            key=KEY,
        )
        return cls.with_services(replace(services, **changed))

    @classmethod
    def with_services(cls, services: Services) -> Company:
        """A toolset over these services."""
        return cls(services, Toolset(services))

    def as_(self, user: str, role: str | None = None) -> Principal:
        """A user of the company."""
        return self.services.catalog.users[user].as_principal(role)

    def ask(self, user: str, **arguments: object) -> ToolResult:
        """query_curated_data as `user`, with a question unless one is given."""
        return self.call(user, "query_curated_data", **{"question": "a test asks", **arguments})

    def call(self, user: str, tool: str, **arguments: object) -> ToolResult:
        """Any tool as `user`."""
        return self.toolset.call(self.as_(user), tool, arguments, client="tests")


def other_data(workspace: Path, program: Program, file: Path) -> DuckDBWarehouse:
    """A warehouse for the same catalog over another database file."""
    settings = load_settings(workspace, environ={})
    return DuckDBWarehouse(file, program.catalog, pseudonym_key=settings.key, calendar=program.calendar, workers=1)


def with_policies(catalog: Catalog, **changed: object) -> Catalog:
    """The catalog with other policies."""
    return replace(catalog, policies=catalog.policies.model_copy(update=changed))
