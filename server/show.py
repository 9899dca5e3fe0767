"""How answers look in a terminal: tables, a trust line, a receipt. Plain text when the output is not a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from audit.log import Record, Verification
from catalog.problems import Problem
from tools.metric_tests import TestResult
from tools.receipts import ReceiptVerdict

if TYPE_CHECKING:
    from agents.message_receipts import MessageVerdict

CONSOLE = Console(highlight=False, soft_wrap=False)
COLOURS = {
    "reconciled": "green",
    "green": "green",
    "unreconciled": "yellow",
    "stale": "yellow",
    "amber": "yellow",
    "variance": "red",
    "degraded": "red",
    "red": "red",
}
MOST_ROWS = 40
"""Rows shown in a terminal; --json and the cursor give the rest."""
TOLD = ("figure", "value", "period", "slice", "answer", "trust")
"""Columns of the figures of a message."""
PLACES = 6


def line(text: str) -> None:
    """One plain line."""
    CONSOLE.print(escape(text))


def heading(text: str) -> None:
    """A section of the demo."""
    CONSOLE.print()
    CONSOLE.rule(f"[bold]{escape(text)}", align="left")


def question(text: str) -> None:
    """The words of the person asking."""
    CONSOLE.print()
    CONSOLE.print(f"[bold cyan]? {escape(text)}")


def result(tool: str, structured: Mapping[str, Any], text: str) -> None:
    """A tool's result: rows as a table where it has any, a refusal as such, else its text."""
    if structured.get("status") in ("refused", "needs_clarification"):
        refusal(structured)
    elif tool == "query_curated_data":
        answer(structured)
    else:
        CONSOLE.print(escape(text.strip()))
    if structured.get("receipt"):
        CONSOLE.print(f"[dim]receipt {structured['receipt']}")


def refusal(structured: Mapping[str, Any]) -> None:
    """What was wrong and what could be asked instead."""
    CONSOLE.print(f"[yellow]{escape(structured.get('code', ''))}[/]: {escape(structured.get('message', ''))}")
    for choice in structured.get("choices", []):
        CONSOLE.print(f"  [dim]try[/] {escape(choice)}")


def answer(structured: Mapping[str, Any]) -> None:
    """Reading, rows, unfinished period, warnings and the trust line of an answer."""
    if structured.get("reading"):
        CONSOLE.print(f"[dim]{escape(structured['reading'])}")
    columns = structured.get("columns", [])
    if columns and (structured["rows"] or not structured.get("in_progress")):
        CONSOLE.print(rows_table(columns, structured["rows"][:MOST_ROWS]))
    hidden = structured["row_count"] - min(len(structured["rows"]), MOST_ROWS)
    if hidden > 0:
        CONSOLE.print(f"[dim]… {hidden} more rows (--json, --cursor)")
    if progress := structured.get("in_progress"):
        CONSOLE.print(f"[dim]In progress: {escape(progress['note'])}")
        CONSOLE.print(rows_table(columns, progress["rows"]))
    if structured.get("scope"):
        CONSOLE.print(f"[dim]rows seen: {escape(structured['scope'])}")
    for warning in structured.get("warnings", []):
        CONSOLE.print(f"[yellow]![/] {escape(warning)}")
    if structured.get("trust"):
        CONSOLE.print(trust_line(structured["trust"]))


def trust_line(trust: Mapping[str, Any]) -> Text:
    """State, as-of day and reasons in one line."""
    words = Text("trust ", style="dim")
    words.append(trust["state"], style=COLOURS.get(trust["state"], ""))
    if trust.get("as_of"):
        words.append(f" · as of {trust['as_of']}", style="dim")
    if trust.get("variance_pct") is not None:
        words.append(f" · within {abs(trust['variance_pct']):.2f} % of source", style="dim")
    for reason in trust.get("reasons", []):
        words.append(f" · {reason}", style="dim")
    return words


def rows_table(columns: Sequence[Mapping[str, Any]], rows: Iterable[Sequence[Any]]) -> Table:
    """Rows as a table, numbers to the right, formatted by unit."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        numeric = column["type"] in ("integer", "decimal", "float")
        table.add_column(escape(heading_of(column["name"])), justify="right" if numeric else "left")
    for row in rows:
        cells = [cell(v, c["type"], c.get("unit", "")) for v, c in zip(row, columns, strict=True)]
        table.add_row(*map(escape, cells))
    return table


def heading_of(name: str) -> str:
    """A column's name for people: what is compared stands beside its metric, so its own part of the name is enough."""
    return {"prior": "before", "change": "change", "change_pct": "change %"}.get(name.rpartition("__")[2], name)


def cell(value: Any, kind: str, unit: str) -> str:
    """One value for people: thousands separated, fractions of 1 as percent, no value as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool) or kind not in ("integer", "decimal", "float"):
        return str(value)
    if unit == "ratio":
        return f"{value:,.1%}"
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}"


def listing(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as a plain table, the named columns only."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(escape(name), overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(row.get(name) or "")) for name in columns))
    CONSOLE.print(table)


def checks(rows: Iterable[tuple[str, bool, str]]) -> None:
    """Lines of `assay doctor`."""
    for name, ok, detail in rows:
        CONSOLE.print(f"{'[green]ok  [/]' if ok else '[red]FAIL[/]'} {escape(name):<12} {escape(detail)}")


def catalog_check(problems: Sequence[Problem], tests: Sequence[TestResult]) -> None:
    """What the lint found and how the metrics' own tests went."""
    for problem in problems:
        line(str(problem))
    for test in tests:
        if not test.ok:
            line(f"{test.metric}: {test.kind}: {test.detail}")
    failed = sum(not t.ok for t in tests)
    line(f"{len(problems)} problems; {len(tests) - failed} tests passed, {failed} failed")


def audit_records(records: Iterable[Record]) -> None:
    """The log as a table, oldest first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("seq", "time (UTC)", "kind", "receipt", "user", "role", "tool", "outcome", "rows"):
        table.add_column(name)
    for r in records:
        b = r.body
        cells = (r.seq, r.time, r.kind, r.receipt, b.get("user", ""), b.get("role", ""), b.get("tool", ""))
        table.add_row(*(escape(str(c)) for c in (*cells, b.get("outcome", ""), b.get("rows", ""))))
    CONSOLE.print(table)


def verification(found: Verification) -> None:
    """Whether the chain is whole; else the first record that is not, and why."""
    if not found.ok:
        place = f"record {found.bad_seq}" if found.bad_checkpoint is None else f"checkpoint {found.bad_checkpoint}"
        CONSOLE.print(f"[red]BROKEN[/] at {place}: {escape(found.reason)}")
        return
    line(f"ok: {found.records} records, head {found.head}")
    if found.interrupted:
        line(f"{found.interrupted} calls began and never ended (the process stopped)")
    if found.clock_steps:
        first, *more = found.clock_steps
        at = f"{len(more) + 1} record{'s' if more else ''} (the first is {first})"
        line(f"the clock was set back, or that of another replica is behind, at {at}")
    if found.purged:
        line(f"{found.purged} records up to {found.purged_until} were purged, signed and on record")
    if found.erased:
        line(f"the personal part of {found.erased} calls was erased on request, on record")
    if found.checkpoints:
        line(f"{found.checkpoints} signed checkpoints agree; {found.unsigned} records came after the last one")
        if not found.trusted:
            line("nobody vouches for the key that signed them: give --public-key FILE")
    for name, late in found.behind.items():
        line(f"{name} lacks the last {late} checkpoints")


def receipt(shown: Mapping[str, Any]) -> None:
    """All fields of one record."""
    for name, value in shown.items():
        CONSOLE.print(f"[dim]{escape(name):<20}[/] {escape(str(value))}")


def receipt_verdict(verdict: ReceiptVerdict) -> None:
    """How a replay compares."""
    line(f"{verdict.outcome}: {verdict.detail}")


def message_receipt(shown: Mapping[str, Any]) -> None:
    """Whom a message told what."""
    computed = shown["computed_as"] or {"user": "", "role": ""}
    by = shown["agent"] or "an answer in a thread"
    line(f"{shown['receipt']}: {by}, computed as {computed['user']} ({computed['role']})")
    line(f"told to {', '.join(shown['audience']) or 'nobody in particular'}")
    message_parts(shown["parts"])
    listing([_told(figure) for figure in shown["figures"]], TOLD)


def message_verdict(verdict: MessageVerdict) -> None:
    """How the answers behind a message compare."""
    line(f"{verdict.outcome}: {verdict.detail}")
    message_parts([asdict(part) for part in verdict.parts])
    rows = [
        _told(asdict(found.figure)) | {"now": found.outcome.replace("_", " "), "detail": found.detail}
        for found in verdict.figures
    ]
    listing(rows, (*TOLD[:4], "now", "detail"))


def message_parts(parts: Sequence[Mapping[str, Any]]) -> None:
    """The mails and posts of a message, each with its hash."""
    rows = [{**part, "hash": part["hash"][:16]} for part in parts]
    listing(rows, ("channel", "to", "state", "sent_at", "body", "hash", "record"))


def _short(number: str) -> str:
    """A number with as many places as a terminal has room for; the JSON has them all."""
    whole, point, places = number.partition(".")
    return f"{whole}{point}{places[:PLACES]}".rstrip("0").rstrip(".") if point else number


def _told(figure: Mapping[str, Any]) -> dict[str, str]:
    period = figure["start"] if figure["start"] == figure["end"] else f"{figure['start']} to {figure['end']}"
    return {
        "figure": f"{figure['label']}, {figure['kind']}",
        "value": f"{_short(figure['value'])} {figure['unit']}".strip(),
        "period": period,
        "slice": ", ".join(f"{name} = {member}" for name, member in figure["slice"]),
        "answer": figure["receipt"],
        "trust": figure["trust"],
    }


def next_steps(folder: Path) -> None:
    """How to go on after the demo."""
    heading("Now you")
    where = "" if folder.name == "assay-demo" and len(folder.parts) == 1 else f" -w {folder}"
    line(f'  .venv/bin/assay ask{where} "churned customers by region this year"')
    line(f"  .venv/bin/assay explain{where} recognized_revenue")
    line(f"  .venv/bin/assay audit verify{where}")
    line(f"  .venv/bin/assay connect claude-desktop{where} --write   # then restart Claude Desktop")
