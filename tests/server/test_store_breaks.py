"""What happens to people who call while the PostgreSQL under the server breaks: refused within seconds, nothing is
answered unlogged, and all is well by itself once the database is."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import yaml

from audit.log import AuditLog
from tests.fakes.wire import wire_to
from tests.postgres import frozen, kill, new_database, postgres_folder, postgres_server, processes_of, start_again
from tests.processes import ASSAY, environment, get, http_server
from tests.server.callers import Callers, wait_until

CALLERS = 6
LAST_REFUSALS = 1
"""Of one caller, once all is well: the call that was under way."""
Break = Callable[[], AbstractContextManager[None]]
Broken = tuple[str, Break]
"""The URL of a database, and what breaks its server while a block runs."""


@contextmanager
def a_frozen_server() -> Iterator[Broken]:
    with postgres_folder() as folder, postgres_server(folder) as url:
        yield new_database(url), lambda: frozen(processes_of(folder))


@contextmanager
def a_silent_network() -> Iterator[Broken]:
    with postgres_folder() as folder, postgres_server(folder) as url, wire_to(new_database(url)) as (wire, wired):

        @contextmanager
        def silent() -> Iterator[None]:
            wire.open.clear()
            try:
                yield
            finally:
                wire.open.set()

        yield wired, silent


@contextmanager
def a_killed_server() -> Iterator[Broken]:
    with postgres_folder() as folder, postgres_server(folder) as url:

        @contextmanager
        def killed() -> Iterator[None]:
            kill(folder)
            try:
                yield
            finally:
                start_again(folder)

        yield new_database(url), killed


@contextmanager
def a_full_disk() -> Iterator[Broken]:
    """The server's folder on a file system of its own, which another file fills to the last byte."""
    with postgres_folder() as folder:
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("no right to mount a file system")
        try:
            with postgres_server(folder / "data") as url:

                @contextmanager
                def full() -> Iterator[None]:
                    ballast = folder / "ballast"
                    fill(ballast)
                    try:
                        yield
                    finally:
                        ballast.unlink()
                        if not processes_of(folder / "data"):
                            # Without room for its own log the server ends; whoever supervises it starts it again.
                            start_again(folder / "data")

                yield new_database(url), full
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def fill(file: Path) -> None:
    """Take all the room there is."""
    with file.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"\0" * 4_096)
        except OSError:
            return


def limited(company: Path, folder: Path) -> Path:
    """A workspace over the company with limits that count, and never refuse."""
    shutil.copytree(company, folder, ignore=shutil.ignore_patterns("state"))
    file = folder / "catalog" / "policies.yml"
    policies = yaml.safe_load(file.read_text(encoding="utf-8"))
    for role in policies["roles"]:
        role["limits"] = {"calls_per_minute": 100_000, "daily": {"calls": 1_000_000}, "running": 32}
    file.write_text(yaml.safe_dump(policies), encoding="utf-8")
    return folder


@pytest.mark.prove
@pytest.mark.parametrize("world", [a_frozen_server, a_silent_network, a_killed_server, a_full_disk])
def test_calls_are_refused_while_the_store_is_broken_and_answered_again_by_themselves(
    world: Callable[[], AbstractContextManager[Broken]],
    fjord_workspace: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    workspace = limited(fjord_workspace, tmp_path / "workspace")
    log = tmp_path / "log"
    with world() as (url, broken):
        env = {"ASSAY_STATE_URL": url, "ASSAY_KEY": secrets.token_hex(32)}
        with http_server(workspace, log=log, env=env) as base:
            callers = Callers(base, "describe_catalog", {})
            with callers.calling(CALLERS):
                callers.until_each("ok", times=3)
                with broken():
                    callers.until_each("AUDIT_DOWN")
                    assert get(f"{base}/healthz", timeout=30) == (200, "ok\n")
                    assert get(f"{base}/readyz", timeout=60)[0] == 503
                refused = callers.each("AUDIT_DOWN", "LIMITS_DOWN")
                callers.until_each("ok", times=3)
                wait_until(lambda: get(f"{base}/readyz", timeout=60)[0] == 200)
        after = {n: count - refused[n] for n, count in callers.each("AUDIT_DOWN", "LIMITS_DOWN").items()}
        assert max(after.values()) <= LAST_REFUSALS, after
        assert not callers.failures
        assert set(callers.codes()) <= {"ok", "AUDIT_DOWN", "LIMITS_DOWN"}
        check_record(url, callers)
        check_quota(workspace, env, callers)
    record_property("calls", callers.codes().total())
    record_property("refused", callers.codes().total() - callers.codes()["ok"])
    record_property("most refused of one caller once it was well again", max(after.values()))
    assert "Traceback" not in log.read_text(encoding="utf-8")


def check_record(url: str, callers: Callers) -> None:
    """Whoever was answered is on record as answered, and the log is whole."""
    audit = AuditLog(url)
    try:
        ended = {r.receipt for r in audit.records() if r.kind == "outcome" and r.body["outcome"] == "ok"}
        found = audit.verify()
    finally:
        audit.close()
    assert found.ok, found.reason
    assert set(callers.answered()) <= ended
    assert len(callers.answered()) == len(set(callers.answered()))


def check_quota(workspace: Path, env: dict[str, str], callers: Callers) -> None:
    """No answer went uncounted, although the limits' own commits do not wait for the disk."""
    command = [ASSAY, "limits", "--json", "--workspace", str(workspace)]
    told = subprocess.run(command, env=environment() | env, capture_output=True, text=True, check=True).stdout
    used = next(each["used"] for each in json.loads(told)["use"] if each["unit"] == "calls")
    assert len(callers.answered()) <= used <= callers.codes().total()
