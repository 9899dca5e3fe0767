"""What can go wrong between a finished message and its arrival.

Exception
├── Superseded        another scheduler or courier took the work over
└── DeliveryFailed
    ├── Refused       the channel will never take this message
    ├── NotNow        it did not take it and may take it later
    └── Unclear       it may or may not have taken it
"""

from __future__ import annotations

from datetime import timedelta


class Superseded(Exception):
    """The lease ran out and another took the work over; this result is not used."""


class DeliveryFailed(Exception):
    """The message did not verifiably arrive."""

    @property
    def reason(self) -> str:
        """In one line, for the people who run the program."""
        return " ".join(str(self).split()) or type(self).__name__


class Refused(DeliveryFailed):
    """The channel will never take this message."""


class NotNow(DeliveryFailed):
    """The channel did not take the message. `wait` is what it asked for; with `whole_channel` other messages need not
    be tried now either."""

    def __init__(self, reason: str, wait: timedelta | None = None, *, whole_channel: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.whole_channel = whole_channel


class Unclear(DeliveryFailed):
    """The channel may or may not have taken the message. With `whole_channel` other messages are not tried now."""

    def __init__(self, reason: str, *, whole_channel: bool = False) -> None:
        super().__init__(reason)
        self.whole_channel = whole_channel
