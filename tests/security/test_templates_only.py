"""A role that may only fill in templates: nothing else runs, and a value is a value whatever it holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import anyio
import duckdb
import pytest
import yaml
from mcp import Client

from catalog.principals import Principal
from server.wiring import Program
from tests.processes import http_server
from tests.security.two_worlds import world

CONTRACTOR = {
    "name": "contractor",
    "tables": ["clinic", "visit"],
    "metrics": [],
    "sql": "templates",
    "templates": ["visits_of_city"],
}
TEMPLATES = [
    {
        "name": "visits_of_city",
        "description": "Visits of a city since a day.",
        "sql": "SELECT c.city, COUNT(*) AS visits FROM mart.visit AS v JOIN mart.clinic AS c "
        "ON c.clinic_id = v.clinic_id WHERE c.city = $city AND v.visited_on >= $since GROUP BY c.city",
        "params": {"city": "string", "since": "date"},
    },
    {
        "name": "fees_above",
        "description": "Visits with a fee above an amount.",
        "sql": "SELECT COUNT(*) AS visits FROM mart.visit WHERE fee_eur > $amount AND 40 <= $least",
        "params": {"amount": "decimal", "least": "integer"},
    },
]
ODD_TEXTS = (
    "City 1",
    "",
    "'",
    "''",
    "' OR '1' = '1",
    "City 1' --",
    "'; DROP TABLE mart.visit; --",
    "') UNION SELECT patient_ref, 1 FROM mart.visit --",
    "$since",
    "$city",
    "\\'",
    "\\",
    "City 1\\",
    "E'\\x41'",
    "/* x */",
    "$$ x $$",
    "?",
    "%s {0} {city}",
    "City\u200b1",
    "\u2019 OR 1=1",
    "City 1\n",
    "\t",
    "ＣＩＴＹ",
    "a" * 5_000,
    "🏥",
    "{{city}}",
    '"',
    "NULL",
    "1",
    "2025-01-01",
)


@pytest.fixture(scope="module")
def program(fjord_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("templates")
    with world(_with_contractor(fjord_workspace, folder / "with"), folder / "w") as built:
        yield built


def _with_contractor(workspace: Path, folder: Path) -> Path:
    """The second company's workspace with a role that may only fill in templates, held by a user of its own."""
    shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("*.sqlite*"))
    for name, change in (("policies.yml", _policies), ("principals.yml", _users)):
        file = folder / "catalog" / name
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
        change(tree)
        file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return folder


def _policies(tree: dict[str, list[object]]) -> None:
    tree["roles"].append(CONTRACTOR)
    tree["templates"] = list(TEMPLATES)


def _users(tree: dict[str, list[object]]) -> None:
    tree["users"].append({"user": "con.tractor", "roles": ["contractor"]})


def ask(program: Program, **arguments: object) -> dict[str, object]:
    who = Principal(user="con.tractor", role="contractor", roles=("contractor",))
    return program.toolset.call(who, "query_curated_data", {"question": "visits", **arguments}).structured


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_a_text_is_only_ever_compared(program: Program, text: str) -> None:
    found = ask(program, template="visits_of_city", params={"city": text, "since": "2025-01-01"})
    with duckdb.connect(str(program.settings.at(program.settings.warehouse.path)), read_only=True) as company:
        wanted = company.execute(
            "SELECT c.city, COUNT(*) FROM mart.visit v JOIN mart.clinic c ON c.clinic_id = v.clinic_id "
            "WHERE c.city = ? AND v.visited_on >= DATE '2025-01-01' GROUP BY c.city",
            [text],
        ).fetchall()
    if found["status"] == "ok":
        assert found["rows"] == [list(row) for row in wanted]
    else:
        assert not wanted
        assert found["code"] in ("BAD_ARGUMENT", "NOT_ALLOWED", "TOO_EXPENSIVE")


def test_usual_texts_are_answered(program: Program) -> None:
    answered = [ask(program, template="visits_of_city", params={"city": t, "since": "2025-01-01"}) for t in ODD_TEXTS]
    assert sum(found["status"] == "ok" for found in answered) >= len(ODD_TEXTS) * 0.8


@pytest.mark.parametrize(
    "params",
    [
        {"city": "City 1", "since": "yesterday"},
        {"city": "City 1", "since": "2025-01-01' OR true --"},
        {"city": 1, "since": "2025-01-01"},
        {"city": "City 1"},
        {"city": "City 1", "since": "2025-01-01", "more": 1},
        {"city": None, "since": "2025-01-01"},
    ],
)
def test_a_value_of_another_type_is_refused(program: Program, params: dict[str, object]) -> None:
    assert ask(program, template="visits_of_city", params=params)["code"] == "BAD_ARGUMENT"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"sql": "SELECT count(*) FROM mart.visit"}, "NOT_ALLOWED"),
        ({"sql": TEMPLATES[0]["sql"]}, "NOT_ALLOWED"),
        ({"metrics": ["visit_count"]}, "UNKNOWN_METRIC"),
        ({"template": "fees_above", "params": {"amount": 50, "least": 1}}, "BAD_ARGUMENT"),
        ({"template": "no such", "params": {}}, "BAD_ARGUMENT"),
        ({"question": "number of visits last month"}, "NOT_UNDERSTOOD"),
    ],
)
def test_nothing_but_the_roles_own_templates_runs(program: Program, arguments: dict[str, object], code: str) -> None:
    found = ask(program, **arguments)
    assert (found["code"], found["rows"]) == (code, [])
    assert "fees_above" not in str(found["message"]) or "fees_above" in str(arguments)


def test_the_catalog_lists_the_roles_own_templates_with_their_params(program: Program) -> None:
    who = Principal(user="con.tractor", role="contractor", roles=("contractor",))
    page = program.toolset.call(who, "describe_catalog", {"kind": "template"}).structured
    assert [entry["name"] for entry in page["entries"]] == ["visits_of_city"]
    whole = program.toolset.call(who, "describe_catalog", {"query": "visits_of_city"}).structured["entries"]
    assert whole[0]["details"] == ["param city: string", "param since: date"]


def test_the_same_holds_over_http(fjord_workspace: Path, tmp_path: Path) -> None:
    folder = _with_contractor(fjord_workspace, tmp_path / "w")

    async def asked(base: str) -> list[dict[str, object]]:
        async with Client(f"{base}/mcp") as client:
            params = {"city": "City 1", "since": "2025-01-01"}
            calls = ({"template": "visits_of_city", "params": params}, {"sql": "SELECT count(*) FROM mart.visit"})
            results = [await client.call_tool("query_curated_data", {"question": "visits", **c}) for c in calls]
            return [dict(result.structured_content or {}) for result in results]

    with http_server(folder, "--as", "con.tractor") as base:
        filled, own = anyio.run(asked, base)
    assert (filled["status"], filled["row_count"]) == ("ok", 1)
    assert (own["status"], own["code"]) == ("refused", "NOT_ALLOWED")
    assert "Available: visits_of_city." in str(own["message"])
