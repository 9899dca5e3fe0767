"""Warehouse + catalog + the company's clock → the reconciliation report, and the trust of any answer.

The costly part (operational tables, gold values for every reported total) is computed once per state of the data and
company day; freshness is computed again whenever the company's minute changes; trust once per report and scope.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from catalog.access import Access, company_access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from tools.answer import Trust
from tools.reconciliation.assembly import Facts, assembled, findings_of, gathered
from tools.reconciliation.findings import Finding
from tools.reconciliation.lineage import Scope, answer_scope, feeds_of, metric_scope
from tools.reconciliation.report import Report
from tools.reconciliation.trust import trust_of
from warehouse.port import Warehouse

MAX_TRUSTS = 2_000
"""Trusts kept for one report; more than any catalog asks for in one minute, and a ceiling on memory."""


@dataclass(frozen=True)
class _State:
    key: tuple[str, str]
    report: Report
    findings: tuple[Finding, ...]
    trusts: dict[object, Trust]


class Reconciler:
    """Thread-safe. `calendar` is the company's calendar, or what gives it for "now"."""

    def __init__(
        self, warehouse: Warehouse, catalog: Catalog, calendar: CompanyCalendar | Callable[[], CompanyCalendar]
    ) -> None:
        self._warehouse = warehouse
        self._catalog = catalog
        self._calendar = calendar
        self._lock = threading.Lock()
        self._facts: tuple[tuple[str, date], Facts] | None = None
        self._state: _State | None = None

    def report(self) -> Report:
        """The report for the data as it stands and the company's now. Raises WarehouseDown, Timeout."""
        return self._current().report

    def findings(self) -> tuple[Finding, ...]:
        """Everything in the report that a reader must know, worst first."""
        return self._current().findings

    def scope(
        self,
        *,
        metrics: Iterable[str] = (),
        tables: Iterable[str] = (),
        sources: Iterable[str] = (),
        columns: frozenset[str] | None = None,
    ) -> Scope:
        """What an answer over these names rests on; unknown metric names are ignored."""
        behind = [self._scopes[name] for name in metrics if name in self._scopes]
        return answer_scope(self._catalog, behind, tables, sources, columns)

    def trust(
        self,
        *,
        metrics: Iterable[str] = (),
        tables: Iterable[str] = (),
        sources: Iterable[str] = (),
        through: date | None = None,
        columns: frozenset[str] | None = None,
    ) -> Trust:
        """Trust of an answer over `metrics`, `tables` and feeds (`sources`), whose data is complete `through` a day.

        `columns` ("table.column") narrows which schema changes and column checks bear on it; without it a metric is
        judged by its own lineage and caller SQL by whole tables. The value is shared: do not change it."""
        key = (frozenset(metrics), frozenset(tables), frozenset(sources), through, columns)
        state = self._current()
        known = state.trusts.get(key)
        if known is None:
            scope = self.scope(metrics=key[0], tables=key[1], sources=key[2], columns=columns)
            known = trust_of(state.report, state.findings, scope, self._tables_fed, self.metric_tables, through)
            if len(state.trusts) < MAX_TRUSTS:
                state.trusts[key] = known
        return known

    @cached_property
    def metric_tables(self) -> Mapping[str, frozenset[str]]:
        """Tables under each metric."""
        return {name: scope.tables for name, scope in self._scopes.items()}

    @cached_property
    def _scopes(self) -> Mapping[str, Scope]:
        return {name: metric_scope(self._catalog, metric) for name, metric in self._catalog.metrics.items()}

    @cached_property
    def _tables_fed(self) -> Mapping[str, frozenset[str]]:
        fed: dict[str, set[str]] = {}
        for table in self._catalog.tables:
            for feed in feeds_of(self._catalog, table):
                fed.setdefault(feed, set()).add(table)
        return {feed: frozenset(tables) for feed, tables in fed.items()}

    @cached_property
    def _company(self) -> Access:
        return company_access(self._catalog)

    def _current(self) -> _State:
        calendar = self._calendar() if callable(self._calendar) else self._calendar
        zone = ZoneInfo(self._catalog.company.time_zone)
        now = calendar.now.astimezone(zone) if calendar.now.tzinfo else calendar.now.replace(tzinfo=zone)
        now = now.replace(second=0, microsecond=0)
        watermark = self._warehouse.watermark()
        key = (watermark, now.isoformat())
        state = self._state
        if state is not None and state.key == key:
            return state
        with self._lock:
            if self._state is None or self._state.key != key:
                facts = self._facts_at(watermark, calendar)
                report = assembled(self._catalog, facts, self._scopes, now, watermark)
                self._state = _State(key, report, findings_of(report, self.metric_tables, self._catalog), {})
            return self._state

    def _facts_at(self, watermark: str, calendar: CompanyCalendar) -> Facts:
        key = (watermark, calendar.today)
        if self._facts is None or self._facts[0] != key:
            self._facts = (key, gathered(self._warehouse, self._catalog, self._company, calendar))
        return self._facts[1]
