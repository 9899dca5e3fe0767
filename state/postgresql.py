"""Connections to PostgreSQL that never wait for ever, on either side.

Here, each wait for the server ends with the thread's patience (`state.patience`): TCP notices a dead machine, but not a
frozen server whose machine still acknowledges. There, the server ends a session that stopped in mid-transaction, so
that a frozen or vanished replica does not keep the others from writing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, create_engine, event

from state.patience import ANSWER_SECONDS, left

CONNECT_SECONDS = 5.0
LEAST_CONNECT_SECONDS = 2
"""The driver's own least."""
IDLE_SECONDS = 10.0
"""How long a writing transaction may stand still before the server ends it; between two statements lie microseconds."""
KEEPALIVE: Mapping[str, int] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A machine that does not answer is given up in 15 to 25 seconds, also where a long answer is waited for. Seconds, but
the last: milliseconds."""
SERVER_KEEPALIVE: Mapping[str, int] = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
UNBOUNDED_IDLE = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""For readers: what they hold keeps nobody from writing."""

Returned = TypeVar("Returned")


class PatientConnection(psycopg.Connection[Any]):
    """Waits for each answer as long as the thread's patience lasts. A connection whose answer did not come is closed:
    it would come as the answer to the next question."""

    def wait(self, gen: PQGen[Returned], interval: float = 0.1, timeout: float | None = None) -> Returned:
        """What the driver calls for each exchange with the server. Raises OperationalError."""
        try:
            return super().wait(gen, interval, left() if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def engine_for(url: URL, *, schema: str, flushed: bool, connections: int, wait_seconds: float) -> Engine:
    """An engine whose sessions live in `schema` and wait `wait_seconds` for a lock or for a connection of the pool;
    unless `flushed`, a commit does not wait for the disk."""
    settings = {
        "search_path": schema,
        "lock_timeout": int(wait_seconds * 1000),
        "statement_timeout": int(ANSWER_SECONDS * 1000),
        "idle_in_transaction_session_timeout": int(IDLE_SECONDS * 1000),
        # Whether a commit is on the disk is ours to say, whatever the server's own setting.
        "synchronous_commit": "on" if flushed else "off",
        **SERVER_KEEPALIVE,
    }
    engine = create_engine(
        url,
        pool_size=connections,
        pool_timeout=wait_seconds,
        pool_pre_ping=True,
        connect_args={"options": " ".join(f"-c{name}={value}" for name, value in settings.items()), **KEEPALIVE},
    )
    event.listen(engine, "do_connect", _connect)
    return engine


def _connect(dialect: object, record: object, arguments: list[Any], named: dict[str, Any]) -> PatientConnection:
    seconds = max(LEAST_CONNECT_SECONDS, math.ceil(left(CONNECT_SECONDS)))
    told = {**named, "connect_timeout": min(seconds, math.ceil(CONNECT_SECONDS))}
    return PatientConnection.connect(*arguments, **told)
