"""Who is turned away at the door, with which words, and what stays closed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import anyio
import httpx2
import pytest

from tests.fakes.issuer import SigningKey
from tests.server.sign_in.conftest import Deployment
from tests.server.sign_in.servers import JSON_HEADERS, NO_TLS, knock

ROLE = "Assay Finance"
NOW = int(time.time())
FORGED = SigningKey("one")
Forge = Callable[[Deployment], str]


def _part(value: object) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def _hand_made(header: dict[str, object], claims: dict[str, object], secret: bytes | None) -> str:
    """A token that no library would write."""
    signed = _part(header) + b"." + _part(claims)
    mac = hmac.new(secret, signed, hashlib.sha256).digest() if secret else b""
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def _claims(d: Deployment) -> dict[str, object]:
    return {
        "iss": d.issuer.url,
        "aud": d.public,
        "sub": "u-1",
        "exp": NOW + 600,
        "scope": "assay:read",
        "realm_access": {"roles": [ROLE]},
    }


def _metadata_url(d: Deployment) -> str:
    return d.public.removesuffix("/mcp") + "/.well-known/oauth-protected-resource/mcp"


INVALID: dict[str, Forge] = {
    "expired": lambda d: d.token(ROLE, exp=NOW - 120),
    "not valid yet": lambda d: d.token(ROLE, nbf=NOW + 3600),
    "issued in the future": lambda d: d.token(ROLE, iat=NOW + 3600),
    "another audience": lambda d: d.token(ROLE, aud="https://other.example/mcp"),
    "a longer audience": lambda d: d.token(ROLE, aud=d.public + "/x"),
    "the audience as a dictionary": lambda d: d.token(ROLE, aud={d.public: 1}),
    "no audience": lambda d: d.token(ROLE, aud=None),
    "another issuer": lambda d: d.token(ROLE, iss="https://evil.example"),
    "no issuer": lambda d: d.token(ROLE, iss=None),
    "no subject": lambda d: d.token(ROLE, sub=None),
    "an empty subject": lambda d: d.token(ROLE, sub=""),
    "a subject too long to be one": lambda d: d.token(ROLE, sub="u" * 256),
    "half a character": lambda d: d.token(ROLE, territories=["\ud800"]),
    "a character that ends strings": lambda d: d.token(ROLE, territories=["West\x00"]),
    "no expiry": lambda d: d.token(ROLE, exp=None),
    "an endless expiry": lambda d: d.token(ROLE, exp=float("inf")),
    "alg none": lambda d: _hand_made({"alg": "none", "kid": "one"}, _claims(d), None),
    "alg None in capitals": lambda d: _hand_made({"alg": "NONE", "kid": "one"}, _claims(d), None),
    "HS256 with the public key": lambda d: _hand_made({"alg": "HS256", "kid": "one"}, _claims(d), d.issuer.keys[0].pem),
    "another key under the same name": lambda d: d.issuer.token(key=FORGED, **_claims(d)),
    "the name of another key": lambda d: d.token(ROLE, headers={"kid": "two"}),
    "an unknown key": lambda d: d.token(ROLE, headers={"kid": "nobody"}),
    "no key name where there are several": lambda d: d.token(ROLE, headers={"kid": None}),
    "a key name that is no text": lambda d: _hand_made({"alg": "RS256", "kid": ["one"]}, _claims(d), None),
    "an unknown critical header": lambda d: d.token(ROLE, headers={"crit": ["b64x"], "b64x": True}),
    "a header nested very deep": lambda d: base64.urlsafe_b64encode(b"[" * 9_000).decode().rstrip("=") + ".e30.e30",
    "no signature": lambda d: d.token(ROLE).rpartition(".")[0] + ".",
    "cut short": lambda d: d.token(ROLE)[:-10],
    "not a token": lambda d: "opaque-token",
    "two tokens in one header": lambda d: d.token(ROLE) + ", Bearer " + d.token(ROLE),
}


@pytest.mark.parametrize("forge", INVALID.values(), ids=INVALID.keys())
def test_a_token_that_proves_nothing_is_refused(deployment: Deployment, forge: Forge) -> None:
    answer = knock(deployment.bases[0], f"Bearer {forge(deployment)}")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    told = answer.headers["WWW-Authenticate"]
    assert told.startswith('Bearer error="invalid_token"')
    assert f'resource_metadata="{_metadata_url(deployment)}"' in told
    assert 'scope="assay:read"' in told


def test_without_a_token_the_challenge_says_where_to_sign_in(deployment: Deployment) -> None:
    answer = knock(deployment.bases[0])
    assert answer.status_code == 401
    assert (
        answer.headers["WWW-Authenticate"]
        == f'Bearer resource_metadata="{_metadata_url(deployment)}", scope="assay:read"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert knock(deployment.bases[0], "Basic dXNlcjpwYXNz").status_code == 401


@pytest.mark.parametrize("path", ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"])
def test_the_metadata_name_the_issuer_at_both_addresses(deployment: Deployment, path: str) -> None:
    assert httpx2.get(deployment.bases[0] + path, verify=NO_TLS).json() == {
        "resource": deployment.public,
        "authorization_servers": [deployment.issuer.url],
        "bearer_methods_supported": ["header"],
        "resource_name": "Assay",
        "scopes_supported": ["assay:read"],
    }


def test_a_token_without_the_scope_is_told_which(deployment: Deployment) -> None:
    for claims in ({"scope": None}, {"scope": "openid assay:reader"}, {"scope": None, "scp": ["openid"]}):
        answer = knock(deployment.bases[0], f"Bearer {deployment.token(ROLE, **claims)}")
        assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
        assert 'scope="assay:read"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "claims",
    [
        {"realm_access": None},
        {"realm_access": {"roles": []}},
        {"realm_access": {"roles": "assay finance"}},
        {"realm_access": {"roles": ["ASSAY FINANCE"]}},
        {"realm_access": {"roles": [" Assay Finance "]}},
        {"realm_access": {"roles": "Assay Finance Assay CS"}},
        {"realm_access": {"roles": ["executive", "finance"]}},
        {"realm_access": {"roles": {"Assay Finance": True}}},
        {"realm_access": {"roles": [["Assay Finance"], 7, None]}},
        {"realm_access": ["Assay Finance"]},
        {"realm_access": None, "realm_access.roles": ["Assay Finance"], "roles": ["Assay Finance"]},
    ],
    ids=lambda claims: json.dumps(claims),
)
def test_a_role_that_is_not_mapped_exactly_is_no_access(deployment: Deployment, claims: dict[str, object]) -> None:
    answer = knock(deployment.bases[0], f"Bearer {deployment.token(**claims)}")
    assert (answer.status_code, answer.json()["code"]) == (403, "NO_ROLE")
    assert "resource_metadata=" in answer.headers["WWW-Authenticate"]


def test_a_role_that_the_token_does_not_give_cannot_be_asked_for(deployment: Deployment) -> None:
    answer = knock(deployment.bases[0], f"Bearer {deployment.token('Assay CS', ROLE)}", **{"Assay-Role": "executive"})
    assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_NOT_HELD")
    assert "finance, cs" in answer.json()["error_description"]


def test_a_token_in_the_address_is_refused_even_beside_a_good_one(deployment: Deployment) -> None:
    good = deployment.token(ROLE)
    for query in (f"access_token={good}", f"Token={good}", f"x={good}", "access_token="):
        answer = knock(deployment.bases[0], f"Bearer {good}", path=f"/mcp?{query}")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_two_authorization_headers_are_refused(deployment: Deployment) -> None:
    good = deployment.token(ROLE)
    for values in ((f"Bearer {good}", f"Bearer {good}"), (f"Bearer {good}", "Basic eA==")):
        answer = knock(deployment.bases[0], *values)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_nothing_is_served_without_a_token_but_health_and_metadata(deployment: Deployment) -> None:
    base = deployment.bases[0]
    assert httpx2.get(f"{base}/healthz", verify=NO_TLS).text == "ok\n"
    assert httpx2.get(f"{base}/readyz", verify=NO_TLS).json() == {"ready": True}
    for path in ("/", "/mcp", "/mcp/", "/MCP", "//mcp", "/docs", "/metrics/", "/healthz/", "/readyz/x", "/%6dcp"):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            assert httpx2.request(method, base + path, headers=JSON_HEADERS, verify=NO_TLS).status_code == 401, (
                method,
                path,
            )


def test_metrics_open_with_their_own_secret_only(deployment: Deployment) -> None:
    url = f"{deployment.bases[0]}/metrics"
    assert httpx2.get(url, verify=NO_TLS).status_code == 401
    assert (
        httpx2.get(url, headers={"Authorization": f"Bearer {deployment.token(ROLE)}"}, verify=NO_TLS).status_code == 401
    )
    assert "assay_tool" in httpx2.get(url, headers={"Authorization": "Bearer scrape-me"}, verify=NO_TLS).text


def test_a_foreign_host_or_origin_is_refused_with_a_good_token_too(deployment: Deployment) -> None:
    good = f"Bearer {deployment.token(ROLE)}"
    assert knock(deployment.bases[0], good, Host="evil.example").status_code == 421
    assert knock(deployment.bases[0], good, Origin="https://evil.example").status_code == 403


def test_large_headers_and_bodies_are_refused(deployment: Deployment) -> None:
    good = f"Bearer {deployment.token(ROLE)}"
    assert knock(deployment.bases[0], good, **{"X-Large": "x" * 40_000}).status_code == 431
    answer = httpx2.post(
        f"{deployment.bases[0]}/mcp", content=b"x" * 2_100_000, headers={**JSON_HEADERS, "Authorization": good}
    )
    assert answer.status_code == 413


def test_a_thousand_unknown_keys_are_refused_without_asking_the_issuer_again(deployment: Deployment) -> None:
    base, good = deployment.bases[0], deployment.token(ROLE)
    assert knock(base, f"Bearer {good}").status_code == 200
    asked, unsigned = deployment.issuer.asked["/jwks"], good.split(".", 1)[1]

    async def storm() -> list[int]:
        said: list[int] = []
        async with httpx2.AsyncClient(timeout=60, verify=NO_TLS) as http:

            async def some(first: int) -> None:
                for number in range(first, first + 100):
                    header = _part({"alg": "RS256", "kid": f"unknown-{number}"})
                    sent = {"Authorization": f"Bearer {header.decode()}.{unsigned}"}
                    said.append((await http.post(f"{base}/mcp", headers=sent)).status_code)

            async with anyio.create_task_group() as group:
                for first in range(0, 1_000, 100):
                    group.start_soon(some, first)
        return said

    assert anyio.run(storm) == [401] * 1_000
    assert deployment.issuer.asked["/jwks"] == asked
    assert knock(base, f"Bearer {good}").status_code == 200


def test_nothing_of_a_token_is_in_logs_or_answers(deployment: Deployment) -> None:
    tokens = [forge(deployment) for forge in INVALID.values()] + [deployment.token(), deployment.token(ROLE)]
    answers = [knock(deployment.bases[1], f"Bearer {token}") for token in tokens]
    answers.append(knock(deployment.bases[1], f"Bearer {tokens[-1]}", path=f"/mcp?access_token={tokens[-1]}"))
    told = deployment.log.read_text() + "".join(a.text + str(a.headers) for a in answers)
    for token in tokens:
        for part in token.split("."):
            assert len(part) < 20 or part[:20] not in told
    assert '"reason": "expired"' in told
