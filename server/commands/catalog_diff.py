"""`assay catalog diff`: what two catalogs say differently, and what that changes for whom."""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from catalog.access_diff import access_changes
from catalog.catalog import Catalog
from catalog.company import Company
from catalog.definition_diff import definition_changes
from catalog.loader import CatalogError, load_catalog
from catalog.refusals import Refusal
from server.catalog_changes import Review, reviewed
from server.commands.options import FAILED, MISUSE, Json, stop
from server.settings import SETTINGS_FILE, Settings, SettingsError, load_settings
from server.wiring import CATALOG_FOLDER

POLICIES = "policies.yml"
SAME = "The two catalogs define the same; --access compares the rights."
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A workspace, or its catalog folder.")]


def diff(
    old: Folder,
    new: Folder,
    access: Annotated[
        bool, typer.Option("--access", help="What changes for whom; exit 1 where anybody may see more.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Workspace whose rows are counted (default: NEW)."),
    ] = None,
    questions: Annotated[bool, typer.Option(help="Ask the metrics' example questions as each role.")] = True,
    as_json: Json = False,
) -> None:
    """Compare two catalogs: definitions, or with --access the rights of every role and user."""
    try:
        folders = _catalog_folder(old), _catalog_folder(new)
        if not access:
            _show_definitions(_loaded(old, folders[0]), _loaded(new, folders[1]), as_json)
            return
        settings = _data(data, new)
        if settings:
            review = reviewed(*folders, settings, questions=questions)
        else:
            review = Review(tuple(access_changes(_loaded(old, folders[0]), _loaded(new, folders[1]))))
    except (SettingsError, CatalogError, ValidationError) as error:
        stop(str(error), MISUSE)
    except Refusal as refusal:
        stop(refusal.text)
    _show_review(review, as_json, counted=settings is not None)
    if review.wider:
        raise typer.Exit(FAILED)


def _catalog_folder(given: Path) -> Path:
    """The catalog folder of a workspace, or the folder itself."""
    found = next((f for f in (given / CATALOG_FOLDER, given) if (f / POLICIES).is_file()), None)
    return found or stop(f"'{given}' holds no catalog: no {POLICIES} in it or in its folder {CATALOG_FOLDER}.", MISUSE)


def _loaded(given: Path, folder: Path) -> Catalog:
    file = given / SETTINGS_FILE
    tree: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return load_catalog(folder, Company.model_validate(tree.get("company") or {"name": given.resolve().name}))


def _data(named: Path | None, new: Path) -> Settings | None:
    """The workspace whose rows are counted; None where there is none."""
    folder = named or new
    if not (folder / SETTINGS_FILE).is_file():
        if named:
            stop(f"'{named}' is not a workspace: it has no {SETTINGS_FILE}.", MISUSE)
        return None
    settings = load_settings(folder.resolve())
    if not settings.at(settings.warehouse.path).exists():
        if named:
            stop(f"'{named}' has no data: {settings.warehouse.path} is missing.", MISUSE)
        return None
    return settings


def _show_definitions(old: Catalog, new: Catalog, as_json: bool) -> None:
    changes = definition_changes(old, new)
    if as_json:
        _write({"changes": [asdict(change) for change in changes]})
        return
    for change in changes:
        typer.echo(change.line)
    typer.echo(f"{len(changes)} entries differ." if changes else SAME)


def _show_review(review: Review, as_json: bool, *, counted: bool) -> None:
    if as_json:
        found = {"ok": not review.wider, "wider": review.wider, "others": review.others, "rows_counted": counted}
        _write(
            {**found, **{part: [asdict(c) for c in getattr(review, part)] for part in ("rights", "rows", "questions")}}
        )
        return
    for line in (*review.wider, *review.others):
        typer.echo(line)
    if not counted:
        typer.echo("No data beside the new catalog: rows were not counted (--data DIR).")
    typer.echo(f"{len(review.wider)} widenings, {len(review.others)} other changes.")


def _write(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found, default=str) + "\n")
