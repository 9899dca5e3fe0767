-- name: recent
-- Episodes of an agent that were told or still seen since a day, oldest first.
SELECT * FROM health_episode WHERE agent = :agent AND seen >= :since ORDER BY day, id;

-- name: told
-- An alert that went out; telling it again changes nothing.
INSERT INTO health_episode (id, agent, entity, kind, day, told_at, owner, reference, score, seen, actions)
VALUES (:id, :agent, :entity, :kind, :day, :told_at, :owner, :reference, :score, :seen, :actions)
ON CONFLICT (id) DO NOTHING;

-- name: seen
-- What an episode tells is still so.
UPDATE health_episode SET seen = :day WHERE id = :id AND seen < :day;

-- name: exists
-- Is there such an episode?
SELECT id FROM health_episode WHERE id = :id;

-- name: feedback
-- What a person said of an episode; the first time counts.
INSERT INTO health_feedback (episode, kind, value, said_by, said_at)
VALUES (:episode, :kind, :value, :by, :at)
ON CONFLICT (episode, kind, value, said_by) DO NOTHING;

-- name: feedback_of
-- Everything people said of an agent's alerts, oldest first.
SELECT e.*, f.kind AS feedback, f.value, f.said_by AS by, f.said_at AS at
FROM health_feedback f JOIN health_episode e ON e.id = f.episode
WHERE e.agent = :agent
ORDER BY f.said_at, e.id, f.kind, f.value;
