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
