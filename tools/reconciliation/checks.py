"""Results of the pipeline's own checks → the last run of each, with a colour and the table it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.reconciliation.report import CheckFinding, Colour

BLOCKING = frozenset({"error", "critical", "high", "blocker", "fail"})
"""Severities whose failure is red; any other failure is amber."""


@dataclass(frozen=True)
class CheckRun:
    """One run of one check, as the pipeline wrote it down."""

    check_id: str
    kind: str
    object: str
    severity: str
    status: str
    observed: str
    expected: str
    failing_rows: int | None
    run_at: datetime | None


def last_runs(runs: Sequence[CheckRun], tables: Iterable[str]) -> tuple[CheckFinding, ...]:
    """The last run of each check, by check id."""
    known = frozenset(tables)
    last: dict[str, CheckRun] = {}
    for run in sorted(runs, key=lambda r: (r.check_id, r.run_at is not None, r.run_at)):
        last[run.check_id] = run
    return tuple(
        CheckFinding(**run.__dict__, table=_table_of(run.object, known), colour=colour_of_check(run))
        for run in last.values()
    )


def colour_of_check(run: CheckRun) -> Colour:
    """pass and skipped are green; a failure is red where its severity blocks, else amber; so is a warning, and a
    check that could not run."""
    status = run.status.lower()
    if status in ("pass", "passed", "ok", "success", "skipped"):
        return "green"
    if status in ("fail", "failed"):
        return "red" if run.severity.lower() in BLOCKING else "amber"
    return "amber"


def _table_of(checked: str, tables: frozenset[str]) -> str:
    """The table in an object such as "schema.table.column"; "" when it names none."""
    return next((part for part in checked.split(".") if part in tables), "")
