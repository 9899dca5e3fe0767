"""A broken catalog is refused with file, key, line and what would be right; a good one loads whole."""

from __future__ import annotations

import pytest

from catalog.catalog import Catalog
from catalog.loader import CatalogError
from tests.catalog.conftest import Shelf


def test_the_second_company_loads_without_a_word(fjord: Catalog) -> None:
    assert (len(fjord.tables), len(fjord.metrics), fjord.warnings) == (4, 11, ())
    assert list(fjord.users) == ["chair", "lead.no", "house.3", "lab"]


def test_a_key_that_does_not_exist_is_named_with_its_neighbour_and_line(shelf: Shelf) -> None:
    shelf.replace("metrics/bed_occupancy.yml", "numerator:", "numeratr:")
    assert shelf.says() == [
        "metrics/bed_occupancy.yml:7: error: numeratr: unknown key; did you mean 'numerator' or 'name'?",
    ]


def test_a_key_inside_a_column_is_found_on_its_line(shelf: Shelf) -> None:
    shelf.replace("tables/clinic.yml", "nullable: false}", "nulable: false}")
    assert shelf.says() == [
        "tables/clinic.yml:10: error: columns.0.nulable: unknown key; did you mean 'nullable' or 'label'?",
    ]


def test_problems_of_all_files_are_reported_at_once(shelf: Shelf) -> None:
    shelf.replace("metrics/bed_occupancy.yml", "type: ratio", "type: rate")
    shelf.replace("tables/visit.yml", "kind: event", "kind: happening")
    shelf.write("principals.yml", "users: []\n")
    assert [line.split(":")[0] for line in shelf.says()] == [
        "tables/visit.yml",
        "metrics/bed_occupancy.yml",
        "principals.yml",
    ]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (
            "metrics/bad.yml",
            "name: [unclosed\n",
            "metrics/bad.yml:2: error: is not valid YAML: did not find expected ',' or ']'",
        ),
        ("metrics/bad.yml", "", "metrics/bad.yml:1: error: is empty"),
        ("metrics/bad.yml", b"name: caf\xe9\n", "metrics/bad.yml: error: is not UTF-8 (byte 9); save it as UTF-8"),
        (
            "metrics/bad.yml",
            "name: a\nlabel: b\nname: c\n",
            "metrics/bad.yml:3: error: name: is written twice; keep one",
        ),
        (
            "metrics/bad.yml",
            "name: &a [*a]\n",
            "metrics/bad.yml:1: error: is not valid YAML: it refers to itself",
        ),
        (
            "playbooks/bad.md",
            "---\nname: [\n---\nText\n",
            "playbooks/bad.md:3: error: is not valid YAML: did not find expected node content",
        ),
        (
            "playbooks/bad.md",
            "# No front matter\n",
            "playbooks/bad.md:1: error: begin with front matter (name, title) between --- lines",
        ),
        ("playbooks/bad.md", "---\nname: bad\n---\nText\n", "playbooks/bad.md:2: error: title: is missing"),
        ("playbooks/bad.md", b"---\nname: b\xff\n---\n", "playbooks/bad.md: error: cannot be read as UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(shelf: Shelf, file: str, text: str | bytes, says: str) -> None:
    assert shelf.write(file, text).says() == [says]


def test_a_name_in_two_files_names_the_first(shelf: Shelf) -> None:
    text = (shelf.folder / "metrics/bed_occupancy.yml").read_text(encoding="utf-8")
    assert shelf.write("metrics/copy.yml", text).says() == [
        "metrics/copy.yml:1: error: name: 'bed_occupancy' is already defined in metrics/bed_occupancy.yml; rename one",
    ]


def test_a_missing_file_is_named(shelf: Shelf) -> None:
    (shelf.folder / "policies.yml").unlink()
    assert shelf.says() == ["policies.yml: error: is missing"]


def test_a_catalog_without_tables_says_what_to_add(shelf: Shelf) -> None:
    for file in (shelf.folder / "tables").iterdir():
        file.unlink()
    assert "tables: error: holds no table: add one YAML file a table" in shelf.says()


def test_users_and_agents_are_optional(shelf: Shelf) -> None:
    (shelf.folder / "principals.yml").unlink()
    (shelf.folder / "agents.yml").unlink()
    assert shelf.load().users == {}
    assert shelf.load().agents.agents == ()


def test_an_input_that_does_not_exist_is_named_with_its_neighbour(shelf: Shelf) -> None:
    shelf.replace("metrics/bed_occupancy.yml", "{metric: beds_in_use}", "{metric: bed_in_use}")
    assert shelf.says() == [
        "metrics/bed_occupancy.yml:7: error: numerator: no metric 'bed_in_use'; did you mean 'beds_in_use' or 'beds'?",
    ]


@pytest.mark.parametrize("key", ["owner", "rationale", "tests"])
def test_a_certified_metric_without_owner_rationale_or_test_is_refused(shelf: Shelf, key: str) -> None:
    path = shelf.folder / "metrics/bed_occupancy.yml"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f"{key}:")]
    shelf.write("metrics/bed_occupancy.yml", "\n".join(kept) + "\n")
    assert any(key in line for line in shelf.says())


def test_a_word_that_yaml_could_take_for_a_boolean_stays_a_word(shelf: Shelf) -> None:
    shelf.replace("tables/clinic.yml", "values: [Norway, Sweden, Denmark]", "values: [NO, Sweden, Denmark]")
    shelf.replace("tables/clinic.yml", "{Norway: [norwegian]", "{NO: [norwegian]")
    column = shelf.load().tables["clinic"].column("country")
    assert column and column.values == ("NO", "Sweden", "Denmark")


def test_the_treatment_null_may_be_written_without_quotes(shelf: Shelf) -> None:
    shelf.replace("policies.yml", "treatment: pseudonym", "treatment: null")
    role = shelf.load().policies.role("researcher")
    assert role and role.columns[0].treatment == "null"


def test_the_message_of_the_error_lists_every_problem(shelf: Shelf) -> None:
    shelf.write("metrics/a.yml", "").write("metrics/b.yml", "")
    with pytest.raises(CatalogError, match=r"metrics/a\.yml:1.*\n.*metrics/b\.yml:1"):
        shelf.load()


def test_a_new_metric_is_one_file(shelf: Shelf) -> None:
    shelf.write(
        "metrics/first_visits.yml",
        """
name: first_visits
label: First visits
description: Visits of patients who had not been there before.
formula_text: Count of visits of the kind First.
type: simple
measure: {dataset: visit, agg: count, filter: "visit_kind = 'First'"}
time: {dimension: visited_on, default_grain: month}
dimensions: {allowed: [country]}
unit: count
owner: Chief operations officer
version: 1
last_updated: 2025-07-01
""",
    )
    assert shelf.load().metrics["first_visits"].measure is not None
