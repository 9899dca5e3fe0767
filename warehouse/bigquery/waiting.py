"""Waits for a call of Google's client no longer than a deadline: the client's own calls may hang for minutes where a
network breaks, so each runs in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from catalog.refusals import Refusal
from warehouse.bigquery.errors import late, refusal
from warehouse.deadline import Deadline

T = TypeVar("T")


def within(
    work: Callable[[], T], deadline: Deadline, *, callers: bool = False, given_up: Callable[[], None] = lambda: None
) -> T:
    """What `work` gives, waited for until the deadline or the caller's cancel. `given_up` is called unless it gave
    something: what it began must be stopped. `callers`: the statement is a caller's, who can mend it. Raises the
    refusal that it ended in, Timeout, and every other error of it as a refusal."""
    if deadline.remaining() == 0:
        raise late(deadline)
    task = _Task(work)
    take_off = deadline.on_cancel(task.ended.set)
    threading.Thread(target=task.run, daemon=True, name="assay-bigquery").start()
    try:
        task.ended.wait(deadline.remaining())
    finally:
        take_off()
    if task.error is None and task.result:
        return task.result[0]
    given_up()
    if isinstance(task.error, Refusal):
        raise task.error
    if task.error is not None:
        raise refusal(task.error, deadline, callers=callers) from task.error
    raise late(deadline)


class _Task(Generic[T]):
    """One piece of work in a thread, with what came of it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.ended = threading.Event()
        self.result: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do it; an error is kept for whoever waits."""
        try:
            self.result.append(self._work())
        except Exception as error:  # noqa: BLE001 - the thread's border: whoever waits gets it
            # Without its frames, which would hold what was read so far.
            self.error = error.with_traceback(None)
        finally:
            self.ended.set()
