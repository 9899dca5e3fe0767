"""Fixtures that the whole suite shares: a small demo company, built once, and the program over it."""

from __future__ import annotations

import ipaddress
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.companies.build import build_brewery, build_fjord

# The same examples on every run; `make prove` looks further.
settings.register_profile("seeded", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("seeded")


COSTLY_FIXTURES = frozenset({"both_bigquery_ports", "browser"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `wide` what needs an emulator or a browser, and the cases after the first n of `first_cases(n)`."""
    seen: Counter[str] = Counter()
    for item in items:
        few = item.get_closest_marker("first_cases")
        test = item.nodeid.partition("[")[0]
        seen[test] += 1
        if COSTLY_FIXTURES & set(getattr(item, "fixturenames", ())) or (few and seen[test] > few.args[0]):
            item.add_marker("wide")


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    """No test of this process talks to another machine: a wrong address is an error, never a live call."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if internet and not ipaddress.ip_address(str(address[0]).replace("localhost", "127.0.0.1")).is_loopback:
            raise AssertionError(f"a test connects to {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked)
        yield


@pytest.fixture(autouse=True, scope="session")
def own_configuration_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys that the program makes for itself stay in a folder of these tests, for its processes too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL server, started when first needed: the URL of its maintenance database."""
    from tests.postgres import postgres_folder, postgres_server

    with postgres_folder() as folder, postgres_server(folder) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, once on each engine."""
    from tests.postgres import new_database

    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.sqlite'}"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def both_bigquery_ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """`tests.bigquery.Emulator`: a BigQuery without data, started when first needed."""
    from tests.bigquery import running_emulator

    with running_emulator(tmp_path_factory.mktemp("bigquery")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def bigquery_emulator(both_bigquery_ports: Any) -> str:
    """The address of a BigQuery emulator."""
    return both_bigquery_ports.rest


@pytest.fixture(scope="session")
def bigquery_storage(both_bigquery_ports: Any) -> str:
    """The address ("host:port") of the same emulator's Storage Read API."""
    return both_bigquery_ports.storage


@pytest.fixture(scope="session")
def fjord_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second company: clinics, with names of its own everywhere."""
    folder = tmp_path_factory.mktemp("fjord")
    build_fjord(folder)
    return folder


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company in its small size with the default plants: a workspace folder."""
    from demo.build import build_company
    from server.commands.demo import prepare

    folder = tmp_path_factory.mktemp("demo") / "workspace"
    prepare(folder)
    build_company(folder, profile="small")
    return folder


@pytest.fixture(scope="session")
def clean_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company in its small size with nothing planted."""
    from demo.build import build_company
    from server.commands.demo import prepare

    folder = tmp_path_factory.mktemp("clean") / "workspace"
    prepare(folder)
    build_company(folder, profile="small", clean=True)
    return folder


def _running(folder: Path, state: Path) -> Iterator[object]:
    from server.settings import StateSettings, load_settings
    from server.wiring import running

    settings = load_settings(folder, environ={})
    own = settings.model_copy(update={"state": StateSettings(path=state / "audit.sqlite")})
    with running(own) as built:
        yield built


@pytest.fixture(scope="module")
def demo_program(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """`server.wiring.Program` over the demo company, with an audit log of its own."""
    yield from _running(demo_workspace, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def brewery_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """`server.wiring.Program` over the third company, a brewery made as docs/catalog.md says."""
    folder = tmp_path_factory.mktemp("brewery")
    build_brewery(folder)
    yield from _running(folder, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def fjord_program(fjord_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """`server.wiring.Program` over the second company."""
    yield from _running(fjord_workspace, tmp_path_factory.mktemp("state"))
