"""What was used today, on the state store: exact to the unit between threads, processes and replicas.

A call sets aside what it will surely use before it runs, and is booked when it is over; rows and bytes, known only
then, are booked before the answer leaves, or it does not leave. What a dead call had set aside is free again once its
time is over. The row of an account is locked while its amounts are compared, users before roles, so that no two wait
for each other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from audit.boot import LINUX_BOOT_ID, boot_id
from catalog.refusals import LimitsDown
from state.patience import STEP_SECONDS, within
from tools.limits.accounts import UNITS, Account, Allowance, Amounts, Unit
from tools.limits.moments import Moments, day_ends, day_of, steady_seconds
from tools.limits.rate import CallRate
from tools.limits.words import too_much, used_up

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, TextClause

    from state.database import Database

HERE = Path(__file__).parent
STORE = "limits"
KEEP_DAYS = 35
TIDY_EVERY_SECONDS = 600.0
DELIVERED: tuple[Unit, ...] = ("rows", "bytes")
"""Units that an answer carries; the others are known before a call runs."""


@dataclass(frozen=True)
class Use:
    """What an account used on a day, and what its running calls have set aside."""

    account: Account
    role: str
    used: Amounts
    held: Amounts


class Ledger:
    """Thread-safe; opened on first use. `wall` gives seconds since 1970 for an embedded store (a shared one has its own
    clock); `steady` seconds that only go forward. Every method may raise LimitsDown."""

    def __init__(
        self,
        url: str,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._url, self._wall, self._steady = url, wall, steady
        self._moments = Moments(steady)
        self._lock = threading.Lock()
        self._opened: tuple[Database, Mapping[str, TextClause]] | None = None
        self._tidied: float | None = None

    @property
    def shared(self) -> bool:
        """Whether replicas share the store."""
        return self._url.startswith("postgresql")

    def take(self, rates: Sequence[CallRate]) -> None:
        """Count one call against all of `rates`, or against none. Raises RateLimited. For a shared store only."""
        refused: CallRate | None = None
        with self._transaction() as (connection, queries):
            for rate in rates:
                if connection.execute(queries["take"], _bucket(rate)).first() is None:
                    refused = rate
                    connection.rollback()
                    break
        if refused is not None:
            with self._transaction() as (connection, queries):
                connection.execute(queries["mend"], _bucket(refused))
                wait = connection.execute(queries["wait"], _bucket(refused)).scalar() or 0
            raise refused.refused(wait / 1_000_000)

    def reserve(
        self,
        call: str,
        allowances: Sequence[Allowance],
        ask: Amounts,
        zone: ZoneInfo,
        *,
        seconds: float,
        day: date | None = None,
    ) -> date:
        """Set aside for a call what it will surely use, at most `seconds` long; or more for one that runs, on the `day`
        that it counts on. Returns that day. Raises RateLimited where an allowance does not reach."""
        self._tidy(zone)
        with self._transaction() as (connection, queries):
            moment = self._moment(connection, queries)
            boot, now = self._lease(moment)
            day = day or day_of(moment, zone)
            for allowance in allowances:
                key = _key(allowance.account, day)
                used = _amounts(connection.execute(queries["add"], {**key, **_row(allowance, Amounts())}).one())
                held = _amounts(connection.execute(queries["held"], {**key, "boot": boot, "now": now}).one())
                _check(allowance, used, held, ask, day_ends(moment, zone))
                told = {"call": call, "boot": boot, "ends": now + seconds, **_units(ask)}
                connection.execute(queries["hold"], {**key, **told})
        return day

    def change(self, call: str, micro_usd: int) -> None:
        """More (or less) money is set aside for a call than was."""
        with self._transaction() as (connection, queries):
            connection.execute(queries["change"], {"call": call, "micro_usd": micro_usd})

    def settle(
        self, call: str, allowances: Sequence[Allowance], spent: Amounts, day: date, zone: ZoneInfo
    ) -> list[Amounts]:
        """Book what a call used and let go of what was set aside for it. Returns the day's amounts of each allowance.
        Raises RateLimited, and books nothing, where rows or bytes are more than is left."""
        totals: list[Amounts] = []
        with self._transaction() as (connection, queries):
            for allowance in allowances:
                key = _key(allowance.account, day)
                total = _amounts(connection.execute(queries["add"], {**key, **_row(allowance, spent)}).one())
                for unit in DELIVERED:
                    ceiling, asked = allowance.ceilings.get(unit), spent.of(unit)
                    if ceiling is not None and asked and total.of(unit) > ceiling:
                        ends = day_ends(self._moment(connection, queries), zone)
                        raise too_much(allowance, unit, total.of(unit) - asked, asked, ends)
                totals.append(total)
            connection.execute(queries["let_go"], {"call": call})
        return totals

    def today(self, zone: ZoneInfo) -> tuple[date, tuple[int, str], list[Use]]:
        """The company's day, when it ends, and everyone's use on it."""
        with self._transaction() as (connection, queries):
            moment = self._moment(connection, queries)
            boot, now = self._lease(moment)
            day = day_of(moment, zone)
            rows = connection.execute(queries["today"], {"day": day.isoformat(), "boot": boot, "now": now}).all()
        uses = [Use(Account(r[0], r[1], r[2]), r[3], _amounts(r[4:9]), _amounts(r[9:14])) for r in rows]
        return day, day_ends(moment, zone), uses

    def check(self) -> None:
        """Prove that something could be booked now, without booking it."""
        with self._transaction():
            pass

    def close(self) -> None:
        """Let go of the store; the next use opens it afresh."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].dispose()

    def _moment(self, connection: Connection, queries: Mapping[str, TextClause]) -> datetime:
        wall = connection.execute(queries["wall"]).scalar_one() if self.shared else self._wall()
        return self._moments.at(float(wall))

    def _lease(self, moment: datetime) -> tuple[str, float]:
        """The clock that ends what is set aside: of the shared database, or of this machine since it started."""
        if self.shared or not LINUX_BOOT_ID.exists():
            return "", moment.timestamp()
        return boot_id(), self._steady()

    def _tidy(self, zone: ZoneInfo) -> None:
        """Now and then, forget what is over."""
        with self._lock:
            steady = self._steady()
            if self._tidied is not None and steady - self._tidied < TIDY_EVERY_SECONDS:
                return
            self._tidied = steady
        with self._transaction() as (connection, queries):
            moment = self._moment(connection, queries)
            boot, now = self._lease(moment)
            connection.execute(queries["drop_dead"], {"boot": boot, "now": now})
            oldest = day_of(moment, zone) - timedelta(days=KEEP_DAYS)
            connection.execute(queries["drop_old_days"], {"day": oldest.isoformat()})
            if self.shared:
                connection.execute(queries["drop_full_buckets"])

    @contextmanager
    def _transaction(self) -> Generator[tuple[Connection, Mapping[str, TextClause]]]:
        # SQLAlchemy takes a second to import; only those who set quotas need it.
        from state.database import SQLAlchemyError  # noqa: PLC0415

        try:
            database, queries = self._open()
            with within(STEP_SECONDS), database.transaction() as connection:
                yield connection, queries
        except (SQLAlchemyError, OSError) as error:
            raise LimitsDown(
                hint="Try again in a moment; whoever runs this server finds the cause in its log."
            ) from error

    def _open(self) -> tuple[Database, Mapping[str, TextClause]]:
        from state.database import Database  # noqa: PLC0415 - see _transaction
        from state.queries import named_queries  # noqa: PLC0415 - see _transaction

        with self._lock:
            if self._opened is None:
                database = Database(self._url, store=STORE, revisions=HERE / "revisions", flushed=False)
                self._opened = database, named_queries(HERE / "queries.sql", database.engine_name)
            return self._opened


def _check(allowance: Allowance, used: Amounts, held: Amounts, ask: Amounts, ends: tuple[int, str]) -> None:
    """Raises RateLimited where a ceiling does not reach for `ask`, or where there is nothing left to deliver."""
    for unit, ceiling in allowance.ceilings.items():
        asked = ask.of(unit)
        beyond = asked and used.of(unit) + held.of(unit) + asked > ceiling
        nothing_left = unit in DELIVERED and ask.calls and used.of(unit) >= ceiling
        if beyond or nothing_left:
            raise used_up(allowance, unit, used.of(unit), held.of(unit), ends)


def _bucket(rate: CallRate) -> dict[str, Any]:
    emission = rate.emission_us
    account = rate.account
    return {
        "kind": account.kind,
        "issuer": account.issuer,
        "name": account.name,
        "emission": emission,
        "burst": (rate.burst - 1) * emission,
    }


def _key(account: Account, day: date) -> dict[str, Any]:
    return {"kind": account.kind, "issuer": account.issuer, "name": account.name, "day": day.isoformat()}


def _units(amounts: Amounts) -> dict[str, Any]:
    return {unit: amounts.of(unit) for unit in UNITS}


def _row(allowance: Allowance, amounts: Amounts) -> dict[str, Any]:
    return {"role": allowance.role, **_units(amounts)}


def _amounts(row: Row[Any] | Sequence[Any]) -> Amounts:
    return Amounts(*(int(value) for value in row))
