"""The composition root: the only place that constructs engines, stores and the toolset from settings."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audit.log import AuditLog, Signing
from audit.signing import KeyHolder
from audit.sinks import sink_at
from catalog.catalog import Catalog
from catalog.company import Company
from catalog.company_calendar import CompanyCalendar
from catalog.loader import load_catalog
from catalog.principals import Principal
from catalog.refusals import Refusal
from server.settings import Settings
from tools.caches import Answers, Caches
from tools.limits import Ledger, Limiter, Turns
from tools.question import QuestionReader
from tools.reconciliation import Reconciler
from tools.toolset import Services, Toolset
from tools.usage.usage_log import UsageLog
from warehouse.duckdb_warehouse import DuckDBWarehouse
from warehouse.port import Warehouse

CATALOG_FOLDER = "catalog"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Program:
    """Everything that runs for one workspace."""

    settings: Settings
    catalog: Catalog
    calendar: Callable[[], CompanyCalendar]
    warehouse: Warehouse
    audit: AuditLog
    toolset: Toolset

    def principal(self, user: str | None, role: str | None, attributes: dict[str, tuple[str, ...]]) -> Principal:
        """A local principal: the named user, or the default one. Raises ValueError naming those that exist."""
        users = self.catalog.users
        if user is None:
            default = next((u for u in users.values() if u.default), next(iter(users.values()), None))
            if default is None:
                raise ValueError("no local users: add catalog/principals.yml")
            local = default
        elif user in users:
            local = users[user]
        else:
            raise ValueError(f"no local user '{user}'; users are {', '.join(users)}")
        principal = local.as_principal(role)
        return principal.model_copy(update={"attributes": {**principal.attributes, **attributes}})

    def problems(self) -> dict[str, str]:
        """The parts that cannot answer now, with the reason; empty when all can."""
        found: dict[str, str] = {}

        def limits() -> None:
            self.toolset.limits.check(self.catalog.policies)

        for part, check in (("warehouse", self.warehouse.watermark), ("audit", self.audit.check), ("limits", limits)):
            try:
                check()
            except Refusal as refusal:
                found[part] = refusal.text
        return found


def company_clock(company: Company) -> Callable[[], CompanyCalendar]:
    """The company's calendar at its pinned moment, or now."""
    zone = ZoneInfo(company.time_zone)
    pinned = company.today
    if pinned is not None and pinned.tzinfo is None:
        pinned = pinned.replace(tzinfo=zone)

    def calendar() -> CompanyCalendar:
        now = pinned or datetime.now(UTC)
        return company.calendar(now.astimezone(zone))

    return calendar


def open_warehouse(settings: Settings, catalog: Catalog, calendar: Callable[[], CompanyCalendar]) -> Warehouse:
    """The engine that the settings name. Raises SettingsError."""
    chosen = settings.warehouse
    if chosen.engine == "bigquery":
        # Google's client is heavy; only companies on BigQuery wait for it.
        from server.bigquery import bigquery_warehouse  # noqa: PLC0415

        return bigquery_warehouse(settings, catalog, calendar)
    return DuckDBWarehouse(
        settings.at(chosen.path),
        catalog,
        pseudonym_key=settings.key,
        calendar=calendar,
        workers=chosen.workers,
        memory_limit=chosen.memory_limit,
        worker_memory_bytes=chosen.worker_memory_mb * MEGABYTE,
    )


def _signing(settings: Settings) -> Signing:
    """Who signs the audit log's checkpoints, and where copies of them go."""
    told = settings.audit
    sinks = tuple(sink_at(path) for path in settings.checkpoint_files)
    return Signing(KeyHolder(told.signing_key, told.key), sinks, told.checkpoint_records, told.checkpoint_seconds)


@contextmanager
def running(settings: Settings) -> Generator[Program]:
    """Build the program for a workspace, and stop its workers and files when done.

    Raises CatalogError, SettingsError; the warehouse and the audit log open when first used."""
    catalog = load_catalog(settings.workspace / CATALOG_FOLDER, settings.company)
    calendar = company_clock(settings.company)
    warehouse = open_warehouse(settings, catalog, calendar)
    audit = AuditLog(settings.state_url(settings.state.path), signing=_signing(settings))
    limits = Limiter(
        Ledger(settings.state_url(settings.limits.path)),
        turns=Turns(settings.server.threads, settings.limits.waiting),
    )
    usage = UsageLog(audit, catalog, settings.key)
    services = Services(
        usage=usage,
        catalog=catalog,
        calendar=calendar,
        warehouse=warehouse,
        audit=audit,
        reconciler=Reconciler(warehouse, catalog, calendar),
        reader=QuestionReader(catalog),
        key=settings.key,
        limits=limits,
        caches=Caches() if settings.warehouse.keep_answers else Caches(answers=Answers(0)),
    )
    try:
        yield Program(settings, catalog, calendar, warehouse, audit, Toolset(services))
    finally:
        usage.close()
        warehouse.close()
        limits.close()
        audit.close()
