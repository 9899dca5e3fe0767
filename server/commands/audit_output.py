"""How the desk's reports look: a table for people, CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table

from audit.desk.table import Cell, Report
from server import show
from server.commands.options import MISUSE, stop
from server.spreadsheet import write_csv
from tools.cells import clean_text

Csv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")]
NOTHING = "–"
WIDEST = 2_000
"""Columns of a terminal that no report needs."""
HEADING = 3
"""Cells that head the block of a row."""
MOST_ROWS = 200
"""Rows shown in a terminal; --json and --csv give all."""


def print_report(report: Report, as_json: bool, as_csv: bool) -> None:
    """Print a report in the form that was asked for; exit 2 where two were."""
    if as_json and as_csv:
        stop("--json or --csv, not both", MISUSE)
    if as_json:
        sys.stdout.write(json.dumps(report.as_data(), ensure_ascii=False) + "\n")
    elif as_csv:
        write_csv(sys.stdout, report.columns, report.rows)
    else:
        _for_people(report)


def _for_people(report: Report) -> None:
    show.heading(report.title)
    shown = [[_shown(cell) for cell in row] for row in report.rows[:MOST_ROWS]]
    if shown:
        table = _table(report.columns, shown)
        wide = Measurement.get(show.CONSOLE, show.CONSOLE.options.update_width(WIDEST), table).maximum
        if wide <= show.CONSOLE.width:
            show.CONSOLE.print(table)
        else:
            _blocks(report.columns, shown)
    for note in report.notes:
        show.line(note)
    if (hidden := len(report.rows) - MOST_ROWS) > 0:
        show.line(f"{hidden:,} more rows: --csv and --json print all.")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(escape(name), overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """One block a row, where a table would be too narrow to read."""
    for row in rows:
        show.CONSOLE.print()
        show.CONSOLE.print(" · ".join(f"[bold]{escape(cell)}[/]" for cell in row[:HEADING]))
        told = [
            f"[dim]{escape(name)}[/] {escape(cell)}"
            for name, cell in zip(columns[HEADING:], row[HEADING:], strict=True)
            if cell != NOTHING
        ]
        show.CONSOLE.print(Padding(" · ".join(told), (0, 0, 0, 4)))
    show.CONSOLE.print()


def _shown(cell: Cell) -> str:
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return clean_text(str(cell))
