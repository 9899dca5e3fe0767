"""The last check reads the message as it goes out: any number without a fact is found, wherever it hides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.document import Document
from agents.narration.rendered import check_rendered
from agents.render.mail import mail
from agents.render.plain import plain
from tests.agents.render.sample import brief


@pytest.fixture(scope="module")
def rendered() -> tuple[str, str, Document]:
    document = brief()
    sent = mail(document, "reader@example.com", {})
    return sent.html, sent.text, document


def test_a_mail_of_ours_is_clean(rendered: tuple[str, str, Document]) -> None:
    html, text, document = rendered
    assert check_rendered(html, text, document) == ()
    assert check_rendered(html, plain(document), document) == ()


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda html: html.replace("</body>", "<p>Revenue rose 12 %</p></body>"), "digit"),
        (lambda html: html.replace("</body>", "<p>Revenue rose ١٢ percent</p></body>"), "digit"),
        (lambda html: html.replace("</body>", '<img alt="up 40%" src="x"></body>'), "digit"),
        (lambda html: html.replace("</body>", '<span data-fact="f9999">7</span></body>'), "unknown fact"),
        (lambda html: html.replace("</body>", '<span data-fact="f1">7</span></body>'), "figure"),
        (lambda html: html.replace("</body>", '<span data-fact="f1"><b>7</b>7</span></body>'), "figure"),
    ],
)
def test_a_number_that_no_fact_backs_is_found(
    spoil: Callable[[str], str], rule: str, rendered: tuple[str, str, Document]
) -> None:
    html, text, document = rendered
    assert {fault.rule for fault in check_rendered(spoil(html), text, document)} == {rule}


def test_the_text_part_is_held_to_the_same(rendered: tuple[str, str, Document]) -> None:
    html, text, document = rendered
    assert [f.rule for f in check_rendered(html, f"{text}\nAll of it doubled to 88.", document)] == ["digit"]
    assert {f.rule for f in check_rendered(html, "Nothing here.", document)} == {"missing in text"}


@pytest.mark.parametrize(
    "harmless",
    ["2026-11-09", "November 9, 2026", "9 November 2026", "2026-W46", "08:00", "https://example.com/a/7?b=9"],
)
def test_dates_weeks_and_links_need_no_fact(harmless: str, rendered: tuple[str, str, Document]) -> None:
    html, text, document = rendered
    assert check_rendered(html.replace("</body>", f"<p>{harmless}</p></body>"), text, document) == ()
