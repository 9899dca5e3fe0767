"""Runs one statement as one job of BigQuery, and stops it when nobody waits any more: by its id, which we chose."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from google.api_core import exceptions as google
from google.api_core.retry import Retry
from google.cloud import bigquery

from warehouse.bigquery.driver import Client, QueryJob, routines_of
from warehouse.bigquery.errors import ERRORS, OVER_CAP, late, reason_of, retryable
from warehouse.bigquery.patience import patience, retry
from warehouse.bigquery.results import Cap, Results
from warehouse.bigquery.running import RunningJobs
from warehouse.bigquery.statement import Statement
from warehouse.bigquery.waiting import within
from warehouse.deadline import Deadline
from warehouse.port import Rows

log = logging.getLogger("assay.warehouse")
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

        return within(ask, deadline, callers=callers)

    def run(
        self,
        statement: Statement,
        deadline: Deadline,
        cap: Cap,
        labels: Mapping[str, str] | None = None,
        *,
        callers: bool,
        billed: Callable[[int], None] = lambda _: None,
    ) -> Rows:
        """Run a statement and read its rows. `billed` is told the bytes that BigQuery bills, as soon as they are known:
        none where no job began or BigQuery stopped it for its bytes. Raises Timeout, TooExpensive, RateLimited,
        WarehouseDown, and BadArgument for a caller's SQL that the engine cannot run."""
        asked = _Asked(JOB_PREFIX + uuid.uuid4().hex)
        config = bigquery.QueryJobConfig(
            use_legacy_sql=False,
            use_query_cache=True,
            maximum_bytes_billed=cap.bytes_billed,
            labels={**self.labels, **(labels or {})},
            query_parameters=statement.parameters,
        )
        config.job_timeout_ms = max(1, int(deadline.remaining() * 1000))

        def work() -> Rows:
            job = self._started(statement.text, config, asked, deadline)
            self._finished(job, asked, deadline, billed)
            return self.results.rows(job, deadline, cap, asked.over)

        def give_up() -> None:
            asked.over.set()
            if asked.may_run:
                self.cancel(asked.id)

        with self.running.job(asked.id):
            try:
                return within(work, deadline, callers=callers, given_up=give_up)
            finally:
                if not asked.began:
                    billed(0)

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

    def _started(self, sql: str, config: bigquery.QueryJobConfig, asked: _Asked, deadline: Deadline) -> QueryJob:
        tries, seconds = retry(deadline), patience(deadline)
        asked.began = asked.may_run = True
        try:
            return self.client.query(sql, config, job_id=asked.id, retry=tries, timeout=seconds, job_retry=None)
        except google.Conflict:
            # The answer to our first try was lost: the job of that id is ours and runs.
            return self.client.get_job(asked.id, retry=tries, timeout=seconds)
        except google.ClientError:
            asked.began = asked.may_run = False
            raise

    def _finished(self, job: QueryJob, asked: _Asked, deadline: Deadline, billed: Callable[[int], None]) -> None:
        wait = FIRST_WAIT
        while not job.done(retry=retry(deadline), timeout=patience(deadline)):
            if asked.over.wait(min(wait, max(0.001, deadline.remaining()))) or deadline.remaining() == 0:
                raise late(deadline)
            wait = min(LONGEST_WAIT, wait * 1.5)
        asked.may_run = False
        failed = job.exception()
        if failed is None or reason_of(failed) in OVER_CAP:
            billed(0 if failed else int(job.total_bytes_billed or 0))
        if failed is not None:
            raise failed


@dataclass
class _Asked:
    """One job as far as it is known here. `over`: nobody waits for it any more. `began`: BigQuery took it, or may have;
    `may_run`: and it is not known to have ended."""

    id: str
    over: threading.Event = field(default_factory=threading.Event)
    began: bool = False
    may_run: bool = False
