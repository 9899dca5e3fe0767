"""The manifests under deploy/ name only what exists: verbs, options, probes and variables; and run without rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from server.main import app

ROOT = Path(__file__).parents[1]
MANIFESTS = sorted((ROOT / "deploy").rglob("*.yaml"))
SETTINGS = (ROOT / "server" / "settings.py").read_text(encoding="utf-8")
ROUTES = (ROOT / "server" / "http.py").read_text(encoding="utf-8")


def documents(file: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


def found(part: Any, key: str) -> Iterator[Any]:
    """Every value of `key`, at any depth."""
    if isinstance(part, dict):
        if key in part:
            yield part[key]
        for each in part.values():
            yield from found(each, key)
    elif isinstance(part, list):
        for each in part:
            yield from found(each, key)


def containers() -> list[Any]:
    every = (c for file in MANIFESTS for doc in documents(file) for group in found(doc, "containers") for c in group)
    return [pytest.param(container, id=" ".join(container["command"])) for container in every]


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_manifest_is_whole(file: Path) -> None:
    for document in documents(file):
        assert {"apiVersion", "kind", "metadata"} <= set(document)
        assert document["metadata"]["name"].startswith("assay")


@pytest.mark.parametrize("container", containers())
def test_a_container_runs_a_verb_that_exists(container: dict[str, Any]) -> None:
    program, *words = container["command"]
    assert program == "assay"
    verbs = [word for word in words if not word.startswith("-") and ":" not in word]
    shown = CliRunner().invoke(app, [*verbs, "--help"])
    assert shown.exit_code == 0, shown.output
    for option in (word for word in words if word.startswith("--")):
        assert option in shown.output


@pytest.mark.parametrize("container", containers())
def test_probes_and_variables_exist(container: dict[str, Any]) -> None:
    for probe in found(container, "httpGet"):
        assert f'"{probe["path"]}"' in ROUTES
    for entry in container.get("env", []):
        assert entry["name"] in SETTINGS


def test_the_secret_names_only_variables_that_are_read() -> None:
    (secret,) = documents(ROOT / "deploy" / "kubernetes" / "secret.example.yaml")
    for name in secret["stringData"]:
        assert re.search(rf'"{name}"', SETTINGS), name


def test_pods_run_without_rights() -> None:
    for file in (ROOT / "deploy" / "kubernetes").glob("*.yaml"):
        for document in documents(file):
            for group in found(document, "containers"):
                for container in group:
                    held = container["securityContext"]
                    assert held["readOnlyRootFilesystem"] is True
                    assert held["allowPrivilegeEscalation"] is False
                    assert held["capabilities"] == {"drop": ["ALL"]}
                    assert "memory" in container["resources"]["limits"]
            for pod in found(document, "securityContext"):
                if "runAsUser" in pod:
                    assert pod["runAsNonRoot"] is True
