"""`warehouse.port.Warehouse` over BigQuery: what was compiled or checked → the secured statement → one job → rows."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlglot
from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Catalog, Dimension
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import NotAllowed, NotReadOnly, Refusal, TooExpensive
from catalog.tables import Table
from warehouse.bigquery.cost import estimate_note, over_the_cap
from warehouse.bigquery.demand import demand_filters
from warehouse.bigquery.driver import Client, LargeResults
from warehouse.bigquery.jobs import DryRun, Jobs
from warehouse.bigquery.place import Place
from warehouse.bigquery.results import Cap, Results
from warehouse.bigquery.running import RunningJobs
from warehouse.bigquery.secured import SecuredCatalog
from warehouse.bigquery.sources import SOURCE, ours
from warehouse.bigquery.spending import Spending, capped
from warehouse.bigquery.statement import Statement, bound
from warehouse.bigquery.tables import Name, Physical, Tables
from warehouse.bigquery.waiting import within
from warehouse.compiled import CompiledQuery
from warehouse.deadline import Deadline
from warehouse.guard.googlesql import check_google_sql, read_back
from warehouse.guard.googlesql.tree import with_plain_intervals
from warehouse.horizon import Horizons
from warehouse.horizons import find_horizons
from warehouse.port import CheckedSql, Dialect, Rows
from warehouse.purpose import UNTOLD, Purpose
from warehouse.values import values_query

SYSTEM_SECONDS = 120.0
MOST_ROWS = 200_000
MOST_SIZE = 200_000_000
MOST_VALUE_LISTS = 512
MOST_STATES = 8
LONGEST_LABEL = 63


class BigQueryWarehouse:
    """The company's gold tables in BigQuery.

    `connect` opens the client when first needed, `large` the way to large results, where there is one. `pseudonym_key`
    keys the pseudonyms and the hashed users of this deployment. `known_seconds`: how long the state of a table counts
    as known."""

    dialect: Dialect = "bigquery"

    def __init__(
        self,
        connect: Callable[[], Client],
        place: Place,
        catalog: Catalog,
        *,
        pseudonym_key: bytes,
        calendar: Callable[[], CompanyCalendar],
        spending: Spending,
        known_seconds: float = 30.0,
        large: Callable[[], LargeResults | None] = lambda: None,
    ) -> None:
        self._connect = connect
        self._place = place
        self._catalog = catalog
        self._key = pseudonym_key
        self._calendar = calendar
        self._spending = spending
        self._lock = threading.Lock()
        self._connect_large = large
        self._large: list[LargeResults | None] = []
        self._results = Results(ZoneInfo(catalog.company.time_zone), spending.price, self._large_results)
        self._finding = threading.Lock()
        self._running = RunningJobs()
        self._opened: Client | None = None
        self._tables = Tables(self._client, place, known_seconds)
        self._secured = SecuredCatalog(place, self._tables.find, catalog.company.time_zone, pseudonym_key)
        self._horizons: OrderedDict[tuple[str, date], Horizons] = OrderedDict()
        self._values: OrderedDict[tuple[str, str, str, int], tuple[str, ...]] = OrderedDict()

    def warm(self) -> None:
        """Open the client and find the horizons before the first question, in the background."""
        threading.Thread(target=self._warm, daemon=True, name="assay-warm").start()

    def _warm(self) -> None:
        # The first question will say itself what is wrong.
        with contextlib.suppress(Refusal):
            self.horizons()

    def watermark(self, deadline: Deadline | None = None) -> str:
        """Identity of the data, from each table's last change. Raises WarehouseDown, Timeout."""
        names = [(t.schema_name, t.name) for t in self._catalog.tables.values() if not t.definition]
        return within(lambda: self._tables.watermark(names), deadline or Deadline(SYSTEM_SECONDS))

    def horizons(self, deadline: Deadline | None = None) -> Horizons:
        """How far each table reaches; found once for each state of the data and company day. What a caller does not
        wait for is found all the same, for the next one."""
        return within(self._found_horizons, deadline or Deadline(SYSTEM_SECONDS))

    def _found_horizons(self) -> Horizons:
        key = (self.watermark(), self._calendar().today)
        with self._finding:
            if key not in self._horizons:
                self._horizons[key] = find_horizons(self._catalog, key[1], self.system_rows, SOURCE, self.dialect)
                if len(self._horizons) > MOST_STATES:
                    self._horizons.popitem(last=False)
            return self._horizons[key]

    def compiled_rows(
        self, access: Access, query: CompiledQuery, deadline: Deadline, purpose: Purpose = UNTOLD
    ) -> Rows:
        """Run a query of our own compiler against the principal's secured catalog."""
        return self._own(access, _query(query.sql), deadline, self._labels(access, "metric", purpose))

    def sql_rows(
        self, access: Access, sql: str, deadline: Deadline, max_rows: int, purpose: Purpose = UNTOLD
    ) -> tuple[CheckedSql, Rows]:
        """Check one SELECT of a caller, ask BigQuery what it would read, and run it."""
        checked = check_google_sql(sql, access, self._calendar().moment)
        asked = read_back(checked.sql)
        statement, read = within(lambda: self._prepared(asked, access, self._spending.filter_from_bytes), deadline)
        jobs, cap = self._jobs(), self._bytes(access)
        seen = jobs.dry_run(statement, deadline, callers=True)
        self._confirm(seen, read, deadline)
        tables = [access.tables[name] for name in sorted(checked.tables)]
        if seen.size > cap:
            raise over_the_cap(seen.size, cap, self._spending.price, tables, asked)
        whole = Cap(cap, max_rows, access.role.limits.max_bytes)
        labels = self._labels(access, "sql", purpose)
        rows = self._spending.paid(
            deadline,
            lambda: (seen.size, len(read)),
            lambda billed: capped(
                lambda: jobs.run(statement, deadline, whole, labels, callers=True, billed=billed),
                lambda: over_the_cap(None, cap, self._spending.price, tables, asked),
            ),
        )
        return checked, replace(rows, notes=(estimate_note(seen.size, self._spending.price),))

    def dimension_values(
        self, access: Access, dimension: Dimension, limit: int, deadline: Deadline | None = None
    ) -> Sequence[str]:
        """Distinct values under the principal's own policy, as text, ordered."""
        deadline = deadline or Deadline(SYSTEM_SECONDS)
        key = (self.watermark(deadline), access.key, dimension.name, limit)
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        labels = self._labels(access, "values", UNTOLD)
        rows = self._own(access, values_query(dimension, limit), deadline, labels)
        values = tuple(str(row[0]) for row in rows.rows)
        with self._lock:
            self._values[key] = values
            if len(self._values) > MOST_VALUE_LISTS:
                self._values.popitem(last=False)
        return values

    def system_rows(self, sql: str, deadline: Deadline | None = None) -> Rows:
        """Run trusted SQL of our own over the source, as the company."""
        tree = ours(_query(sql), self._place, self._tables.find, self._catalog.company.time_zone)
        cap = Cap(self._spending.system_bytes, MOST_ROWS, MOST_SIZE, whole=True)
        labels = {"assay_kind": "system"}
        statement = Statement(tree.sql(dialect=self.dialect))
        return self._jobs().run(statement, deadline or Deadline(SYSTEM_SECONDS), cap, labels, callers=False)

    def close(self) -> None:
        """Cancel the jobs that still run, and let go of the client's connections."""
        if self._opened is not None:
            self._jobs().stop()
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None
            for large in filter(None, self._large):
                large.close()
            self._large.clear()

    def _prepared(self, asked: exp.Query, access: Access, filter_from: int | None) -> tuple[Statement, frozenset[Name]]:
        """The statement over what the principal may see, and the tables that it reads."""
        secured, read = self._secured.secured(asked.copy(), access, self.watermark())
        demand_filters(asked, self._stored(asked, access), filter_from)
        return bound(secured), read

    def _own(self, access: Access, asked: exp.Query, deadline: Deadline, labels: dict[str, str]) -> Rows:
        """A statement of our own for a principal."""
        statement, read = within(lambda: self._prepared(asked, access, None), deadline)
        jobs, cap = self._jobs(), self._bytes(access)
        most = Cap(cap, MOST_ROWS, MOST_SIZE, whole=True)

        def over() -> TooExpensive:
            size = jobs.dry_run(statement, deadline, callers=False).size
            names = {node.name for node in asked.find_all(exp.Table) if node.db}
            tables = [access.tables[name] for name in sorted(names)]
            return over_the_cap(size, cap, self._spending.price, tables, asked)

        return self._spending.paid(
            deadline,
            lambda: (jobs.dry_run(statement, deadline, callers=False).size, len(read)),
            lambda billed: capped(
                lambda: jobs.run(statement, deadline, most, labels, callers=False, billed=billed),
                over,
            ),
        )

    def _confirm(self, seen: DryRun, read: frozenset[Name], deadline: Deadline) -> None:
        """BigQuery reads the statement as one query over the tables that we put in, and nothing else."""
        if seen.statement != "SELECT":
            raise NotReadOnly("Only one reading statement (SELECT) is accepted.")
        if seen.routines:
            raise NotAllowed("The engine sees a function in this SQL that cannot be used here.")
        allowed = {self._place.full_name(*name) for name in read}
        if seen.tables - allowed:
            # What our views read themselves, as BigQuery names it.
            for name in read:
                known = self._tables.find(name)
                if known and known.is_view:
                    text = exp.select("*").from_(self._place.table(*name)).sql(dialect=self.dialect)
                    allowed |= self._jobs().dry_run(Statement(text), deadline, callers=False).tables
        if seen.tables - allowed:
            raise NotAllowed("The engine reads other tables in this SQL than the guard.", hint="Use plain table names.")

    def _stored(self, asked: exp.Query, access: Access) -> list[tuple[Table, Physical]]:
        """The stored tables that a statement names, with what BigQuery says of them."""
        named = [access.tables[name] for name in sorted({n.name for n in asked.find_all(exp.Table) if n.db})]
        known = [(t, self._tables.find((t.schema_name, t.name))) for t in named if not t.definition]
        return [(table, found) for table, found in known if found is not None]

    def _bytes(self, access: Access) -> int:
        own = access.role.limits.max_bytes_billed
        return self._spending.max_bytes_billed if own is None else own

    def _labels(self, access: Access, kind: str, purpose: Purpose) -> dict[str, str]:
        """Who and what, for the bill: the user as a keyed hash, the rest by name."""
        told = {
            "assay_user": hmac.new(self._key, access.principal.user.encode(), hashlib.sha256).hexdigest()[:16],
            "assay_role": access.role.name,
            "assay_kind": kind,
            "assay_tool": purpose.tool,
            "assay_agent": purpose.agent,
            "assay_receipt": purpose.receipt,
        }
        return {name: word for name, text in told.items() if (word := _label(text))}

    def _jobs(self) -> Jobs:
        return Jobs(self._client(), self._results, {"app": "assay"}, running=self._running)

    def _large_results(self) -> LargeResults | None:
        with self._lock:
            if not self._large:
                self._large.append(self._connect_large())
            return self._large[0]

    def _client(self) -> Client:
        with self._lock:
            if self._opened is None:
                self._opened = self._connect()
            return self._opened


def _label(text: str) -> str:
    """A text as BigQuery takes it for the value of a label."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower())[:LONGEST_LABEL].strip("-")


@lru_cache(maxsize=500)
def _parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, dialect="bigquery")
    if not isinstance(tree, exp.Query):
        raise TypeError("not a query")
    return with_plain_intervals(tree)


def _query(sql: str) -> exp.Query:
    """A fresh tree of a statement that we wrote or checked ourselves."""
    return _parsed(sql).copy()
