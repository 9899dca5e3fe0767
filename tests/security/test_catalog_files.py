"""A server that others reach must not run as a user who could rewrite the policies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.catalog_files import writable_files, writable_words
from tests.companies.build import FJORD
from tests.processes import assay, http_server

OPEN_ADDRESS = "0.0.0.0:1"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """The second company's workspace, in which every permission may be changed."""
    folder = tmp_path / "w"
    shutil.copytree(FJORD, folder)
    _permit(folder, 0o755, 0o644)
    yield folder
    _permit(folder, 0o755, 0o644)


def _permit(folder: Path, folders: int, files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(folders if path.is_dir() else files)


def _writable(workspace: Path) -> list[str]:
    found = writable_files(workspace, workspace / "catalog")
    return [str(path.relative_to(workspace)) for path in found]


def test_files_and_folders_without_write_permission_are_fine(workspace: Path) -> None:
    assert "catalog/policies.yml" in _writable(workspace)
    assert "assay.toml" in _writable(workspace)
    _permit(workspace, 0o555, 0o444)
    assert _writable(workspace) == []


@pytest.mark.parametrize("name", ["catalog/policies.yml", "catalog/principals.yml", "catalog/tables/visit.yml"])
def test_one_file_that_anyone_may_write_is_found(workspace: Path, name: str) -> None:
    _permit(workspace, 0o555, 0o444)
    (workspace / name).chmod(0o646)
    assert _writable(workspace) == [name]


def test_a_folder_whose_files_may_be_replaced_is_found(workspace: Path) -> None:
    _permit(workspace, 0o555, 0o444)
    (workspace / "catalog").chmod(0o757)
    assert _writable(workspace) == ["catalog"]


def test_the_refusal_has_a_code_and_names_files_within_the_workspace_only(workspace: Path) -> None:
    said = writable_words(writable_files(workspace, workspace / "catalog"), workspace)
    assert said.startswith("CATALOG_WRITABLE: the user who serves may change assay.toml, catalog,")
    assert "--allow-writable-catalog" in said
    assert str(workspace) not in said


def test_serving_others_from_a_writable_catalog_is_refused_until_allowed(workspace: Path) -> None:
    done = assay("serve", "--http", OPEN_ADDRESS, "--insecure", "-w", str(workspace))
    assert (done.returncode, done.stderr.count("CATALOG_WRITABLE: ")) == (2, 1)


def test_on_this_machine_a_writable_catalog_is_served_and_its_policy_version_logged(
    fjord_workspace: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with http_server(fjord_workspace, log=log):
        pass
    assert '"message": "serving", "policy_version": "' in log.read_text()
