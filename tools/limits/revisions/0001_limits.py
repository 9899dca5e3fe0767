"""Amounts of a day, amounts set aside by calls that run, and the buckets of shared rates."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UNITS = ("calls", "queries", "row_count", "byte_count", "micro_usd")


def upgrade() -> None:
    op.create_table(
        "spent",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        *(sa.Column(unit, sa.BigInteger, nullable=False) for unit in UNITS),
    )
    op.create_index("spent_day", "spent", ["day"])
    op.create_table(
        "held",
        sa.Column("call", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("queries", sa.BigInteger, nullable=False),
        sa.Column("micro_usd", sa.BigInteger, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("ends", sa.Float(53), nullable=False),
    )
    op.create_index("held_account", "held", ["kind", "issuer", "name", "day"])
    op.create_table(
        "bucket",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("full_at", sa.BigInteger, nullable=False),
    )
