"""What a role may see, and that a hole in the catalog hides rows and never shows them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.access import Access, company_access
from catalog.catalog import Catalog
from catalog.policies import Policies
from catalog.principals import Principal
from catalog.refusals import NotAllowed
from tests.catalog.conftest import Shelf


def seen(catalog: Catalog, role: str, **attributes: tuple[str, ...]) -> Access:
    return Access(catalog, Principal(user="someone", role=role, attributes=attributes))


def unlinked(catalog: Catalog, table: str) -> Catalog:
    """The catalog with one table's relationships forgotten, as if no lint had stopped it."""
    bare = catalog.tables[table].model_copy(update={"relationships": ()})
    return replace(catalog, tables={**catalog.tables, table: bare})


def test_a_role_without_row_filters_sees_a_table_without_relationships(fjord: Catalog) -> None:
    assert "visit" in seen(unlinked(fjord, "visit"), "board").tables


def test_a_table_that_no_row_filter_reaches_is_unseen_and_so_are_its_metrics(fjord: Catalog) -> None:
    access = seen(unlinked(fjord, "visit"), "regional_lead", country=("Norway",))
    assert set(access.tables) == {"clinic", "practitioner", "bed_day"}
    assert set(access.metrics) == {"beds", "beds_in_use", "bed_occupancy"}


def test_a_filter_over_a_table_that_does_not_exist_hides_every_fact(fjord: Catalog) -> None:
    policies = fjord.policies.model_dump()
    policies["roles"][1]["rows"][0]["table"] = "clinik"
    broken = replace(fjord, policies=Policies.model_validate(policies))
    access = seen(broken, "regional_lead", country=("Norway",))
    assert not {"visit", "bed_day"} & set(access.tables)
    assert not access.metrics


def test_a_table_named_in_the_role_is_seen_whole_on_purpose(shelf: Shelf) -> None:
    shelf.replace("tables/visit.yml", "  - {column: clinic_id, to: clinic.clinic_id}\n", "")
    for role in ("regional_lead", "house_manager"):
        shelf.replace("policies.yml", f'{role}\n    tables: ["*"]', f'{role}\n    tables: ["*", visit]')
    assert "visit" in seen(shelf.load(), "regional_lead", country=("Norway",)).tables


@pytest.mark.parametrize("treatment", ["mask", "null", "pseudonym", "aggregate_only", "deny"])
@pytest.mark.parametrize(
    ("column", "lost"),
    [
        ("no_show", {"fee_income", "no_show_rate", "income_per_visit", "income_fiscal_ytd", "top_clinic_share"}),
        ("fee_eur", {"fee_income", "income_per_visit", "income_fiscal_ytd", "top_clinic_share"}),
    ],
)
def test_a_metric_that_computes_with_a_hidden_column_does_not_exist(
    shelf: Shelf, column: str, lost: set[str], treatment: str
) -> None:
    every = set(seen(shelf.load(), "board").metrics)
    rule = f"      - {{columns: [visit.{column}], treatment: {treatment}}}\n"
    shelf.replace("policies.yml", "      - {pii: [patient], treatment: aggregate_only}\n", rule)
    assert every - set(seen(shelf.load(), "board").metrics) == lost


def test_a_metric_whose_rows_cannot_be_dated_does_not_exist(shelf: Shelf) -> None:
    rule = "      - {columns: [visit.visited_on], treatment: mask}\n"
    shelf.replace("policies.yml", "      - {pii: [patient], treatment: aggregate_only}\n", rule)
    assert set(seen(shelf.load(), "board").metrics) == {"beds", "beds_in_use", "bed_occupancy"}


def test_a_key_that_is_only_counted_may_be_a_pseudonym_or_hidden_but_no_constant(shelf: Shelf) -> None:
    shelf.replace("policies.yml", "{pii: [patient], treatment: aggregate_only}", "{pii: [patient], treatment: deny}")
    shelf.replace("metrics/visits.yml", "practitioner_id || '-' || clinic_id", "patient_ref")
    held = {}
    for treatment in ("deny", "mask", "aggregate_only", "pseudonym", "clear"):
        old = next(
            t for t in ("deny", *held) if f"[patient], treatment: {t}" in (shelf.folder / "policies.yml").read_text()
        )
        shelf.replace("policies.yml", f"[patient], treatment: {old}", f"[patient], treatment: {treatment}")
        held[treatment] = "patients_seen" in seen(shelf.load(), "board").metrics
    assert held == {"deny": False, "mask": False, "aggregate_only": True, "pseudonym": True, "clear": True}


def test_personal_data_that_no_rule_names_is_absent(fjord: Catalog) -> None:
    access = seen(fjord, "regional_lead", country=("Norway",))
    assert "full_name" not in access.columns(access.tables["practitioner"])
    assert access.columns(access.tables["clinic"])["clinic_name"] == "clear"


def test_a_role_that_the_policies_do_not_know_has_no_access(fjord: Catalog) -> None:
    with pytest.raises(NotAllowed):
        seen(fjord, "czar").tables  # noqa: B018 - reading it is the call


def test_no_caller_can_hold_the_company_s_own_role(fjord: Catalog) -> None:
    everything = company_access(fjord)
    assert set(everything.tables) == set(fjord.tables)
    with pytest.raises(NotAllowed):
        seen(fjord, "company").tables  # noqa: B018 - reading it is the call


def test_rights_are_equal_for_equal_attributes_and_differ_with_them(fjord: Catalog) -> None:
    norway, again = (seen(fjord, "regional_lead", country=("Norway",)) for _ in range(2))
    assert norway.key == again.key != seen(fjord, "regional_lead", country=("Sweden",)).key
    assert norway.scope == "country Norway"
