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
