"""BigQuery's Storage Read API: a large result in Arrow batches instead of pages of JSON.

Needs the packages of the extra `storage`; only `connection.connect_read_api` imports this module, where they are
installed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any, cast

import grpc
import pyarrow
from google.api_core.client_options import ClientOptions
from google.auth.credentials import Credentials
from google.cloud.bigquery_storage_v1.services.big_query_read import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport
from google.cloud.bigquery_storage_v1.types import DataFormat, ReadSession

from warehouse.bigquery.driver import TableName
from warehouse.deadline import Deadline

arrow: Any = cast(Any, pyarrow)
SESSION_SECONDS = 10.0
REST_SECONDS = 300.0
"""How long it is left alone after it did not work: no right to it, no way through the network."""
SILENT_SECONDS, WATCH_SECONDS = 10.0, 0.2
"""How long a stream may say nothing, and how often that is looked at."""
UNLIMITED = [("grpc.max_receive_message_length", -1)]


def open_client(credentials: Credentials | None, endpoint: str, anonymous: bool) -> BigQueryReadClient:
    """Google's client; with `anonymous`, one that sends no credentials in plain text, for emulators."""
    if anonymous:
        channel = grpc.insecure_channel(endpoint, UNLIMITED)
        return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
    options = ClientOptions(api_endpoint=endpoint) if endpoint else None
    return BigQueryReadClient(credentials=credentials, client_options=options)


class ReadApi:
    """Reads tables of results. `pays`: the project that asks. Thread-safe; `connect` is called when first needed."""

    def __init__(self, connect: Callable[[], BigQueryReadClient], pays: str) -> None:
        self._connect = connect
        self._pays = pays
        self._lock = threading.Lock()
        self._opened: BigQueryReadClient | None = None
        self._rests_until = 0.0

    @property
    def resting(self) -> bool:
        """Not to be asked just now: it did not work a moment ago."""
        return time.monotonic() < self._rests_until

    def rows(self, table: TableName, deadline: Deadline, over: threading.Event) -> Generator[tuple[object, ...]]:
        """The rows of a table in its own order, which one stream keeps, until `over` is set. A stream that breaks or
        falls silent is not taken up again, and the API is left alone for a while: the caller has pages. Raises what
        the client and its parts raise."""
        try:
            for batch in self._batches(table, deadline, over):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
        except Exception:
            if not over.is_set() and deadline.remaining() > 0:
                self._rests_until = time.monotonic() + REST_SECONDS
            raise

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            client, self._opened = self._opened, None
        if client is not None:
            cast(Any, client).transport.close()

    def _batches(self, table: TableName, deadline: Deadline, over: threading.Event) -> Generator[Any]:
        name = f"projects/{table.project}/datasets/{table.dataset_id}/tables/{table.table_id}"
        client: Any = self._client()
        session = client.create_read_session(
            parent=f"projects/{self._pays}",
            read_session=ReadSession(table=name, data_format=DataFormat.ARROW),
            max_stream_count=1,
            retry=None,
            timeout=min(SESSION_SECONDS, deadline.remaining() / 2),
        )
        schema = arrow.ipc.read_schema(arrow.py_buffer(session.arrow_schema.serialized_schema))
        for stream in session.streams:
            call = client.read_rows(read_stream=stream.name, retry=None, timeout=deadline.remaining())
            # A message holds some thousand rows.
            for message in _heard(call, over):
                if message.row_count:
                    body = arrow.py_buffer(message.arrow_record_batch.serialized_record_batch)
                    yield arrow.ipc.read_record_batch(body, schema)

    def _client(self) -> BigQueryReadClient:
        with self._lock:
            if self._opened is None:
                self._opened = self._connect()
            return self._opened


def _heard(call: Any, over: threading.Event) -> Generator[Any]:
    """The messages of a stream, which is cancelled when it is silent for too long, when nobody waits any more, and when
    the reader leaves."""
    silent_since: float | None = time.monotonic()
    left = threading.Event()

    def watch() -> None:
        while not left.wait(WATCH_SECONDS):
            since = silent_since
            if over.is_set() or (since is not None and time.monotonic() - since > SILENT_SECONDS):
                call.cancel()
                return

    threading.Thread(target=watch, daemon=True, name="assay-bigquery-stream").start()
    try:
        for message in call:
            silent_since = None
            yield message
            silent_since = time.monotonic()
    finally:
        left.set()
        call.cancel()
