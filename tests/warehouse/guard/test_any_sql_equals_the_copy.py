"""Whatever SQL a role writes, it gets what the same SQL gives on a physically filtered and masked copy."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.warehouse.guard.queries import writer_for
from tests.warehouse.guard.running import Roles, bag

SEED = 20261116
QUICK = 60
WHOLE = 1_000


def compare(roles: Roles, role: str, count: int) -> Counter[str]:
    """Run `count` generated queries both ways; returns how they ended. Fails at the first difference."""
    write, ends = writer_for(roles.company.access(role), f"{SEED}/{role}"), Counter[str]()
    for _ in range(count):
        sql = write.statement()
        guarded, plain = roles.guarded(role, sql), roles.plain(role, sql)
        if guarded.refused:
            ends[guarded.refused.split(":")[0]] += 1
            continue
        assert guarded.failed == plain.failed, sql
        assert guarded.names == plain.names, sql
        assert bag(guarded.rows) == bag(plain.rows), sql
        ends["failed alike" if guarded.failed else "empty" if not guarded.rows else "equal"] += 1
    return ends


@pytest.mark.parametrize("role", ["owner", "oslo", "viewer", "chief"])
def test_generated_queries_give_what_the_copy_gives(roles: Roles, role: str) -> None:
    ends = compare(roles, role, QUICK)

    assert ends["equal"] >= QUICK * 0.6
    assert ends["equal"] + ends["empty"] + ends["failed alike"] >= QUICK * 0.98


@pytest.mark.prove
@pytest.mark.parametrize("role", ["owner", "oslo", "viewer", "chief", "people"])
def test_a_thousand_generated_queries_give_what_the_copy_gives(roles: Roles, role: str) -> None:
    ends = compare(roles, role, WHOLE)

    assert ends["equal"] + ends["empty"] + ends["failed alike"] >= WHOLE * 0.98
