"""Document → JSON, for programs: facts with exact decimals as text, claims, sentences, receipts."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from agents.claims import Claim, Sentence
from agents.document import Cell, Chart, Document, Figure, Section, Table
from agents.facts import Fact
from agents.render.words import bare, figure_text, reads, receipts

FORMAT = "assay-message/1"


def as_json(document: Document) -> str:
    """The whole message; keys in a fixed order, so equal documents give equal text."""
    return json.dumps(as_data(document), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_data(document: Document) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "format": FORMAT,
        "agent": document.agent,
        "key": document.key,
        "heading": document.heading,
        "at": document.at.isoformat(),
        "title": _sentence(document.title, document),
        "label": document.label,
        "scope": document.scope,
        "link": document.link,
        "narrator": document.narrator,
        "sections": [_section(section, document) for section in document.sections],
        "notes": list(document.notes),
        "facts": {key: _fact(fact) for key, fact in document.facts.items()},
        "claims": {key: _claim(claim) for key, claim in document.claims.items()},
        "receipts": list(receipts(document)),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "metric": fact.metric,
        "label": fact.label,
        "kind": fact.kind,
        "value": _number(fact.value),
        "unit": fact.unit,
        "shown": reads(fact),
        "from": fact.period.start.isoformat(),
        "to": fact.period.end.isoformat(),
        "grain": fact.period.grain,
        "slice": dict(fact.slice),
        "receipt": fact.receipt,
        "trust": fact.trust,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {"kind": claim.kind, "facts": list(claim.facts), "must": claim.must, "tone": claim.tone}


def _sentence(sentence: Sentence, document: Document) -> dict[str, Any]:
    return {
        "text": bare(sentence.text, document.facts),
        "template": sentence.text,
        "claims": list(sentence.claims),
        "by": sentence.by,
    }


def _section(section: Section, document: Document) -> dict[str, Any]:
    return {
        "id": section.id,
        "heading": section.heading,
        "tone": section.tone,
        "sentences": [_sentence(sentence, document) for sentence in section.sentences],
        "tables": [_table(table, document) for table in section.tables],
        "charts": [_chart(chart, document) for chart in section.charts],
    }


def _table(table: Table, document: Document) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "columns": list(table.columns),
        "rows": [[_cell(cell, document) for cell in row] for row in table.rows],
        "spark": {str(row): chart for row, chart in table.spark.items()},
    }


def _cell(cell: Cell, document: Document) -> dict[str, Any] | None:
    if cell is None:
        return None
    if isinstance(cell, Figure):
        return {"fact": cell.fact, "shown": figure_text(cell, document.facts), "tone": cell.tone}
    return {"text": cell.text, "href": cell.href}


def _chart(chart: Chart, document: Document) -> dict[str, Any]:
    return {
        "id": chart.id,
        "kind": chart.kind,
        "title": chart.title,
        "alt": _sentence(chart.alt, document),
        "unit": chart.unit,
        "points": [_point(day, value) for day, value in chart.points],
        "before": [_point(day, value) for day, value in chart.before],
        "band": [_number(edge) for edge in chart.band] if chart.band else None,
        "bars": [[label, _number(value)] for label, value in chart.bars],
        "marked": [day.isoformat() for day in chart.marked],
    }


def _point(day: date, value: Decimal) -> list[str]:
    return [day.isoformat(), _number(value)]


def _number(value: Decimal) -> str:
    return format(value, "f")
