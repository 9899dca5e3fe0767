-- name: draws
-- A repeatable draw for a key and a stream, in [0, 1); another seed gives another company.
CREATE TEMP MACRO u(k, stream) AS (hash(k, stream, getvariable('seed')) >> 11)::DOUBLE / 9007199254740992.0;

-- name: pick
-- One element of a list for a key and a stream.
CREATE TEMP MACRO pick(list, k, stream) AS list[1 + (hash(k, stream, getvariable('seed')) % len(list)::UBIGINT)::BIGINT];

-- name: leave season
-- Leave peaks before the year's end: 1 outside four weeks around 20 December, 1 + amplitude on it.
CREATE TEMP MACRO season(day) AS
  1 + getvariable('december') * greatest(0, 1 - abs(day - make_date(
        CASE WHEN month(day) < 6 THEN year(day) - 1 ELSE year(day) END, 12, 20)) / 28.0);

-- name: weekday weight
-- Share of an average day's activity, Monday to Sunday; the seven add up to 7.
CREATE TEMP MACRO weekday_weight(day) AS
  [1.28, 1.27, 1.25, 1.24, 1.21, 0.40, 0.35][isodow(day)::BIGINT];

-- name: moment
-- A second within working hours of a day.
CREATE TEMP MACRO moment(day, k, stream) AS
  day::TIMESTAMP + to_seconds(28800 + floor(u(k, stream) * 36000)::BIGINT);

-- name: customer id
-- The golden identifier of a customer number.
CREATE TEMP MACRO customer_key(cid) AS 'C' || lpad(cid::VARCHAR, 5, '0');

-- name: money
-- Cents as money.
CREATE TEMP MACRO usd(cents) AS (cents / 100.0::DECIMAL(5, 1))::DECIMAL(14, 2);

-- name: truth
-- What was planted and what should be found; never written into the database.
CREATE TEMP TABLE truth (
  id VARCHAR, kind VARCHAR, window_start TIMESTAMP, window_end TIMESTAMP, entities VARCHAR[], cause VARCHAR,
  magnitude DOUBLE, metrics VARCHAR[], first_detectable TIMESTAMP, expected VARCHAR, detail VARCHAR
);
