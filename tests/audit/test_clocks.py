"""Clocks that are wrong: replicas that disagree, a clock that is set, a machine that starts in another year. The log
says so, and calls nothing tampering that is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.log import AuditLog, Signing
from audit.signing import KeyHolder
from tests.audit.conftest import ASKED, call
from tests.audit.office import Office

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


def test_replicas_whose_clocks_differ_by_minutes_write_one_log_that_verifies(state_url: str, signing: Signing) -> None:
    with (
        closing(AuditLog(state_url, lambda: NOON + 5 * MINUTES, signing)) as ahead,
        closing(AuditLog(state_url, lambda: NOON - 7 * MINUTES, signing)) as behind,
    ):
        for log in (ahead, behind, ahead, behind):
            call(log)
            assert log.checkpoint()
        found = ahead.verify()
        assert [log.get(log.begin(ASKED))[0].time[11:16] for log in (ahead, behind)] == ["12:05", "11:53"]
    assert (found.ok, found.records, found.checkpoints, found.clock_steps) == (True, 8, 4, (3, 7))


def stepping(*moments: datetime) -> Iterator[datetime]:
    yield from moments
    while True:
        yield moments[-1]


@pytest.mark.parametrize("first", [datetime(1970, 1, 1, tzinfo=UTC), NOON + timedelta(days=400)])
def test_a_clock_set_right_before_the_first_checkpoint_is_no_missing_checkpoint(
    first: datetime, state_url: str, tmp_path: Path
) -> None:
    clock = stepping(first, NOON)
    signing = Signing(KeyHolder(tmp_path / "audit.pem"))
    signing.holder.key()
    with closing(AuditLog(state_url, lambda: next(clock), signing)) as log:
        call(log)
        found = log.verify()
    assert (found.ok, found.checkpoints) == (True, 0), found.reason


def test_verify_tells_people_where_a_clock_was_set_back(office: Office) -> None:
    office.calls(1, at=NOON)
    office.calls(1, at=NOON - 90 * MINUTES)
    told = " ".join(office.run("verify").stdout.split())
    assert "the clock was set back, or that of another replica is behind, at 1 record (the first is 3)" in told


def test_a_record_dated_back_later_is_not_a_clock_that_was_set_back(office: Office) -> None:
    office.calls(2)
    office.hand.loosen()
    office.hand.run("UPDATE record SET time = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 3")
    ok, bad_seq, reason = office.verify()
    assert (ok, bad_seq) == (False, 3)
    assert "time" in reason
