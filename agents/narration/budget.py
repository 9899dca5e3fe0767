"""Settings and prices of a model → what a call may cost before it is made, and what it did cost.

A model without a price is not called: a cost that nobody knows is not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

BYTES_PER_TOKEN = Decimal("2.5")
"""Fewer than any model's tokens hold on average, so that the estimate errs to the high side."""
MILLION = Decimal(1_000_000)


class ModelFailed(Exception):
    """The model is of no use this time; the text says why, in words fit for a record."""


@dataclass(frozen=True)
class Price:
    """Dollars for a million tokens, as of a day."""

    input: Decimal
    output: Decimal
    as_of: date


@dataclass(frozen=True)
class ModelSettings:
    """The model that words texts. Times are seconds: `timeout_seconds` for one attempt, `deadline_seconds` for all of
    them together; `budget_usd` is for one text or one investigation."""

    model: str
    api_key: str = field(repr=False)
    base_url: str = "https://api.anthropic.com"
    max_tokens: int = 4_000
    timeout_seconds: float = 60
    deadline_seconds: float = 90
    max_retries: int = 2
    budget_usd: Decimal = Decimal("0.50")
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])


@dataclass
class Spend:
    """Tokens and dollars of one text, held against its budget."""

    settings: ModelSettings
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def price(self) -> Price:
        """Of the model. Raises ModelFailed where it has none."""
        known = self.settings.prices.get(self.settings.model)
        if known is None:
            raise ModelFailed(f"no price is set for the model {self.settings.model}")
        return known

    @property
    def usd(self) -> Decimal:
        """Spent so far."""
        if not self.input_tokens and not self.output_tokens:
            return Decimal(0)
        return self._cost(Decimal(self.input_tokens), Decimal(self.output_tokens))

    def allow(self, prompt: str) -> None:
        """Raises ModelFailed if a call with this prompt might take the spend over the budget."""
        tokens = Decimal(len(prompt.encode())) / BYTES_PER_TOKEN
        most = self.usd + self._cost(tokens, Decimal(self.settings.max_tokens))
        if most > self.settings.budget_usd:
            raise ModelFailed(f"the call might take the cost to ${most:.2f}, over ${self.settings.budget_usd:.2f}")

    def add(self, usage: Mapping[str, object]) -> None:
        """Count what a reply cost: tokens written to and read from a cache count as input."""

        def tokens(name: str) -> int:
            count = usage.get(name)
            return count if isinstance(count, int) else 0

        names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        self.input_tokens += sum(tokens(name) for name in names)
        self.output_tokens += tokens("output_tokens")

    def _cost(self, read: Decimal, written: Decimal) -> Decimal:
        return (read * self.price.input + written * self.price.output) / MILLION
