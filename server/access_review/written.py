"""The facts of a review → one page that opens by itself, and a table for a spreadsheet."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from server.access_review.charts import bars_chart, weeks_chart
from server.access_review.proposals import DORMANT_DAYS
from server.access_review.review import Person, Review
from server.spreadsheet import write_csv

TEMPLATES = Path(__file__).parent / "templates"
MOST_EXPORTS = 25
"""Exports on the page, largest first; the ledger (`assay audit exports`) has all."""
COLUMNS = (
    "user name role listed agent tables personal_data_in_clear personal_data_hidden rows sql reads_log last_use calls "
    "answered personal_data_read refusals exports rows_exported dormant proposal reason decision reviewer date"
).split()


def write_review(review: Review, folder: Path) -> tuple[Path, Path]:
    """Write the page and the table into a folder; returns both paths, the page first. Raises OSError."""
    stem = f"access-review-{review.quarter}"
    page, table = folder / f"{stem}.html", folder / f"{stem}.csv"
    for file, text in ((page, html(review)), (table, "")):
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            if text:
                out.write(text)
            else:
                write_csv(out, COLUMNS, (_line(person) for person in review.people))
    return page, table


def html(review: Review) -> str:
    """The page. Everything that comes from the log or the catalog is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    verdicts = Counter(person.proposal.verdict for person in review.people)
    # Our own style sheet, and charts that escape what they write.
    return made.get_template(
        "review.html.j2"
    ).render(
        r=review,
        css=Markup((TEMPLATES / "review.css").read_text(encoding="utf-8")),  # noqa: S704
        weeks=Markup(weeks_chart(review.weeks)),  # noqa: S704
        pii=Markup(bars_chart("Calls that read each class of personal data", review.pii_calls, "calls")),  # noqa: S704
        refused=Markup(bars_chart("Refusals by code", review.refusals, "refusals")),  # noqa: S704
        verdicts=verdicts,
        dormant=[person for person in review.people if person.use.dormant],
        active=len({person.user for person in review.people if person.use.calls}),
        users=len({person.user for person in review.people}),
        largest=sorted(review.exports, key=lambda each: -each.rows)[:MOST_EXPORTS],
        dormant_days=DORMANT_DAYS,
        most_exports=MOST_EXPORTS,
    )


def _line(person: Person) -> tuple[str | int | bool, ...]:
    rights, use = person.rights, person.use
    return (
        person.user,
        person.name,
        person.role,
        person.listed,
        person.agent,
        " ".join(rights.tables) if rights else "",
        " ".join(rights.clear) if rights else "",
        "; ".join(rights.hidden) if rights else "",
        rights.rows if rights else "no rights",
        bool(rights and rights.sql),
        bool(rights and rights.reads_log),
        f"{use.last:%Y-%m-%d %H:%M:%SZ}" if use.last else "",
        use.calls,
        use.answered,
        "; ".join(f"{name} {number}" for name, number in person.pii_read.items()),
        "; ".join(f"{code} {number}" for code, number in person.refusals.items()),
        person.exports,
        person.rows_out,
        use.dormant,
        person.proposal.verdict,
        person.proposal.reason,
        "",
        "",
        "",
    )
