"""GoogleSQL of callers: what reaches beyond the query is refused with a code, what analysts write is accepted."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from sqlglot import exp

from catalog.access import Access
from catalog.loader import load_catalog
from catalog.refusals import Refusal
from server.settings import load_settings
from warehouse.guard.googlesql import check_google_sql, read_back
from warehouse.guard.googlesql.functions import allowed_functions
from warehouse.guard.googlesql.tree import render

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 16, 8, tzinfo=ZoneInfo("America/New_York"))


@cache
def _access(folder: Path, user: str) -> Access:
    catalog = load_catalog(folder / "catalog", load_settings(folder, environ={}).company)
    return Access(catalog, catalog.users[user].as_principal())


def _statements(file: str) -> list[str]:
    """Statements between lines of dashes; a line of `-- words` names each."""
    return [part.strip() for part in (HERE / file).read_text(encoding="utf-8").split("\n---\n") if part.strip()]


def _name(statement: str) -> str:
    return statement.splitlines()[0].removeprefix("-- ")


@pytest.mark.parametrize("statement", _statements("refused.sql"), ids=_name)
def test_what_reaches_beyond_the_query_is_refused(statement: str, demo_workspace: Path) -> None:
    code = _name(statement).split(":")[0]
    with pytest.raises(Refusal) as refused:
        check_google_sql(statement.split("\n", 1)[1], _access(demo_workspace, "ana.skyler"), NOW)
    assert refused.value.code == code, refused.value.text


@pytest.mark.parametrize("statement", _statements("legitimate.sql"), ids=_name)
def test_what_analysts_write_is_accepted_and_written_back_to_the_same_tree(
    statement: str, demo_workspace: Path
) -> None:
    access = _access(demo_workspace, "ana.skyler")
    checked = check_google_sql(statement.split("\n", 1)[1], access, NOW)
    assert checked.tables <= set(access.tables)
    assert check_google_sql(checked.sql, access, NOW).sql == checked.sql
    assert render(read_back(checked.sql)) == checked.sql
    written = sqlglot.parse_one(checked.sql, dialect="bigquery")
    assert isinstance(written, exp.Query)
    with_tables = {cte.alias for cte in written.find_all(exp.CTE)}
    named = [table for table in written.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    assert all(table.db == "gold" or table.name in with_tables for table in named)


def test_a_hidden_table_is_refused_in_the_words_of_one_that_does_not_exist(demo_workspace: Path) -> None:
    access = _access(demo_workspace, "ana.skyler")
    words: list[str] = []
    for name in ("dim_employee", "dim_employes"):
        with pytest.raises(Refusal) as refused:
            check_google_sql(f"SELECT 1 FROM gold.{name}", access)
        words.append(refused.value.message.replace(name, "x"))
    assert words[0] == words[1]


def test_a_denied_column_is_refused_by_its_class_and_never_read(demo_workspace: Path) -> None:
    with pytest.raises(Refusal) as refused:
        check_google_sql("SELECT primary_contact_email FROM gold.dim_customer", _access(demo_workspace, "ana.skyler"))
    assert refused.value.code == "PII_DENIED"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "rand",
            "generate_uuid",
            "session_user",
            "current_user",
            "error",
            "external_query",
            "to_json",
            "to_json_string",
        ),
        *("ml.predict", "ai.generate", "keys.new_keyset", "aead.encrypt", "net.http_get", "vector_search", "appends"),
        *("object_ref.get_access_url", "external_object_transform", "search", "changes", "gap_fill"),
    ],
)
def test_functions_that_reach_out_or_do_not_repeat_are_not_on_the_list(name: str) -> None:
    assert name not in allowed_functions()
