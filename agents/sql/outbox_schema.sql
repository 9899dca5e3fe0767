-- Every message ever put out, whole, under the key that makes it one and the same. `doubtful`: it may have arrived.
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'ready'
        CHECK (state IN ('ready', 'sending', 'sent', 'unknown', 'dead', 'withheld')),
    depends_on TEXT NOT NULL DEFAULT '',
    fallback TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '',
    fence INTEGER NOT NULL DEFAULT 0,
    lease_until TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL,
    give_up TEXT NOT NULL,
    doubtful INTEGER NOT NULL DEFAULT 0,
    provider_ref TEXT NOT NULL DEFAULT '',
    queued TEXT NOT NULL,
    ended TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT ''
);

CREATE INDEX IF NOT EXISTS outbox_open ON outbox (seq) WHERE state IN ('ready', 'sending', 'unknown');
CREATE INDEX IF NOT EXISTS outbox_thread ON outbox (depends_on, seq) WHERE depends_on <> '';
