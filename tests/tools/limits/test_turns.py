"""Calls run in turn: users round robin, each user's calls in their order, nobody kept out by another's hundred."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from catalog.refusals import RateLimited, Timeout
from tools.limits.accounts import Account
from tools.limits.turns import Turns
from warehouse.deadline import Deadline

ANA, BOB, CEM = (Account("user", "local", name) for name in ("ana", "bob", "cem"))
LONG = 30.0


class Line:
    """Calls in threads that each run until told to end; `order` is the order in which they got their turn."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.order: list[str] = []
        self.refusals: dict[str, str] = {}
        self._ends: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def call(self, user: Account, name: str, most: int = 1, deadline: Deadline | None = None) -> None:
        """Start a call, and wait until it runs, waits or was refused."""
        self._ends[name] = threading.Event()
        before = self._settled()
        thread = threading.Thread(target=self._work, args=(user, name, most, deadline or Deadline(LONG)))
        self._threads.append(thread)
        thread.start()
        until(lambda: self._settled() > before)

    def end(self, name: str) -> None:
        """End a running call, and wait until whoever follows has its turn."""
        running, waiting, begun = self.turns.running, self.turns.waiting, len(self.order)
        self._ends[name].set()
        until(lambda: self.turns.running < running or len(self.order) > begun or not waiting)

    def all_end(self) -> None:
        for event in self._ends.values():
            event.set()
        for thread in self._threads:
            thread.join(LONG)
            assert not thread.is_alive()

    def _settled(self) -> int:
        return len(self.order) + self.turns.waiting + len(self.refusals)

    def _work(self, user: Account, name: str, most: int, deadline: Deadline) -> None:
        try:
            with self.turns.turn(user, most, deadline):
                self.order.append(name)
                self._ends[name].wait(LONG)
        except (RateLimited, Timeout) as refusal:
            self.refusals[name] = refusal.text


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.001)


def test_users_take_turns_and_each_user_s_calls_keep_their_order() -> None:
    line = Line(Turns(1, 100))
    for name in ("a0", "a1", "a2", "a3"):
        line.call(ANA, name, most=4)
    for name in ("b1", "b2"):
        line.call(BOB, name, most=4)
    line.call(CEM, "c1", most=4)
    for name in ("a0", "a1", "b1", "c1", "a2", "b2"):
        assert line.order[-1] == name
        line.end(name)
    until(lambda: line.order[-1] == "a3")
    line.all_end()
    assert line.order == ["a0", "a1", "b1", "c1", "a2", "b2", "a3"]
    assert (line.turns.running, line.turns.waiting) == (0, 0)


def test_a_user_at_the_limit_waits_while_others_run() -> None:
    line = Line(Turns(4, 100))
    for number in range(100):
        line.call(ANA, f"a{number}", most=2)
    line.call(BOB, "b0", most=2)
    assert line.order == ["a0", "a1", "b0"]
    assert (line.turns.running, line.turns.waiting) == (3, 98)
    line.all_end()
    assert sorted(line.order) == sorted([*(f"a{n}" for n in range(100)), "b0"])


def test_a_full_queue_refuses_one_more_of_the_longest_and_makes_room_for_another_user() -> None:
    line = Line(Turns(1, 3))
    for name in ("a0", "a1", "a2", "a3", "a4"):
        line.call(ANA, name)
    assert list(line.refusals) == ["a4"]
    line.call(BOB, "b0")
    until(lambda: "a3" in line.refusals)
    assert line.refusals["a3"].startswith("RATE_LIMITED: Too many calls of yours at once: 1 of 1 run")
    assert "Ask again in " in line.refusals["a3"]
    line.all_end()
    assert line.order == ["a0", "a1", "b0", "a2"] or line.order == ["a0", "b0", "a1", "a2"]


def test_a_call_that_waits_gives_up_at_its_deadline_and_one_whose_caller_left_leaves_the_queue() -> None:
    line = Line(Turns(1, 10))
    line.call(ANA, "a0")
    gone = Deadline(LONG)
    line.call(BOB, "gone", deadline=gone)
    gone.cancel()
    until(lambda: "gone" in line.refusals)
    line.call(BOB, "late", deadline=Deadline(0.05))
    until(lambda: "late" in line.refusals)
    assert line.refusals["gone"].startswith("TIMEOUT")
    assert line.refusals["late"].startswith("RATE_LIMITED: Too many calls at once here: 1 of 1 run")
    assert line.turns.waiting == 0
    line.call(BOB, "b0")
    line.all_end()
    assert line.order == ["a0", "b0"]
    assert line.turns.running == 0


def test_a_call_that_fails_gives_its_turn_back() -> None:
    turns = Turns(1, 0)
    with pytest.raises(ValueError, match="broken"), turns.turn(ANA, 1, Deadline(LONG)):
        raise ValueError("broken")
    with turns.turn(ANA, 1, Deadline(LONG)):
        assert turns.running == 1
        with pytest.raises(RateLimited), turns.turn(BOB, 1, Deadline(LONG)):
            pass
    assert turns.running == 0


def test_turns_are_neither_lost_nor_doubled_under_fire() -> None:
    turns, most_seen = Turns(5, 1_000), [0]
    users = [Account("user", "local", f"u{n}") for n in range(7)]

    def work(user: Account) -> None:
        for number in range(60):
            deadline = Deadline(0.0005 if number % 7 == 0 else LONG)
            try:
                with turns.turn(user, 2, deadline):
                    most_seen[0] = max(most_seen[0], turns.running)
            except RateLimited:
                assert number % 7 == 0

    threads = [threading.Thread(target=work, args=(user,)) for user in users for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most_seen[0] <= 5
    assert (turns.running, turns.waiting) == (0, 0)
