"""The recipe in docs/audit.md: a role that serves can write the log and cannot change it."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import ProgrammingError

from audit.log import AuditLog
from tests.audit.conftest import Hand, call
from tests.postgres import new_database

PAGE = Path(__file__).resolve().parents[2] / "docs" / "audit.md"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM record",
        "UPDATE record SET hash = ''",
        "TRUNCATE record",
        "DROP TRIGGER record_is_never_removed ON record",
        "DELETE FROM sealing_key",
        "INSERT INTO purge (through, checkpoint) VALUES (9, 1)",
        "UPDATE checkpoint SET hash = ''",
    ],
)
def test_the_serving_role_writes_the_log_and_cannot_change_it(statement: str, serving: str) -> None:
    with closing(AuditLog(serving)) as log:
        call(log)
        assert log.verify().ok
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        Hand(serving).run(statement)


@pytest.fixture(scope="module")
def serving(postgres: str) -> str:
    """The URL of a store as the role that serves sees it."""
    url = new_database(postgres)
    with closing(AuditLog(url)) as log:
        call(log)
    recipe = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    Hand(url).run(*(statement for statement in recipe[0].split(";") if statement.strip()))
    return url.replace("postgres:@", "assay_serving:@")
