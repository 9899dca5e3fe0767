"""Callers of different roles, at once over one toolset, never get each other's rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.tools.company import Company

COUNTRY = {"metrics": ["visit_count"], "group_by": ["country"], "start": "2025-01-01", "end": "2025-01-31"}
SEEN = {
    "chair": ["Denmark", "Norway", "Sweden"],
    "lead.no": ["Norway"],
    "house.3": ["Norway"],
    "lab": ["Denmark", "Norway", "Sweden"],
}


@pytest.mark.wide
def test_calls_of_four_roles_at_once_each_see_their_own_rows(fjord: Company) -> None:
    users = [user for user in SEEN for _ in range(25)]
    Random(7).shuffle(users)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda user: fjord.ask(user, **COUNTRY).structured, users))
    for user, answer in zip(users, answers, strict=True):
        assert [row[0] for row in answer["rows"]] == SEEN[user], user
    by_user = {user: {str(a["rows"]) for u, a in zip(users, answers, strict=True) if u == user} for user in SEEN}
    assert {user: len(kinds) for user, kinds in by_user.items()} == dict.fromkeys(SEEN, 1)
    found = fjord.services.audit.verify()
    assert (found.ok, found.records, found.interrupted) == (True, 200, 0)
