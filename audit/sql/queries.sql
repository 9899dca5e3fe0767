-- name: head
-- The latest record: where the chain goes on.
SELECT seq, hash, json_extract(record, '$.time') AS time FROM record ORDER BY seq DESC LIMIT 1;

-- name: append
-- One more record.
INSERT INTO record (seq, receipt, kind, record, personal, hash) VALUES (?, ?, ?, ?, ?, ?);

-- name: of_receipt
-- The intent and, once there is one, the outcome of a call.
SELECT seq, receipt, kind, record, personal, hash FROM record WHERE receipt = ? ORDER BY seq;

-- name: latest
-- The newest records, newest first.
SELECT seq, receipt, kind, record, personal, hash FROM record ORDER BY seq DESC LIMIT ?;

-- name: all
-- The whole chain, in order.
SELECT seq, receipt, kind, record, personal, hash FROM record ORDER BY seq;
