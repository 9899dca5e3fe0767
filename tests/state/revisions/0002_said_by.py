"""Who wrote a note."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("note", sa.Column("said_by", sa.Text, nullable=False, server_default=""))
