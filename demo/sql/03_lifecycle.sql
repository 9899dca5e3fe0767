-- name: prospects
-- Who the customers are, when they start and when they would leave on their own.
CREATE TEMP TABLE prospect AS
WITH placed AS (
  SELECT
    i AS cid,
    CASE WHEN u(i, 'segment') < 0.55 THEN 'SMB' WHEN u(i, 'segment') < 0.87 THEN 'Mid-Market' ELSE 'Enterprise' END AS segment,
    CASE
      WHEN u(i, 'territory') < 0.24 THEN 'West' WHEN u(i, 'territory') < 0.49 THEN 'East'
      WHEN u(i, 'territory') < 0.69 THEN 'Central' WHEN u(i, 'territory') < 0.87 THEN 'Europe'
      WHEN u(i, 'territory') < 0.95 THEN 'Asia-Pacific' ELSE 'Latin America'
    END AS territory,
    CASE
      WHEN u(i, 'cohort') < 0.45 THEN getvariable('first_day') - 60 - floor(u(i, 'start') * 1500)::INTEGER
      ELSE getvariable('first_day') + floor(u(i, 'start') * getvariable('span'))::INTEGER
    END AS start_day
  FROM range(1, getvariable('customers') + 1) t(i)
)
SELECT
  *,
  CASE territory
    WHEN 'Europe' THEN 'EMEA' WHEN 'Asia-Pacific' THEN 'APAC' WHEN 'Latin America' THEN 'LATAM' ELSE 'North America'
  END AS region,
  greatest(start_day, getvariable('first_day')) + 150 + floor(
    -ln(1 - u(cid, 'churn')) * 365 / CASE segment WHEN 'SMB' THEN 0.13 WHEN 'Mid-Market' THEN 0.08
      -- The largest contracts stay: a single one of them leaving would itself look like an incident.
      ELSE CASE WHEN u(cid, 'price') < 0.5 THEN 0.06 ELSE 0.002 END END
  )::INTEGER AS leave_day
FROM placed;

-- name: cast of the decline
-- T8: who declines and who only seems to, drawn from customers that would otherwise have stayed.
CREATE TEMP TABLE decline AS
WITH ranked AS (
  SELECT cid, row_number() OVER (ORDER BY u(cid, 't8'), cid) - 1 AS n
  FROM prospect
  WHERE getvariable('t8') AND segment <> 'Enterprise' AND start_day < getvariable('last_day') - 540 AND leave_day > getvariable('last_day') + 120
), staged AS (
  SELECT
    cid, n < getvariable('decliners') AS real, n % getvariable('decliners') AS k,
    21 + floor(u(cid, 't8 length') * 36)::INTEGER AS length,
    14 + floor(u(cid, 't8 depth') * 15)::INTEGER AS depth
  FROM ranked WHERE n < 2 * getvariable('decliners')
)
SELECT
  cid, real,
  getvariable('last_day') - 110 - floor(u(cid, 't8 start') * 250)::INTEGER AS start_day,
  length,
  CASE WHEN real THEN depth ELSE 9 END AS depth,
  CASE
    WHEN NOT real THEN 'wobbled'
    WHEN k < getvariable('decliners') * 0.60 THEN 'churned'
    WHEN k < getvariable('decliners') * 0.85 THEN 'recovered with help'
    ELSE 'recovered alone'
  END AS ending
FROM staged;

-- name: customers
-- The lifecycle that everything else follows from; churn_day may lie in the future, where nobody can see it.
CREATE TEMP TABLE customer AS
SELECT
  p.* EXCLUDE (leave_day),
  CASE WHEN d.ending = 'churned' THEN d.start_day + d.length + 7 + floor(u(p.cid, 't8 notice') * 14)::INTEGER
       ELSE p.leave_day END AS churn_day,
  d.ending = 'wobbled' IS TRUE AS steady
FROM prospect p LEFT JOIN decline d USING (cid);

-- name: episodes
-- Times of strain: they pull usage, support, satisfaction and health down together, and precede every churn.
CREATE TEMP TABLE episode AS
WITH passing AS (
  SELECT
    cid, getvariable('first_day') + (s * 185)::INTEGER + floor(u(cid * 10 + s, 'episode start') * 70)::INTEGER AS start_day,
    21 + floor(u(cid * 10 + s, 'episode length') * 36)::INTEGER AS length,
    11 + floor(u(cid * 10 + s, 'episode depth') * 18)::INTEGER AS depth,
    CASE WHEN u(cid * 10 + s, 'episode end') < 0.6 THEN 'recovered' ELSE 'no_change' END AS ending,
    u(cid * 10 + s, 'episode help') < 0.75 AS helped
  FROM customer, range(0, 6) t(s)
  WHERE u(cid * 10 + s, 'episode') < 0.28
), leaving AS (
  SELECT
    cid, churn_day - 14 - 21 - floor(u(cid, 'last length') * 36)::INTEGER AS start_day,
    21 + floor(u(cid, 'last length') * 36)::INTEGER AS length, 16 + floor(u(cid, 'last depth') * 20)::INTEGER AS depth,
    'churned' AS ending, u(cid, 'last help') < 0.8 AS helped
  FROM customer
  WHERE churn_day < getvariable('last_day') + 90
)
SELECT e.*, FALSE AS planted
FROM passing e JOIN customer c USING (cid)
WHERE e.start_day > c.start_day + 60 AND e.start_day + e.length + 112 < c.churn_day - 75
  AND cid NOT IN (SELECT cid FROM decline)
UNION ALL
SELECT *, FALSE FROM leaving WHERE cid NOT IN (SELECT cid FROM decline)
UNION ALL
SELECT
  cid, start_day, length, depth, split_part(ending, ' ', 1),
  ending = 'recovered with help' OR (ending = 'churned' AND u(cid, 't8 help') < 0.6), TRUE
FROM decline;

-- name: strain
-- Points of health lost on each day of an episode: down, a fortnight at the bottom, back within six weeks or half way.
CREATE TEMP TABLE strain AS
WITH daily AS (
  SELECT cid, e.start_day + t::INTEGER AS day, t, length, depth, ending
  FROM episode e, LATERAL unnest(range(0, length + CASE ending WHEN 'churned' THEN 60 ELSE 56 END)) r(t)
)
SELECT cid, day, max(floor(CASE
    WHEN t < length THEN depth * (t + 1) / length
    WHEN t < length + 14 OR ending = 'churned' THEN depth
    WHEN ending = 'no_change' THEN depth * (1 - (t - length - 14) / 84.0)
    ELSE depth * (1 - (t - length - 14) / 42.0)
  END)::INTEGER) AS points
FROM daily
WHERE day BETWEEN getvariable('first_day') AND getvariable('last_day')
GROUP BY cid, day;

-- name: live days
-- Every customer on every day it is a customer, with what its people do that day.
CREATE TEMP TABLE live_day AS
SELECT
  c.cid, d.day,
  ((d.day - c.start_day) // 182)::INTEGER AS step,
  coalesce(s.points, 0)::INTEGER AS points,
  CASE WHEN u(c.cid * 100000 + (d.day - DATE '2020-01-01'), 'credit') < 0.004 THEN -8000
       ELSE round(2600 * weekday_weight(d.day) * season(d.day) * (1 - 0.5 * coalesce(s.points, 0) / 36.0)
                  * (0.9 + 0.2 * u(c.cid * 100000 + (d.day - DATE '2020-01-01'), 'usage')))::INTEGER
  END AS usage_bp
FROM customer c,
  LATERAL (SELECT x::DATE AS day FROM unnest(range(
    greatest(c.start_day, getvariable('first_day'))::TIMESTAMP,
    (least(c.churn_day, getvariable('last_day') + 1))::TIMESTAMP, INTERVAL 1 DAY)) r(x)) d
  LEFT JOIN strain s ON s.cid = c.cid AND s.day = d.day;
