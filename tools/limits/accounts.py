"""Whose use is counted, and what one day of it may come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from catalog.policies import Daily
from warehouse.purse import MICRO_USD

Unit = Literal["calls", "queries", "rows", "bytes", "micro_usd"]
UNITS: tuple[Unit, ...] = ("calls", "queries", "rows", "bytes", "micro_usd")


@dataclass(frozen=True)
class Account:
    """A user of an issuer, or a role (all its users together, without issuer)."""

    kind: Literal["user", "role"]
    issuer: str
    name: str

    @property
    def whose(self) -> str:
        """Words that follow a limit: nothing for a user's own."""
        return "" if self.kind == "user" else f" of role '{self.name}' (all its users together)"


@dataclass(frozen=True)
class Amounts:
    """What was used. `micro_usd` are millionths of a dollar."""

    calls: int = 0
    queries: int = 0
    rows: int = 0
    bytes: int = 0
    micro_usd: int = 0

    def of(self, unit: Unit) -> int:
        """The amount of one unit."""
        amount: int = getattr(self, unit)
        return amount

    def items(self) -> Iterator[tuple[Unit, int]]:
        """Each unit with its amount."""
        return ((unit, self.of(unit)) for unit in UNITS)

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.calls + other.calls,
            self.queries + other.queries,
            self.rows + other.rows,
            self.bytes + other.bytes,
            self.micro_usd + other.micro_usd,
        )


@dataclass(frozen=True)
class Allowance:
    """What an account may use in a day: a ceiling for each unit that has one. `role` is the one it acts in."""

    account: Account
    role: str
    ceilings: Mapping[Unit, int]


def ceilings(daily: Daily) -> Mapping[Unit, int]:
    """The ceilings that a role's `daily` sets, money in millionths of a dollar."""
    money = None if daily.usd is None else int((daily.usd * MICRO_USD).to_integral_value(ROUND_FLOOR))
    told: dict[Unit, int | None] = {
        "calls": daily.calls,
        "queries": daily.queries,
        "rows": daily.rows,
        "bytes": daily.bytes,
        "micro_usd": money,
    }
    return {unit: ceiling for unit, ceiling in told.items() if ceiling is not None}


def shown(unit: Unit, amount: int) -> str:
    """ "1,000 calls", "$4.9983"."""
    if unit == "micro_usd":
        dollars = Decimal(amount) / MICRO_USD
        return f"${dollars:,.2f}" if dollars == round(dollars, 2) else f"${dollars:,.6f}".rstrip("0")
    return f"{amount:,} {unit}"
