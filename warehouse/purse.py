"""What a call may make the warehouse bill: an engine that bills asks before a job runs, and says after what it was."""

from __future__ import annotations

from typing import Protocol

MICRO_USD = 1_000_000
"""Money is counted in millionths of a dollar, so that sums are exact."""


class Purse(Protocol):
    """One call's money. Thread-safe."""

    @property
    def counts(self) -> bool:
        """Whether anybody counts what this call costs; if not, nobody needs an estimate for it."""
        ...

    def reserve(self, micro_usd: int) -> None:
        """Set aside what a job may cost at most, before it runs. Raises RateLimited, LimitsDown."""
        ...

    def settle(self, reserved: int, spent: int) -> None:
        """The job of an earlier `reserve` cost `spent`; what is left of it is free again. Raises LimitsDown."""
        ...


class UnlimitedPurse:
    """Where nobody counts money."""

    counts = False

    def reserve(self, micro_usd: int) -> None:
        """Always enough."""

    def settle(self, reserved: int, spent: int) -> None:
        """Nothing to give back."""


UNLIMITED = UnlimitedPurse()
