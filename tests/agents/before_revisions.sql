-- Episodes: alerts about entities, the high each one used, and what people said of them.

CREATE TABLE IF NOT EXISTS health_episode (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  entity TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('fall', 'conflict', 'reverse')),
  day TEXT NOT NULL,
  told_at TEXT NOT NULL,
  owner TEXT NOT NULL,
  reference TEXT NOT NULL,
  score TEXT NOT NULL,
  seen TEXT NOT NULL,
  actions TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS health_episode_by_day ON health_episode (agent, seen, entity);

CREATE TABLE IF NOT EXISTS health_feedback (
  episode TEXT NOT NULL REFERENCES health_episode (id),
  kind TEXT NOT NULL CHECK (kind IN ('accepted', 'ignored', 'outcome')),
  value TEXT NOT NULL,
  said_by TEXT NOT NULL,
  said_at TEXT NOT NULL,
  PRIMARY KEY (episode, kind, value, said_by)
);
-- Incidents: what is out of range or at fault, since when, and what was last told about it.

CREATE TABLE IF NOT EXISTS incident (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  key TEXT NOT NULL,
  verdict TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'updated', 'resolved')),
  metrics TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  resolved_at TEXT,
  point TEXT NOT NULL,
  normal_points INTEGER NOT NULL DEFAULT 0,
  told TEXT NOT NULL,
  messages INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX IF NOT EXISTS incident_by_agent ON incident (agent, state, key);

CREATE TABLE IF NOT EXISTS incident_look (
  agent TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  access TEXT NOT NULL
);
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
-- What was told: one row a figure of a report that went out, so that a later report can say what has changed since.
CREATE TABLE IF NOT EXISTS reported (
    agent TEXT NOT NULL,
    metric TEXT NOT NULL,
    period_start TEXT NOT NULL,
    period_end TEXT NOT NULL,
    value TEXT NOT NULL,
    unit TEXT NOT NULL,
    definition TEXT NOT NULL,
    definition_hash TEXT NOT NULL,
    receipt TEXT NOT NULL,
    told_at TEXT NOT NULL,
    PRIMARY KEY (agent, metric, period_start, period_end, told_at)
) STRICT;
