"""A hundred and twenty people, each signed in, on two replicas that share one PostgreSQL: nothing fails, nobody sees
rows of others, quotas hold to the unit, and the record is whole."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from catalog.access import Access
from catalog.principals import Principal
from server.settings import load_settings
from server.wiring import running
from tests.bench.scale.people import Crowd, Person, asked_by
from tests.bench.scale.questions import requests
from tests.fakes.issuer import Issuer, issuer_server
from tests.postgres import new_database
from tests.processes import ASSAY, environment, free_port, http_server
from tests.server.sign_in.servers import workspace_with

SIGN_IN = """
[sign_in]
issuer = "{issuer}"
public_url = "{public}"
scopes = ["assay:read"]

[sign_in.claims]
role = ["roles"]
attributes = {{ territory = "territories" }}

[sign_in.claims.roles]
"finance" = "finance"
"revops" = "revops"
"analyst" = "analyst"
"executive" = "executive"
"""
OF_EACH, TOGETHER = 5, 12
"""Calls a day: of each analyst, and of all executives together."""
PLAIN: dict[str, object] = {"question": "ARR by month this year"}


@dataclass(frozen=True)
class Replicas:
    """Two servers over one workspace and one database."""

    workspace: Path
    urls: tuple[str, str]
    issuer: Issuer
    env: dict[str, str]

    def person(self, number: int, role: str, asks: Iterator[dict[str, object]], **claims: object) -> Person:
        """Somebody with a token of their own, at one of the replicas."""
        token = self.issuer.token(sub=f"{role}-{number}", roles=[role], **claims)
        return Person(f"{role}-{number}", self.urls[number % 2], asks, {"Authorization": f"Bearer {token}"})

    def assay(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A verb of the command line, on the same state."""
        command = [str(ASSAY), *words, "--workspace", str(self.workspace)]
        return subprocess.run(command, capture_output=True, text=True, env=environment() | self.env, check=False)


@pytest.fixture
def replicas(demo_workspace: Path, postgres: str, tmp_path: Path) -> Iterator[Replicas]:
    env = {"ASSAY_STATE_URL": new_database(postgres), "ASSAY_KEY": secrets.token_hex(32)}
    ports = (free_port(), free_port())
    public = f"http://127.0.0.1:{ports[0]}/mcp"
    with issuer_server() as issuer, ExitStack() as stack:
        issuer.audience = public
        folder = workspace_with(
            demo_workspace, tmp_path / "workspace", SIGN_IN.format(issuer=issuer.url, public=public)
        )
        with_quotas(folder)
        log = tmp_path / "log"
        bases = [stack.enter_context(http_server(folder, port=port, log=log, env=env)) for port in ports]
        yield Replicas(folder, (f"{bases[0]}/mcp", f"{bases[1]}/mcp"), issuer, env)


def with_quotas(folder: Path) -> None:
    """The same catalog, with quotas for two of its roles."""
    shared = (folder / "catalog").resolve()
    (folder / "catalog").unlink()
    (folder / "catalog").mkdir()
    for entry in shared.iterdir():
        if entry.name != "policies.yml":
            (folder / "catalog" / entry.name).symlink_to(entry)
    policies = yaml.safe_load((shared / "policies.yml").read_text(encoding="utf-8"))
    for role in policies["roles"]:
        if role["name"] == "analyst":
            role["limits"] = {**role.get("limits", {}), "daily": {"calls": OF_EACH}}
        if role["name"] == "executive":
            role["limits"] = {**role.get("limits", {}), "together": {"daily": {"calls": TOGETHER}}}
    (folder / "catalog" / "policies.yml").write_text(yaml.safe_dump(policies, sort_keys=False), encoding="utf-8")


def crowd_of(
    replicas: Replicas, size: int, seconds: float, think: tuple[float, float], each: int | None = None
) -> Crowd:
    """`size` people: four in six with all rows, one with a territory, the rest under quotas; each asks for some
    seconds, or `each` times."""
    with running(load_settings(replicas.workspace)) as built:
        today = built.calendar().today
        finance = Access(built.catalog, Principal(user="f", role="finance"))
        revops = Access(built.catalog, Principal(user="r", role="revops", attributes={"territory": ("West",)}))
    people: list[Person] = []
    for number in range(size):
        match number % 6:
            case 0:
                asks = itertools.islice(requests(revops, today, number), each)
                people.append(replicas.person(number, "revops", asks, territories=["West"]))
            case 1:
                role = "analyst" if number % 12 == 1 else "executive"
                people.append(replicas.person(number, role, itertools.islice(itertools.repeat(PLAIN), each)))
            case _:
                asks = itertools.islice(requests(finance, today, number), each)
                people.append(replicas.person(number, "finance", asks))
    return asked_by(people, seconds, think)


def check(replicas: Replicas, crowd: Crowd) -> None:
    assert not crowd.failures, crowd.failures[:3]
    assert set(crowd.ended) <= {"ok", "RATE_LIMITED"}, crowd.ended
    file = replicas.workspace / "records.jsonl"
    exported = replicas.assay("audit", "export", "--jsonl", str(file))
    assert exported.returncode == 0, exported.stderr
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    users = {r["receipt"]: r["user"] for r in records if r["kind"] == "intent"}
    ends = [r for r in records if r["kind"] == "outcome"]
    ok = [users[r["receipt"]] for r in ends if r["outcome"] == "ok"]
    assert len(ok) == crowd.ended["ok"]
    analysts = {user: ok.count(user) for user in set(users.values()) if "analyst" in user}
    assert analysts and set(analysts.values()) == {OF_EACH}
    assert sum("executive" in user for user in ok) == TOGETHER
    scopes = {json.loads(r["fields"])["scope"] for r in ends if "revops" in users.get(r["receipt"], "")}
    assert len(scopes) == 1 and "West" in scopes.pop()
    verified = replicas.assay("audit", "verify", "--json")
    assert json.loads(verified.stdout)["ok"] is True, verified.stdout


@pytest.mark.wide
def test_people_on_two_replicas_share_quotas_and_one_record(replicas: Replicas) -> None:
    check(replicas, crowd_of(replicas, size=24, seconds=120, think=(0.0, 0.2), each=7))


@pytest.mark.prove
def test_a_hundred_and_twenty_people_for_five_minutes(
    replicas: Replicas, record_property: Callable[[str, object], None]
) -> None:
    crowd = crowd_of(replicas, size=120, seconds=float(os.environ.get("ASSAY_LOAD_SECONDS", "300")), think=(3, 8))
    record_property("calls", len(crowd.spent))
    record_property("errors", len(crowd.failures))
    record_property("p50 ms", round(crowd.percentile(0.5)))
    record_property("p95 ms", round(crowd.percentile(0.95)))
    check(replicas, crowd)
