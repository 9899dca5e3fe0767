-- name: thread
-- The message that a channel calls so: the first of a thread.
SELECT key FROM outbox WHERE provider_ref = :ref AND kind = 'post' ORDER BY seq LIMIT 1;

-- name: incident
-- The incident whose thread begins with that key.
SELECT key, metrics, point FROM incident WHERE 'incident:' || id = :thread;
