-- Everything is derived from row numbers, so that expected values can be computed by SQL written by hand.
CREATE SCHEMA gold;
CREATE TABLE gold.pub AS
  SELECT 'P' || i AS pub_id,
         ['The Anchor', 'Bluestone Bar', 'Corner Hotel', 'Dock House', 'Esplanade', 'Fitzroy Tap', 'Grand Union',
          'Harbour Inn', 'Iron Horse', 'Jetty Bar', 'Kelvin Club', 'Lamplight'][i + 1] AS pub_name,
         ['VIC', 'NSW', 'QLD'][i % 3 + 1] AS state, CASE WHEN i % 2 = 0 THEN 'Hotel' ELSE 'Bar' END AS pub_type,
         'rep.' || (i % 2) AS rep
  FROM range(12) t(i);
CREATE TABLE gold.beer AS
  SELECT 'B' || i AS beer_id, ['Pale Ale', 'Stout', 'Lager', 'Session IPA'][i + 1] AS beer_name,
         ['Ale', 'Dark', 'Lager', 'Ale'][i + 1] AS style
  FROM range(4) t(i);
CREATE TABLE gold.delivery AS
  SELECT 'D' || i AS delivery_id, 'P' || (i % 12) AS pub_id, 'B' || (i % 4) AS beer_id,
         DATE '2023-07-01' + (i % 990)::INTEGER AS delivered_on, 20 + (i * 7) % 80 AS litres,
         ((20 + (i * 7) % 80) * (4 + i % 3))::DECIMAL(14, 2) AS amount_aud, i % 17 = 0 AS returned
  FROM range(9900) t(i);
CREATE TABLE gold.tank_day AS
  SELECT 'T' || t AS tank_id, 'B' || (t % 4) AS beer_id, DATE '2023-07-01' + d::INTEGER AS day,
         500 + (t * 37 + d * 11) % 400 AS litres
  FROM range(8) a(t), range(990) b(d);
CREATE TABLE gold.batch AS
  SELECT 'X' || i AS batch_id, 'B' || (i % 4) AS beer_id, DATE '2023-07-02' + (i * 3 % 980)::INTEGER AS brewed_on,
         1000 + i % 5 * 100 AS litres_in, (1000 + i % 5 * 100) * (90 + i % 8) / 100 AS litres_out,
         CASE WHEN i % 23 = 0 THEN 'dumped' ELSE 'released' END AS outcome
  FROM range(600) t(i);
