-- name: enqueue
-- Put a message out; one that is there already stays as it is.
INSERT INTO outbox (key, kind, body, receipt, hash, depends_on, fallback, next_try, give_up, queued)
VALUES (:key, :kind, :body, :receipt, :hash, :depends_on, :fallback, :at, :give_up, :at)
ON CONFLICT (key) DO NOTHING;

-- name: next
-- The oldest message that can go now. One of a thread waits for the thread's first message (or what went out instead of
-- it) and for everything put out for that thread before.
SELECT o.key, o.kind, o.body, o.hash, o.record, o.queued, o.depends_on, o.fence,
       COALESCE(instead.state, parent.state, 'dead') AS parent_state,
       COALESCE(instead.provider_ref, parent.provider_ref, '') AS parent_ref
FROM outbox AS o
LEFT JOIN outbox AS parent ON parent.key = o.depends_on
LEFT JOIN outbox AS instead ON parent.state = 'withheld' AND instead.key = parent.fallback
WHERE o.state IN ('ready', 'sending', 'unknown')
  AND (o.state = 'sending' AND o.lease_until <= :at OR o.state <> 'sending' AND o.next_try <= :at)
  AND :resting NOT LIKE '%,' || o.kind || ',%'
  AND (o.depends_on = '' OR COALESCE(instead.state, parent.state, 'dead') IN ('sent', 'dead', 'withheld'))
  AND NOT EXISTS (
      SELECT 1 FROM outbox AS earlier
      WHERE earlier.depends_on <> '' AND earlier.depends_on = o.depends_on AND earlier.seq < o.seq
        AND earlier.state IN ('ready', 'sending', 'unknown')
  )
ORDER BY o.seq LIMIT 1;

-- name: take
-- Mark a message as being sent, unless another took it since it was found. Whoever finds it so after the lease cannot
-- know whether it arrived.
UPDATE outbox
SET doubtful = CASE WHEN doubtful = 1 OR state <> 'ready' THEN 1 ELSE 0 END, state = 'sending', owner = :owner,
    fence = fence + 1, lease_until = :lease_until, tries = tries + 1
WHERE key = :key AND fence = :fence AND state IN ('ready', 'sending', 'unknown')
RETURNING fence, tries, doubtful, give_up;

-- name: extend
-- Keep a message while it is being sent, and note the record of this attempt.
UPDATE outbox SET lease_until = :lease_until, record = :record
WHERE key = :key AND fence = :fence AND state = 'sending';

-- name: sent
-- The channel confirmed the message.
UPDATE outbox SET state = 'sent', provider_ref = :ref, ended = :at, reason = ''
WHERE key = :key AND fence = :fence AND state = 'sending';

-- name: again
-- Try a message again later.
UPDATE outbox SET state = :state, next_try = :next_try, reason = :reason
WHERE key = :key AND fence = :fence AND state = 'sending';

-- name: end
-- A message that will not go out.
UPDATE outbox SET state = :state, ended = :at, reason = :reason
WHERE key = :key AND fence = :fence AND state = 'sending';

-- name: revive
-- Try a message that was given up once more; one whose body is gone stays given up.
UPDATE outbox SET state = CASE doubtful WHEN 0 THEN 'ready' ELSE 'unknown' END, next_try = :at, give_up = :give_up,
    ended = '', tries = 0
WHERE key = :key AND state = 'dead' AND body <> '';

-- name: forget
-- Drop the bodies of messages that ended long ago; what is known of them stays, the hash too.
UPDATE outbox SET body = '' WHERE body <> '' AND ended <> '' AND ended < :before;

-- name: latest
-- The latest messages, newest first.
SELECT key, kind, state, receipt, depends_on, tries, next_try, provider_ref, queued, ended, reason
FROM outbox ORDER BY seq DESC LIMIT :most;

-- name: body
-- A message as it was put out.
SELECT body FROM outbox WHERE key = :key;

-- name: of_receipt
-- The parts of a message, in the order in which they go out.
SELECT key, kind, state, body, hash, record, provider_ref, queued, ended, reason
FROM outbox WHERE receipt = :receipt ORDER BY seq;
