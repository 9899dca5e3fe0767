"""Who gets in, as whom: the official client in both eras over two processes, each person with their own rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from audit.log import AuditLog
from tests.server.sign_in.conftest import Deployment
from tests.server.sign_in.servers import NO_TLS, client_of

MODES = ("auto", "legacy")
BY_TERRITORY = {
    "question": "q",
    "sql": "SELECT territory, csm_owner, COUNT(*) AS n FROM gold.dim_customer GROUP BY ALL",
}


def _token(d: Deployment, name: str) -> str:
    """A token of a person of the company, as the issuer would give it."""
    people: dict[str, dict[str, Any]] = {
        "west": {"roles": ["Assay RevOps"], "territories": "West"},
        "east": {"roles": ["Assay RevOps"], "territories": ["East", "Central"]},
        "nowhere": {"roles": ["Assay RevOps"]},
        "avery": {"roles": ["Assay CS"], "email": "Avery.Stone@techco.example", "email_verified": True},
        "blake": {"roles": ["Assay CS"], "email": "blake.reed@techco.example", "email_verified": "true"},
        "unverified": {"roles": ["Assay CS"], "email": "avery.stone@techco.example", "email_verified": False},
        "unsaid": {"roles": ["Assay CS"], "email": "avery.stone@techco.example"},
        "stranger": {"roles": ["Assay CS"], "email": "nobody@techco.example", "email_verified": True},
        "riley": {"roles": ["Assay CS", "x", "Assay Finance"], "sub": "00u-riley"},
    }
    told = dict(people[name])
    roles = told.pop("roles")
    return d.token(*roles, **{"sub": f"00u-{name}", **told})


async def _rows(client: Client, arguments: Mapping[str, Any] = BY_TERRITORY) -> tuple[set[tuple[str, str]], str | None]:
    result = await client.call_tool("query_curated_data", dict(arguments))
    assert not result.is_error, result.content
    answer = result.structured_content
    assert answer is not None
    return {(row[0], row[1]) for row in answer["rows"]}, answer.get("scope")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("name", "territories", "owners", "scope"),
    [
        ("west", {"West"}, None, "territory West"),
        ("east", {"East", "Central"}, None, "territory Central, East"),
        ("nowhere", set(), set(), "territory (none)"),
        ("avery", None, {"csm.avery"}, "your book of business"),
        ("blake", None, {"csm.blake"}, "your book of business"),
        ("unverified", set(), set(), "your book of business"),
        ("unsaid", set(), set(), "your book of business"),
        ("stranger", set(), set(), "your book of business"),
        ("riley", None, None, ""),
    ],
)
def test_rows_follow_the_token(
    deployment: Deployment,
    mode: str,
    name: str,
    territories: set[str] | None,
    owners: set[str] | None,
    scope: str | None,
) -> None:
    async def ask() -> tuple[set[tuple[str, str]], str | None]:
        async with client_of(deployment.bases[0], _token(deployment, name), mode) as client:
            return await _rows(client)

    rows, told = anyio.run(ask)
    assert told == scope
    assert territories is None or {row[0] for row in rows} == territories
    assert owners is None or {row[1] for row in rows} == owners
    assert rows or territories == set()


@pytest.mark.parametrize("mode", MODES)
def test_people_of_several_roles_act_in_the_first_declared_or_the_one_they_ask_for(
    deployment: Deployment, mode: str
) -> None:
    async def contacts(**headers: str) -> bool:
        async with client_of(deployment.bases[1], _token(deployment, "riley"), mode, **headers) as client:
            result = await client.call_tool(
                "query_curated_data", {"question": "q", "sql": "SELECT tax_id FROM gold.dim_customer LIMIT 1"}
            )
            return not result.is_error

    assert anyio.run(contacts)  # finance is declared first, and sees tax ids
    assert not anyio.run(lambda: contacts(**{"Assay-Role": "cs"}))


def test_two_people_at_once_over_two_processes_never_see_the_others_rows(deployment: Deployment) -> None:
    seen: list[tuple[str, set[tuple[str, str]]]] = []

    async def turn(name: str, mode: str, base: str) -> None:
        async with client_of(base, _token(deployment, name), mode) as client:
            for _ in range(5):
                seen.append((name, (await _rows(client))[0]))

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for name in ("west", "avery"):
                for mode in MODES:
                    for base in deployment.bases:
                        group.start_soon(turn, name, mode, base)

    anyio.run(all_at_once)
    assert len(seen) == 40
    for name, rows in seen:
        assert rows
        if name == "west":
            assert {row[0] for row in rows} == {"West"}
        else:
            assert {row[1] for row in rows} == {"csm.avery"}


@pytest.mark.prove
def test_fifty_clients_of_two_people_for_a_minute_get_their_own_rows_only(
    deployment: Deployment, record_property: Callable[[str, object], None]
) -> None:
    calls = {"west": 0, "avery": 0}

    async def turn(name: str, number: int, ends: float) -> None:
        async with client_of(deployment.bases[number % 2], _token(deployment, name), MODES[number // 2 % 2]) as client:
            while anyio.current_time() < ends:
                rows, _ = await _rows(client)
                assert rows
                assert all(row[0] == "West" if name == "west" else row[1] == "csm.avery" for row in rows)
                calls[name] += 1

    async def all_at_once() -> None:
        ends = anyio.current_time() + 60
        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(turn, ("west", "avery")[number % 3 % 2], number, ends)

    anyio.run(all_at_once)
    assert min(calls.values()) > 50
    record_property("calls", sum(calls.values()))
    record_property("rows of another person", 0)


def test_another_tokens_rights_hold_from_the_next_request_on(deployment: Deployment) -> None:
    """One connection, a refreshed token: nothing of the session remembers who was there before."""

    async def ask() -> list[set[str]]:
        async with httpx2.AsyncClient(timeout=30, verify=NO_TLS) as http:
            http.headers["Authorization"] = f"Bearer {_token(deployment, 'west')}"
            async with Client(streamable_http_client(deployment.public, http_client=http), mode="legacy") as client:
                before = await _rows(client)
                http.headers["Authorization"] = f"Bearer {_token(deployment, 'east')}"
                after = await _rows(client)
        return [{row[0] for row in rows} for rows, _ in (before, after)]

    assert anyio.run(ask) == [{"West"}, {"East", "Central"}]


def test_the_next_page_of_another_person_is_refused(deployment: Deployment) -> None:
    """Same role, same territory, same issuer: a cursor still belongs to the person it was given to."""
    query = {"question": "q", "sql": "SELECT customer_id FROM gold.dim_customer ORDER BY 1"}

    async def ask() -> tuple[bool, bool]:
        async with client_of(deployment.bases[0], _token(deployment, "riley")) as client:
            first = (await client.call_tool("query_curated_data", query)).structured_content
        assert first is not None and first["next_cursor"]
        turned = {**query, "cursor": first["next_cursor"]}
        other = deployment.token("Assay Finance", sub="00u-somebody")
        async with client_of(deployment.bases[1], other) as client:
            stolen = await client.call_tool("query_curated_data", turned)
        async with client_of(deployment.bases[1], _token(deployment, "riley")) as client:
            own = await client.call_tool("query_curated_data", turned)
        return bool(stolen.is_error), bool(own.is_error)

    assert anyio.run(ask) == (True, False)


def test_the_audit_log_names_issuer_subject_and_client(deployment: Deployment) -> None:
    async def ask() -> str:
        async with client_of(deployment.bases[1], _token(deployment, "avery")) as client:
            result = await client.call_tool("query_curated_data", BY_TERRITORY)
            assert result.structured_content is not None
            return result.structured_content["receipt"]

    receipt = anyio.run(ask)
    log = AuditLog(deployment.workspace / "state" / "audit.sqlite")
    try:
        intent = next(r.body for r in log.get(receipt) if r.kind == "intent")
        assert log.verify().ok
    finally:
        log.close()
    told = {name: intent[name] for name in ("user", "issuer", "role", "roles", "attributes")}
    assert told == {
        "user": "00u-avery",
        "issuer": deployment.issuer.url,
        "role": "cs",
        "roles": ["cs"],
        "attributes": {"user": ["csm.avery"], "territory": []},
    }
    assert intent["client"].startswith("claude (")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("algorithm", [0, 1, 2])
def test_every_kind_of_key_signs_in(deployment: Deployment, mode: str, algorithm: int) -> None:
    async def tools() -> int:
        token = deployment.token("Assay Finance", aud=["https://other.example", deployment.public])
        claims = deployment.issuer.token(
            key=deployment.issuer.keys[algorithm],
            realm_access={"roles": "Assay Finance"},
            scope=None,
            scp=["assay:read", "openid"],
        )
        async with client_of(deployment.bases[0], token if algorithm == 0 else claims, mode) as client:
            return len((await client.list_tools()).tools)

    assert anyio.run(tools) >= 5


class _Memory:
    """Where the official client keeps what it was given."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@pytest.mark.parametrize("mode", MODES)
def test_a_client_that_knows_only_the_address_finds_its_own_way_in(deployment: Deployment, mode: str) -> None:
    """401, metadata, issuer, registration, authorization code with PKCE, token for this resource, answer."""
    deployment.issuer.signs_in = {
        "sub": "00u-west",
        "realm_access": {"roles": ["Assay RevOps"]},
        "territories": ["West"],
    }
    answered: list[str] = []

    async def browser(url: str) -> None:
        async with httpx2.AsyncClient(verify=NO_TLS) as http:
            answered.append((await http.get(url)).headers["Location"])

    async def back() -> AuthorizationCodeResult:
        told = parse_qs(urlsplit(answered.pop()).query)
        return AuthorizationCodeResult(code=told["code"][0], state=told["state"][0], iss=told["iss"][0])

    async def ask() -> set[tuple[str, str]]:
        metadata = OAuthClientMetadata.model_validate(
            {
                "client_name": "test",
                "redirect_uris": ["http://127.0.0.1:9/callback"],
                "token_endpoint_auth_method": "none",
            }
        )
        auth = OAuthClientProvider(deployment.public, metadata, _Memory(), browser, back)
        async with (
            httpx2.AsyncClient(auth=auth, timeout=30, verify=NO_TLS) as http,
            Client(streamable_http_client(deployment.public, http_client=http), mode=mode) as client,
        ):
            return (await _rows(client))[0]

    assert {row[0] for row in anyio.run(ask)} == {"West"}
    assert deployment.issuer.asked["/token"] >= 1
