"""The command that starts this installation for a workspace, in the words of each client."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Start:
    """What a client runs: a program and its arguments."""

    program: Path
    arguments: tuple[str, ...]

    def desktop_entry(self) -> dict[str, object]:
        """The value of one server under `mcpServers`."""
        return {"command": str(self.program), "args": list(self.arguments)}


def start_of(workspace: Path, user: str | None, role: str | None, attr: Sequence[str] | None) -> Start:
    """This installation over stdio for `workspace`, as a local user."""
    program = Path(sys.executable).with_name("assay.exe" if os.name == "nt" else "assay")
    arguments = ["serve", "--workspace", str(workspace)]
    arguments += ["--as", user] if user else []
    arguments += ["--role", role] if role else []
    arguments += [part for pair in attr or () for part in ("--attr", pair)]
    return Start(program, tuple(arguments))


def code_local(name: str, scope: str, start: Start) -> str:
    """The line that adds this installation to Claude Code. What follows `--` is the command it will run."""
    words = ["claude", "mcp", "add", "--transport", "stdio", "--scope", scope, name, "--"]
    return shlex.join([*words, str(start.program), *start.arguments])


def code_remote(name: str, scope: str, url: str) -> str:
    """The line that adds a server at a URL to Claude Code; it signs in from `/mcp` there."""
    return shlex.join(["claude", "mcp", "add", "--transport", "http", "--scope", scope, name, url])
