"""A BigQuery on this machine, as far as one load job needs it: a resumable upload begins, takes its chunks and ends as
a job that is done, or failed."""

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
    """What arrived: the job's configuration, and the rows of its lines. `error` is what the job then ends with."""

    url: str = ""
    error: str = ""
    job: dict[str, Any] = field(default_factory=dict[str, Any])
    content: bytes = b""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The uploaded lines."""
        return [json.loads(line) for line in self.content.splitlines()]

    def state(self) -> dict[str, Any]:
        """The job as the API shows it."""
        status: dict[str, Any] = {"state": "DONE"}
        if self.error:
            status["errorResult"] = {"reason": "invalid", "message": self.error}
        return {**self.job, "id": "a:b", "status": status, "statistics": {"load": {"outputRows": str(len(self.rows))}}}


@contextlib.contextmanager
def bigquery_uploads() -> Iterator[Uploads]:
    """Listens on 127.0.0.1 until the test ends."""
    uploads = Uploads()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            uploads.job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer({}, {"Location": f"{uploads.url}/resume/1"})

        def do_PUT(self) -> None:
            uploads.content += self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(uploads.state())

        def do_GET(self) -> None:
            self._answer(uploads.state())

        def _answer(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(200)
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
