"""A table for the tests of the store itself."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "note", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("body", sa.Text, nullable=False)
    )
