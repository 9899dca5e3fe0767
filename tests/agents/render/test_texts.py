"""Markdown for people, JSON for programs: the whole document in each."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from agents.document import Section, Words
from agents.render.json import as_data, as_json
from agents.render.markdown import markdown
from agents.render.words import fact_ids, reads, receipts
from tests.agents.render.sample import Draft, brief
from tests.agents.render.test_mail import HOSTILE, hostile


def small() -> Section:
    return replace(brief().sections[2], charts=brief().sections[1].charts[1:])


def test_a_section_in_markdown() -> None:
    document = replace(brief(), sections=(small(),), notes=("Weeks start on Monday.",), scope="")
    receipt = receipts(document)
    assert markdown(document) == (
        "# Order value fell 8.1% to €1.28M: fewer orders, mostly from the coast.\n"
        "\n"
        "**Weekly brief** · November 16, 2026\n"
        "\n"
        "> **⚠ Data incomplete: returns of the last two days have not arrived.**\n"
        "\n"
        "## Where\n"
        "\n"
        "Orders by region\n"
        "\n"
        "| Region | Last week | vs week before |\n"
        "| --- | ---: | ---: |\n"
        "| Coast | 5,210 | ▼ −9.2% |\n"
        "| Inland | 4,380 | ▼ −6.0% |\n"
        "| North | 3,550 | ▼ −3.0% |\n"
        "\n"
        "**What each region added**\n"
        "\n"
        "![Contributions by region: Coast −€74.2K is the largest fall.](by-region.png)\n"
        "\n"
        "[Open the dashboard](https://dashboards.example.com/weekly)\n"
        "\n"
        "---\n"
        "\n"
        "Weeks start on Monday.\n"
        "\n"
        "Every figure was computed by a recorded call. To see one: assay receipt show NAME\n"
        "\n"
        f"Receipts: {' '.join(f'`{name}`' for name in receipt)}\n"
    )


def test_markdown_tells_every_fact() -> None:
    document = brief()
    told = markdown(document)
    for fact in fact_ids(document):
        assert reads(document.facts[fact]).lstrip("+−").removesuffix(" points") in told, fact


@pytest.mark.parametrize("name", HOSTILE)
def test_names_make_no_markup_in_markdown(name: str) -> None:
    told = markdown(hostile(name))
    assert not re.search(r"(?<!\\)<|(?<!\\)`(?!rc_)(?<!q7k`)|https?://|@evil|\]\(", told)


def test_a_link_of_the_document_is_a_link_in_markdown() -> None:
    document = brief()
    table = replace(document.sections[2].tables[0], rows=((Words("Coast", "https://w.example.com/c"), None, None),))
    told = markdown(replace(document, sections=(Section("x", "", (), (table,)),)))
    assert "| [Coast](https://w.example.com/c) |" in told


def test_a_program_reads_exact_figures_out_of_the_json() -> None:
    document = brief()
    read = json.loads(as_json(document))
    assert read == as_data(document)
    assert {key: Decimal(fact["value"]) for key, fact in read["facts"].items()} == {
        key: fact.value for key, fact in document.facts.items()
    }
    assert read["receipts"] == list(receipts(document))
    assert read["sections"][2]["tables"][0]["rows"][0] == [
        {"text": "Coast", "href": ""},
        {"fact": read["sections"][2]["tables"][0]["rows"][0][1]["fact"], "shown": "5,210", "tone": "neutral"},
        {"fact": read["sections"][2]["tables"][0]["rows"][0][2]["fact"], "shown": "−9.2%", "tone": "bad"},
    ]


def test_a_fact_in_json_says_what_it_is() -> None:
    draft = Draft()
    fact = draft.fact("Orders", "change", -12, "count", (("region", "Coast"),), "rc_1")
    document = replace(brief(), facts=draft.facts, claims={}, sections=(), title=draft.say(f"Down {{{fact.id}}}."))
    assert as_data(document)["facts"] == {
        "f1": {
            "metric": "orders",
            "label": "Orders",
            "kind": "change",
            "value": "-12",
            "unit": "count",
            "shown": "12",
            "from": "2026-11-09",
            "to": "2026-11-15",
            "grain": "week",
            "slice": {"region": "Coast"},
            "receipt": "rc_1",
            "trust": "",
        }
    }
    assert as_data(document)["title"]["template"] == "Down {f1}."
