"""The mail: both parts say the same, no figure without its fact, data stays data, and it looks right."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agents.claims import Claim, Sentence
from agents.document import Document, Figure, Section, Table, Words
from agents.messages import Mail
from agents.narration.rendered import check_rendered
from agents.render.charts import pictures
from agents.render.html_page import page
from agents.render.mail import DARK, LIGHT, mail, subject
from agents.render.plain import WIDTH, columns_of, plain
from agents.render.slack import slack
from agents.render.words import fact_ids, reads, receipts, unlinked
from tests.agents.render.browser import look, needs_browser
from tests.agents.render.sample import Draft, brief

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "@channel <!here> & co",
    "\u202eevil\u202c \u2066marks\u2069 \x1b[31mred",
    "x" * 5_000,
    "quote \" and ' and {f1} and {{ 7*7 }}",
    "www.evil.example and https://evil.example/login",
    "mail@evil.example",
    "two\r\nBcc: all@evil.example",
    "東京 ストア",
    "</mj-text><mj-raw><script>alert(2)</script></mj-raw>",
    "<!-- --><![endif]-->",
    "Booking.example Cafe\u0301 \u0939\u093f\u0928\u094d\u0926\u0940 back\\slash",
    "Acme 2000 " + "y" * 200,
    "12 " * 80,
    "a…9",
    "9",
    "99.8%",
)


@pytest.fixture(scope="module")
def sent() -> Mail:
    document = brief()
    return mail(document, "ines@example.com", pictures(document))


class Reader(HTMLParser):
    """Reads a page: the text inside and outside of figures, tags, links and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.facts: list[str] = []
        self.loose: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {key: value or "" for key, value in attrs}
        self.tags.append((tag, known))
        allowed = "data-fact" in known or "data-receipts" in known or tag in ("time", "style", "title")
        allowed = allowed or known.get("style", "").startswith("display:none;font-size:1px")  # the preheader
        if "data-fact" in known:
            self.facts.append(known["data-fact"])
        self.facts += known.get("data-facts", "").split()
        if tag not in ("img", "meta", "br", "hr", "link", "col"):
            self._open.append((tag, allowed or bool(self._open and self._open[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self.loose.append(data)


def hostile(name: str) -> Document:
    """A document whose names are all the one given."""
    draft = Draft()
    fact = draft.fact(name, "value", 4711, "count", (("shop", name),))
    said = draft.say(f"{{{fact.id}:where}} stands at {{{fact.id}}}.")
    table = Table(name, (name, "Value", "Why"), ((Words(name, f"javascript:{name}"), Figure(fact.id), Words(name)),))
    return replace(
        brief(name),
        title=said,
        heading=name,
        scope=name,
        sections=(Section("x", name, (said,), (table,)),),
        facts=draft.facts,
        claims=draft.claims,
        notes=(name,),
        link=f"javascript:{name}",
    )


def test_both_parts_carry_the_same_facts_in_the_same_order(sent: Mail) -> None:
    document = brief()
    in_html = [fact for fact in dict.fromkeys(Reader(sent.html).facts) if fact in document.facts]
    assert set(in_html) == set(fact_ids(document))
    title = sent.text.index("====")
    for fact in in_html:
        assert reads(document.facts[fact]).lstrip("+−").removesuffix(" points") in sent.text.replace("\n", " "), fact
    order = [sent.text.find(section.heading.upper(), title) for section in document.sections if section.heading]
    assert order == sorted(order) and -1 not in order


def test_every_digit_stands_in_a_figure_a_date_or_a_receipt(sent: Mail) -> None:
    assert [text for text in Reader(sent.html).loose if re.search(r"\d", text)] == []


def test_opening_the_mail_asks_nobody_for_anything(sent: Mail) -> None:
    tags = Reader(sent.html).tags
    assert not [tag for tag, _ in tags if tag in ("link", "script", "iframe", "object", "base")]
    assert "@import" not in sent.html and "url(" not in sent.html
    assert all(known["src"].startswith("cid:") for _, known in tags if "src" in known)


def test_a_full_brief_stays_below_what_gmail_clips(sent: Mail) -> None:
    assert len(sent.html.encode()) < 100_000


def test_the_mail_is_one_that_a_mail_server_takes(sent: Mail) -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = sent.subject
    message["To"] = sent.to
    message.set_content(sent.text)
    message.add_alternative(sent.html, subtype="html")
    assert (sent.subject, sent.list_id) == (
        "Order value fell 8.1% to €1.28M: fewer orders, mostly from the coast.",
        "weekly-brief",
    )
    assert b"multipart/alternative" in message.as_bytes()


def test_layout_tables_are_silent_and_data_tables_have_headings(sent: Mail) -> None:
    tags = Reader(sent.html).tags
    assert ("html", "en") in [(tag, known.get("lang")) for tag, known in tags]
    heads = [known for tag, known in tags if tag == "th"]
    assert heads and all(known.get("scope") in ("col", "row") for known in heads)
    tables = [known for tag, known in tags if tag == "table"]
    assert sum("role" not in known for known in tables) == 3
    assert all(known.get("alt") and known.get("width") for tag, known in tags if tag == "img")


def test_each_picture_of_the_page_is_attached_and_no_other(sent: Mail) -> None:
    shown = [known["src"].removeprefix("cid:") for tag, known in Reader(sent.html).tags if tag == "img"]
    assert sorted(shown) == sorted(image.cid for image in sent.images)
    assert "cid:" not in page(sent)


def test_sparklines_never_stand_in_a_column_of_figures() -> None:
    document = brief()
    kpis = document.sections[0]
    table = kpis.tables[0]
    named = Table("Figures", table.columns[:-1], tuple(row[:-1] for row in table.rows), table.spark)
    other = replace(document, sections=(replace(kpis, heading="Figures", tables=(named,)), *document.sections[1:]))
    drawn = pictures(document)
    same = replace(document, sections=(replace(kpis, heading="Figures"), *document.sections[1:]))
    assert mail(other, "a@example.com", drawn) == mail(same, "a@example.com", drawn)
    assert slack(other, "C0123", "k") == slack(same, "C0123", "k")


def test_a_chart_without_a_picture_is_told_in_words() -> None:
    document = brief()
    reader = Reader(mail(document, "ines@example.com", {}).html)
    assert [tag for tag, _ in reader.tags if tag == "img"] == []
    drawn = [chart for section in document.sections for chart in section.charts if chart.kind != "spark"]
    assert "above the expected range." in "".join(reader.loose)
    assert len(drawn) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_names(name: str) -> None:
    made = mail(hostile(name), "ines@example.com", {})
    tags = Reader(made.html).tags
    assert {tag for tag, _ in tags} <= set(
        "html head title meta style body div table tbody thead tr td th p h1 h2 span strong time caption".split()
    )
    assert not [known for _, known in tags if "href" in known or any(key.startswith("on") for key in known)]
    for part in (made.html, made.text, made.subject):
        assert not set(part) & set("\u202e\u202c\u2066\u2069\x1b")
        assert "x" * 601 not in part
    assert len(made.subject) <= 120 and not set(made.subject) & set("\r\n")
    body = made.html.partition("<body")[2]
    assert not re.search(r"(?:www\.|https?://|@)evil", body)
    assert len(made.html) < 40_000


def test_no_name_keeps_a_message_back() -> None:
    for name in HOSTILE:
        for document in (hostile(name), brief(name)):
            drawn = {chart.id: b"picture" for section in document.sections for chart in section.charts}
            made = mail(document, "ines@example.com", drawn)
            assert check_rendered(made.html, made.text, document) == (), name


def test_letters_of_attributes_are_the_same_as_those_of_text() -> None:
    made = mail(hostile("Cafe\u0301 back\\slash"), "ines@example.com", {})
    labels = [known["aria-label"] for _, known in Reader(made.html).tags if "aria-label" in known]
    assert [label.startswith("Cafe\u0301 back\\slash stands at") for label in labels] == [True]


def test_the_names_themselves_can_still_be_read() -> None:
    assert unlinked("a.b").replace("\u200c", "") == "a.b"
    assert unlinked("€1.28M at 08:30") == "€1.28M at 08:30"
    assert "&lt;img src=x onerror=alert(1)&gt;" in mail(hostile(HOSTILE[0]), "a@example.com", {}).html


def test_the_text_part_fits_a_terminal(sent: Mail) -> None:
    assert max(map(columns_of, sent.text.splitlines())) <= WIDTH
    for name in HOSTILE:
        assert max(map(columns_of, plain(hostile(name)).splitlines())) <= WIDTH


def test_a_table_too_wide_for_a_terminal_is_told_row_by_row() -> None:
    draft = Draft()
    facts = [draft.fact(f"Sales {letter}", "value", 10**9 + place, "count") for place, letter in enumerate("abcdefghi")]
    columns = ("Region", *(fact.label for fact in facts))
    table = Table("", columns, ((Words("Coast"), *(Figure(fact.id) for fact in facts)),))
    document = replace(brief(), sections=(Section("x", "Wide", (), (table,)),), facts=draft.facts)
    text = plain(replace(document, title=Sentence((), "Wide tables."), claims={}))
    assert "  Sales a  1,000,000,000\n  Sales b  1,000,000,001\n" in text


def test_a_quiet_document_has_no_warning_no_link_and_no_receipts() -> None:
    words = Sentence(("c1",), "Nothing remarkable happened.")
    document = replace(
        brief(""),
        title=words,
        sections=(),
        facts={},
        claims={"c1": Claim("c1", "quiet", (), words.text)},
        link="",
        scope="",
        notes=(),
        narrator="model",
    )
    made = mail(document, "ines@example.com", {})
    assert made.text == (
        "Weekly brief · November 16, 2026\n"
        "\n"
        "Nothing remarkable happened.\n"
        "============================================================================\n"
        "\n"
        "----------------------------------------------------------------------------\n"
        "A language model chose the words; every figure was computed by a recorded\n"
        "call and checked. To see one: assay receipt show NAME\n"
    )
    assert 'class="band"' not in made.html and "data-receipts" not in made.html.partition("<body")[2]
    assert receipts(document) == ()


def test_a_long_title_is_cut_between_words() -> None:
    long = replace(brief(), title=Sentence((), "Order value fell, " * 20))
    assert len(subject(long)) <= 120 and subject(long).endswith("fell, Order…")


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_their_ground(colours: dict[str, str]) -> None:
    for word in ("ink", "muted", "good", "bad", "link"):
        assert contrast(colours[word], colours["page"]) >= 4.5, word
    assert contrast(colours["warning"], colours["band"]) >= 4.5


def hexed(colour: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 700])
def test_a_reader_sees_every_figure_without_scrolling_sideways(
    sent: Mail, width: int, scheme: str, tmp_path: Path
) -> None:
    seen = json.loads(look(page(sent), width, scheme, tmp_path))
    colours = LIGHT if scheme == "light" else DARK
    assert (seen["scroll"], seen["wide"], seen["thin"]) == (width, [], [])
    assert set(seen["seen"]) == {known["data-fact"] for _, known in Reader(sent.html).tags if "data-fact" in known}
    assert seen["pictures"] == [True] * 13
    assert (seen["labels"] > 0) == (width == 375)
    shown = {key: hexed(seen[key]) for key in ("ink", "muted", "good", "bad", "link", "band", "warning")}
    assert shown == {key: colours[key] for key in shown}
    assert hexed(seen["paper"]) == colours["page"]


@needs_browser
@pytest.mark.parametrize("name", [HOSTILE[3], HOSTILE[5], HOSTILE[8]], ids=["long", "address", "wide"])
def test_no_name_widens_the_page_of_a_phone(name: str, tmp_path: Path) -> None:
    seen = json.loads(look(mail(hostile(name), "a@example.com", {}).html, 375, "light", tmp_path))
    assert (seen["scroll"], seen["wide"]) == (375, [])
