"""While a record cannot be written nothing is answered, and calls are answered again by themselves once it can: a full
disk, a read-only file system, a server that is down, a key or a copy of the checkpoints that is out of reach."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from audit.log import AuditLog, Signing
from audit.signing import KeyHolder
from audit.sinks import FileSink, FolderSink
from catalog.refusals import AuditDown
from server.wiring import Program
from tests.audit.conftest import ASKED, Hand, call
from tests.postgres import frozen, new_database, postgres_folder, postgres_server, server_processes
from tests.tools.company import Company

VISITS = {"metrics": ["visits"]}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, half of which a file `ballast` takes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0 or not mounts(["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]):
        pytest.skip("no right to mount a file system")
    try:
        (folder / "ballast").write_bytes(b"\0" * 500_000)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def mounts(arguments: list[str | Path]) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def answered(program: Program, log: AuditLog) -> tuple[str, int]:
    """What a caller gets through the gate: status or code, and how many rows."""
    result = Company.of(program, log).ask("chair", **VISITS)
    return str(result.structured.get("code") or result.structured["status"]), len(result.structured["rows"])


def test_a_full_disk_refuses_calls_until_there_is_room(small_disk: Path, fjord_program: Program) -> None:
    with closing(AuditLog(small_disk / "audit.sqlite")) as log:
        for _ in range(5_000):
            if (last := answered(fjord_program, log))[0] != "ok":
                break
        assert last == ("AUDIT_DOWN", 0)
        with pytest.raises(AuditDown):
            log.check()
        (small_disk / "ballast").unlink()
        assert answered(fjord_program, log)[0] == "ok"
        assert log.verify().ok


def test_a_read_only_file_system_refuses_calls_until_it_is_writable(small_disk: Path, fjord_program: Program) -> None:
    with closing(AuditLog(small_disk / "audit.sqlite")) as log:
        assert answered(fjord_program, log)[0] == "ok"
    # Without connections, as a busy file keeps its file system writable.
    assert mounts(["-o", "remount,ro", small_disk])
    with closing(AuditLog(small_disk / "audit.sqlite")) as log:
        assert answered(fjord_program, log) == ("AUDIT_DOWN", 0)
        assert mounts(["-o", "remount,rw", small_disk])
        assert answered(fjord_program, log)[0] == "ok"
        assert (log.verify().ok, log.verify().records) == (True, 4)


def test_a_stopped_database_server_refuses_calls_until_it_is_back(fjord_program: Program) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(postgres_folder())
        with postgres_server(folder) as url:
            log = stack.enter_context(closing(AuditLog(url)))
            assert answered(fjord_program, log)[0] == "ok"
        assert answered(fjord_program, log) == ("AUDIT_DOWN", 0)
        with pytest.raises(AuditDown):
            log.check()
        assert not log.verify().ok
        stack.enter_context(postgres_server(folder))
        assert answered(fjord_program, log)[0] == "ok"
        assert (log.verify().ok, log.verify().records) == (True, 4)
        log.close()


def test_a_frozen_database_server_refuses_all_callers_until_it_goes_on(
    postgres: str, fjord_program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(AuditLog(new_database(postgres))) as log, ThreadPoolExecutor(4) as pool:
        assert answered(fjord_program, log)[0] == "ok"
        with frozen(server_processes(postgres)), monkeypatch.context() as hurried:
            hurried.setattr("audit.log.STEP_SECONDS", 0.3)
            told = list(pool.map(lambda _: answered(fjord_program, log), range(4)))
            with pytest.raises(AuditDown):
                log.check()
        assert told == [("AUDIT_DOWN", 0)] * 4
        assert answered(fjord_program, log)[0] == "ok"
        assert log.verify().ok
        log.check()


def test_a_server_whose_connections_were_cut_is_used_again(log: AuditLog, hand: Hand, state_url: str) -> None:
    if state_url.startswith("sqlite"):
        pytest.skip("a file has no server")
    call(log)
    mine = "pid <> pg_backend_pid() AND datname = current_database()"
    hand.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")
    call(log)
    assert (log.verify().ok, log.verify().records) == (True, 4)


def test_records_lost_by_the_server_are_noticed_by_the_next_call(log: AuditLog, hand: Hand) -> None:
    call(log)
    call(log)
    hand.loosen()
    hand.run("DELETE FROM record WHERE seq > 2")
    with pytest.raises(AuditDown, match="lost records"):
        log.begin(ASKED)


def test_a_store_put_back_to_an_earlier_state_is_refused_at_the_next_start(
    signed: AuditLog, hand: Hand, state_url: str, signing: Signing
) -> None:
    call(signed)
    call(signed)
    signed.close()
    hand.loosen()
    hand.run("DELETE FROM record WHERE seq > 2", "DELETE FROM checkpoint")
    Path(state_url.removeprefix("sqlite:///") + ".head").unlink(missing_ok=True)
    with closing(AuditLog(state_url, signing=signing)) as log, pytest.raises(AuditDown, match="lost records"):
        log.begin(ASKED)


def key_in_the_way(folder: Path) -> Signing:
    (folder / "keys").write_text("in the way")
    return Signing(KeyHolder(folder / "keys" / "audit.pem"))


def key_of_another_kind(folder: Path) -> Signing:
    (folder / "audit.pem").write_text("no key")
    return Signing(KeyHolder(folder / "audit.pem"))


def copy_in_the_way(folder: Path) -> Signing:
    (folder / "blocked").write_text("in the way")
    return Signing(KeyHolder(folder / "audit.pem"), (FileSink(folder / "blocked" / "copy.jsonl"),))


def copy_of_another_log(folder: Path) -> Signing:
    (folder / "copy.jsonl").write_text('{"number":7}\n')
    return Signing(KeyHolder(folder / "audit.pem"), (FileSink(folder / "copy.jsonl"),))


@pytest.mark.parametrize("made", [key_in_the_way, key_of_another_kind, copy_in_the_way, copy_of_another_log])
def test_calls_go_on_without_checkpoints_and_it_is_said(
    made: Callable[[Path], Signing], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(AuditLog(tmp_path / "audit.sqlite", signing=made(tmp_path))) as log:
        call(log)
        with pytest.raises(AuditDown):
            log.checkpoint()
    assert "no signed checkpoint: AUDIT_DOWN" in caplog.text


def test_checkpoints_are_signed_by_themselves_every_so_many_records_and_seconds(state_url: str, tmp_path: Path) -> None:
    key = KeyHolder(tmp_path / "audit.pem")
    with closing(AuditLog(state_url, signing=Signing(key, every_records=4, every_seconds=3_600))) as log:
        for _ in range(3):
            call(log)
        wait_until(lambda: log.verify().checkpoints >= 1)
        log.close()
        assert log.verify().unsigned == 0
    with closing(AuditLog(state_url, signing=Signing(key, every_records=1_000, every_seconds=0.05))) as log:
        before = log.verify().checkpoints
        call(log)
        wait_until(lambda: log.verify().checkpoints > before)


def wait_until(true: Callable[[], bool]) -> None:
    import time

    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_folder_takes_each_checkpoint_as_a_file_once(state_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "worm"
    signing = Signing(KeyHolder(tmp_path / "audit.pem"), (FolderSink(folder),))
    with closing(AuditLog(state_url, signing=signing)) as log:
        for _ in range(3):
            call(log)
            assert log.checkpoint()
        assert [file.name for file in sorted(folder.iterdir())] == [f"00000000{n}.json" for n in (1, 2, 3)]
        (folder / "000000002.json").chmod(0o644)
        (folder / "000000002.json").write_text("{}")
        found = log.verify()
        assert (found.ok, found.bad_checkpoint, "differ" in found.reason) == (False, 2, True)


def test_a_copy_that_a_frozen_process_keeps_to_itself_is_caught_up_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.sinks.LOCK_SECONDS", 0.05)
    copy = tmp_path / "copy.jsonl"
    signing = Signing(KeyHolder(tmp_path / "audit.pem"), (FileSink(copy),))
    with closing(AuditLog(tmp_path / "audit.sqlite", signing=signing)) as log:
        call(log)
        with copy.open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with pytest.raises(AuditDown, match="keeps it to itself"):
                log.checkpoint()
        assert log.verify().behind == {"copy.jsonl": 1}
        log.checkpoint()
        found = log.verify()
        assert (found.ok, found.checkpoints, found.behind) == (True, 1, {})


@pytest.mark.parametrize("kept", [0, 40])
def test_a_file_of_a_folder_that_a_crash_left_unfinished_is_written_again(kept: int, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    signing = Signing(KeyHolder(tmp_path / "audit.pem"), (FolderSink(folder),))
    with closing(AuditLog(tmp_path / "audit.sqlite", signing=signing)) as log:
        for _ in range(2):
            call(log)
            log.checkpoint()
        last = folder / "000000002.json"
        whole = last.read_text()
        last.chmod(0o644)
        last.write_text(whole[:kept])
        found = log.verify()
        assert (found.ok, found.behind) == (True, {"copies": 1})
        log.checkpoint()
        assert last.read_text() == whole
        last.chmod(0o644)
        last.write_text("another")
        with pytest.raises(AuditDown, match="altered or replaced"):
            log.checkpoint()


def test_the_key_is_for_its_owner_only_and_made_once(tmp_path: Path) -> None:
    holder = KeyHolder(tmp_path / "keys" / "audit.pem")
    assert holder.existing() is None
    assert (
        holder.key().public
        == holder.key().public
        == KeyHolder(None, (tmp_path / "keys" / "audit.pem").read_text()).key().public
    )
    assert (tmp_path / "keys" / "audit.pem").stat().st_mode & 0o777 == 0o600
