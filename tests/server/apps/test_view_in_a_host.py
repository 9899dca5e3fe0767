"""The view in a real browser, in the official host's frame, under the specification's default policy."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import pytest

from tests.server.apps.conftest import HOSTILE, Gathered, Opens, Stage

pytestmark = pytest.mark.node

Results = dict[str, dict[str, Any]]
LONGEST = 500
"""Pixels: the most that a card beside a conversation should be high."""
WIDTHS = (720, 375)


def tabs(stage: Stage) -> list[str]:
    return stage.view("[...document.querySelectorAll('[role=tab]')].map((b) => b.textContent)")


def test_the_view_shakes_hands_shows_reports_its_size_and_ends(stage: Opens, results: Results) -> None:
    shown = stage()
    assert "Reading the data" in shown.text()
    shown.show(results["compared"])
    shown.page.wait(f"window.host.told.sizes.some(([w, h]) => w === 720 && h === {shown.height()})")
    shown.page.run("window.host.end()")
    assert shown.host("told.ended") is True
    assert shown.page.told("Runtime.exceptionThrown", shown.frame) == []


def test_a_comparison_is_drawn_and_told_with_units_trust_and_receipt(stage: Opens, results: Results) -> None:
    shown = stage(locale="en-US")
    call = results["compared"]
    shown.show(call)
    told = call["result"]["structuredContent"]
    text = shown.text()
    assert "Recognized revenue by segment" in text and "Reconciled" in text and told["receipt"] in text
    shown.click("Table")
    cells = shown.view("[...document.querySelectorAll('tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))")
    expected = [
        [
            row[0],
            f"${row[1]:,.0f}",
            f"${row[2]:,.0f}",
            f"{'+' if row[3] > 0 else '−'}${abs(row[3]):,.0f}",
            f"{'+' if row[4] > 0 else '−'}{abs(row[4]):.1%}",
        ]
        for row in told["rows"]
    ]
    assert cells == expected
    heads = shown.view("[...document.querySelectorAll('thead th')].map((c) => c.textContent)")
    assert heads == ["Segment", "Recognized revenue", "Before", "Change", "Change %"]


@pytest.mark.parametrize("name", ["week", "quarter", "health", "hostile_why"])
def test_the_bars_of_an_explanation_end_where_the_change_ends(name: str, stage: Opens, results: Results) -> None:
    shown = stage()
    shown.show(results[name])
    told = results[name]["result"]["structuredContent"]
    split = told["contributions"][0]
    parts = [m["change"] for m in split["members"]] + [split["other_members"], split["unexplained"]]
    assert sum(parts) == pytest.approx(told["change"], abs=1e-6)
    bars = shown.view(
        "[...document.querySelectorAll('.track')].map((t) => t.querySelector('[class^=fill]').getBoundingClientRect())"
        ".map((b) => [b.left, b.right])"
    )
    sums = [bars[-1][0], bars[-1][1]]
    end = bars[-2][1] if parts[len(bars) - 2] > 0 else bars[-2][0]
    assert min(abs(end - edge) for edge in sums) <= 1.5
    assert "= Change" in shown.text()


def test_a_metric_without_an_exact_split_says_that_its_parts_do_not_add_up(stage: Opens, results: Results) -> None:
    shown = stage()
    shown.show(results["side"])
    assert "do not add up" in shown.text() and "= Change" not in shown.text()
    assert " pp" in shown.text()


def test_an_unfinished_period_stands_apart_in_chart_and_table(stage: Opens, results: Results) -> None:
    shown = stage()
    shown.show(results["months"])
    assert "In progress: Nov 1, 2026 to Nov 30, 2026" in shown.text().replace("\u00a0", " ")
    assert shown.view("document.querySelectorAll('rect.open').length") == 1
    assert shown.view("document.querySelectorAll('path.line').length") == 3
    shown.click("Table")
    for _ in range(20):
        if shown.view("document.querySelector('tbody.open') !== null"):
            break
        shown.view("document.querySelector('[aria-label=\"Rows after\"]').click()")
    assert "In progress" in shown.view("document.querySelector('tbody.open').innerText")


def test_what_a_member_is_called_stays_text(stage: Opens, results: Results) -> None:
    shown = stage()
    for name in ("hostile", "hostile_why"):
        call = results[name]
        shown.show(call)
        if name == "hostile_why":
            shown.view(
                "(() => { const s = document.querySelector('select'); s.value = 'country';"
                " s.dispatchEvent(new Event('change')); })()"
            )
        assert HOSTILE in json.dumps(call["result"], ensure_ascii=False).replace('\\"', '"')
        assert HOSTILE in shown.view("document.getElementById('card').textContent")
        for tab in tabs(shown):
            shown.click(tab)
            assert shown.view("document.querySelectorAll('img, #card script').length") == 0
    assert shown.view("document.title") == "Assay" and shown.page.run("document.title") == ""


def test_nothing_leaves_and_nothing_is_refused_by_the_policy(stage: Opens, results: Results) -> None:
    shown = stage()
    for call in results.values():
        shown.show(call)
        for tab in tabs(shown):
            shown.click(tab)
    assert shown.page.told("Network.requestWillBeSent", shown.frame) == []
    assert shown.page.told("Log.entryAdded", shown.frame) == []
    assert shown.page.told("Runtime.exceptionThrown", shown.frame) == []
    asked = {e["request"]["url"].rpartition("/")[2] for e in shown.page.told("Network.requestWillBeSent")}
    assert asked <= {"", "host.js", "view", "favicon.ico"}


@pytest.mark.parametrize("width", WIDTHS)
def test_every_card_fits_beside_a_conversation(width: int, stage: Opens, results: Results) -> None:
    shown = stage(width=width)
    for name, call in results.items():
        shown.show(call)
        for tab in tabs(shown) or [""]:
            if tab:
                shown.click(tab)
            assert shown.height() <= LONGEST, (name, tab)
            assert shown.view("document.documentElement.scrollWidth") <= width, (name, tab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_can_be_read_in_light_and_dark(theme: str, stage: Opens, results: Results) -> None:
    shown = stage(theme=theme)
    for name in ("weeks", "week", "unclear", "refused"):
        shown.show(results[name])
        assert shown.view(CONTRAST) == [], name


CONTRAST = """
(() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const hasWords = (n) => [...n.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
  const seen = (n) => n.checkVisibility() && !n.closest(".away") && !n.disabled && hasWords(n);
  const ratio = (n) => {
    const style = getComputedStyle(n);
    const ink = light(rgb(n instanceof SVGElement ? style.fill : style.color));
    const paper = light(ground(n));
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  };
  const words = [...document.querySelectorAll("#card *")].filter(seen);
  return words.map((n) => [n.textContent.slice(0, 40), ratio(n)]).filter(([, found]) => found < 4.5);
})()
"""
"""Words on the card whose contrast with their ground is below 4.5 (WCAG AA), with that contrast."""


def test_states_of_trust_differ_in_words_and_in_colour(stage: Opens, results: Results) -> None:
    shown = stage()
    seen: set[tuple[str, str]] = set()
    for state in ("reconciled", "unreconciled", "stale", "variance", "degraded"):
        call = deepcopy(results["compared"])
        call["result"]["structuredContent"]["trust"]["state"] = state
        shown.show(call)
        words, colour = shown.view(
            "(() => { const p = document.querySelector('footer .pill');"
            " return [p.textContent, getComputedStyle(p).color]; })()"
        )
        seen.add((words, colour))
    assert {words for words, _ in seen} == {
        "Reconciled",
        "Not reconciled",
        "Stale",
        "Differs from its source",
        "Data fault",
    }
    assert len({colour for _, colour in seen}) == 4


def test_a_question_that_was_unclear_offers_its_readings_to_ask(stage: Opens, results: Results) -> None:
    shown = stage()
    shown.show(results["unclear"])
    choices = results["unclear"]["result"]["structuredContent"]["choices"]
    assert "Which did you mean?" in shown.text()
    shown.click(choices[1])
    shown.page.wait("window.host.told.messages.length === 1")
    assert shown.host("told.messages[0].content[0].text") == choices[1]


def test_a_refusal_is_said_with_its_code(stage: Opens, results: Results) -> None:
    shown = stage()
    shown.show(results["refused"])
    assert "Not answered" in shown.text() and "NOT_READ_ONLY" in shown.text() and "SELECT" in shown.text()


def test_more_rows_come_through_the_host_from_the_same_tool(stage: Opens, results: Results, demo: Gathered) -> None:
    shown = stage()
    call = results["paged"]
    told = call["result"]["structuredContent"]
    shown.show(call)
    assert shown.view("document.querySelectorAll('tbody tr').length") <= 8
    assert f"of {told['row_count']:,}" in shown.text()
    for _ in range(20):
        shown.view("document.querySelector('[aria-label=\"Rows after\"]').click()")
    shown.click("Load more rows")
    shown.page.wait("window.host.told.calls.length === 1")
    asked = shown.host("told.calls[0]")
    assert asked == {"name": "query_curated_data", "arguments": {**call["arguments"], "cursor": told["next_cursor"]}}
    shown.host(f"answer({json.dumps(demo.second_page)})")
    first = demo.second_page["structuredContent"]["rows"][0][1]
    shown.page.wait(f"document.getElementById('card').innerText.includes({json.dumps(first)})", shown.frame)
    assert "Rows 101–106" in shown.text()
    shown.click("Details")
    for receipt in (told["receipt"], demo.second_page["structuredContent"]["receipt"]):
        assert receipt in shown.text()


def test_a_hundred_thousand_rows_cost_no_more_elements_than_ten(stage: Opens, results: Results) -> None:
    shown = stage()
    call = deepcopy(results["paged"])
    told = call["result"]["structuredContent"]
    told["rows"] = [["2026-01-01", f"Customer {i}", i * 1.5] for i in range(100_000)]
    told |= {"row_count": 100_000, "next_cursor": "", "truncated": False}
    shown.show(call)
    assert shown.view("document.querySelectorAll('*').length") < 250
    assert "of 100,000" in shown.text()


def test_keys_alone_reach_every_tab_and_every_moment_of_a_chart(stage: Opens, results: Results) -> None:
    shown = stage()
    shown.show(results["weeks"])
    plot = "document.querySelector('[role=slider]')"
    last = shown.view(f"{plot}.getAttribute('aria-valuetext')")
    assert re.match(r"Nov 9, 2026: \$[\d,]+ before \$[\d,]+$", last)
    shown.view(f"{plot}.focus()")
    shown.page.key("ArrowLeft", shown.frame)
    assert shown.view(f"{plot}.getAttribute('aria-valuetext')").startswith("Nov 2, 2026")
    shown.view("document.querySelector('[role=tab]').focus()")
    shown.page.key("ArrowRight", shown.frame)
    assert shown.view("document.activeElement.textContent") == "Table"
    assert shown.view("document.querySelector('[role=tabpanel] table') !== null")


def test_where_the_host_has_room_the_card_takes_it(stage: Opens, results: Results) -> None:
    shown = stage(availableDisplayModes=["inline", "fullscreen"])
    shown.show(results["paged"])
    shown.click("Expand")
    shown.page.wait("document.querySelectorAll('tbody tr').length === 40", shown.frame)
    assert shown.host("told.modes") == ["fullscreen"]


def test_a_host_that_keeps_back_structure_and_labels_still_gets_an_answer(stage: Opens, results: Results) -> None:
    shown = stage()
    call = deepcopy(results["compared"])
    del call["result"]["_meta"]
    shown.show(call)
    assert "Enterprise" in shown.text()
    del call["result"]["structuredContent"]
    shown.show(call)
    assert call["result"]["content"][0]["text"].splitlines()[0] in shown.text()


def test_a_host_that_stops_the_call_is_believed(stage: Opens) -> None:
    shown = stage()
    shown.host("cancel()")
    shown.page.wait("document.getElementById('card').innerText.includes('cancelled')", shown.frame)
