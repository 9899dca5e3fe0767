-- One row per agent and slot, from the claim to its end; `fence` grows with every claim and refuses earlier ones.
CREATE TABLE IF NOT EXISTS run (
    agent TEXT NOT NULL,
    period TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'waiting', 'done', 'skipped', 'dead')),
    due TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT '',
    fence INTEGER NOT NULL DEFAULT 0,
    lease_until TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL DEFAULT '',
    started TEXT NOT NULL DEFAULT '',
    ended TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (agent, period)
) WITHOUT ROWID;

-- Since when slots of an agent count: nothing is owed from before it was known.
CREATE TABLE IF NOT EXISTS watched (
    agent TEXT PRIMARY KEY,
    since TEXT NOT NULL
) WITHOUT ROWID;

-- When each scheduler was last alive.
CREATE TABLE IF NOT EXISTS alive (
    owner TEXT PRIMARY KEY,
    seen TEXT NOT NULL
) WITHOUT ROWID;
