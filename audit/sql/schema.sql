-- One row a record, in the order of the chain. `record` is the canonical JSON that `hash` is taken over; `personal`
-- holds what people typed and names of people, whose own hash is part of `record`.
CREATE TABLE IF NOT EXISTS record (
    seq INTEGER PRIMARY KEY,
    receipt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('intent', 'outcome')),
    record TEXT NOT NULL,
    personal TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (receipt, kind)
) STRICT;

-- A record is never changed.
CREATE TRIGGER IF NOT EXISTS record_is_never_changed BEFORE UPDATE ON record
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- A record is never removed.
CREATE TRIGGER IF NOT EXISTS record_is_never_removed BEFORE DELETE ON record
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
