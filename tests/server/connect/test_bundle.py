"""The bundle for Claude Desktop: built, checked by the official command line, unpacked and run as a host runs it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.processes import environment
from tools.toolset import TOOLS

ROOT = Path(__file__).parents[3]
UV = Path(sys.executable).with_name("uv")
AS_A_HOST = """
import { readFileSync } from "node:fs";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";
const [folder, given] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`, "utf8"));
const told = await getMcpConfigForManifest({
  manifest, extensionPath: folder, systemDirs: {}, userConfig: JSON.parse(given), pathSeparator: "/" });
console.log(JSON.stringify(told ?? null));
"""


@pytest.fixture(scope="module")
def bundle(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle's file, as `make bundle` writes it."""
    cli = (node_modules / ".bin" / "mcpb").resolve()
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, ROOT / "bundle" / "build.py", "--out", out, "--mcpb", cli],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="module")
def unpacked(bundle: Path, node_tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a host lays the bundle into."""
    folder = tmp_path_factory.mktemp("extension") / "assay"
    done = node_tool("mcpb", "unpack", str(bundle), str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def host_config(node_modules: Path, node_tool, unpacked: Path):
    """What the host's own library makes of what a person filled in; None where something is missing."""
    script = node_modules.parent / "as-a-host.mjs"
    script.write_text(AS_A_HOST)

    def configured(**filled: str) -> dict[str, Any] | None:
        done = node_tool.node(str(script), str(unpacked), json.dumps(filled))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return configured


def scope_told(command: StdioServerParameters, mode: str) -> str:
    """The scope of an answer of a server that is started like this."""

    async def run() -> str:
        async with Client(stdio_client(command), mode=mode) as client:
            assert [t.name for t in (await client.list_tools()).tools] == [tool.name for tool in TOOLS]
            told = await client.call_tool("query_curated_data", {"question": "recognized revenue last quarter"})
            assert told.structured_content is not None and told.structured_content["status"] == "ok"
            return told.structured_content["scope"]

    return anyio.run(run)


@pytest.mark.node
def test_the_manifest_names_this_version_and_these_tools(unpacked: Path) -> None:
    told = json.loads((unpacked / "manifest.json").read_text())
    assert told["version"] in (ROOT / "pyproject.toml").read_text()
    assert [tool["name"] for tool in told["tools"]] == [tool.name for tool in TOOLS]


@pytest.mark.node
def test_the_bundle_names_no_registry_no_folder_of_this_machine_and_holds_no_leftovers(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as packed:
        names = packed.namelist()
        text = "\n".join(packed.read(n).decode(errors="replace") for n in names if not n.endswith(".png"))
    assert not [n for n in names if "__pycache__" in n or n.endswith((".pyc", ".sqlite", ".duckdb", "uv.lock"))]
    assert str(ROOT) not in text and f"{Path.home()}/" not in text
    assert not re.search(r"index-url|find-links|https?://\S*(simple|pypi|npmjs|artifact)", text)
    assert bundle.stat().st_size < 2_000_000


@pytest.mark.node
def test_a_host_does_not_start_it_before_a_workspace_is_chosen(host_config) -> None:
    assert host_config() is None


@pytest.mark.node
def test_unpacked_it_answers_as_the_user_and_role_that_were_filled_in(
    host_config, unpacked: Path, demo_workspace: Path
) -> None:
    told = host_config(workspace=str(demo_workspace), user="rev.jordan", role="revops")
    assert told["command"] == "uv"
    assert told["args"] == ["run", "--directory", str(unpacked), "python", "start.py"]
    # The libraries are those of this environment, the era is Claude Desktop's; `make prove` has uv install them and
    # speaks both eras.
    started = [str(unpacked / "start.py")]
    command = StdioServerParameters(command=sys.executable, args=started, env=environment() | told["env"])
    assert scope_told(command, "legacy").startswith("territory")


@pytest.mark.node
@pytest.mark.prove
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_uv_installs_and_starts_it_with_the_pinned_libraries(
    mode: str, host_config, unpacked: Path, demo_workspace: Path, record_property
) -> None:
    told = host_config(workspace=str(demo_workspace))
    known = environment()
    known.pop("PYTHONPATH", None)
    first = subprocess.run(
        [UV, *told["args"][:3], "python", "-c", "from importlib.metadata import version; print(version('mcp'))"],
        env=known | told["env"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if first.returncode != 0 and re.search(r"dns|connect|Failed to fetch", first.stderr):
        pytest.skip(f"the package registry cannot be reached: {first.stderr.strip()[-300:]}")
    assert f"mcp=={first.stdout.strip()}" in (ROOT / "requirements" / "runtime.txt").read_text()
    command = StdioServerParameters(command=str(UV), args=told["args"], env=known | told["env"])
    assert scope_told(command, mode) == ""
    record_property("bundle", f"{mode}: installed by uv and answered")
