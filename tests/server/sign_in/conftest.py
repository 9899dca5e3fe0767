"""One issuer, and two servers of three processes in all behind it, for the tests of the room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.issuer import Issuer, issuer_server
from tests.processes import free_port, http_server
from tests.server.sign_in.servers import workspace_with

COMPANY = """
[sign_in]
issuer = "{issuer}"
public_url = "{public}"
scopes = ["assay:read"]
keys_cooldown_seconds = 300
people = "email"

[sign_in.claims]
role = ["realm_access", "roles"]
attributes = {{ territory = "territories" }}

[sign_in.claims.roles]
"Assay Finance" = "finance"
"Assay RevOps" = "revops"
"Assay CS" = "cs"
"Assay Auditors" = "auditor"
"""


@dataclass(frozen=True)
class Deployment:
    """Two servers that share a state, as behind a balancer; the second one of two processes."""

    issuer: Issuer
    workspace: Path
    bases: tuple[str, str]
    public: str
    log: Path

    def token(self, *roles: str, **claims: object) -> str:
        """A good token with these values of the role claim."""
        return self.issuer.token(**{"realm_access": {"roles": list(roles)}, "client_id": "claude", **claims})


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with issuer_server() as server:
        yield server


@pytest.fixture(scope="session")
def deployment(issuer: Issuer, demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("signed-in")
    ports = (free_port(), free_port())
    public = f"http://127.0.0.1:{ports[0]}/mcp"
    issuer.audience = public
    workspace = workspace_with(demo_workspace, folder / "ws", COMPANY.format(issuer=issuer.url, public=public))
    log = folder / "log"
    secret = {"ASSAY_METRICS_TOKEN": "scrape-me"}
    with (
        http_server(workspace, "--log-level", "debug", port=ports[0], log=log, env=secret) as one,
        http_server(workspace, "--processes", "2", "--log-level", "debug", port=ports[1], log=log, env=secret) as two,
    ):
        yield Deployment(issuer, workspace, (one, two), public, log)
