"""The issuer's keys: rotated, asked for sparingly, kept for a time when the issuer goes away."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sign_in.issuer import IssuerOverHttp, metadata_addresses
from server.sign_in.keys import IssuerKeys
from server.sign_in.refusals import InvalidToken, IssuerDown, SignInRefused
from server.sign_in.settings import ClaimSettings, SignInSettings
from server.sign_in.tokens import Tokens
from tests.fakes.issuer import Issuer, SigningKey, issuer_server
from tests.processes import free_port, http_server
from tests.server.sign_in.servers import knock, workspace_with

ROLES = {"realm_access": {"roles": ["Assay Finance"]}}
PUBLIC = "https://assay.example.com/mcp"
CLAIMS = ClaimSettings(roles={"Assay Finance": "finance"})


class Clock:
    """A clock that stands until it is told to go on; seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _tokens(issuer: Issuer, clock: Clock, **settings: object) -> Tokens:
    told = SignInSettings.model_validate(
        {"issuer": issuer.url, "public_url": PUBLIC, "claims": CLAIMS.model_dump(), **settings}
    )
    issuer.audience = PUBLIC
    return Tokens(told, IssuerKeys(told, IssuerOverHttp(told), clock))


async def _verdict(tokens: Tokens, token: str) -> str:
    try:
        return (await tokens.verified(token)).subject
    except SignInRefused as refused:
        return refused.reason


@pytest.fixture
def own_issuer():
    with issuer_server() as issuer:
        yield issuer


def test_a_thousand_unknown_keys_cost_the_issuer_one_request_a_cooldown(own_issuer: Issuer) -> None:
    clock = Clock()
    tokens = _tokens(own_issuer, clock, keys_cooldown_seconds=10)

    async def knock_often() -> tuple[set[str], list[int]]:
        said: set[str] = set()
        asked: list[int] = []

        async def one(number: int) -> None:
            said.add(await _verdict(tokens, own_issuer.token(headers={"kid": f"unknown-{number}"})))

        for clock.seconds in (0.0, 9.9, 10.0, 19.9):
            async with anyio.create_task_group() as group:
                for number in range(250):
                    group.start_soon(one, number)
            asked.append(own_issuer.asked["/jwks"])
        return said, asked

    assert anyio.run(knock_often) == ({"unknown_key"}, [1, 1, 2, 2])


def test_many_who_come_first_share_one_request(own_issuer: Issuer) -> None:
    tokens = _tokens(own_issuer, Clock())

    async def all_at_once() -> list[str]:
        said: list[str] = []

        async def one() -> None:
            said.append(await _verdict(tokens, own_issuer.token()))

        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(one)
        return said

    assert anyio.run(all_at_once) == ["u-1"] * 100
    assert own_issuer.asked["/jwks"] == 1


def test_one_who_leaves_while_waiting_does_not_cost_the_others_their_keys(own_issuer: Issuer) -> None:
    tokens = _tokens(own_issuer, Clock())

    async def leave_then_come() -> str:
        async with anyio.create_task_group() as group:
            group.start_soon(_verdict, tokens, own_issuer.token())
            await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        return await _verdict(tokens, own_issuer.token())

    assert anyio.run(leave_then_come) == "u-1"


def test_keys_serve_on_for_a_bounded_time_when_the_issuer_is_down(own_issuer: Issuer) -> None:
    clock = Clock()
    tokens = _tokens(own_issuer, clock, keys_fresh_seconds=300, keys_stale_seconds=3_600)
    good, unknown = own_issuer.token(), own_issuer.token(headers={"kid": "new"})

    async def while_away() -> list[str]:
        said = [await _verdict(tokens, good)]
        own_issuer.stop()
        for clock.seconds in (300, 301, 3_600, 3_601, 9_999):
            said.append(await _verdict(tokens, good))
        said.append(await _verdict(tokens, unknown))
        own_issuer.start()
        clock.seconds += 10
        said.append(await _verdict(tokens, good))
        return said

    assert anyio.run(while_away) == ["u-1", "u-1", "u-1", "u-1", "no_keys", "no_keys", "no_keys", "u-1"]


def test_a_rotated_key_is_taken_up_and_a_withdrawn_one_let_go(own_issuer: Issuer) -> None:
    clock = Clock()
    tokens = _tokens(own_issuer, clock)
    old, new = own_issuer.keys[0], SigningKey("new")

    async def rotate() -> list[str]:
        said = [await _verdict(tokens, own_issuer.token())]
        own_issuer.keys.append(new)
        clock.seconds += 10
        said.append(await _verdict(tokens, own_issuer.token(key=new)))
        said.append(await _verdict(tokens, own_issuer.token(key=old)))
        own_issuer.keys.remove(old)
        clock.seconds += 301
        said.append(await _verdict(tokens, own_issuer.token(key=new)))
        said.append(await _verdict(tokens, own_issuer.token(key=old)))
        return said

    assert anyio.run(rotate) == ["u-1", "u-1", "u-1", "u-1", "unknown_key"]


def test_a_key_swapped_under_the_same_name_is_believed_only_once_the_issuer_publishes_it(own_issuer: Issuer) -> None:
    clock = Clock()
    tokens = _tokens(own_issuer, clock)
    swapped = SigningKey("one")

    async def swap() -> list[str]:
        said = [await _verdict(tokens, own_issuer.token()), await _verdict(tokens, own_issuer.token(key=swapped))]
        own_issuer.keys[0] = swapped
        clock.seconds += 301
        said.append(await _verdict(tokens, own_issuer.token(key=swapped)))
        return said

    assert anyio.run(swap) == ["u-1", "signature", "u-1"]


@pytest.mark.parametrize(
    "published",
    [
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "kid": "one"},
        {"use": "enc"},
        {"alg": "RS512"},
        {"key_ops": ["sign"]},
        {"n": "AQAB"},
        {"kty": "RSA", "n": None},
    ],
)
def test_a_published_key_that_is_not_for_checking_signatures_is_not_used(
    own_issuer: Issuer, published: dict[str, object]
) -> None:
    key = own_issuer.keys[0]

    class Odd(SigningKey):
        @property
        def jwk(self) -> dict[str, object]:
            return {**key.jwk, **published}

    own_issuer.keys = [Odd("one")]
    verdict = anyio.run(_verdict, _tokens(own_issuer, Clock()), own_issuer.token(key=key))
    assert verdict in ("unknown_key", "signature", "malformed")


def test_metadata_of_another_issuer_are_not_believed(own_issuer: Issuer) -> None:
    lies = own_issuer.url.replace("127.0.0.1", "localhost")
    told = SignInSettings.model_validate({"issuer": lies, "public_url": PUBLIC, "claims": CLAIMS.model_dump()})
    with pytest.raises(IssuerDown):
        anyio.run(Tokens(told, IssuerKeys(told, IssuerOverHttp(told))).verified, own_issuer.token(iss=lies))


def test_keys_may_be_named_instead_of_discovered(own_issuer: Issuer) -> None:
    tokens = _tokens(own_issuer, Clock(), jwks_uri=f"{own_issuer.url}/jwks")
    assert anyio.run(_verdict, tokens, own_issuer.token()) == "u-1"
    assert own_issuer.asked == {"/jwks": 1}


def test_client_and_type_can_be_pinned(own_issuer: Issuer) -> None:
    tokens = _tokens(own_issuer, Clock(), clients=["claude"], token_types=["at+jwt"])
    good = {"client_id": "claude", "headers": {"typ": "at+jwt"}}
    for changed, verdict in (
        ({}, "u-1"),
        ({"headers": {"typ": "application/at+JWT"}}, "u-1"),
        ({"headers": {"typ": "JWT"}}, "type"),
        ({"client_id": "other"}, "client"),
        ({"client_id": None, "azp": "claude"}, "u-1"),
    ):
        assert anyio.run(_verdict, tokens, own_issuer.token(**{**good, **changed})) == verdict


def test_times_are_taken_with_the_declared_leeway(own_issuer: Issuer) -> None:
    now = int(time.time())
    wide, none = _tokens(own_issuer, Clock(), leeway_seconds=300), _tokens(own_issuer, Clock(), leeway_seconds=0)
    for claims, verdict in (({"exp": now - 60}, "expired"), ({"nbf": now + 60}, "not_yet_valid")):
        assert anyio.run(_verdict, wide, own_issuer.token(**claims)) == "u-1"
        assert anyio.run(_verdict, none, own_issuer.token(**claims)) == verdict


def test_an_issuer_with_a_path_has_its_metadata_where_the_standards_put_them() -> None:
    assert metadata_addresses("https://login.example.com/tenant/v2.0") == (
        "https://login.example.com/tenant/v2.0/.well-known/openid-configuration",
        "https://login.example.com/.well-known/oauth-authorization-server/tenant/v2.0",
        "https://login.example.com/.well-known/openid-configuration/tenant/v2.0",
    )


@pytest.mark.wide
def test_a_server_starts_without_its_issuer_says_so_and_recovers(demo_workspace: Path, tmp_path: Path) -> None:
    """Cold, the issuer away: 503 with a code. Once it is back: in. Away again with keys at hand: still in."""
    port = free_port()
    with issuer_server() as issuer:
        issuer.audience = f"http://127.0.0.1:{port}/mcp"
        sign_in = f"""
[sign_in]
issuer = "{issuer.url}"
public_url = "{issuer.audience}"
keys_cooldown_seconds = 1
keys_fresh_seconds = 1
claims = {{ role = ["realm_access", "roles"], roles = {{ "Assay Finance" = "finance" }} }}
"""
        issuer.stop()
        good = f"Bearer {issuer.token(**ROLES)}"
        workspace = workspace_with(demo_workspace, tmp_path / "ws", sign_in)
        with http_server(workspace, port=port, log=tmp_path / "log") as base:
            cold = knock(base, good)
            assert (cold.status_code, cold.json()["code"]) == (503, "ISSUER_DOWN")
            assert cold.headers["Retry-After"]
            assert "WWW-Authenticate" not in cold.headers
            issuer.start()
            assert _until(base, good, 200)
            issuer.stop()
            before = issuer.asked["/jwks"]
            assert all(knock(base, good).status_code == 200 for _ in range(20))
            assert issuer.asked["/jwks"] == before
            unknown = f"Bearer {issuer.token(headers={'kid': 'new'}, **ROLES)}"
            assert _until(base, unknown, 503)


def _until(base: str, authorization: str, status: int) -> httpx2.Response:
    """The first answer with this status, within ten seconds."""
    ends = time.monotonic() + 10
    while (answer := knock(base, authorization)).status_code != status:
        assert time.monotonic() < ends, answer.text
    return answer


def test_a_changed_token_is_refused_in_words_or_is_the_same_token(own_issuer: Issuer) -> None:
    """Whatever is changed, nothing but a refusal comes out (base64 has several spellings of the same last bits)."""
    tokens, good = _tokens(own_issuer, Clock()), own_issuer.token()

    @given(st.integers(0, len(good) - 1), st.sampled_from("AZaz09-_."), st.booleans())
    def changed(place: int, sign: str, inserted: bool) -> None:
        token = good[:place] + sign + good[place + (0 if inserted else 1) :]
        if token != good:
            verdicts.add(anyio.run(_verdict, tokens, token))

    verdicts: set[str] = set()
    changed()
    assert verdicts <= {"malformed", "signature", "algorithm", "unknown_key", "u-1"}
    assert "signature" in verdicts


@given(st.one_of(st.text(), st.from_regex(r"[\w-]{0,60}\.[\w-]{0,60}\.[\w-]{0,60}", fullmatch=True)))
def test_no_text_is_anything_but_malformed(text: str) -> None:
    told = SignInSettings.model_validate(
        {"issuer": "https://nowhere.example", "public_url": PUBLIC, "claims": CLAIMS.model_dump()}
    )
    tokens = Tokens(told, IssuerKeys(told, IssuerOverHttp(told)))
    assert anyio.run(_verdict, tokens, text) in ("malformed", "algorithm")


def test_an_invalid_token_is_not_the_issuers_fault(own_issuer: Issuer) -> None:
    own_issuer.stop()
    with pytest.raises(InvalidToken):
        anyio.run(_tokens(own_issuer, Clock()).verified, "not-a-token")
