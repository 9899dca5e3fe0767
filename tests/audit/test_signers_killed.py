"""Two replicas write and sign one chain while one or the other is killed at random moments: the chain and its
checkpoints verify, no copy ever says something else than the log, and what is missing is signed and copied by whoever
comes next."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from audit.log import AuditLog, Signing
from audit.signing import KeyHolder
from audit.sinks import FileSink, FolderSink
from tests.postgres import new_database

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 60
"""Receipts that a replica says before it is killed, at most."""


class Replicas:
    """Two processes over one log, each with a copy of its own and one that both write."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.key = folder / "audit.pem"
        self.shared = folder / "both.jsonl"
        self.announced: list[str] = []

    def own(self, name: str) -> Path:
        """The copy of one replica: a file of lines, or a folder with a file for each."""
        return self.folder / f"{name}.jsonl" if name == "one" else self.folder / name

    @contextmanager
    def running(self, name: str) -> Iterator[Iterator[str]]:
        """A replica, killed at the end; gives what it says."""
        arguments = [self.url, self.key, self.own(name), self.shared]
        command = [sys.executable, "-m", "tests.audit.signer", *map(str, arguments)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            lines = iter(process.stdout.readline, "")
            try:
                yield (line.strip() for line in lines)
            finally:
                process.kill()
                self.announced += [line.strip() for line in lines if line.endswith("\n")]

    def log(self) -> AuditLog:
        """The log as a third replica opens it, with all copies."""
        sinks = (FileSink(self.own("one")), FolderSink(self.own("two")), FileSink(self.shared))
        return AuditLog(self.url, signing=Signing(KeyHolder(self.key), sinks))

    def check(self) -> tuple[int, int]:
        """Nothing announced is lost, and the log agrees with all copies, before anybody mends them and after; records
        and checkpoints."""
        with closing(self.log()) as log:
            found = log.verify()
            assert found.ok, found.reason
            assert set(self.announced) <= {r.receipt for r in log.records() if r.kind == "outcome"}
            log.checkpoint()
            mended = log.verify()
        assert mended.ok, mended.reason
        assert (mended.unsigned, mended.behind) == (0, {})
        return mended.records, mended.checkpoints


def killed_in_turn(replicas: Replicas, rounds: int, seed: int) -> tuple[int, int]:
    """One replica goes on while the other is killed and started again, and the other way round."""
    draw = random.Random(seed)
    with ExitStack() as stack:
        lives = {name: stack.enter_context(ExitStack()) for name in ("one", "two")}
        says = {name: lives[name].enter_context(replicas.running(name)) for name in lives}
        for said in says.values():
            replicas.announced.append(next(said))
        for number in range(rounds):
            name = ("one", "two")[number % 2]
            for _ in range(draw.randint(1, LONGEST)):
                replicas.announced.append(next(says[name]))
            lives[name].close()
            if number == rounds - 1:
                break
            says[name] = lives[name].enter_context(replicas.running(name))
            replicas.announced.append(next(says[name]))
    return replicas.check()


def test_replicas_killed_while_they_sign_leave_one_chain_of_checkpoints(postgres: str, tmp_path: Path) -> None:
    records, checkpoints = killed_in_turn(Replicas(new_database(postgres), tmp_path), rounds=2, seed=1)
    assert checkpoints > 2
    assert records > 8


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(3))
def test_forty_kills_of_signing_replicas_lose_no_checkpoint(
    seed: int, state_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    records, checkpoints = killed_in_turn(Replicas(state_url, tmp_path), rounds=40, seed=seed)
    record_property("kills", 41)
    record_property("records", records)
    record_property("checkpoints", checkpoints)
