"""The clinics with limits: a workspace of its own for each test, as an operator would write it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.settings import load_settings
from server.wiring import Program, running
from tools.limits.ledger import Ledger

Workspace = Callable[..., Path]
Running = Callable[..., Program]


@pytest.fixture
def limited(fjord_workspace: Path, tmp_path: Path) -> Workspace:
    """Makes a workspace whose every role has these limits; `state_url` names the store where it is PostgreSQL."""

    def made(state_url: str = "", **limits: Any) -> Path:
        folder = tmp_path / "clinics"
        shutil.copytree(fjord_workspace, folder, ignore=shutil.ignore_patterns("state"))
        file = folder / "catalog" / "policies.yml"
        policies = yaml.safe_load(file.read_text())
        for role in policies["roles"]:
            role["limits"] = limits
        file.write_text(yaml.safe_dump(policies))
        settings = folder / "assay.toml"
        if state_url.startswith("postgresql"):
            settings.write_text(settings.read_text() + f'\n[state]\nurl = "{state_url}"\n')
        return folder

    return made


@pytest.fixture
def started(limited: Workspace) -> Iterator[Running]:
    """Starts the program in this process over a workspace with these limits."""
    with ExitStack() as stack:

        def program(state_url: str = "", **limits: Any) -> Program:
            settings = load_settings(limited(state_url, **limits), environ={})
            return stack.enter_context(running(settings))

        yield program


@pytest.fixture
def ledger(state_url: str) -> Iterator[Ledger]:
    """An empty ledger, once on each engine."""
    found = Ledger(state_url)
    yield found
    found.close()


def store_of(workspace: Path, state_url: str) -> str:
    """The URL of the store that a workspace of `limited` uses."""
    return state_url if state_url.startswith("postgresql") else f"sqlite:///{workspace / 'state' / 'limits.sqlite'}"
