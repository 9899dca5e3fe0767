"""Runs one statement as one job of BigQuery, and stops it when nobody waits any more.

The client's own calls may hang for minutes where a network breaks. So each runs in a thread of its own, and whoever
asked waits for it only until the deadline; the job is then cancelled by its id, which we chose.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from google.api_core import exceptions as google
from google.api_core.retry import Retry
from google.cloud import bigquery

from catalog.refusals import Refusal
from warehouse.bigquery.driver import Client, QueryJob, routines_of
from warehouse.bigquery.errors import ERRORS, late, refusal, retryable
from warehouse.bigquery.patience import patience, retry
from warehouse.bigquery.results import Cap, Results
from warehouse.bigquery.running import RunningJobs
from warehouse.bigquery.statement import Statement
from warehouse.deadline import Deadline
from warehouse.port import Rows

log = logging.getLogger("assay.warehouse")
T = TypeVar("T")
JOB_PREFIX = "assay_"
FIRST_WAIT, LONGEST_WAIT = 0.03, 0.5
"""Seconds between looks at a running job; BigQuery answers small queries in about half a second."""
CANCEL_SECONDS = 10.0
STOP_SECONDS = 3.0
"""Longest that the end of the process waits for its jobs to be cancelled."""


@dataclass(frozen=True)
class DryRun:
    """What BigQuery says about a statement without running it."""

    statement: str
    tables: frozenset[str]
    """ "project.dataset.table"."""
    routines: int
    size: int
    """Bytes that it would read."""


@dataclass
class Jobs:
    """The jobs of one project. Thread-safe. `labels` go on every job, beside those of the call."""

    client: Client
    results: Results
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    running: RunningJobs = field(default_factory=RunningJobs)

    def dry_run(self, statement: Statement, deadline: Deadline, *, callers: bool) -> DryRun:
        """Ask about a statement. Raises Refusal."""
        config = bigquery.QueryJobConfig(
            dry_run=True, use_query_cache=False, use_legacy_sql=False, query_parameters=statement.parameters
        )
        tries, seconds = retry(deadline), patience(deadline)

        def ask() -> DryRun:
            job = self.client.query(statement.text, config, retry=tries, timeout=seconds, job_retry=None)
            tables = frozenset(f"{t.project}.{t.dataset_id}.{t.table_id}" for t in job.referenced_tables)
            size = int(job.total_bytes_processed or 0)
            return DryRun(job.statement_type or "", tables, routines_of(job), size)

        return self._within(ask, deadline, None, callers=callers)

    def run(
        self,
        statement: Statement,
        deadline: Deadline,
        cap: Cap,
        labels: Mapping[str, str] | None = None,
        *,
        callers: bool,
    ) -> Rows:
        """Run a statement and read its rows. Raises Timeout, TooExpensive, RateLimited, WarehouseDown, and BadArgument
        for a caller's SQL that the engine cannot run."""
        job_id = JOB_PREFIX + uuid.uuid4().hex
        over = threading.Event()
        config = bigquery.QueryJobConfig(
            use_legacy_sql=False,
            use_query_cache=True,
            maximum_bytes_billed=cap.bytes_billed,
            labels={**self.labels, **(labels or {})},
            query_parameters=statement.parameters,
        )
        config.job_timeout_ms = max(1, int(deadline.remaining() * 1000))

        def work() -> Rows:
            job = self._started(statement.text, config, job_id, deadline)
            self._finished(job, deadline, over)
            return self.results.rows(job, deadline, cap, over)

        with self.running.job(job_id):
            return self._within(work, deadline, _Stop(self, job_id, over), callers=callers)

    def cancel(self, job_id: str) -> None:
        """Tell BigQuery to stop a job, in the background: whoever gave up does not wait for that, too."""

        def tell() -> None:
            try:
                retry = Retry(predicate=retryable, initial=0.1, maximum=2.0, timeout=CANCEL_SECONDS)
                self.client.cancel_job(job_id, retry=retry, timeout=5.0)
            except ERRORS as error:
                log.warning("a job could not be cancelled", extra={"job": job_id, "reason": type(error).__name__})

        self.running.tell(tell)

    def stop(self) -> None:
        """Cancel what runs, and wait a moment for BigQuery to know it: the process is about to end."""
        for job_id in self.running.ids():
            self.cancel(job_id)
        self.running.told(STOP_SECONDS)

    def _started(self, sql: str, config: bigquery.QueryJobConfig, job_id: str, deadline: Deadline) -> QueryJob:
        tries, seconds = retry(deadline), patience(deadline)
        try:
            return self.client.query(sql, config, job_id=job_id, retry=tries, timeout=seconds, job_retry=None)
        except google.Conflict:
            # The answer to our first try was lost: the job of that id is ours and runs.
            return self.client.get_job(job_id, retry=tries, timeout=seconds)

    def _finished(self, job: QueryJob, deadline: Deadline, over: threading.Event) -> None:
        wait = FIRST_WAIT
        while not job.done(retry=retry(deadline), timeout=patience(deadline)):
            if over.wait(min(wait, max(0.001, deadline.remaining()))) or deadline.remaining() == 0:
                raise late(deadline)
            wait = min(LONGEST_WAIT, wait * 1.5)
        if (failed := job.exception()) is not None:
            raise failed

    def _within(self, work: Callable[[], T], deadline: Deadline, stop: _Stop | None, *, callers: bool) -> T:
        """`work` in a thread, waited for until the deadline or the caller's cancel; a job is then stopped."""
        if deadline.remaining() == 0:
            raise late(deadline)
        task = _Task(work)
        take_off = deadline.on_cancel(task.ended.set)
        thread = threading.Thread(target=task.run, daemon=True, name="assay-bigquery")
        thread.start()
        try:
            task.ended.wait(deadline.remaining())
        finally:
            take_off()
        if task.error is None and task.result:
            return task.result[0]
        if stop is not None and (not task.done or deadline.remaining() == 0):
            stop.now()
        if isinstance(task.error, Refusal):
            raise task.error
        if task.error is not None:
            raise refusal(task.error, deadline, callers=callers) from task.error
        raise late(deadline)


@dataclass(frozen=True)
class _Stop:
    jobs: Jobs
    job_id: str
    over: threading.Event

    def now(self) -> None:
        self.over.set()
        self.jobs.cancel(self.job_id)


class _Task(Generic[T]):
    """One piece of work in a thread, with what came of it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.ended = threading.Event()
        self.done = False
        self.result: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do it; an error is kept for whoever waits."""
        try:
            self.result.append(self._work())
        except Exception as error:  # noqa: BLE001 - the thread's border: whoever waits gets it
            self.error = error
        finally:
            self.done = True
            self.ended.set()
