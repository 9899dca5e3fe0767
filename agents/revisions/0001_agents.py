"""Runs, messages, incidents, episodes, and what was reported. Tables of a file from before revisions are taken over."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Moments and keys compare by their bytes, as SQLite does it; a language's order would read past punctuation.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _runs()
    _outbox()
    _incidents()
    _episodes()
    _reported()


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, **options)


def _empty(name: str) -> sa.Column[str]:
    return _text(name, server_default="")


def _number(name: str, default: str = "0") -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=default)


def _runs() -> None:
    """One row per agent and slot, from the claim to its end; `fence` grows with every claim and refuses earlier ones.
    `watched`: since when slots of an agent count. `alive`: when each scheduler was last alive."""
    op.create_table(
        "run",
        _text("agent", primary_key=True),
        _text("period", primary_key=True),
        _text("state"),
        _text("due"),
        _empty("owner"),
        _number("fence"),
        _empty("lease_until"),
        _number("tries"),
        _empty("next_try"),
        _empty("started"),
        _empty("ended"),
        _empty("reason"),
        sa.CheckConstraint("state IN ('running', 'waiting', 'done', 'skipped', 'dead')"),
        if_not_exists=True,
    )
    op.create_table("watched", _text("agent", primary_key=True), _text("since"), if_not_exists=True)
    op.create_table("alive", _text("owner", primary_key=True), _text("seen"), if_not_exists=True)


def _outbox() -> None:
    """Every message ever put out, under the key that makes it one and the same. `doubtful`: it may have arrived."""
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        _text("key", unique=True),
        _text("kind"),
        _text("body"),
        _text("state", server_default="ready"),
        _empty("depends_on"),
        _empty("fallback"),
        _empty("owner"),
        _number("fence"),
        _empty("lease_until"),
        _number("tries"),
        _text("next_try"),
        _text("give_up"),
        _number("doubtful"),
        _empty("provider_ref"),
        _text("queued"),
        _empty("ended"),
        _empty("reason"),
        sa.CheckConstraint("state IN ('ready', 'sending', 'sent', 'unknown', 'dead', 'withheld')"),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )
    _index("outbox_open", "outbox", ["seq"], "state IN ('ready', 'sending', 'unknown')")
    _index("outbox_thread", "outbox", ["depends_on", "seq"], "depends_on <> ''")


def _incidents() -> None:
    """What is out of range or at fault, since when, and what was last told about it."""
    op.create_table(
        "incident",
        _text("id", primary_key=True),
        _text("agent"),
        _text("key"),
        _text("verdict"),
        _text("state"),
        _text("metrics"),
        _text("opened_at"),
        _text("updated_at"),
        sa.Column("resolved_at", TEXT),
        _text("point"),
        _number("normal_points"),
        _text("told"),
        _number("messages", "1"),
        sa.CheckConstraint("state IN ('open', 'updated', 'resolved')"),
        if_not_exists=True,
    )
    _index("incident_by_agent", "incident", ["agent", "state", "key"])
    op.create_table("incident_look", _text("agent", primary_key=True), _text("at"), _text("access"), if_not_exists=True)


def _episodes() -> None:
    """Alerts about entities, the high each one used, and what people said of them."""
    op.create_table(
        "health_episode",
        _text("id", primary_key=True),
        _text("agent"),
        _text("entity"),
        _text("kind"),
        _text("day"),
        _text("told_at"),
        _text("owner"),
        _text("reference"),
        _text("score"),
        _text("seen"),
        _text("actions"),
        sa.CheckConstraint("kind IN ('fall', 'conflict', 'reverse')"),
        if_not_exists=True,
    )
    _index("health_episode_by_day", "health_episode", ["agent", "seen", "entity"])
    op.create_table(
        "health_feedback",
        sa.Column("episode", TEXT, sa.ForeignKey("health_episode.id"), primary_key=True),
        _text("kind", primary_key=True),
        _text("value", primary_key=True),
        _text("said_by", primary_key=True),
        _text("said_at"),
        sa.CheckConstraint("kind IN ('accepted', 'ignored', 'outcome')"),
        if_not_exists=True,
    )


def _reported() -> None:
    """One row a figure of a report that went out, so that a later report can say what has changed since."""
    op.create_table(
        "reported",
        _text("agent", primary_key=True),
        _text("metric", primary_key=True),
        _text("period_start", primary_key=True),
        _text("period_end", primary_key=True),
        _text("value"),
        _text("unit"),
        _text("definition"),
        _text("definition_hash"),
        _text("receipt"),
        _text("told_at", primary_key=True),
        if_not_exists=True,
    )


def _index(name: str, table: str, columns: list[str], only: str = "") -> None:
    where: dict[str, Any] = {"sqlite_where": sa.text(only), "postgresql_where": sa.text(only)} if only else {}
    op.create_index(name, table, columns, if_not_exists=True, **where)
