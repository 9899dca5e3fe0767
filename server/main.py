"""The command `assay`: its verbs, and the exit codes 0 (ok), 1 (failed or refused), 2 (misuse)."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from server.commands.agents import agents_app
from server.commands.ask import ask, explain, metric, status
from server.commands.catalog import catalog_app
from server.commands.connect import connect_app
from server.commands.demo import demo
from server.commands.doctor import doctor
from server.commands.init import init
from server.commands.records import audit_app, receipt_app
from server.commands.serve import serve

app = typer.Typer(
    name="assay",
    help="Trusted answers from a company's curated data.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for verb in (demo, ask, metric, status, explain, serve, init, doctor):
    app.command()(verb)
app.add_typer(catalog_app, name="catalog")
app.add_typer(audit_app, name="audit")
app.add_typer(receipt_app, name="receipt")
app.add_typer(connect_app, name="connect")
app.add_typer(agents_app, name="agents")


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
