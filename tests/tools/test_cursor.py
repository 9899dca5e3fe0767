"""A cursor opens only for the request, the caller and the data that it was given for, and not for ever."""

from __future__ import annotations

import base64

import pytest

from catalog.refusals import BadArgument
from tools.cursor import Cursor, opened, sealed

KEY = b"k" * 32
CURSOR = Cursor(offset=100, request="req", caller="ana", data="d1", result="h", expires=1_000)
SEALED = sealed(CURSOR, KEY)


def test_a_cursor_opens_for_whom_it_was_given() -> None:
    assert opened(SEALED, KEY, request="req", caller="ana", data="d1", now=999) == CURSOR


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"caller": "bob"}, "not one given to you"),
        ({"request": "other"}, "another request"),
        ({"data": "d2"}, "data has changed"),
        ({"now": 1_001}, "expired"),
    ],
)
def test_a_cursor_opens_for_nothing_else(changed: dict[str, object], words: str) -> None:
    bound: dict[str, object] = {"request": "req", "caller": "ana", "data": "d1", "now": 999}
    with pytest.raises(BadArgument, match=words):
        opened(SEALED, KEY, **(bound | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "!", "AAAA", "é", SEALED[:-4], SEALED + "AAAA", "A" * 2_000])
def test_a_made_up_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadArgument, match="not one given to you"):
        opened(text, KEY, request="req", caller="ana", data="d1", now=0)


def test_a_cursor_moved_to_another_page_or_signed_with_another_key_is_refused() -> None:
    raw = base64.urlsafe_b64decode(SEALED + "=" * (-len(SEALED) % 4)).replace(b"100", b"900")
    forged = base64.urlsafe_b64encode(raw).decode()
    for text, key in ((forged, KEY), (SEALED, b"z" * 32)):
        with pytest.raises(BadArgument, match="not one given to you"):
            opened(text, key, request="req", caller="ana", data="d1", now=0)
