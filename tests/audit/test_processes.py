"""The log survives what happens to processes: killed at any moment, two at once, a disk that is full."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from audit.log import AuditLog, Intent, Outcome

ROOT = Path(__file__).resolve().parents[2]


def writer(url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.audit.writer", url, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("after", [1, 7, 40])
def test_a_process_killed_at_any_moment_leaves_a_whole_chain_with_every_intent_it_announced(
    state_url: str, after: int
) -> None:
    with writer(state_url) as process:
        assert process.stdout
        announced = [process.stdout.readline().strip() for _ in range(after)]
        process.kill()
    log = AuditLog(state_url)
    found = log.verify()
    kept = {record.receipt for record in log.tail(100_000)}
    receipt = log.begin(Intent(user="ana", role="finance", tool="query"))
    log.finish(receipt, Outcome("ok"))
    again = log.verify()
    log.close()
    assert found.ok
    assert found.interrupted <= 1
    assert set(announced) <= kept
    assert (again.ok, again.records) == (True, found.records + 2)


def test_two_processes_write_one_chain(state_url: str) -> None:
    with writer(state_url, "60") as one, writer(state_url, "60") as other:
        told = [set(process.communicate(timeout=60)[0].split()) for process in (one, other)]
    with closing(AuditLog(state_url)) as log:
        found = log.verify()
    assert (found.ok, found.records, found.interrupted) == (True, 240, 0)
    assert [len(receipts) for receipts in told] == [60, 60]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX thing")
def test_a_full_disk_refuses_calls_and_leaves_a_whole_chain_that_goes_on_once_there_is_room(path: Path) -> None:
    with writer(f"sqlite:///{path}", "100000", "--full", "300000") as process:
        told = process.communicate(timeout=60)[0].split()
    assert told[-1] == "AUDIT_DOWN"
    log = AuditLog(path)
    found = log.verify()
    receipt = log.begin(Intent(user="ana", role="finance", tool="query"))
    log.finish(receipt, Outcome("ok"))
    again = log.verify()
    log.close()
    assert found.ok
    assert found.records >= 2 * (len(told) - 2)
    assert (again.ok, again.records) == (True, found.records + 2)
