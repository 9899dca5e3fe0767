-- name: claim
-- Take a slot that nobody took, whose owner let its lease run out, or whose next try has come. One row if it worked.
INSERT INTO run (agent, period, state, due, owner, fence, lease_until, tries, started)
VALUES (:agent, :period, 'running', :due, :owner, 1, :lease_until, 1, :at)
ON CONFLICT (agent, period) DO UPDATE
SET state = 'running', owner = :owner, fence = run.fence + 1, lease_until = :lease_until, tries = run.tries + 1
WHERE run.tries < :most
  AND (run.state = 'running' AND run.lease_until <= :at OR run.state = 'waiting' AND run.next_try <= :at)
RETURNING fence, tries;

-- name: bury
-- Give up on a slot whose owners died as often as is allowed.
UPDATE run SET state = 'dead', ended = :at, reason = 'its process ended ' || tries || ' times without a result'
WHERE agent = :agent AND period = :period AND state = 'running' AND lease_until <= :at AND tries >= :most;

-- name: extend
-- Keep a claim alive.
UPDATE run SET lease_until = :lease_until
WHERE agent = :agent AND period = :period AND fence = :fence AND state = 'running';

-- name: end
-- Close a claim: done, skipped or dead.
UPDATE run SET state = :state, ended = :at, reason = :reason
WHERE agent = :agent AND period = :period AND fence = :fence AND state = 'running';

-- name: wait
-- Put a claimed slot back until its next try.
UPDATE run SET state = 'waiting', next_try = :next_try, tries = :tries, reason = :reason
WHERE agent = :agent AND period = :period AND fence = :fence AND state = 'running';

-- name: skip
-- Record a slot that is not run any more, unless somebody runs it now or it has ended.
INSERT INTO run (agent, period, state, due, ended, reason)
VALUES (:agent, :period, 'skipped', :due, :at, :reason)
ON CONFLICT (agent, period) DO UPDATE
SET state = 'skipped', ended = :at, fence = run.fence + 1,
    reason = CASE run.reason WHEN '' THEN :reason ELSE :reason || '; before: ' || run.reason END
WHERE run.state = 'waiting' OR run.state = 'running' AND run.lease_until <= :at;

-- name: watch
-- Remember since when an agent is known.
INSERT INTO watched (agent, since) VALUES (:agent, :since) ON CONFLICT (agent) DO NOTHING;

-- name: watched
-- Since when an agent is known.
SELECT since FROM watched WHERE agent = :agent;

-- name: settled
-- The slots of an agent that need no more work, due after a moment.
SELECT period FROM run WHERE agent = :agent AND due > :since AND state IN ('done', 'skipped', 'dead');

-- name: history
-- The latest runs, newest first.
SELECT agent, period, state, due, owner, tries, next_try, started, ended, reason
FROM run ORDER BY due DESC, agent LIMIT :most;

-- name: dead
-- What was given up: runs and messages, newest first.
SELECT 'run' AS kind, agent || '/' || period AS key, reason, ended AS at FROM run WHERE state = 'dead'
UNION ALL
SELECT 'message', key, reason, ended FROM outbox WHERE state = 'dead'
ORDER BY at DESC, key;

-- name: alive
-- Note that a scheduler is alive.
INSERT INTO alive (owner, seen) VALUES (:owner, :at) ON CONFLICT (owner) DO UPDATE SET seen = excluded.seen;

-- name: forget
-- Drop schedulers not heard of for long.
DELETE FROM alive WHERE seen < :before;

-- name: living
-- The schedulers heard of since a moment.
SELECT owner, seen FROM alive WHERE seen >= :since ORDER BY owner;
