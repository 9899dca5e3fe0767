"""A local server that speaks the part of BigQuery's REST protocol that the engine uses, and fails on demand.

It runs no SQL: a test says what a query would read, give and how long it takes, and which calls go wrong how.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REASONS = {400: "invalid", 403: "accessDenied", 404: "notFound", 429: "rateLimitExceeded", 500: "backendError"}
LONGEST_POLL = 0.2
"""Seconds that getQueryResults waits for a running job."""
SECRET = "SECRET-IN-THE-ERROR-TEXT"
"""Part of every error text, so that a test can look for it where it must not be."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an HTTP `status` (with a `reason`), the connection `reset`, half a body as if it
    were whole (`cut`), half a body and then the end of the connection (`torn`), or no answer for `hang` seconds.
    `done`: the call takes effect all the same."""

    status: int = 0
    reason: str = ""
    reset: bool = False
    cut: bool = False
    torn: bool = False
    hang: float = 0.0
    done: bool = False


@dataclass
class Job:
    """One job that was inserted."""

    id: str
    sql: str
    configuration: Mapping[str, Any]
    began: float
    seconds: float
    error: dict[str, str] | None = None
    cancelled_at: float | None = None

    @property
    def done(self) -> bool:
        """Whether it has ended: by itself, by a cancel, or by its own timeout, as BigQuery ends it."""
        ran, limit = time.monotonic() - self.began, float(self.configuration.get("jobTimeoutMs") or "inf") / 1000
        if self.error is None and limit < self.seconds and ran >= limit:
            self.error = _problem("stopped")
        return self.error is not None or ran >= self.seconds


@dataclass
class Script:
    """What every query reads, gives and takes; and the faults of each kind of call, first come first."""

    bytes: int = 1_000_000
    cached: bool = False
    """Every job is answered from BigQuery's cache, which bills nothing."""
    statement: str = "SELECT"
    tables: Sequence[str] | None = None
    """ "project.dataset.table"; None: those in backticks in the SQL."""
    routines: int = 0
    schema: Sequence[tuple[str, str]] = (("n", "INTEGER"),)
    rows: Sequence[Sequence[str | None]] = (("7",),)
    total_rows: int | None = None
    page: int = 10_000
    seconds: float = 0.0
    error: str = ""
    """Every job fails with this reason."""
    tables_schema: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict[str, Sequence[tuple[str, str]]])
    tables_more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """What else BigQuery says of a table, or otherwise."""
    faults: dict[str, deque[Fault]] = field(default_factory=dict[str, deque[Fault]])

    def fail(self, call: str, *faults: Fault) -> None:
        """Let the next calls of that kind ("insert", "get", "results", "page", "cancel", "table", "dry") go wrong:
        "results" is the first page, "page" each later one."""
        self.faults.setdefault(call, deque()).extend(faults)


@dataclass
class FakeBigQuery:
    """The server's state: jobs by id, calls in order."""

    script: Script
    endpoint: str = ""
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    calls: list[str] = field(default_factory=list[str])
    dry_runs: list[str] = field(default_factory=list[str])
    parameters: list[Any] = field(default_factory=list[Any])
    """Those of each dry run."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def cancelled(self, seconds: float = 5.0) -> Job:
        """The job that was told to stop, within that time. Raises AssertionError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for job in list(self.jobs.values()):
                if job.cancelled_at is not None:
                    return job
            time.sleep(0.01)
        raise AssertionError("no job was cancelled")


@contextmanager
def fake_bigquery(script: Script) -> Iterator[FakeBigQuery]:
    """A server on a free port of this machine."""
    state = FakeBigQuery(script)

    class Handler(_Handler):
        fake = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    state.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeBigQuery
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        if match := re.search(r"/jobs/([^/?]+)/cancel", self.path):
            self._answer("cancel", lambda: self._cancel(match[1]))
        else:
            dry = bool(body["configuration"].get("dryRun"))
            self._answer("dry" if dry else "insert", lambda: self._dry(body) if dry else self._insert(body))

    def do_GET(self) -> None:
        if match := re.search(r"/queries/([^/?]+)", self.path):
            kind = "page" if "pageToken=" in self.path else "results"
            self._answer(kind, lambda: self._results(match[1]))
        elif match := re.search(r"/jobs/([^/?]+)", self.path):
            self._answer("get", lambda: self._get(match[1]))
        elif match := re.search(r"/projects/([^/]+)/datasets/([^/]+)/tables/([^/?]+)", self.path):
            self._answer("table", lambda: self._table(*match.groups()))
        else:
            self._send(404, _error(404, "notFound"))

    def _answer(self, call: str, made: Any) -> None:
        with self.fake.lock:
            self.fake.calls.append(call)
            waiting = self.fake.script.faults.get(call)
            fault = waiting.popleft() if waiting else None
        if fault is None:
            self._send(*made())
            return
        if fault.done:
            made()
        if fault.hang:
            time.sleep(fault.hang)
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif fault.cut or fault.torn:
            status, answer = made()
            body = json.dumps(answer).encode()
            self._write(status, body[: len(body) // 2], len(body) if fault.torn else None)
            self.close_connection = self.close_connection or fault.torn
        elif fault.status:
            self._send(fault.status, _error(fault.status, fault.reason or REASONS.get(fault.status, "backendError")))
        else:
            self._send(*made())

    def _send(self, status: int, answer: Mapping[str, Any]) -> None:
        self._write(status, json.dumps(answer).encode())

    def _write(self, status: int, body: bytes, promised: int | None = None) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body) if promised is None else promised))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def _insert(self, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        script, name = self.fake.script, str(body["jobReference"]["jobId"])
        with self.fake.lock:
            if name in self.fake.jobs:
                return 409, _error(409, "duplicate")
            configuration = body["configuration"]
            job = Job(name, configuration["query"]["query"], configuration, time.monotonic(), script.seconds)
            cap = int(configuration["query"].get("maximumBytesBilled") or 0)
            if cap and script.bytes > cap:
                job.error = _problem("bytesBilledLimitExceeded")
            elif script.error:
                job.error = _problem(script.error)
            self.fake.jobs[name] = job
        return 200, self._job(job)

    def _dry(self, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        script, sql = self.fake.script, str(body["configuration"]["query"]["query"])
        self.fake.dry_runs.append(sql)
        self.fake.parameters.append(body["configuration"]["query"].get("queryParameters"))
        if script.error:
            return 400, _error(400, script.error)
        names = script.tables if script.tables is not None else re.findall(r"`([\w-]+\.\w+\.\w+)`", sql)
        keys = ("projectId", "datasetId", "tableId")
        query = {
            "statementType": script.statement,
            "totalBytesProcessed": str(script.bytes),
            "referencedTables": [dict(zip(keys, name.split("."), strict=True)) for name in dict.fromkeys(names)],
            "referencedRoutines": [{"routineId": f"r{i}"} for i in range(script.routines)],
        }
        statistics = {"query": query, "totalBytesProcessed": str(script.bytes)}
        return 200, {**body, "status": {"state": "DONE"}, "statistics": statistics}

    def _job(self, job: Job) -> Mapping[str, Any]:
        status: dict[str, Any] = {"state": "DONE" if job.done else "RUNNING"}
        if job.error:
            status |= {"errorResult": job.error, "errors": [job.error]}
        size, cached = str(self.fake.script.bytes), self.fake.script.cached
        told = {
            "totalBytesProcessed": "0" if cached else size,
            "totalBytesBilled": "0" if cached else size,
            "cacheHit": cached,
        }
        return {
            "jobReference": {"projectId": "assay-fake", "jobId": job.id, "location": "US"},
            "configuration": job.configuration,
            "status": status,
            "statistics": {"query": {**told, "statementType": "SELECT"}},
        }

    def _get(self, name: str) -> tuple[int, Mapping[str, Any]]:
        job = self.fake.jobs.get(name)
        return (200, self._job(job)) if job else (404, _error(404, "notFound"))

    def _cancel(self, name: str) -> tuple[int, Mapping[str, Any]]:
        job = self.fake.jobs.get(name)
        if job is None:
            return 404, _error(404, "notFound")
        job.cancelled_at = time.monotonic()
        job.error = _problem("stopped")
        return 200, {"job": self._job(job)}

    def _results(self, name: str) -> tuple[int, Mapping[str, Any]]:
        job, script = self.fake.jobs[name], self.fake.script
        until = time.monotonic() + LONGEST_POLL
        while not job.done and time.monotonic() < until:
            time.sleep(0.01)
        reference = {"projectId": "assay-fake", "jobId": name, "location": "US"}
        if not job.done:
            return 200, {"jobComplete": False, "jobReference": reference}
        if job.error:
            return 400, _error(400, job.error["reason"])
        found = re.search(r"[?&]pageToken=(\d+)", self.path)
        first = int(found[1]) if found else 0
        asked = re.search(r"[?&]maxResults=(\d+)", self.path)
        most = min(script.page, int(asked[1])) if asked else script.page
        rows = script.rows[first : first + most]
        answer: dict[str, Any] = {
            "jobComplete": True,
            "jobReference": reference,
            "schema": {"fields": [{"name": n, "type": t, "mode": "NULLABLE"} for n, t in script.schema]},
            "totalRows": str(len(script.rows) if script.total_rows is None else script.total_rows),
            "rows": [{"f": [{"v": value} for value in row]} for row in rows],
            "totalBytesProcessed": str(script.bytes),
        }
        if first + most < len(script.rows):
            answer["pageToken"] = str(first + most)
        return 200, answer

    def _table(self, project: str, dataset: str, table: str) -> tuple[int, Mapping[str, Any]]:
        schema = self.fake.script.tables_schema.get(table)
        if schema is None:
            return 404, _error(404, "notFound")
        return 200, {
            "tableReference": {"projectId": project, "datasetId": dataset, "tableId": table},
            "schema": {"fields": [{"name": n, "type": t} for n, t in schema]},
            "type": "TABLE",
            "lastModifiedTime": "1763280000000",
            "numRows": "10",
            "numBytes": "1000",
            **self.fake.script.tables_more.get(table, {}),
        }


def _problem(reason: str) -> dict[str, str]:
    return {"reason": reason, "message": f"{reason} {SECRET}", "location": "query"}


def _error(status: int, reason: str) -> Mapping[str, Any]:
    return {"error": {"code": status, "message": f"{reason} {SECRET}", "errors": [_problem(reason)]}}
