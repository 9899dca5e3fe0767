"""Documents → the same documents worded anew: by rules, or by a model whose every sentence was checked.

Sections, tables, charts and figures stay as they are; only sentences change, and each stays in the section of its
claims. A document worded by a model says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from agents.claims import Claim, Sentence
from agents.document import Document, Section
from agents.narration.budget import ModelSettings
from agents.narration.investigator import Tool, investigate
from agents.narration.model import word
from agents.narration.template import narrate
from agents.narration.verifier import glossary_of
from catalog.metrics import Metric

log = logging.getLogger(__name__)

Narrator = Callable[[Document, Sequence[Tool]], Document]
"""Words a document; with tools, a model may look further before it does (never beyond the caller's rights)."""
BY_RULES = "template"


def narrator(metrics: Iterable[Metric], settings: ModelSettings | None) -> Narrator:
    """A narrator over a catalog's words. Without settings, or where a model fails or is not to be believed, the text is
    told by rules."""
    glossary = glossary_of(metrics)

    def narrated(document: Document, tools: Sequence[Tool] = ()) -> Document:
        told = {claim.id: claim for section in document.sections for claim in _claims(section, document)}
        if settings is None or not told:
            return by_rules(document)
        if tools:
            question = f"What happened, is it the data or the business, and what should be done? ({document.heading})"
            looked = investigate(question, tools, told, document.facts, glossary, settings, key=document.key)
            found = looked.narration
        else:
            found = word(told, document.facts, glossary, settings, key=document.key)
        log.info("worded by %s, %s USD", found.by, found.cost_usd, extra={"document": document.key})
        if found.by == BY_RULES:
            log.warning("the model's text is not used: %s", found.reason, extra={"document": document.key})
            return by_rules(document)
        return replace(_placed(document, found.sentences), narrator=found.by)

    return narrated


def by_rules(document: Document) -> Document:
    """The document worded by rules. Claims that belong together (a figure and what explains it) stay together."""
    sections = tuple(
        replace(section, sentences=tuple(_told(section, document))) if section.sentences else section
        for section in document.sections
    )
    return replace(document, sections=sections, narrator=BY_RULES)


def _told(section: Section, document: Document) -> Iterator[Sentence]:
    for number, group in enumerate(_groups(_claims(section, document))):
        yield from narrate(
            {claim.id: claim for claim in group}, document.facts, key=f"{document.key}/{section.id}/{number}"
        )


def _groups(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """Runs of claims that begin with one that must be told."""
    group: list[Claim] = []
    for claim in claims:
        if claim.must and group:
            yield group
            group = []
        group.append(claim)
    if group:
        yield group


def _claims(section: Section, document: Document) -> Iterator[Claim]:
    for sentence in section.sentences:
        yield from (document.claims[claim] for claim in sentence.claims)


def _placed(document: Document, sentences: Iterable[Sentence]) -> Document:
    """Each sentence in the section where the first of its claims is told."""
    home: Mapping[str, str] = {
        claim.id: section.id for section in document.sections for claim in _claims(section, document)
    }
    by_section: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_section.setdefault(home[sentence.claims[0]], []).append(sentence)
    return replace(
        document,
        sections=tuple(replace(s, sentences=tuple(by_section.get(s.id, ()))) for s in document.sections),
    )
