"""The log: records in their chain, the keys of their sealed parts, who is who, signed checkpoints, purges, holds.

Records, checkpoints and purges are append-only. The one way past the triggers: records that a purge on record covers.
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    # `record` is the canonical JSON that `hash` is taken over; `personal` is sealed, and its hash is part of `record`.
    """CREATE TABLE record (
        seq BIGINT PRIMARY KEY,
        receipt TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('intent', 'outcome', 'event')),
        time TEXT COLLATE {bytes} NOT NULL,
        person TEXT NOT NULL,
        record TEXT NOT NULL,
        personal TEXT NOT NULL,
        hash TEXT NOT NULL,
        UNIQUE (receipt, kind)
    )""",
    # One key a call. Without it the personal part of the call's records cannot be read any more.
    "CREATE TABLE sealing_key (receipt TEXT PRIMARY KEY, key {blob} NOT NULL)",
    # Who is behind the name that records use.
    """CREATE TABLE person (
        pseudonym TEXT PRIMARY KEY,
        issuer TEXT NOT NULL,
        user_id TEXT NOT NULL,
        UNIQUE (issuer, user_id)
    )""",
    "CREATE TABLE checkpoint (number BIGINT PRIMARY KEY, statement TEXT NOT NULL, hash TEXT NOT NULL)",
    "CREATE TABLE purge (through BIGINT PRIMARY KEY, checkpoint BIGINT NOT NULL)",
    # Active holds only; that they were placed and released is in the log.
    """CREATE TABLE hold (
        id TEXT PRIMARY KEY,
        placed_at TEXT NOT NULL,
        user_id TEXT NOT NULL,
        receipt TEXT NOT NULL,
        since TEXT COLLATE {bytes} NOT NULL,
        until TEXT COLLATE {bytes} NOT NULL,
        reason TEXT NOT NULL
    )""",
)
APPEND_ONLY = ("record", "checkpoint", "purge")
MESSAGE = "the audit log is append-only"


def upgrade() -> None:
    """Make the tables and the triggers that keep them append-only."""
    sqlite = op.get_context().dialect.name == "sqlite"
    for table in TABLES:
        op.execute(table.format(bytes="BINARY" if sqlite else '"C"', blob="BLOB" if sqlite else "BYTEA"))
    for statement in sqlite_triggers() if sqlite else postgresql_triggers():
        op.execute(statement)


def sqlite_triggers() -> list[str]:
    """A trigger for each table and way of changing it."""
    triggers: list[str] = []
    for table in APPEND_ONLY:
        permitted = "WHEN NOT EXISTS (SELECT 1 FROM purge WHERE through >= OLD.seq)" if table == "record" else ""
        triggers += [
            f"CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
            f"CREATE TRIGGER {table}_is_never_removed BEFORE DELETE ON {table} {permitted} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        ]
    return triggers


def postgresql_triggers() -> list[str]:
    """The same with functions, and TRUNCATE refused too."""
    refuse = f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';"
    unpurged = f"IF NOT EXISTS (SELECT 1 FROM purge WHERE through >= OLD.seq) THEN {refuse} END IF"  # noqa: S608 - ours
    statements = [
        f"CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$",
        "CREATE FUNCTION refuse_unpurged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{unpurged}; RETURN OLD; END $$",
    ]
    for table in APPEND_ONLY:
        removed = "refuse_unpurged" if table == "record" else "refuse_change"
        statements += [
            f"CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_is_never_removed BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {removed}()",
            f"CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    return statements
