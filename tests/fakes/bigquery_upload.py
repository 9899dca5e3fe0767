"""A BigQuery on this machine, as far as load jobs need it: a resumable upload begins, takes its chunks and ends as a
job that is done, failed, or still runs. Tables are there from the end of their job until they are dropped."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Uploads:
    """What arrived: the last job's configuration, and the rows of its lines. `error` is what jobs then end with, where
    `fails` is not the name of another table than theirs; `hangs` names the table whose job never ends."""

    url: str = ""
    error: str = ""
    job: dict[str, Any] = field(default_factory=dict[str, Any])
    jobs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    content: bytes = b""
    fails: str = ""
    hangs: str = ""
    tables: list[str] = field(default_factory=list[str])
    cancelled: list[str] = field(default_factory=list[str])
    undroppable: str = ""

    @property
    def target(self) -> str:
        """The table of the last job."""
        return str(self.job["configuration"]["load"]["destinationTable"]["tableId"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The uploaded lines."""
        return [json.loads(line) for line in self.content.splitlines()]

    def state(self) -> dict[str, Any]:
        """The job as the API shows it."""
        status: dict[str, Any] = {"state": "RUNNING" if self.hangs == self.target else "DONE"}
        if self.error and self.fails in ("", self.target):
            status["errorResult"] = {"reason": "invalid", "message": self.error}
        elif status["state"] == "DONE" and self.target not in self.tables:
            self.tables.append(self.target)
        rows = self.content.count(b"\n")
        return {**self.job, "id": "a:b", "status": status, "statistics": {"load": {"outputRows": str(rows)}}}


@contextlib.contextmanager
def bigquery_uploads() -> Iterator[Uploads]:
    """Listens on 127.0.0.1 until the test ends."""
    uploads = Uploads()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
            if self.path.split("?")[0].endswith("/cancel"):
                uploads.cancelled.append(uploads.target)
                self._answer({"job": uploads.state()})
                return
            if "configuration" not in body:
                self._answer(body)
                return
            uploads.job = body
            uploads.jobs.append(body["configuration"]["load"])
            self._answer({}, {"Location": f"{uploads.url}/resume/1"})

        def do_PUT(self) -> None:
            uploads.content += self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(uploads.state())

        def do_DELETE(self) -> None:
            name = self.path.split("?")[0].rpartition("/")[2]
            if name == uploads.undroppable:
                self._answer(
                    {"error": {"code": 403, "message": "no", "errors": [{"reason": "accessDenied"}]}}, status=403
                )
                return
            uploads.tables[:] = [table for table in uploads.tables if table != name]
            self._answer({})

        def do_GET(self) -> None:
            self._answer(uploads.state())

        def _answer(self, body: dict[str, Any], headers: dict[str, str] | None = None, status: int = 200) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    uploads.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield uploads
    finally:
        server.shutdown()
        server.server_close()
