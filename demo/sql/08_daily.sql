-- name: subscriptions
-- A customer's price of each product on each day; cancelling in the last thirty days, past due now and then.
INSERT INTO gold.fact_subscription
SELECT customer_key(l.cid), 'P' || l.pid, l.day, usd(l.mrr_cents),
       CASE WHEN s.churn_day - l.day <= 30 THEN 'cancelling'
            WHEN u(l.cid * 1000 + (year(l.day) - 2020) * 12 + month(l.day), 'past due') < 0.02 THEN 'past_due'
            ELSE 'active' END
FROM line l JOIN size s USING (cid)
WHERE l.day BETWEEN getvariable('lo') AND getvariable('hi')
ORDER BY l.day, l.cid, l.pid;

-- name: recognized revenue
-- One line for each customer, product and day: ratable plus usage, less planted credits.
INSERT INTO gold.fact_revenue
SELECT l.cid || '-' || l.pid || '-' || strftime(l.day, '%y%m%d'), customer_key(l.cid), 'P' || l.pid, l.day, 'recognized',
       usd(l.ratable_cents + l.usage_cents - coalesce(a.cents, 0)), l.day::TIMESTAMP + INTERVAL 27 HOUR, 'netsuite_gl'
FROM line l LEFT JOIN adjustment a ON a.cid = l.cid AND a.pid = l.pid AND a.day = l.day
WHERE l.day BETWEEN getvariable('lo') AND getvariable('hi')
ORDER BY l.day, l.cid, l.pid;

-- name: active lives
-- People active in the trailing ninety days: growing with the customer, slower than the season, lower under strain.
INSERT INTO gold.fact_active_lives
SELECT customer_key(d.cid), d.day,
       greatest(1, round(s.lives * (0.82 + 0.18 * least(1.0, (d.day - c.start_day) / 900.0)) * (0.6 + 0.4 * season(d.day))
                         * (1 - 0.4 * d.points / 36.0)))::INTEGER
FROM live_day d JOIN size s USING (cid) JOIN customer c USING (cid)
WHERE d.day BETWEEN getvariable('lo') AND getvariable('hi')
ORDER BY d.day, d.cid;

-- name: health
-- The nightly score, its band and the parts that lean the same way.
INSERT INTO gold.fact_customer_health
SELECT customer_key(cid), day, health,
       CASE WHEN health >= 70 THEN 'Healthy' WHEN health >= 40 THEN 'At-Risk' ELSE 'Critical' END,
       greatest(0, least(100, health - 6 + floor(13 * u(cid, 'usage part'))))::INTEGER,
       greatest(0, least(100, health - 6 + floor(13 * u(cid, 'engagement part'))))::INTEGER,
       greatest(0, least(100, health + 4 + floor(9 * u(cid, 'support part'))))::INTEGER,
       greatest(0, least(10, health // 9 + floor(2 * u(cid, 'nps part'))))::INTEGER
FROM scored_day
WHERE day BETWEEN getvariable('lo') AND getvariable('hi')
ORDER BY day, cid;

-- name: logins
-- Who signed in on a day; days without anyone have no row.
INSERT INTO gold.fact_login
WITH signed AS (
  SELECT d.cid, d.day,
    floor(s.lives * 0.02 * weekday_weight(d.day) * season(d.day) * (1 - 0.6 * d.points / 36.0)
      * (0.8 + 0.4 * u(d.cid * 100000 + (d.day - DATE '2020-01-01'), 'login')) + u(d.cid * 100000 + (d.day - DATE '2020-01-01'), 'odd'))::INTEGER AS users
  FROM live_day d JOIN size s USING (cid)
  WHERE d.day BETWEEN getvariable('lo') AND getvariable('hi')
)
SELECT customer_key(cid), day, (users * (1 + 0.8 * u(cid * 3 + users, 'visits')))::INTEGER, users
FROM signed WHERE users > 0
ORDER BY day, cid;
