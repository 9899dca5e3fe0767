"""A channel that keeps messages in memory: for dry runs and tests."""

from __future__ import annotations

from agents.delivery.channel import Parcel


class MemoryChannel:
    """Takes everything. `sent` holds what arrived, in order."""

    def __init__(self) -> None:
        self.sent: list[Parcel] = []

    def send(self, parcel: Parcel) -> str:
        """Keep it; its key is what it is called."""
        self.sent.append(parcel)
        return parcel.outgoing.key

    def find(self, parcel: Parcel) -> str | None:
        """Its key, if it is here."""
        return next((p.outgoing.key for p in self.sent if p.outgoing.key == parcel.outgoing.key), None)
