"""What the server refuses to start with, and the one person of a process over stdio."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from catalog.loader import load_catalog
from catalog.principals import Principal
from catalog.refusals import Unauthenticated
from server.face.identity import LocalCaller, SignedInCaller, acting_as
from server.settings import SettingsError, load_settings
from server.sign_in.people import MappingError, check_mapping
from tests.fakes.issuer import Issuer
from tests.processes import ASSAY, environment
from tests.server.sign_in.conftest import Deployment
from tests.server.sign_in.servers import workspace_with

GOOD = """
[sign_in]
issuer = "https://login.example.com"
public_url = "https://assay.example.com/mcp"
[sign_in.claims.roles]
Finance = "finance"
"""


def _refused(workspace: Path, *options: str, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        [ASSAY, "serve", "--workspace", str(workspace), *options],
        env={**environment(), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("sign_in", "told"),
    [
        (GOOD.replace('"https://login', '"http://login'), "sign_in.issuer: Value error, must be an https:// URL"),
        (GOOD.replace('"https://assay', '"http://assay'), "sign_in.public_url: Value error, must be an https:// URL"),
        (GOOD.replace('public_url = "https://assay.example.com/mcp"', ""), "public_url is missing"),
        (GOOD.replace('issuer = "https://login.example.com"', ""), "issuer is missing"),
        (GOOD.replace('Finance = "finance"', ""), "claims.roles is empty"),
        (GOOD.replace('"finance"', '"finanse"'), "which policies.yml does not define; roles are agent, analyst,"),
        (GOOD + '[sign_in.claims.attributes]\nteritory = "t"\n', "no row filter uses the attribute 'teritory'"),
        (GOOD.replace("[sign_in.claims.roles]", 'algorithms = ["HS256"]\n[sign_in.claims.roles]'), "algorithms.0"),
        (GOOD.replace("[sign_in.claims.roles]", 'algorithms = ["none"]\n[sign_in.claims.roles]'), "algorithms.0"),
        (GOOD.replace("[sign_in.claims.roles]", 'audience = "x"\n[sign_in.claims.roles]'), "did you mean audiences?"),
        (GOOD.replace("[sign_in.claims.roles]", '[sign_in.claims]\nrol = "x"\n[sign_in.claims.roles]'), "did you mean"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_with_the_line(
    demo_workspace: Path, tmp_path: Path, sign_in: str, told: str
) -> None:
    with pytest.raises((SettingsError, MappingError)) as refused:
        settings = load_settings(workspace_with(demo_workspace, tmp_path / "ws", sign_in), environ={})
        check_mapping(settings.sign_in, load_catalog(settings.workspace / "catalog", settings.company))
    assert told in str(refused.value)


def test_a_mapping_to_a_role_that_does_not_exist_ends_the_start(demo_workspace: Path, tmp_path: Path) -> None:
    settings = GOOD.replace('"finance"', '"finanse"')
    code, stderr = _refused(workspace_with(demo_workspace, tmp_path / "ws", settings), "--http", "127.0.0.1:1")
    assert code == 2
    assert "assay.toml: sign_in.claims.roles: 'Finance' is mapped to the role 'finanse'" in stderr


def test_over_http_no_option_says_who_calls(demo_workspace: Path, tmp_path: Path) -> None:
    workspace = workspace_with(demo_workspace, tmp_path / "ws", GOOD)
    code, stderr = _refused(workspace, "--http", "127.0.0.1:1", "--as", "exec.morgan")
    assert code == 2
    assert "each request's token says who calls" in stderr


def _stdio(deployment: Deployment, token: str, *options: str) -> StdioServerParameters:
    arguments = ["serve", "--workspace", str(deployment.workspace), *options]
    return StdioServerParameters(command=str(ASSAY), args=arguments, env={**environment(), "ASSAY_TOKEN": token})


@pytest.mark.wide
def test_a_process_over_stdio_acts_for_the_person_of_its_token(deployment: Deployment) -> None:
    token = deployment.token("Assay RevOps", "Assay CS", territories=["West"])

    async def ask() -> set[str]:
        async with Client(_stdio(deployment, token, "--role", "revops")) as client:
            sql = "SELECT territory, COUNT(*) AS n FROM gold.dim_customer GROUP BY 1"
            result = await client.call_tool("query_curated_data", {"question": "q", "sql": sql})
            assert result.structured_content is not None
            return {row[0] for row in result.structured_content["rows"]}

    assert anyio.run(ask) == {"West"}


def test_a_token_that_proves_nothing_does_not_start_a_process(deployment: Deployment, issuer: Issuer) -> None:
    old = issuer.token(exp=int(time.time()) - 3_600)
    code, stderr = _refused(deployment.workspace, ASSAY_TOKEN=old)
    assert code == 1
    assert "ASSAY_TOKEN: INVALID_TOKEN: The token has expired" in stderr
    assert old[:30] not in stderr


def test_a_token_and_a_named_user_do_not_go_together(deployment: Deployment) -> None:
    code, stderr = _refused(deployment.workspace, "--as", "exec.morgan", ASSAY_TOKEN=deployment.token())
    assert code == 2
    assert "leave out --as" in stderr


def test_a_token_without_an_issuer_to_check_it_does_not_start_a_process(demo_workspace: Path) -> None:
    code, stderr = _refused(demo_workspace, ASSAY_TOKEN="x.y.z")
    assert code == 2
    assert "names no issuer" in stderr


def test_the_person_of_a_process_is_gone_when_the_token_ends() -> None:
    now = 1_000.0
    knows = LocalCaller(Principal(user="u", role="finance"), expires_at=1_060.0, now=lambda: now)
    assert knows().user == "u"
    now = 1_060.0
    with pytest.raises(Unauthenticated, match="has expired"):
        knows()


def test_outside_a_request_nobody_is_signed_in() -> None:
    with pytest.raises(Unauthenticated), acting_as(Principal(user="u", role="finance")):
        assert SignedInCaller()().user == "u"
        raise Unauthenticated
    with pytest.raises(Unauthenticated):
        SignedInCaller()()
