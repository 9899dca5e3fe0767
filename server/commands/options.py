"""Options that several verbs share, and what every verb does first: find the workspace, build the program, name the
caller."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from catalog.loader import CatalogError
from catalog.principals import Principal
from catalog.refusals import Refusal
from server.settings import SettingsError, find_workspace, load_settings
from server.wiring import Program, running

FAILED = 1
MISUSE = 2

Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="Workspace folder (default: $ASSAY_WORKSPACE, this folder, the demo)."),
]
As = Annotated[str | None, typer.Option("--as", metavar="USER", help="Local user to ask as.")]
Role = Annotated[str | None, typer.Option("--role", help="Which of the user's roles.")]
Attr = Annotated[
    list[str] | None, typer.Option("--attr", metavar="NAME=VALUE", help="Attribute of the user; repeatable.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def stop(message: str, code: int = FAILED) -> NoReturn:
    """Say what is wrong on stderr and end with `code`."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


@contextmanager
def program(workspace: Path | None, at: datetime | None = None) -> Generator[Program]:
    """The program of the workspace, as of the moment `at` of the company where one is given; what is wrong with its
    settings or catalog ends the verb with exit 2."""
    try:
        settings = load_settings(find_workspace(workspace))
        if at is not None:
            settings = settings.model_copy(update={"company": settings.company.model_copy(update={"today": at})})
        with running(settings) as built:
            yield built
    except (SettingsError, CatalogError) as error:
        stop(str(error), MISUSE)
    except Refusal as refusal:
        stop(refusal.text)


def caller(built: Program, user: str | None, role: str | None, attr: list[str] | None) -> Principal:
    """The local principal that the options name; exit 2 when they name none."""
    attributes: dict[str, tuple[str, ...]] = {}
    for pair in attr or []:
        name, sign, value = pair.partition("=")
        if not sign or not name or not value:
            stop(f"--attr takes NAME=VALUE, not '{pair}'", MISUSE)
        attributes[name] = (*attributes.get(name, ()), value)
    try:
        return built.principal(user, role, attributes)
    except ValueError as error:
        stop(str(error), MISUSE)
