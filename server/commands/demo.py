"""`assay demo`: build the demo company, then show the product at work."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agents.render.words import bare
from catalog.loader import load_catalog
from catalog.refusals import Refusal
from demo.build import GOLD_FILE, build_company, is_current
from server import show
from server.agency import Agency, agency
from server.commands.options import FAILED, MISUSE, stop
from server.settings import DEMO_WORKSPACE, SETTINGS_FILE, SettingsError, load_settings, make_key
from server.wiring import CATALOG_FOLDER, Program, running

DEMO_KEY = b"the demo company keeps no secrets"
"""A fixed key, so that two builds of the demo answer byte for byte the same, pseudonyms included."""
DEMO_SOURCE = Path(__file__).resolve().parents[2] / "demo" / "workspace"
CLIENT = "assay demo"
AGENTS = ("anomaly-investigation", "customer-health", "weekly-brief")
"""In the order of their schedules, so that the brief knows the incidents."""

QUESTIONS = (
    "recognized revenue by segment last quarter vs the quarter before",
    "what is our ARR?",
    "NRR and GRR by month this year",
    "NPS last quarter",
)
REFUSED = "forecast revenue for next quarter"
DEFINED = "net revenue retention"


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where the demo workspace goes.")] = Path(DEMO_WORKSPACE),
    profile: Annotated[str, typer.Option(help="small, demo or large.")] = "demo",
    seed: Annotated[int, typer.Option(help="Another seed is another company history.")] = 7,
    plant: Annotated[str | None, typer.Option(help="Planted incidents, for example T3,T6.")] = None,
    clean: Annotated[bool, typer.Option("--clean", help="Plant nothing.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build again even if the data is there.")] = False,
    bigquery: Annotated[
        str | None,
        typer.Option(
            metavar="PROJECT.DATASET",
            help="Also load it into BigQuery (operational tables into DATASET_ops), and answer from there.",
        ),
    ] = None,
    api_endpoint: Annotated[str, typer.Option(help="Another address of BigQuery (a private endpoint).")] = "",
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Send no credentials: emulators only.")] = False,
) -> None:
    """Build a believable company and see questions answered, refused and explained."""
    if profile not in ("small", "demo", "large"):
        stop(f"--profile is small, demo or large, not '{profile}'", MISUSE)
    plants = frozenset(p.strip().upper() for p in plant.split(",") if p.strip()) if plant else None
    prepare(folder)
    try:
        _build(folder, profile, seed, plants, clean, rebuild)
    except ValueError as error:
        stop(str(error), MISUSE)
    if bigquery:
        _move_to_bigquery(folder, bigquery, api_endpoint, anonymous)
    settings = load_settings(folder.resolve())
    with running(settings) as built:
        _show(built, folder)
        if not bigquery:
            with agency(built) as own:
                _work_unasked(own)
    show.next_steps(folder)


def prepare(folder: Path) -> None:
    """Lay the demo workspace's files into `folder`; refuses a folder that holds something else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / SETTINGS_FILE).exists():
        stop(f"'{folder}' is not empty and not a workspace; choose another --dir.", MISUSE)
    shutil.copytree(DEMO_SOURCE, folder, dirs_exist_ok=True)
    key = folder / "state" / "key"
    if not key.exists():
        make_key(key, DEMO_KEY)


def _build(
    folder: Path,
    profile: Literal["small", "demo", "large"],
    seed: int,
    plants: frozenset[str] | None,
    clean: bool,
    rebuild: bool,
) -> None:
    if not rebuild and is_current(folder, profile=profile, seed=seed, plant=plants, clean=clean):
        show.line(f"Demo company is already built ({folder / GOLD_FILE}).")
        return
    with Progress(
        TextColumn("Building the demo company"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=show.CONSOLE,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=None)

        def advance(step: str, done: int, total: int) -> None:
            progress.update(task, description=step, completed=done, total=total)

        build_company(folder, profile=profile, seed=seed, plant=plants, clean=clean, progress=advance)
    _forget(folder)


def _move_to_bigquery(folder: Path, address: str, api_endpoint: str, anonymous: bool) -> None:
    """Load the built company into BigQuery, and let the workspace read it there: only once all of it is there."""
    # Google's client is heavy; only those who load into BigQuery wait for it.
    from server.bigquery import bigquery_client, bigquery_place  # noqa: PLC0415
    from warehouse.bigquery.load import Loaded, load_duckdb  # noqa: PLC0415

    project, _, dataset = address.rpartition(".")
    if not project or not dataset:
        stop(f"--bigquery takes PROJECT.DATASET, not '{address}'", MISUSE)
    file = folder / SETTINGS_FILE
    before = file.read_text(encoding="utf-8")
    text = before.replace('engine = "duckdb"', 'engine = "bigquery"')
    lines = [f'project = "{project}"', f'datasets = {{ gold = "{dataset}", ops = "{dataset}_ops" }}']
    lines += [f'api_endpoint = "{api_endpoint}"'] if api_endpoint else []
    lines += ["anonymous = true"] if anonymous else []
    file.write_text(text + "\n[warehouse.bigquery]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    try:
        settings = load_settings(folder.resolve())
        catalog = load_catalog(settings.workspace / CATALOG_FOLDER, settings.company)
        with Progress(
            TextColumn("Loading into BigQuery"),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=show.CONSOLE,
            transient=True,
        ) as progress:
            task = progress.add_task("", total=None)

            def advance(loaded: Loaded) -> None:
                progress.update(task, description=f"{loaded.schema}.{loaded.table}: {loaded.rows:,} rows")

            done = load_duckdb(
                folder / GOLD_FILE, catalog, bigquery_client(settings), bigquery_place(settings), advance
            )
    except (SettingsError, Refusal) as error:
        file.write_text(before, encoding="utf-8")
        stop(f"{error} The workspace still reads its own file.", FAILED)
    except BaseException:
        file.write_text(before, encoding="utf-8")
        raise
    show.line(f"Loaded {len(done)} tables, {sum(each.rows for each in done):,} rows, into {address} and {dataset}_ops.")


def _forget(folder: Path) -> None:
    """What agents remembered and sent belongs to the company that was there before."""
    for file in (folder / "state").glob("agents.sqlite*"):
        file.unlink()
    shutil.rmtree(folder / "outbox", ignore_errors=True)


def _work_unasked(own: Agency) -> None:
    """Run the agents that a Monday morning brings, and say where their messages are."""
    show.heading("Agents work unasked: their messages are in the outbox")
    for name in AGENTS:
        ran = own.run(name)
        titles = [bare(d.title.text, d.facts) for d in ran.made.documents] if ran.made else ["as before"]
        show.line(f"{name}: {titles[0] if titles else 'nothing to tell'}")
        for title in titles[1:3]:
            show.line(f"  {title}")
        if len(titles) > 3:
            show.line(f"  and {len(titles) - 3} more")
    outbox = own.program.settings.at(own.program.settings.agents.outbox)
    show.line(f"They are in {outbox}")
    for page in sorted(outbox.glob(f"{AGENTS[-1]}*.html"))[:1]:
        show.line(f"The brief, to open in a browser: {page}")


def _show(built: Program, folder: Path) -> None:
    principal = built.principal(None, None, {})
    company = built.catalog.company
    show.heading(f"{company.name}: asking as {principal.user} (role {principal.role})")
    failed = False
    for question in QUESTIONS:
        show.question(question)
        answer = built.toolset.call(principal, "query_curated_data", {"question": question}, client=CLIENT)
        show.result("query_curated_data", answer.structured, answer.text)
        failed = failed or answer.is_error
    show.heading("A question that cannot be answered is refused, with what to ask instead")
    show.question(REFUSED)
    refusal = built.toolset.call(principal, "query_curated_data", {"question": REFUSED}, client=CLIENT)
    show.result("query_curated_data", refusal.structured, refusal.text)
    show.heading("Every metric has a definition and an owner")
    definition = built.toolset.call(principal, "lookup_metric_definition", {"metric": DEFINED}, client=CLIENT)
    show.result("lookup_metric_definition", definition.structured, definition.text)
    show.heading("Every figure is reconciled with its source")
    status = built.toolset.call(principal, "fetch_reconciliation_status", {"scope": "all"}, client=CLIENT)
    show.result("fetch_reconciliation_status", status.structured, status.text)
    if failed or not refusal.is_error or definition.is_error or status.is_error:
        raise typer.Exit(FAILED)
