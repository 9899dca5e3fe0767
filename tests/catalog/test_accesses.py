"""Decisions that are kept are those of the very principal and the very catalog, never of one that looks alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.accesses import Accesses
from catalog.catalog import Catalog
from catalog.principals import Principal

LEAD = Principal(user="u", role="regional_lead", attributes={"country": ("Norway",)})


def test_the_same_principal_is_judged_once(fjord: Catalog) -> None:
    kept = Accesses()
    assert kept.of(fjord, LEAD) is kept.of(fjord, LEAD.model_copy())


@pytest.mark.parametrize(
    "other",
    [
        {"user": "v"},
        {"role": "board"},
        {"issuer": "https://issuer.example"},
        {"attributes": {"country": ("Sweden",)}},
        {"attributes": {}},
        {"roles": ("regional_lead", "board")},
    ],
)
def test_another_principal_is_judged_alone(fjord: Catalog, other: dict[str, object]) -> None:
    kept, changed = Accesses(), LEAD.model_copy(update=other)
    kept.of(fjord, LEAD)
    assert kept.of(fjord, changed).principal == changed
    assert kept.of(fjord, LEAD).principal == LEAD


def test_a_catalog_that_was_read_again_is_another_one(fjord: Catalog) -> None:
    kept, again = Accesses(), replace(fjord)
    kept.of(fjord, LEAD)
    assert kept.of(again, LEAD).catalog is again


def test_those_not_asked_for_longest_go_first(fjord: Catalog) -> None:
    kept = Accesses(most=2)
    first, second = (kept.of(fjord, LEAD.model_copy(update={"user": user})) for user in ("a", "b"))
    assert kept.of(fjord, first.principal) is first
    kept.of(fjord, LEAD)
    assert kept.of(fjord, first.principal) is first
    assert kept.of(fjord, second.principal) is not second
