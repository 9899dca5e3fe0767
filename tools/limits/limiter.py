"""What the gate asks about limits: may this call come now (`take`), and what may it use (`ticket`).

A role without daily limits costs no database work at all. Where limits are set and the store cannot be read or written,
calls are refused (LIMITS_DOWN); they come back by themselves.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from catalog.access import Access
from catalog.policies import Policies
from catalog.refusals import LimitsDown, RateLimited
from tools.limits.accounts import Account, Allowance, Amounts, ceilings
from tools.limits.ledger import Ledger, Use
from tools.limits.rate import FLOOD_CALLS_PER_MINUTE, CallRate, CallRates
from tools.limits.turns import Turns
from tools.limits.words import warnings
from warehouse.deadline import Deadline

log = logging.getLogger("assay.limits")

Limit = Literal["rate", "daily", "turns", "store"]
LIMITS: tuple[Limit, ...] = ("rate", "daily", "turns", "store")
RUNNING, WAITING = 32, 128
"""Calls of a process that run and that wait, unless the program says otherwise."""
LEASE_MARGIN_SECONDS = 30.0
"""What a call set aside is free this long after its deadline: a call that lives is over by then."""


class Limiter:
    """Thread-safe. `ledger` is None where there is no store: roles with daily limits are then refused."""

    def __init__(
        self, ledger: Ledger | None = None, *, turns: Turns | None = None, rates: CallRates | None = None
    ) -> None:
        self._ledger = ledger
        self.turns = turns or Turns(RUNNING, WAITING)
        self._rates = rates or CallRates()
        self._lock = threading.Lock()
        self._refused: Counter[Limit] = Counter()

    @property
    def refused(self) -> Mapping[Limit, int]:
        """How many calls each limit has refused since the start."""
        return {limit: self._refused[limit] for limit in LIMITS}

    def today(self, zone: ZoneInfo) -> tuple[date, tuple[int, str], list[Use]]:
        """The company's day, when it ends (in seconds, and on its own clock), and everyone's use on it. Raises
        LimitsDown."""
        if self._ledger is None:
            raise LimitsDown("There is no store to count on.")
        return self._ledger.today(zone)

    def check(self, policies: Policies) -> None:
        """Prove that the limits that are set could be counted now. Raises LimitsDown."""
        daily = any(role.limits.daily.any or role.limits.together.daily.any for role in policies.roles)
        rated = any(role.limits.calls_per_minute or role.limits.together.calls_per_minute for role in policies.roles)
        if self._ledger is not None and (daily or (rated and self._ledger.shared)):
            self._ledger.check()

    def close(self) -> None:
        """Let go of the store."""
        if self._ledger is not None:
            self._ledger.close()

    def take(self, access: Access) -> None:
        """Count a call against the calls a minute of its user and its role. Raises RateLimited, LimitsDown."""
        user, rates = user_of(access), _rates(access)
        shared = self._ledger if self._ledger is not None and self._ledger.shared else None
        here = [] if shared else list(rates)
        if access.role.limits.calls_per_minute is None:
            here.append(CallRate(user, FLOOD_CALLS_PER_MINUTE, FLOOD_CALLS_PER_MINUTE))
        with self.counted("rate"):
            self._rates.take(here)
            if shared and rates:
                shared.take(rates)

    def ticket(self, access: Access, *, reads_rows: bool) -> Ticket:
        """The ticket of a call that is about to run. `reads_rows`: it counts as a query."""
        return Ticket(self, self._ledger, access, reads_rows)

    @contextmanager
    def counted(self, limit: Limit) -> Generator[None]:
        """Count a refusal of the block as one of that limit."""
        try:
            yield
        except (RateLimited, LimitsDown) as refusal:
            with self._lock:
                self._refused["store" if isinstance(refusal, LimitsDown) else limit] += 1
            raise


@dataclass(frozen=True)
class _Book:
    """Where the use of a call is booked."""

    ledger: Ledger
    call: str
    allowances: Sequence[Allowance]
    zone: ZoneInfo

    def reserve(self, ask: Amounts, seconds: float, day: date | None = None) -> date:
        return self.ledger.reserve(self.call, self.allowances, ask, self.zone, seconds=seconds, day=day)

    def settle(self, spent: Amounts, day: date) -> tuple[str, ...]:
        totals = self.ledger.settle(self.call, self.allowances, spent, day, self.zone)
        return tuple(w for a, total in zip(self.allowances, totals, strict=True) for w in warnings(a, total))


class Ticket:
    """One call: its place in the queue, what it may use today, and its purse. Used once."""

    def __init__(self, limiter: Limiter, ledger: Ledger | None, access: Access, reads_rows: bool) -> None:
        self._limiter, self._access = limiter, access
        self._asked = Amounts(calls=1, queries=int(reads_rows))
        self._lock = threading.Lock()
        self._micro_usd = 0
        self._day: date | None = None
        self._ran = False
        allowances = _allowances(access)
        self._book: _Book | None = None
        if allowances and ledger is None:
            raise LimitsDown("Daily limits are set, and there is no store to count on.")
        if allowances and ledger is not None:
            self._book = _Book(ledger, secrets.token_hex(12), allowances, ZoneInfo(access.catalog.company.time_zone))

    @contextmanager
    def admitted(self, deadline: Deadline, turn: ExitStack) -> Generator[None]:
        """Set aside what the call will use, and wait for its turn, which `turn` then holds; book it after the block.

        Raises RateLimited, LimitsDown, and Timeout where the caller went away meanwhile."""
        if self._book is not None:
            with self._limiter.counted("daily"):
                self._day = self._book.reserve(self._asked, deadline.remaining() + LEASE_MARGIN_SECONDS)
        try:
            with self._limiter.counted("turns"):
                most = self._access.role.limits.running
                turn.enter_context(self._limiter.turns.turn(user_of(self._access), most, deadline))
            self._ran = True
            yield
        finally:
            self._give_back()

    def deliver(self, rows: int, size: int) -> tuple[str, ...]:
        """Book an answer of so many rows and bytes before it leaves; what its reader must know of today's use.

        Raises RateLimited where it is more than is left of the day, LimitsDown where it cannot be booked."""
        if self._book is None or self._day is None:
            return ()
        day, self._day = self._day, None
        used = self._used()
        with self._limiter.counted("daily"):
            try:
                return self._book.settle(used + Amounts(rows=rows, bytes=size), day)
            except RateLimited:
                self._book.settle(used, day)
                raise

    def reserve(self, micro_usd: int) -> None:
        """Set aside what a job of the warehouse may cost at most. Raises RateLimited, LimitsDown."""
        if self._book is not None and self.counts and micro_usd:
            with self._limiter.counted("daily"):
                self._book.reserve(Amounts(micro_usd=micro_usd), 0, self._day)

    def settle(self, reserved: int, spent: int) -> None:
        """A job of the warehouse cost `spent`. Raises LimitsDown."""
        with self._lock:
            self._micro_usd += spent
        if self._book is not None and self.counts and spent != reserved:
            with self._limiter.counted("daily"):
                self._book.ledger.change(self._book.call, spent - reserved)

    @property
    def counts(self) -> bool:
        """Whether money is counted for this call."""
        return self._book is not None and any("micro_usd" in a.ceilings for a in self._book.allowances)

    def _used(self) -> Amounts:
        return self._asked + Amounts(micro_usd=self._micro_usd) if self._ran else Amounts()

    def _give_back(self) -> None:
        """Book a call that was not answered: it ran and may have cost money, but carried nothing."""
        if self._book is None or self._day is None:
            return
        day, self._day = self._day, None
        try:
            self._book.settle(self._used(), day)
        except LimitsDown:
            # The call has failed already, and says why; what was set aside for it ends by itself.
            log.warning("a call could not be booked", exc_info=True)


def user_of(access: Access) -> Account:
    """The account of the user who calls."""
    return Account("user", access.principal.issuer, access.principal.user)


def _role_of(access: Access) -> Account:
    return Account("role", "", access.role.name)


def _rates(access: Access) -> list[CallRate]:
    """The calls a minute that the role sets, the user's own first."""
    own = access.role.limits
    told = ((user_of(access), own), (_role_of(access), own.together))
    return [
        CallRate(account, limits.calls_per_minute, limits.burst or limits.calls_per_minute)
        for account, limits in told
        if limits.calls_per_minute is not None
    ]


def _allowances(access: Access) -> list[Allowance]:
    """The daily ceilings that the role sets, the user's own first."""
    limits = access.role.limits
    told = ((user_of(access), ceilings(limits.daily)), (_role_of(access), ceilings(limits.together.daily)))
    return [Allowance(account, access.role.name, daily) for account, daily in told if daily]
