"""The second company signs in at a general OpenID Connect provider: discovery, authorization code, its own claims."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
import pytest

from tests.processes import free_port, http_server
from tests.server.sign_in.servers import NO_TLS, client_of, knock, wait_until_answering, workspace_with

SIGN_IN = """
[sign_in]
issuer = "{issuer}"
public_url = "http://127.0.0.1:{port}/mcp"
audiences = ["fjord-desktop"]
people = "user"

[sign_in.claims]
role = "groups"
user = ["hr", "employee"]

[sign_in.claims.roles]
Board = "board"
Houses = "house_manager"
Countries = "regional_lead"
"""
PEOPLE = {
    "3f": {"groups": ["Houses"], "hr": {"employee": "house.3"}},
    "9a": {"groups": ["Countries"], "hr": {"employee": "lead.no"}},
    "c0": {"groups": "Board"},
    "zz": {"groups": ["Houses"], "hr": {"employee": "house.of.nobody"}},
}


@dataclass(frozen=True)
class Provider:
    """A running OpenID Connect provider."""

    url: str

    def id_token(self, subject: str, client: str = "fjord-desktop") -> str:
        """What a person gets who signs in with a client that keeps the provider's ID token."""
        back = "http://127.0.0.1:9/callback"
        asked = {"client_id": client, "redirect_uri": back, "response_type": "code", "scope": "openid", "state": "s"}
        sent = httpx2.post(f"{self.url}/oauth2/authorize", params=asked, data={"sub": subject}, verify=NO_TLS)
        code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        return httpx2.post(f"{self.url}/oauth2/token", data=form, auth=(client, "any"), verify=NO_TLS).json()[
            "id_token"
        ]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port)]
    for subject, claims in PEOPLE.items():
        command += ["--user-claims", json.dumps({"sub": subject, **claims})]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_answering(process, f"{url}/.well-known/openid-configuration")
        yield Provider(url)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def base(provider: Provider, fjord_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, folder = free_port(), tmp_path_factory.mktemp("fjord-signed-in")
    settings = SIGN_IN.format(issuer=provider.url, port=port)
    with http_server(workspace_with(fjord_workspace, folder / "ws", settings), port=port, log=folder / "log") as url:
        yield url


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("subject", "clinics"),
    [("3f", {"House D"}), ("9a", {"House A", "House B", "House C", "House D"}), ("zz", set())],
)
def test_rows_follow_the_claims_of_the_second_company(
    base: str, provider: Provider, mode: str, subject: str, clinics: set[str]
) -> None:
    async def ask() -> Any:
        async with client_of(base, provider.id_token(subject), mode) as client:
            sql = "SELECT clinic_name, COUNT(*) AS n FROM mart.clinic GROUP BY 1"
            return await client.call_tool("query_curated_data", {"question": "q", "sql": sql})

    result = anyio.run(ask)
    assert not result.is_error, result.content
    assert {row[0] for row in result.structured_content["rows"]} == clinics


def test_an_id_token_for_another_client_is_refused(base: str, provider: Provider) -> None:
    assert knock(base, f"Bearer {provider.id_token('c0')}").status_code == 200
    refused = knock(base, f"Bearer {provider.id_token('c0', client='another-app')}")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert "scope=" not in refused.headers["WWW-Authenticate"]
