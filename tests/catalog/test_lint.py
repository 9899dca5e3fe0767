"""Each rule finds what it is for, in its file and on its line, and leaves the catalog alone otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from catalog.catalog import Catalog
from catalog.lint import RULES, lint
from tests.catalog.conftest import Shelf


@dataclass(frozen=True)
class Spoilt:
    """One place of the good catalog changed, and the line that must be said then."""

    rule: str
    file: str
    old: str
    new: str
    says: str


CASES = [Spoilt(**case) for case in yaml.safe_load((Path(__file__).parent / "fixtures" / "spoilt.yml").read_text())]

DEFINED = """
name: visits_daily
entity: visit_day
schema: mart
kind: summary
description: Visits of each day.
grain: [day]
owner: Group operations
time: day
definition: {definition}
columns:
  - {{name: day, type: date, description: The day}}
  - {{name: visits, type: integer, description: Visits on that day}}
"""


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{i}" for i, case in enumerate(CASES)])
def test_a_spoilt_place_is_found_by_file_and_line(shelf: Shelf, case: Spoilt) -> None:
    shelf.replace(case.file, case.old, case.new)
    assert case.says in shelf.says()


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ("SELECT visited_on AS day, COUNT(*) AS visits FROM mart.visits GROUP BY 1", "no table 'mart.visits'"),
        ("SELECT visited_on AS day, COUNT(*) AS visits FROM visit GROUP BY 1", "no table 'visit'"),
        ("DELETE FROM mart.visit", "is not a SELECT"),
        ("SELECT FROM (", "cannot be read as SQL"),
    ],
)
def test_a_defined_table_reads_tables_of_the_catalog_only(shelf: Shelf, definition: str, says: str) -> None:
    shelf.write("tables/visits_daily.yml", DEFINED.format(definition=f'"{definition}"'))
    (first, *_) = shelf.says()
    assert first.startswith(f"tables/visits_daily.yml:10: error: definition: {says}")


def test_a_defined_table_over_filtered_tables_is_filtered_with_them(shelf: Shelf) -> None:
    sql = '"WITH v AS (SELECT * FROM mart.visit) SELECT visited_on AS day, COUNT(*) AS visits FROM v GROUP BY 1"'
    assert shelf.write("tables/visits_daily.yml", DEFINED.format(definition=sql)).says() == []


def test_a_defined_table_over_unfiltered_rows_must_be_given_on_purpose(shelf: Shelf) -> None:
    sql = '"SELECT CAST(NULL AS DATE) AS day, COUNT(*) AS visits FROM mart.practitioner"'
    shelf.write("tables/visits_daily.yml", DEFINED.format(definition=sql))
    assert [line.split(": ")[2] for line in shelf.says()] == ["roles.regional_lead.rows", "roles.house_manager.rows"]
    shelf.replace("policies.yml", "roles:\n", "restricted: [visits_daily]\nroles:\n")
    assert shelf.says() == []


GROUPED = """
name: {name}
entity: {name}
schema: mart
kind: summary
description: Practitioners in groups.
grain: [specialty]
owner: Group operations
{more}
definition: SELECT specialty, COUNT(*) AS people FROM mart.practitioner GROUP BY ROLLUP (specialty)
columns:
  - {{name: specialty, type: string, description: Field of medicine}}
  - {{name: people, type: integer, description: How many}}
"""
SUPPRESSED = "rollup: {dimension: specialty}\nsmall_groups: {k: 5, size: people, within: []}"


def test_a_table_over_people_must_leave_out_small_groups(shelf: Shelf) -> None:
    shelf.replace("tables/practitioner.yml", "kind: dimension", "kind: dimension\npeople: true")
    shelf.replace("policies.yml", "roles:\n", "restricted: [specialties, again]\nroles:\n")
    shelf.write("tables/again.yml", GROUPED.format(name="again", more=SUPPRESSED))
    shelf.write("tables/specialties.yml", GROUPED.format(name="specialties", more=""))
    assert any("error: definition: reads practitioner, a table of people" in text for text in shelf.says())
    shelf.write("tables/specialties.yml", GROUPED.format(name="specialties", more=SUPPRESSED))
    assert any("warning: small_groups: publishes groups of practitioner, as again does" in t for t in shelf.says())


def test_small_groups_without_what_they_rest_on_are_refused(shelf: Shelf) -> None:
    shelf.write("tables/specialties.yml", GROUPED.format(name="specialties", more=SUPPRESSED.split("\n")[1]))
    assert any("small_groups needs a rollup" in text for text in shelf.says())
    more = SUPPRESSED.replace("dimension: specialty", "dimension: people")
    shelf.write("tables/specialties.yml", GROUPED.format(name="specialties", more=more))
    assert any("one row must be one group of one publication" in text for text in shelf.says())


def test_every_rule_is_proven_here() -> None:
    proven = {case.rule for case in CASES} | {"definitions_read_what_exists", "people_are_read_in_groups"}
    assert {rule.__name__ for rule in RULES} == proven


@pytest.mark.parametrize("which", ["fjord", "techco"])
def test_the_good_catalogs_have_no_finding(which: str, request: pytest.FixtureRequest) -> None:
    found: Catalog = request.getfixturevalue(which)
    assert lint(found) == []
