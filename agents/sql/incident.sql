-- name: recent
-- Incidents of an agent that are open, or were resolved not long ago.
SELECT * FROM incident
WHERE agent = :agent AND (state <> 'resolved' OR resolved_at >= :since)
ORDER BY opened_at, id;

-- name: put
-- An incident as it is now.
INSERT INTO incident (id, agent, key, verdict, state, metrics, opened_at, updated_at, resolved_at, point, normal_points, told, messages)
VALUES (:id, :agent, :key, :verdict, :state, :metrics, :opened_at, :updated_at, :resolved_at, :point, :normal_points, :told, :messages)
ON CONFLICT (id) DO UPDATE SET
  verdict = excluded.verdict, state = excluded.state, metrics = excluded.metrics, updated_at = excluded.updated_at,
  resolved_at = excluded.resolved_at, point = excluded.point, normal_points = excluded.normal_points,
  told = excluded.told, messages = excluded.messages;

-- name: last_look
-- When an agent last looked, and under which rights.
SELECT at, access FROM incident_look WHERE agent = :agent;

-- name: looked
-- The agent has looked.
INSERT INTO incident_look (agent, at, access) VALUES (:agent, :at, :access)
ON CONFLICT (agent) DO UPDATE SET at = excluded.at, access = excluded.access;
