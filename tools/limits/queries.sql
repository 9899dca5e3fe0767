-- name: wall (postgresql)
-- What time it is, by the one clock that all replicas share: seconds since 1970.
SELECT extract(epoch FROM clock_timestamp())::double precision

-- name: add
-- Add to what an account spent on a day; its row stays locked until the transaction ends. Gives the new amounts.
INSERT INTO spent AS s (kind, issuer, name, day, role, calls, queries, row_count, byte_count, micro_usd)
VALUES (:kind, :issuer, :name, :day, :role, :calls, :queries, :rows, :bytes, :micro_usd)
ON CONFLICT (kind, issuer, name, day) DO UPDATE SET
  role = excluded.role,
  calls = s.calls + excluded.calls,
  queries = s.queries + excluded.queries,
  row_count = s.row_count + excluded.row_count,
  byte_count = s.byte_count + excluded.byte_count,
  micro_usd = s.micro_usd + excluded.micro_usd
RETURNING calls, queries, row_count, byte_count, micro_usd

-- name: held
-- What running calls of an account have set aside on a day. Calls whose time is long over died and hold nothing.
SELECT CAST(coalesce(sum(calls), 0) AS BIGINT), CAST(coalesce(sum(queries), 0) AS BIGINT), 0, 0,
       CAST(coalesce(sum(micro_usd), 0) AS BIGINT)
FROM held
WHERE kind = :kind AND issuer = :issuer AND name = :name AND day = :day AND boot = :boot AND ends > :now

-- name: hold
-- Set amounts aside for a call, or more for one that has some.
INSERT INTO held AS h (call, kind, issuer, name, day, calls, queries, micro_usd, boot, ends)
VALUES (:call, :kind, :issuer, :name, :day, :calls, :queries, :micro_usd, :boot, :ends)
ON CONFLICT (call, kind) DO UPDATE SET
  calls = h.calls + excluded.calls,
  queries = h.queries + excluded.queries,
  micro_usd = h.micro_usd + excluded.micro_usd

-- name: change
-- More or less money is set aside for a call that runs.
UPDATE held SET micro_usd = micro_usd + :micro_usd WHERE call = :call

-- name: let_go
-- A call is over: nothing is set aside for it any more.
DELETE FROM held WHERE call = :call

-- name: drop_dead
-- Forget what calls had set aside that died.
DELETE FROM held WHERE boot <> :boot OR ends <= :now

-- name: drop_old_days
-- Forget days that nobody asks about any more.
DELETE FROM spent WHERE day < :day

-- name: drop_full_buckets (postgresql)
-- A bucket that has been full for an hour is as good as none.
DELETE FROM bucket WHERE full_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - 3600000000

-- name: take (postgresql)
-- Count one call (GCRA, in microseconds of the database's clock); no row comes back where it comes too early. `burst`
-- is how far ahead of now the bucket may be full and still have a call to give.
INSERT INTO bucket AS b (kind, issuer, name, full_at)
VALUES (:kind, :issuer, :name, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + :emission)
ON CONFLICT (kind, issuer, name) DO UPDATE SET
  full_at = greatest(b.full_at, excluded.full_at - :emission) + :emission
  WHERE b.full_at <= excluded.full_at - :emission + :burst
RETURNING full_at

-- name: mend (postgresql)
-- A bucket is never emptier than empty: a clock that was put back locks nobody out.
UPDATE bucket SET full_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + :emission + :burst
WHERE kind = :kind AND issuer = :issuer AND name = :name
  AND full_at > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + :emission + :burst

-- name: wait (postgresql)
-- Microseconds until the next call is free.
SELECT full_at - :burst - (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM bucket WHERE kind = :kind AND issuer = :issuer AND name = :name

-- name: today
-- Everyone who used something on a day, with what their running calls have set aside.
SELECT s.kind, s.issuer, s.name, s.role, s.calls, s.queries, s.row_count, s.byte_count, s.micro_usd,
       CAST(coalesce(sum(h.calls), 0) AS BIGINT), CAST(coalesce(sum(h.queries), 0) AS BIGINT), 0, 0,
       CAST(coalesce(sum(h.micro_usd), 0) AS BIGINT)
FROM spent AS s
LEFT JOIN held AS h ON h.kind = s.kind AND h.issuer = s.issuer AND h.name = s.name AND h.day = s.day
  AND h.boot = :boot AND h.ends > :now
WHERE s.day = :day
GROUP BY s.kind, s.issuer, s.name, s.role, s.calls, s.queries, s.row_count, s.byte_count, s.micro_usd
ORDER BY s.kind DESC, s.name, s.issuer
