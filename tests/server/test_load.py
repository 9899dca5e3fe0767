"""Many clients at once over HTTP, as people of different rights: no error, no row of another, one whole audit log."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest
from mcp import Client

from audit.log import AuditLog
from tests.processes import http_server

PEOPLE = {"exec.morgan": None, "rev.jordan": "West", "csm.avery": "csm.avery", "prod.quinn": None}
REQUESTS: tuple[dict[str, object], ...] = (
    {"question": "recognized revenue by territory last month"},
    {"question": "q", "metrics": ["mrr"], "group_by": ["csm_owner"]},
    {"question": "q", "sql": "SELECT territory, COUNT(*) AS n FROM gold.dim_customer GROUP BY territory"},
    {"question": "ARR by month this year"},
)


async def _client(
    url: str, user: str, ends: float, seen: list[tuple[str, dict[str, object]]], errors: list[str]
) -> None:
    async with Client(url) as client:
        turn = 0
        while time.monotonic() < ends:
            arguments = REQUESTS[turn % len(REQUESTS)]
            result = await client.call_tool("query_curated_data", arguments)
            turn += 1
            # Product may not group by the owner: a refusal that is the policy, not a failure.
            if result.is_error and not (user == "prod.quinn" and "csm_owner" in str(arguments)):
                errors.append(f"{user}: {result.content}")
            elif not result.is_error:
                seen.append((user, dict(result.structured_content)))


def _run(workspace: Path, clients: int, seconds: float) -> tuple[list[tuple[str, dict[str, object]]], list[str]]:
    seen: list[tuple[str, dict[str, object]]] = []
    errors: list[str] = []

    async def all_at_once(urls: dict[str, str]) -> None:
        ends = time.monotonic() + seconds
        async with anyio.create_task_group() as group:
            for index in range(clients):
                user = list(PEOPLE)[index % len(PEOPLE)]
                group.start_soon(_client, urls[user], user, ends, seen, errors)

    with ExitStack() as stack:
        urls = {u: stack.enter_context(http_server(workspace, "--as", u)) + "/mcp" for u in PEOPLE}
        anyio.run(all_at_once, urls)
    return seen, errors


def _check(workspace: Path, clients: int, seconds: float, record_property) -> None:
    seen, errors = _run(workspace, clients, seconds)
    assert not errors, errors[:3]
    for user, answer in seen:
        columns = [column["name"] for column in answer["columns"]]
        for name in {"territory", "csm_owner"} & set(columns):
            values = {row[columns.index(name)] for row in answer["rows"]}
            if user == "rev.jordan" and name == "territory":
                assert values <= {"West"}, answer
            if user == "csm.avery" and name == "csm_owner":
                assert values <= {"csm.avery"}, answer
    log = AuditLog(workspace / "state" / "audit.sqlite")
    try:
        assert log.verify().ok
    finally:
        log.close()
    record_property("calls", len(seen))
    record_property("calls per second", round(len(seen) / seconds))


@pytest.mark.wide
def test_eight_clients_of_four_people_get_their_own_rows_only(demo_workspace: Path, record_property) -> None:
    _check(demo_workspace, 8, 4, record_property)


@pytest.mark.prove
def test_twenty_clients_for_a_minute_get_their_own_rows_only(demo_workspace: Path, record_property) -> None:
    _check(demo_workspace, 20, 60, record_property)
