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
