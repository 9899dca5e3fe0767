-- name: opening
-- Where the chain goes on, and what a new record needs: the latest record, the caller's name in the log, the call's key.
SELECT latest.seq, latest.hash, latest.time, person.pseudonym, sealing_key.key
FROM (SELECT 1 AS one) AS always
LEFT JOIN (SELECT seq, hash, time FROM record ORDER BY seq DESC LIMIT 1) AS latest ON 1 = 1
LEFT JOIN person ON person.issuer = :issuer AND person.user_id = :user_id
LEFT JOIN sealing_key ON sealing_key.receipt = :receipt;

-- name: append
-- One more record.
INSERT INTO record (seq, receipt, kind, time, person, record, personal, hash)
VALUES (:seq, :receipt, :kind, :time, :person, :record, :personal, :hash);

-- name: add_key
-- The key of a new call's personal part.
INSERT INTO sealing_key (receipt, key) VALUES (:receipt, :key);

-- name: add_person
-- Whom a new name stands for.
INSERT INTO person (pseudonym, issuer, user_id) VALUES (:pseudonym, :issuer, :user_id);

-- name: of_receipt
-- The records of a call, with their key and the caller.
SELECT record.seq, record.receipt, kind, time, person, record, personal, hash, key, user_id
FROM record
LEFT JOIN sealing_key ON sealing_key.receipt = record.receipt
LEFT JOIN person ON person.pseudonym = record.person
WHERE record.receipt = :receipt
ORDER BY seq;

-- name: latest
-- The newest records, newest first.
SELECT record.seq, record.receipt, kind, time, person, record, personal, hash, key, user_id
FROM record
LEFT JOIN sealing_key ON sealing_key.receipt = record.receipt
LEFT JOIN person ON person.pseudonym = record.person
ORDER BY seq DESC
LIMIT :count;

-- name: between
-- Records from one moment on and before another, after a number, in order. An empty moment is no bound.
SELECT record.seq, record.receipt, kind, time, person, record, personal, hash, key, user_id
FROM record
LEFT JOIN sealing_key ON sealing_key.receipt = record.receipt
LEFT JOIN person ON person.pseudonym = record.person
WHERE seq > :after AND time >= :since AND (:until = '' OR time < :until)
ORDER BY seq;

-- name: of_seq
-- Number, hash and time of one record.
SELECT seq, hash, time FROM record WHERE seq = :seq;

-- name: last_seq
-- The newest record.
SELECT max(seq) FROM record;

-- name: statements
-- The signed statements after a number, in order.
SELECT statement FROM checkpoint WHERE number > :after ORDER BY number;

-- name: last_statement
-- The newest signed statement.
SELECT number, statement FROM checkpoint ORDER BY number DESC LIMIT 1;

-- name: add_statement
-- One more signed statement.
INSERT INTO checkpoint (number, statement, hash) VALUES (:number, :statement, :hash);

-- name: first_seq
-- The oldest record kept.
SELECT min(seq) FROM record;

-- name: first_from
-- The first record of a moment or later.
SELECT min(seq) FROM record WHERE time >= :moment;

-- name: dropped
-- What a purge of the records up to a number drops.
SELECT count(*), min(time), max(time) FROM record WHERE seq <= :through;

-- name: open_before
-- Calls that began up to a number and had not ended by then.
SELECT receipt FROM record AS began
WHERE seq <= :through AND kind = 'intent' AND NOT EXISTS (
    SELECT 1 FROM record AS ended WHERE ended.receipt = began.receipt AND ended.kind = 'outcome' AND ended.seq <= :through
)
ORDER BY seq;

-- name: permit_purge
-- From here on the records up to a number may be removed.
INSERT INTO purge (through, checkpoint) VALUES (:through, :checkpoint);

-- name: purge_keys
-- The keys of purged calls; those of calls that may still end are kept.
DELETE FROM sealing_key WHERE receipt IN (SELECT receipt FROM record WHERE seq <= :through AND kind <> 'intent');

-- name: purge_records
-- The purge itself.
DELETE FROM record WHERE seq <= :through;

-- name: purge_persons
-- People whom no record names any more.
DELETE FROM person WHERE pseudonym NOT IN (SELECT person FROM record);

-- name: add_hold
-- A new hold.
INSERT INTO hold (id, placed_at, user_id, receipt, since, until, reason)
VALUES (:id, :placed_at, :user_id, :receipt, :since, :until, :reason);

-- name: holds
-- The holds in force, oldest first.
SELECT id, placed_at, user_id, receipt, since, until, reason FROM hold ORDER BY placed_at, id;

-- name: release_hold
-- A hold ends.
DELETE FROM hold WHERE id = :id;

-- name: held
-- Calls that a hold covers, and the first record of each. An empty field covers everything.
SELECT receipt, min(seq) FROM record
WHERE (:receipt = '' OR receipt = :receipt)
AND time >= :since AND (:until = '' OR time < :until)
AND (:user_id = '' OR receipt IN (
    SELECT began.receipt FROM record AS began
    JOIN person ON person.pseudonym = began.person
    WHERE person.user_id = :user_id
))
GROUP BY receipt;

-- name: persons_of
-- The names in the log of a user, one for each issuer.
SELECT pseudonym FROM person WHERE user_id = :user_id ORDER BY pseudonym;

-- name: erase_key
-- From here on the personal part of a call cannot be read.
DELETE FROM sealing_key WHERE receipt = :receipt;

-- name: erase_person
-- From here on nobody knows whom a name stood for.
DELETE FROM person WHERE pseudonym = :pseudonym;

-- name: overwrite (sqlite)
-- Deleted rows are overwritten with zeros.
PRAGMA secure_delete = ON;

-- name: overwrite (postgresql)
-- VACUUM does it later.
SELECT 1;
