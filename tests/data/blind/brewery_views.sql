-- The examiner's own short names over the tables of the third company.
CREATE TEMP VIEW s AS SELECT d.delivered_on AS d, d.litres AS l, d.amount_aud AS amt, d.returned, p.*, b.* FROM gold.delivery d JOIN gold.pub p USING (pub_id) JOIN gold.beer b USING (beer_id);
CREATE TEMP VIEW k AS SELECT * FROM s WHERE NOT returned;
CREATE TEMP VIEW t AS SELECT x.day AS d, x.tank_id, x.litres AS l, b.* FROM gold.tank_day x JOIN gold.beer b USING (beer_id);
CREATE TEMP VIEW brew AS SELECT x.brewed_on AS d, x.outcome, b.* FROM gold.batch x JOIN gold.beer b USING (beer_id);
CREATE TEMP MACRO feb(d) AS d BETWEEN DATE '2026-02-01' AND DATE '2026-02-28';
CREATE TEMP MACRO q2(d) AS d BETWEEN DATE '2025-10-01' AND DATE '2025-12-31';
CREATE TEMP MACRO fy(d) AS d BETWEEN DATE '2025-07-01' AND DATE '2026-03-16';
CREATE TEMP MACRO latest(d) AS d = DATE '2026-03-16';
