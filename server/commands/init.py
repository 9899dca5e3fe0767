"""`assay init DIR`: a workspace of your own, small enough to read, that passes its own check."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from server.commands.options import MISUSE, stop
from server.settings import SETTINGS_FILE, StateSettings, make_key

STARTER = Path(__file__).resolve().parents[1] / "starter"


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An empty or new folder.")],
) -> None:
    """Start a workspace: settings, one table, one metric, roles and a playbook, each explained where it stands."""
    if folder.exists() and any(folder.iterdir()):
        stop(f"'{folder}' is not empty; nothing was written.", MISUSE)
    shutil.copytree(STARTER, folder, dirs_exist_ok=True)
    make_key(folder / StateSettings().key_file)
    typer.echo(f"Made a workspace in {folder}. Next: edit {SETTINGS_FILE}, then `assay catalog check -w {folder}`.")
