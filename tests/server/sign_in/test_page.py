"""The page about sign-in is proven: its settings exist, its examples load, its commands run."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from catalog.company import Company
from catalog.loader import load_catalog
from server.sign_in.people import check_mapping
from server.sign_in.settings import ClaimSettings, SignInSettings
from tests.processes import environment
from tests.server.sign_in.conftest import Deployment

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "sign_in.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^curl .*$", PAGE, re.MULTILINE)


def test_every_setting_is_documented_and_none_that_does_not_exist() -> None:
    keys = " ".join(re.findall(r"^\| (`sign_in.*?`) \|", PAGE, re.MULTILINE))
    assert set(re.findall(r"`sign_in\.claims\.(\w+)`", keys)) == set(ClaimSettings.model_fields)
    assert set(re.findall(r"`sign_in\.(\w+)`", keys)) == set(SignInSettings.model_fields) - {"claims"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_fits_the_demo_company(example: str, demo_workspace: Path) -> None:
    settings = SignInSettings.model_validate(tomllib.loads(example)["sign_in"])
    check_mapping(settings, load_catalog(demo_workspace / "catalog", Company(name="any")))


def test_the_commands_say_what_the_page_says(deployment: Deployment) -> None:
    told = []
    for command in COMMANDS:
        here = command.replace("https://assay.example.com", deployment.bases[0])
        variables = {**environment(), "TOKEN": deployment.token("Assay Finance")}
        done = subprocess.run(here, shell=True, env=variables, capture_output=True, text=True, timeout=30, check=True)
        told.append(done.stdout)
    metadata, refused, tools = told
    assert deployment.issuer.url in metadata
    assert refused.startswith("HTTP/1.1 401")
    assert "resource_metadata=" in refused
    assert "query_curated_data" in tools
