"""Slack messages: within every limit at its edge, and no mention, link or mark-up out of data."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from slack_sdk.models.blocks import Block

from agents.claims import Sentence
from agents.document import Document, Figure, Section, Table, Words
from agents.messages import Post
from agents.render.charts import pictures
from agents.render.slack import slack
from agents.render.words import fact_ids, reads
from tests.agents.render.sample import Draft, brief
from tests.agents.render.test_mail import HOSTILE, hostile


def words_of(post: Post) -> str:
    """All text of a message's blocks."""
    parts: list[str] = []
    for block in post.blocks:
        # A header is plain text: Slack reads no mark-up in it.
        parts += [block["text"]["text"].replace("<", "&lt;")] if "text" in block and block["type"] == "header" else []
        parts += [block["text"]["text"]] if "text" in block and block["type"] != "header" else []
        parts += [part["text"] for part in (*block.get("fields", ()), *block.get("elements", ()))]
    return "\n".join(parts)


def check(posts: tuple[Post, ...]) -> None:
    """Slack's own model of blocks takes each of them."""
    for post in posts:
        assert 0 < len(post.blocks) <= 50
        assert 0 < len(post.text) <= 3_000
        for block in post.blocks:
            parsed = Block.parse(block)
            assert parsed is not None
            parsed.validate_json()
            for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
                assert part is None or 0 < len(part["text"]) <= 3_000
                assert part is None or part["type"] == "plain_text" or part["verbatim"] is True
            assert all(len(field["text"]) <= 2_000 for field in block.get("fields", ()))


def alone(*sections: Section) -> Document:
    return replace(brief(""), sections=sections, notes=(), link="")


def test_a_long_brief_is_a_short_parent_with_replies_in_its_thread() -> None:
    document = brief()
    posts = slack(document, "C0123", "weekly/parent", pictures(document))
    check(posts)
    parent, *replies = posts
    assert [block["type"] for block in parent.blocks] == [
        "header", "context", "section", "section", "context", "section", "section", "section", "context",
    ]  # fmt: skip
    assert [image.cid for image in parent.images] == ["order-value", "by-region", "return-rate"]
    assert {(reply.channel, reply.reply_to, reply.images) for reply in replies} == {("C0123", "weekly/parent", ())}
    assert (parent.reply_to, parent.text) == (
        "",
        "Data incomplete: returns of the last two days have not arrived. "
        "Order value fell 8.1% to €1.28M: fewer orders, mostly from the coast.",
    )


def test_the_messages_tell_every_fact() -> None:
    document = brief()
    told = "\n".join(words_of(post) for post in slack(document, "C0123", "k"))
    for fact in fact_ids(document):
        assert reads(document.facts[fact]).lstrip("+−").removesuffix(" points") in told, fact


def test_steps_stand_in_the_parent_and_what_was_said_is_not_said_again() -> None:
    document = brief()
    steps = Table("What to do", ("Step",), ((Words("Call the depot"),), (Words("Ask the coast team"),)))
    drivers = document.sections[1]
    chart = replace(drivers.charts[0], alt=drivers.sentences[0])
    sections = (
        *document.sections[:1],
        replace(drivers, charts=(chart,)),
        *document.sections[2:11],
        Section("steps", "What to do", (), (steps,)),
    )
    parent, reply, *_ = slack(replace(document, sections=sections), "C0123", "k")
    check((parent, reply))
    assert "*What to do*\n•  Call the depot\n•  Ask the coast team" in words_of(parent)
    assert words_of(reply).count("The fall of €113.5K") == 1


def test_a_short_document_is_one_message() -> None:
    section = brief().sections[5]
    posts = slack(alone(section), "C0123")
    check(posts)
    assert len(posts) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_names_mention_nobody_and_link_nowhere(name: str) -> None:
    posts = slack(hostile(name), "C0123", "k")
    check(posts)
    for text in (part for post in posts for part in (post.text, words_of(post))):
        assert not re.search(r"<[^|>]*>|@(?=channel|here|evil)|https?://|www\.e", text)
        assert not set(text) & set("\u202e\u2066\x1b")


@pytest.mark.parametrize("length", [2_998, 3_000, 3_001, 9_000])
def test_long_sentences_are_split_or_cut_at_the_limit(length: int) -> None:
    line = Sentence((), "&" * (length // 5) + "a" * (length % 5))
    posts = slack(alone(Section("x", "Why", (line, line, Sentence((), "The end.")))), "C0123", "k")
    check(posts)
    told = "".join(map(words_of, posts))
    assert "The end." in told
    assert not re.search(r"&(?!amp;)", told)


@pytest.mark.parametrize("length", [149, 150, 151, 400])
def test_a_title_longer_than_a_header_is_told_whole_below_it(length: int) -> None:
    document = replace(alone(), title=Sentence((), "b" * length))
    (post,) = slack(document, "C0123")
    check((post,))
    assert len(post.blocks[0]["text"]["text"]) == min(length, 150)
    assert "b" * length in words_of(post)


@pytest.mark.parametrize("count", [1, 10, 11, 95])
def test_rows_of_a_table_are_fields_ten_at_a_time(count: int) -> None:
    draft = Draft()
    facts = [draft.fact("Orders", "value", number, "count") for number in range(count)]
    rows = tuple((Words(f"Shop {fact.id}"), Figure(fact.id), None) for fact in facts)
    table = Table("All shops", ("Shop", "Orders", "Note"), rows)
    document = replace(alone(Section("x", "Shops", (), (table,))), facts=draft.facts, title=Sentence((), "All shops."))
    posts = slack(document, "C0123", "k")
    check(posts)
    fields = [field for post in posts for block in post.blocks for field in block.get("fields", ())]
    assert len(fields) == count


def test_a_thousand_sections_become_replies_of_at_most_fifty_blocks() -> None:
    sections = tuple(Section(f"s{number}", "Part", (Sentence((), "Said."),)) for number in range(1_000))
    posts = slack(alone(*sections), "C0123", "k")
    check(posts)
    assert sum(words_of(post).count("Said.") for post in posts) == 1_000


def test_links_are_only_those_of_the_document() -> None:
    table = Table("", ("Case", "Page"), ((Words("Storm"), Words("Page & more", "https://wiki.example.com/a?b=1&c=2")),))
    (post,) = slack(replace(alone(Section("x", "Cases", (), (table,))), link="https://d.example.com/x"), "C0123")
    assert "<https://wiki.example.com/a?b=1&amp;c=2|Page &amp; more>" in words_of(post)
    assert "<https://d.example.com/x|Open the dashboard>" in words_of(post)
