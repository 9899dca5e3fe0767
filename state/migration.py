"""Brings a store to its newest Alembic revision. A folder of revision files is all it needs."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

VERSION_TABLE = "alembic_version"
STANDS = "SELECT version_num FROM alembic_version"
REVISION = re.compile(r'^revision\s*(?::\s*str\s*)?=\s*"([^"]+)"', re.MULTILINE)
PARENT = re.compile(r'^down_revision\s*(?::[^=]*)?=\s*"([^"]+)"', re.MULTILINE)


def is_newest(connection: Connection, revisions: Path) -> bool:
    """Whether the store stands at the newest revision, found without loading Alembic."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return False
    texts = [file.read_text(encoding="utf-8") for file in sorted(revisions.glob("*.py"))]
    made = {match[1] for each in texts if (match := REVISION.search(each))}
    followed = {match[1] for each in texts if (match := PARENT.search(each))}
    stands = connection.execute(text(STANDS)).scalars().all()
    return set(stands) == made - followed


def upgrade(connection: Connection, revisions: Path) -> None:
    """Apply every revision that the store has not seen, in this transaction. Raises SQLAlchemyError for a store that
    stands at a revision nobody here knows."""
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    script = ScriptDirectory(str(revisions), version_locations=[str(revisions)])
    environment = EnvironmentContext(
        Config(),
        script,
        fn=lambda revision, _: script._upgrade_revs("head", revision),  # pyright: ignore
    )
    with environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE, transaction_per_migration=False)
        try:
            environment.run_migrations()
        except CommandError as error:
            raise SQLAlchemyError(f"a newer program made this store: {error}") from error
