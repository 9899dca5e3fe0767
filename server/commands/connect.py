"""`assay connect claude-desktop`: the entry that Claude Desktop needs, shown or merged into its configuration."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.commands.options import As, Role, Workspace, stop
from server.settings import SettingsError, find_workspace


class DesktopConfig(BaseModel):
    """Claude Desktop's configuration; everything but the servers is kept as it is."""

    model_config = ConfigDict(extra="allow")

    mcp_servers: dict[str, Any] = Field(default_factory=dict[str, Any], alias="mcpServers")


connect_app = typer.Typer(help="Connect a client.", no_args_is_help=True)


@connect_app.callback()
def clients() -> None:
    """Connect a client."""


@connect_app.command("claude-desktop")
def claude_desktop(
    write: Annotated[bool, typer.Option("--write", help="Merge into Claude Desktop's configuration file.")] = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file, where it is not in its usual place.")] = None,
    name: Annotated[str, typer.Option(help="Name of the server in Claude.")] = "assay",
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
) -> None:
    """Print the configuration entry for Claude Desktop, or merge it safely with --write."""
    try:
        entry = server_entry(find_workspace(workspace), user, role)
    except SettingsError as error:
        stop(str(error))
    if not write:
        sys.stdout.write(json.dumps({"mcpServers": {name: entry}}, indent=2) + "\n")
        return
    file = config or usual_config_file()
    merge(file, name, entry)
    typer.echo(f"Wrote server '{name}' to {file}. Restart Claude Desktop to use it.")


def server_entry(workspace: Path, user: str | None, role: str | None) -> dict[str, object]:
    """The `mcpServers` entry that starts this installation over stdio for `workspace`."""
    command = Path(sys.executable).with_name("assay.exe" if os.name == "nt" else "assay")
    arguments = ["serve", "--workspace", str(workspace)]
    arguments += ["--as", user] if user else []
    arguments += ["--role", role] if role else []
    return {"command": str(command), "args": arguments}


def usual_config_file() -> Path:
    """Where Claude Desktop keeps its configuration on this system."""
    if sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    elif os.name == "nt":
        folder = Path.home() / "AppData" / "Roaming"
    else:
        folder = Path.home() / ".config"
    return folder / "Claude" / "claude_desktop_config.json"


def merge(file: Path, name: str, entry: Mapping[str, object]) -> None:
    """Add or replace one server, keeping everything else; the old file stays beside it as `.bak`."""
    before = file.read_text(encoding="utf-8") if file.exists() else "{}"
    try:
        config = DesktopConfig.model_validate_json(before or "{}")
    except ValidationError:
        stop(f"{file} is not Claude Desktop's configuration as JSON; nothing was changed.")
    if file.exists():
        file.with_suffix(".json.bak").write_text(before, encoding="utf-8")
    config.mcp_servers[name] = dict(entry)
    tree = config.model_dump(mode="json", by_alias=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = file.with_suffix(".json.new")
    whole.write_text(json.dumps(tree, indent=2) + "\n", encoding="utf-8")
    whole.replace(file)
