-- name: tell
-- One more figure that was told.
INSERT INTO reported (agent, metric, period_start, period_end, value, unit, definition, definition_hash, receipt, told_at)
VALUES (:agent, :metric, :period_start, :period_end, :value, :unit, :definition, :definition_hash, :receipt, :told_at)
ON CONFLICT DO NOTHING;

-- name: latest
-- What was last told of each figure and period before a moment, the newest period first.
SELECT metric, period_start, period_end, value, unit, definition, definition_hash, receipt, told_at
FROM (
    SELECT *, row_number() OVER (PARTITION BY metric, period_start, period_end ORDER BY told_at DESC) AS nth
    FROM reported WHERE agent = :agent AND told_at < :before
) AS told
WHERE nth = 1 ORDER BY period_start DESC, metric LIMIT :most;
