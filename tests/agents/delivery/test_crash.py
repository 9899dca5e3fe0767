"""Killed at any step, and started again: no message is lost, no post is doubled, and a mail only in the window that
SMTP leaves open, under the same Message-ID."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import text

from agents.delivery.channel import digest
from agents.delivery.ledger import Ledger
from agents.delivery.outbox import Outbox, Status
from agents.store import Store
from audit.log import AuditLog
from tests.agents.delivery.child import PEOPLE, Setup
from tests.agents.delivery.conftest import NOW
from tests.fakes.slack_server import SlackServer
from tests.fakes.smtp_server import SmtpServer
from tests.postgres import new_database

SLOT = "brief/2026-11-16"
MAILS = {f"<{digest(f'{SLOT}/{name}')}@techco.example>": 1 for name in PEOPLE}
POSTS = {f"{SLOT}/post": 1, f"{digest(f'{SLOT}/post/kpis')}.png": 1, f"{SLOT}/more": 1}
STEPS = 37
"""Of a tick that nobody disturbs, to the look for more after the last message."""
AFTER_THE_CALL = ("complete its record", "note that it was sent")
"""Steps at which a mail server has the mail and the outbox does not know it."""
REQUESTS = ("chat.postMessage", "files.getUploadURLExternal", "upload", "files.completeUploadExternal")
LEASES = timedelta(minutes=11)
"""Longer than any lease: whoever comes then takes over what was left."""


@dataclass
class World:
    """Both servers, a folder, a store, and processes that tick in them. `new_store` gives the URL of an empty one."""

    folder: Path
    store_url: str
    new_store: Callable[[str], str]
    smtp: SmtpServer
    slack: SlackServer
    context: multiprocessing.context.ForkServerContext
    processes: list[ForkServerProcess] = field(default_factory=list)

    @property
    def setup(self) -> Setup:
        return Setup(self.folder, self.store_url, self.smtp.port, self.slack.url)

    def tick(self, minutes: float = 0, die_at: int = 0) -> int | None:
        """A tick in a process of its own; its exit code."""
        return self.end(self.begin(minutes, die_at))

    def begin(self, minutes: float = 0, die_at: int = 0, owner: str = "one") -> ForkServerProcess:
        setup = Setup(self.folder, self.store_url, self.smtp.port, self.slack.url, owner)
        # Slack's clock goes with ours: a message is looked for from when it was put out.
        self.slack.start = (NOW + timedelta(minutes=minutes)).timestamp()
        process = self.context.Process(target=setup.tick, args=(NOW + timedelta(minutes=minutes), die_at))
        process.start()
        self.processes.append(process)
        return process

    def end(self, process: ForkServerProcess) -> int | None:
        process.join(60)
        return process.exitcode

    def recover(self) -> None:
        """Two restarts after all leases."""
        assert [self.tick(12), self.tick(24)] == [0, 0]

    def fatal(self) -> str:
        """The step that ended the latest killed process."""
        return (self.folder / "steps").read_text().splitlines()[-1].partition(" ")[2]

    def mails(self) -> Counter[str]:
        return Counter(accepted.message_id for accepted in self.smtp.accepted)

    def posts(self) -> Counter[str]:
        return Counter(self.slack.keys("C1"))

    def reported(self) -> list[str]:
        with self.store() as store, store.transaction() as transaction:
            return list(transaction.connection.execute(text("SELECT slot FROM written_by_work")).scalars())

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = Store(self.store_url)
        try:
            yield store
        finally:
            store.close()

    def messages(self) -> tuple[Status, ...]:
        with self.store() as store:
            return Outbox(store).latest(100)

    def unfinished(self) -> list[str]:
        with self.store() as store:
            runs = [run.period for run in Ledger(store).history(10) if run.state != "done"]
        return runs + [status.key for status in self.messages() if status.state != "sent"]

    def check(self, mails_doubled: int = 0) -> None:
        """Everything arrived; posts and the run's own writes once; at most so many mails twice."""
        assert self.unfinished() == []
        assert self.posts() == POSTS
        assert self.slack.keys("C1")[0] == f"{SLOT}/post", "the thread starts with its first message"
        assert self.reported() == [SLOT]
        assert set(self.mails()) == set(MAILS)
        assert sum(self.mails().values()) - len(MAILS) == mails_doubled
        self.check_records()

    def check_records(self) -> None:
        """Each post is on record as delivered once, each mail at least once and no more often than it arrived."""
        audit = AuditLog(self.folder / "audit.sqlite")
        done = [r.body["request"]["key"] for r in audit.tail(1_000) if r.body.get("outcome") == "ok"]
        assert audit.verify().ok
        audit.close()
        records = Counter(done)
        mails = {key: count for key, count in records.items() if key.rpartition("/")[2] in PEOPLE}
        assert records - Counter(mails) == Counter([f"{SLOT}/post", f"{SLOT}/post/kpis", f"{SLOT}/more"])
        arrived = {f"{SLOT}/{name}": self.mails()[f"<{digest(f'{SLOT}/{name}')}@techco.example>"] for name in PEOPLE}
        assert all(1 <= mails[key] <= count for key, count in arrived.items())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from made_world(tmp_path, lambda name: f"sqlite:///{tmp_path / name}.sqlite")


@pytest.fixture(params=["sqlite", "postgresql"])
def any_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with its store on each engine."""

    def new_store(name: str) -> str:
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path / name}.sqlite"
        return new_database(request.getfixturevalue("postgres"))

    yield from made_world(tmp_path, new_store)


def made_world(tmp_path: Path, new_store: Callable[[str], str]) -> Iterator[World]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.agents.delivery.child"])
    with SmtpServer() as smtp, SlackServer(members={"C1": ["U1"]}) as slack:
        made = World(tmp_path, new_store("agents"), new_store, smtp, slack, context)
        yield made
        for process in made.processes:
            if process.is_alive():
                process.kill()
            process.join(10)
            process.close()


def a_new_folder(world: World, name: str) -> World:
    """The same servers, emptied, and a store that knows nothing."""
    folder = world.folder / name
    folder.mkdir()
    world.smtp.accepted.clear()
    world.slack.conversations.clear()
    world.slack.files.clear()
    return replace(world, folder=folder, store_url=world.new_store(name))


def killed_at(world: World, step: int) -> int:
    """A tick killed at that step; how many mails it will double: one, where the server had it and we had not noted
    so."""
    assert world.tick(0, step) == -signal.SIGKILL
    return int(world.fatal() in AFTER_THE_CALL and in_doubt(world))


def in_doubt(world: World) -> bool:
    """Whether a mail was being sent when the process ended."""
    return any(status.state == "sending" and status.kind == "mail" for status in world.messages())


def test_undisturbed_everything_arrives_once(any_world: World) -> None:
    world = any_world
    assert world.tick() == 0
    world.check()
    assert len((world.folder / "steps").read_text().splitlines()) == STEPS


@pytest.mark.first_cases(4)
@pytest.mark.parametrize("step", range(1, STEPS + 1, 3))
def test_killed_at_a_step_it_loses_and_doubles_nothing(step: int, world: World) -> None:
    doubled = killed_at(world, step)
    world.recover()
    world.check(doubled)


def when_called(world: World, method: str, kill: Callable[[], None], after: bool) -> None:
    """Have the server kill the client when it gets this call: before or after it takes effect."""

    def hear(name: str) -> None:
        if name == method:
            world.slack.before = world.slack.after = lambda later: None
            kill()

    if after:
        world.slack.after = hear
    else:
        world.slack.before = hear


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", REQUESTS)
def test_killed_while_slack_answers_it_posts_once(method: str, after: bool, world: World) -> None:
    killed_by_slack(world, method, after)
    world.recover()
    world.check()


def killed_by_slack(world: World, method: str, after: bool) -> None:
    process: list[ForkServerProcess] = []

    def kill() -> None:
        os.kill(process[0].pid or 0, signal.SIGKILL)

    when_called(world, method, kill, after)
    process.append(world.begin())
    assert world.end(process[0]) == -signal.SIGKILL


def test_killed_while_the_mail_server_answers_the_mail_comes_again_under_its_id(world: World) -> None:
    killed_by_the_mail_server(world)
    world.recover()
    world.check(mails_doubled=1)


def killed_by_the_mail_server(world: World) -> None:
    process: list[ForkServerProcess] = []

    def kill(mail: object) -> None:
        world.smtp.on_accept = lambda later: None
        os.kill(process[0].pid or 0, signal.SIGKILL)

    world.smtp.on_accept = kill
    process.append(world.begin())
    assert world.end(process[0]) == -signal.SIGKILL


def test_two_schedulers_at_once_do_everything_once(any_world: World) -> None:
    world = any_world
    both = [world.begin(owner="one"), world.begin(owner="two")]
    assert [world.end(process) for process in both] == [0, 0]
    world.recover()
    world.check()


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("before", range(3))
def test_told_to_end_while_it_sends_it_finishes_that_message_and_doubles_nothing(before: int, world: World) -> None:
    process = world.context.Process(target=world.setup.serve, args=(NOW,))

    def end(mail: object) -> None:
        if len(world.smtp.accepted) == before + 1:
            os.kill(process.pid or 0, signal.SIGTERM)

    world.smtp.on_accept = end
    world.processes.append(process)
    process.start()
    assert world.end(process) == 0
    assert {status.state for status in world.messages()} <= {"ready", "sent"}
    assert world.tick(1) == 0
    world.check()


@pytest.mark.prove
def test_hundreds_of_kills_lose_nothing_and_double_no_post(
    any_world: World, record_property: Callable[..., None]
) -> None:
    """Every step of the first process, and every other step of the second one after a kill of the first at each
    third."""
    world, kills, doubled, rounds = any_world, 0, 0, 0
    plans = [(step,) for step in range(1, STEPS + 1)]
    plans += list(itertools.product(range(2, STEPS + 1, 3), range(1, STEPS + 1, 2)))
    for plan in plans:
        one = a_new_folder(world, "-".join(map(str, plan)))
        allowed = 0
        for number, step in enumerate(plan):
            code = one.tick(number * 12, step)
            assert code in (0, -signal.SIGKILL)
            if code == 0:
                break
            kills += 1
            allowed += one.fatal() in AFTER_THE_CALL and in_doubt(one)
        assert [one.tick(number * 12) for number in (3, 4)] == [0, 0]
        extra = sum(one.mails().values()) - len(MAILS)
        assert extra == allowed
        one.check(extra)
        doubled += extra
        rounds += 1
    for method, after in itertools.product(REQUESTS, (False, True)):
        one = a_new_folder(world, f"{method}-{after}")
        killed_by_slack(one, method, after)
        one.recover()
        one.check()
        kills, rounds = kills + 1, rounds + 1
    assert kills >= 200
    record_property("kills", kills)
    record_property("rounds", rounds)
    record_property("messages lost", 0)
    record_property("posts doubled", 0)
    record_property("mails doubled, in the window after SMTP acceptance, same Message-ID", doubled)


@pytest.mark.prove
def test_many_schedulers_at_once_double_nothing(any_world: World, record_property: Callable[..., None]) -> None:
    """Four processes start together on a fresh store, some of them killed on their way."""
    world, kills = any_world, 0
    for number in range(25):
        one = a_new_folder(world, f"together-{number}")
        dying = [0, number + 1, 0, STEPS - number]
        several = [one.begin(0, die_at, f"owner-{index}") for index, die_at in enumerate(dying)]
        codes = [one.end(process) for process in several]
        assert set(codes) <= {0, -signal.SIGKILL}
        kills += codes.count(-signal.SIGKILL)
        one.recover()
        assert one.tick(36) == 0
        one.check(sum(one.mails().values()) - len(MAILS))
        assert max(one.mails().values()) <= 3
    record_property("rounds of four schedulers", 25)
    record_property("kills", kills)
    record_property("posts doubled", 0)
