"""A message's receipt, the hash of what was put out, and the audit record of its delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for name in ("receipt", "hash", "record"):
        op.add_column("outbox", sa.Column(name, TEXT, nullable=False, server_default=""))
    op.create_index("outbox_receipt", "outbox", ["receipt", "seq"])
    whole = sa.text("body <> '' AND ended <> ''")
    op.create_index("outbox_ended", "outbox", ["ended"], sqlite_where=whole, postgresql_where=whole)
