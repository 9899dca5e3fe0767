"""`assay init DIR`: a workspace of your own, small enough to read, that passes its own check."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from catalog.refusals import WarehouseDown
from server import show
from server.commands.options import FAILED, MISUSE, stop
from server.settings import SETTINGS_FILE, StateSettings, make_key

STARTER = Path(__file__).resolve().parents[1] / "starter"
TOML = """\
# Drafted from {project}.{dataset}. Only what differs from the defaults stands here; docs/operations.md lists all.

[company]
name = "Your company"          # REVIEW
time_zone = "UTC"              # REVIEW: IANA name; days, weeks and "yesterday" are the company's
fiscal_start_month = 1         # REVIEW
# fiscal_years_named_by = "end"  # REVIEW: is fiscal 2025 the year that ends in 2025, or (start) begins in it
currency = "{currency}"

[warehouse]
engine = "bigquery"

[warehouse.bigquery]
project = "{project}"
datasets = {{ {schema} = "{dataset}" }}
{more}"""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An empty or new folder.")],
    bigquery: Annotated[
        str | None,
        typer.Option(
            metavar="PROJECT.DATASET", help="Draft it from the tables of this dataset, guesses marked REVIEW."
        ),
    ] = None,
    location: Annotated[str, typer.Option(help="Where the dataset lies, for example EU.")] = "",
    currency: Annotated[str, typer.Option(help="Currency of amounts that name none.")] = "USD",
    api_endpoint: Annotated[str, typer.Option(help="Another address of BigQuery (a private endpoint).")] = "",
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Send no credentials: emulators only.")] = False,
) -> None:
    """Start a workspace: settings, one table, one metric, roles and a playbook, each explained where it stands."""
    try:
        if folder.exists() and any(folder.iterdir()):
            stop(f"'{folder}' is not empty; nothing was written.", MISUSE)
        if bigquery:
            _draft(folder, bigquery, location, currency, api_endpoint, anonymous)
        else:
            shutil.copytree(STARTER, folder, dirs_exist_ok=True)
        make_key(folder / StateSettings().key_file)
    except OSError as error:
        stop(f"'{folder}' cannot be written whole: {_reason(error)}. Remove what is there, then try again.", FAILED)
    if not bigquery:
        typer.echo(f"Made a workspace in {folder}. Next: edit {SETTINGS_FILE}, then `assay catalog check -w {folder}`.")


def _reason(error: OSError) -> str:
    """Why, in the system's words; of a copy of many files, the first file's."""
    if isinstance(error, shutil.Error):
        return str(error.args[0][0][2]).partition(": ")[0]
    return error.strerror or str(error)


def _draft(folder: Path, address: str, location: str, currency: str, api_endpoint: str, anonymous: bool) -> None:
    # Google's client is heavy; only companies on BigQuery wait for it.
    from server.drafting.bigquery import read_dataset  # noqa: PLC0415
    from server.drafting.write import draft_workspace  # noqa: PLC0415
    from warehouse.bigquery.connection import connect  # noqa: PLC0415
    from warehouse.bigquery.place import Place  # noqa: PLC0415

    project, _, dataset = address.rpartition(".")
    if not project or not dataset:
        stop(f"--bigquery takes PROJECT.DATASET, not '{address}'", MISUSE)
    try:
        place = Place(project, location, "", {})
        client = connect(place, api_endpoint=api_endpoint, anonymous=anonymous)
        tables = read_dataset(client, project, dataset)
    except (WarehouseDown, ValueError) as error:
        stop(str(error), FAILED)
    if not tables:
        stop(f"'{address}' holds no tables; nothing was written.", FAILED)
    schema = dataset.lower() if dataset.isidentifier() else "gold"
    more = "".join(
        line
        for line in (
            f'location = "{location}"\n' if location else "",
            f'api_endpoint = "{api_endpoint}"\n' if api_endpoint else "",
            "anonymous = true\n" if anonymous else "",
        )
    )
    settings = TOML.format(project=project, dataset=dataset, schema=schema, currency=currency, more=more)
    draft = draft_workspace(folder, tables, settings=settings, schema=schema, currency=currency)
    show.line(
        f"Drafted {draft.tables} tables and {draft.metrics} metrics in {folder}; "
        f"{draft.personal} columns look personal and are denied to everybody; {draft.reviews} places say REVIEW."
    )
    for reason in draft.skipped:
        show.line(f"  left out  {reason}")
    show.line(f"Next: look at every REVIEW, then `assay catalog check -w {folder}`.")
