"""Tests stay on this machine."""

from __future__ import annotations

import socket

import pytest


def test_a_connection_beyond_this_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="connects to 192"):
        outside.connect(("192.0.2.1", 80))


def test_connections_on_this_machine_work() -> None:
    with socket.socket() as listener, socket.socket() as caller:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        caller.connect(listener.getsockname())
