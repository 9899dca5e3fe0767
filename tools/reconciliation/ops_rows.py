"""The operational tables of the warehouse → typed rows. A table that is not there gives None, never an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.tables import Table
from tools.reconciliation.checks import CheckRun
from tools.reconciliation.freshness import Load
from tools.reconciliation.report import Cluster
from tools.reconciliation.schema_drift import SnapshotColumn
from tools.reconciliation.variance import SourceTotal
from warehouse.port import Cell, Warehouse

OPS_TABLES = ("source_load", "source_total", "schema_snapshot", "duplicate_cluster", "check_result")
MEMBER_SEPARATOR = "|"


@dataclass(frozen=True)
class OpsRows:
    """What the pipeline wrote down; None where the table is missing."""

    loads: tuple[Load, ...] | None
    totals: tuple[SourceTotal, ...] | None
    snapshots: tuple[SnapshotColumn, ...] | None
    clusters: tuple[Cluster, ...] | None
    checks: tuple[CheckRun, ...] | None
    golden_records: int
    records: Mapping[str, int]

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the tables that are not there."""
        parts = (self.loads, self.totals, self.snapshots, self.clusters, self.checks)
        return tuple(name for name, rows in zip(OPS_TABLES, parts, strict=True) if rows is None)


def read_ops(warehouse: Warehouse, catalog: Catalog) -> OpsRows:
    """Read all operational tables. Raises WarehouseDown."""
    schema, zone = catalog.sources.ops_schema, ZoneInfo(catalog.company.time_zone)
    there = _tables_there(warehouse, schema)

    def rows(name: str) -> list[Line] | None:
        return list(_lines(warehouse, schema, name, zone)) if name in there else None

    loads, totals, snapshots, clusters, checks = (rows(name) for name in OPS_TABLES)
    golden, records = _record_counts(warehouse, catalog)
    return OpsRows(
        loads=None if loads is None else tuple(_load(line) for line in loads),
        totals=None if totals is None else tuple(t for line in totals if (t := _total(line))),
        snapshots=None if snapshots is None else tuple(c for line in snapshots if (c := _snapshot(line))),
        clusters=None if clusters is None else tuple(_cluster(line) for line in clusters),
        checks=None if checks is None else tuple(_check(line) for line in checks),
        golden_records=golden,
        records=records,
    )


@dataclass(frozen=True)
class Line:
    """One row by column name; a column that is not there reads as NULL."""

    cells: Mapping[str, Cell]
    zone: ZoneInfo

    def text(self, name: str) -> str:
        """The cell as text, "" for NULL."""
        cell = self.cells.get(name)
        return "" if cell is None else str(cell)

    def number(self, name: str) -> Decimal | None:
        """The cell as an exact number, or None."""
        return as_decimal(self.cells.get(name))

    def whole(self, name: str) -> int | None:
        """The cell as an integer, or None."""
        number = self.number(name)
        return None if number is None else int(number)

    def moment(self, name: str) -> datetime | None:
        """The cell as a moment in the company's zone; moments without a zone are company time."""
        cell = self.cells.get(name)
        if not isinstance(cell, datetime):
            return datetime(cell.year, cell.month, cell.day, tzinfo=self.zone) if isinstance(cell, date) else None
        return cell.astimezone(self.zone) if cell.tzinfo else cell.replace(tzinfo=self.zone)

    def flag(self, name: str) -> bool | None:
        """The cell as yes or no; information schemas spell it "YES" and "NO"."""
        cell = self.cells.get(name)
        return None if cell is None else str(cell).upper() in ("TRUE", "YES", "1")


def as_decimal(cell: Cell) -> Decimal | None:
    """A numeric cell exactly as it prints; None for NULL and for what is not a number."""
    if isinstance(cell, Decimal):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = Decimal(str(cell))
        return number if number.is_finite() else None
    return None


def _tables_there(warehouse: Warehouse, schema: str) -> frozenset[str]:
    in_schema = exp.column("table_schema").eq(exp.Literal.string(schema))
    if warehouse.dialect == "bigquery":
        listed = exp.table_("TABLES", db="INFORMATION_SCHEMA", catalog=schema)
    else:
        # Secured catalogs hang beside the source in the same engine and may have a schema of that name.
        listed = exp.table_("tables", db="information_schema")
        in_schema = in_schema.and_(exp.column("table_catalog").eq(exp.Anonymous(this="current_database")))
    query = exp.select("table_name").from_(listed).where(in_schema)
    return frozenset(str(row[0]) for row in warehouse.system_rows(query.sql(dialect=warehouse.dialect)).rows)


def _lines(warehouse: Warehouse, schema: str, name: str, zone: ZoneInfo) -> Iterator[Line]:
    query = exp.select("*").from_(exp.table_(name, db=schema))
    result = warehouse.system_rows(query.sql(dialect=warehouse.dialect))
    for row in result.rows:
        yield Line(dict(zip(result.names, row, strict=True)), zone)


def _record_counts(warehouse: Warehouse, catalog: Catalog) -> tuple[int, dict[str, int]]:
    """(golden records, source records by source) of the duplicate rule; (0, {}) without one."""
    rule = catalog.sources.duplicates
    golden = catalog.tables.get(rule.table) if rule else None
    if rule is None or golden is None:
        return 0, {}
    count = exp.select(exp.Count(this=exp.Star())).from_(_physical(golden)).sql(dialect=warehouse.dialect)
    total = as_decimal(warehouse.system_rows(count).rows[0][0])
    records = catalog.tables.get(rule.records) if rule.records else None
    if records is None:
        return int(total or 0), {}
    column = exp.column(rule.source_column, quoted=True)
    grouped = exp.select(column, exp.Count(this=exp.Star())).from_(_physical(records)).group_by(column.copy())
    lines = warehouse.system_rows(grouped.sql(dialect=warehouse.dialect)).rows
    return int(total or 0), {str(source): int(as_decimal(n) or 0) for source, n in lines}


def _physical(table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.schema_name)


def _load(line: Line) -> Load:
    return Load(
        source=line.text("source"),
        status=line.text("status"),
        started_at=line.moment("started_at"),
        loaded_at=line.moment("loaded_at"),
        max_event_at=line.moment("max_event_at"),
        row_count=line.whole("row_count"),
    )


def _total(line: Line) -> SourceTotal | None:
    period, value = line.moment("period"), line.number("value")
    if period is None or value is None:
        return None
    return SourceTotal(line.text("source"), line.text("metric"), period.date(), value, line.moment("reported_at"))


def _snapshot(line: Line) -> SnapshotColumn | None:
    run_at = line.moment("run_at")
    if run_at is None:
        return None
    return SnapshotColumn(
        table=line.text("table"),
        column=line.text("column"),
        type=line.text("type"),
        nullable=line.flag("nullable"),
        ordinal=line.whole("ordinal"),
        run_at=run_at,
    )


def _cluster(line: Line) -> Cluster:
    confidence = line.number("confidence")
    return Cluster(
        cluster_id=line.text("cluster_id"),
        source=line.text("source"),
        members=tuple(m for m in line.text("members").split(MEMBER_SEPARATOR) if m),
        rule=line.text("rule"),
        confidence=None if confidence is None else float(confidence),
        arr_affected=line.number("arr_affected_usd") or Decimal(0),
        status=line.text("status").lower(),
    )


def _check(line: Line) -> CheckRun:
    return CheckRun(
        check_id=line.text("check_id"),
        kind=line.text("kind"),
        object=line.text("object"),
        severity=line.text("severity"),
        status=line.text("status"),
        observed=line.text("observed"),
        expected=line.text("expected"),
        failing_rows=line.whole("failing_rows"),
        run_at=line.moment("run_at"),
    )
