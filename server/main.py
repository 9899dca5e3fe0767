"""The command `assay`: its verbs, and the exit codes 0 (ok), 1 (failed or refused), 2 (misuse)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command_from_info, get_group_from_info
from typer.models import CommandInfo, TyperInfo

Command = Any
"""A command or a group of typer's, whose common type it does not export."""

VERBS = {
    "demo": "demo:demo",
    "ask": "ask:ask",
    "metric": "ask:metric",
    "status": "ask:status",
    "explain": "ask:explain",
    "serve": "serve:serve",
    "init": "init:init",
    "doctor": "doctor:doctor",
    "catalog": "catalog:catalog_app",
    "audit": "records:audit_app",
    "receipt": "records:receipt_app",
    "limits": "limits:limits",
    "connect": "connect:connect_app",
    "agents": "agents:agents_app",
}
"""Verb → module of `server.commands` and name in it: a function, or a group of verbs."""


class Imported(MutableMapping[str, Command]):
    """The verbs; each is imported when it is used, so that none pays for the others."""

    def __init__(self) -> None:
        self._known: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        """The verb of that name. Raises KeyError."""
        module, _, attribute = VERBS[name].partition(":")
        if name not in self._known:
            found: Any = getattr(import_module(f"server.commands.{module}"), attribute)
            self._known[name] = _group(name, found) if isinstance(found, typer.Typer) else _command(name, found)
        return self._known[name]

    def __setitem__(self, name: str, command: Command) -> None:
        """Add a verb that is there already."""
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        """Forget what was imported."""
        del self._known[name]

    def __iter__(self) -> Iterator[str]:
        """Names, in order of use."""
        return iter(VERBS)

    def __len__(self) -> int:
        """How many there are."""
        return len(VERBS)


def _group(name: str, found: typer.Typer) -> Command:
    return get_group_from_info(
        TyperInfo(found, name=name), pretty_exceptions_short=False, suggest_commands=True, rich_markup_mode=None
    )


def _command(name: str, found: Callable[..., object]) -> Command:
    return get_command_from_info(
        CommandInfo(name, callback=found), pretty_exceptions_short=False, rich_markup_mode=None
    )


class Verbs(TyperGroup):
    """The group of all verbs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Imported()


app = typer.Typer(
    name="assay",
    cls=Verbs,
    help="Trusted answers from a company's curated data.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"assay {version('assay')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Trusted answers from a company's curated data."""


def main() -> None:
    """Entry point of the console script."""
    app()
