from __future__ import annotations

from catalog.refusals import Timeout
from tests.warehouse.engine.helpers import Call, until
from warehouse.deadline import Deadline
from warehouse.line import Line


def waiting(line: Line[str]) -> int:
    return len(line._waiting)


def test_what_is_free_is_taken_at_once() -> None:
    line = Line[str]()
    line.give("one")
    assert line.take(Deadline(0.01)) == "one"


def test_who_waits_longest_is_served_first() -> None:
    line, order = Line[str](), list[tuple[int, str | None]]()
    calls: list[Call] = []
    for place in range(5):
        calls.append(Call(lambda place=place: order.append((place, line.take(Deadline(20))))))
        until(lambda place=place: waiting(line) == place + 1)
    for place in range(5):
        line.give(f"thing {place}")
        calls[place].result()
    assert order == [(place, f"thing {place}") for place in range(5)]


def test_a_newcomer_does_not_overtake_who_waits() -> None:
    line = Line[str]()
    first = Call(lambda: line.take(Deadline(20)))
    until(lambda: waiting(line) == 1)
    line.give("only")
    assert line.take(Deadline(0.05)) is None
    assert first.result() == "only"


def test_a_wait_ends_with_the_deadline_and_leaves_the_line() -> None:
    line = Line[str]()
    assert line.take(Deadline(0.05)) is None
    line.give("later")
    assert line.take(Deadline(0.05)) == "later"


def test_a_cancelled_wait_ends_at_once() -> None:
    line, deadline = Line[str](), Deadline(600)
    waits = Call(lambda: line.take(deadline))
    until(lambda: waiting(line) == 1)
    deadline.cancel()
    assert waits.result() is None
    assert waiting(line) == 0


def test_nothing_is_lost_when_many_take_and_give() -> None:
    line = Line[int]()
    for thing in range(3):
        line.give(thing)

    def work() -> None:
        for _ in range(200):
            thing = line.take(Deadline(20))
            if thing is None:
                raise Timeout()
            line.give(thing)

    for call in [Call(work) for _ in range(12)]:
        call.result()
    assert sorted(line.clear()) == [0, 1, 2]
