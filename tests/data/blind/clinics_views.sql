-- The examiner's own short names over the tables of the second company.
CREATE TEMP VIEW v AS SELECT visit.visited_on AS d, visit.fee_eur AS fee, visit.no_show, visit.visit_kind, c.*, p.specialty, p.full_name
  FROM mart.visit JOIN mart.clinic c USING (clinic_id) JOIN mart.practitioner p USING (practitioner_id);
CREATE TEMP VIEW paid AS SELECT * FROM v WHERE NOT no_show;
CREATE TEMP VIEW bed AS SELECT b.as_of_day AS d, b.beds_total AS total, b.beds_used AS used, c.* FROM mart.bed_day b JOIN mart.clinic c USING (clinic_id);
CREATE TEMP MACRO jun(d) AS d BETWEEN DATE '2025-06-01' AND DATE '2025-06-30';
CREATE TEMP MACRO q1(d) AS d BETWEEN DATE '2025-04-01' AND DATE '2025-06-30';
CREATE TEMP MACRO fy(d) AS d BETWEEN DATE '2025-04-01' AND DATE '2025-07-08';
CREATE TEMP MACRO fy24(d) AS d BETWEEN DATE '2024-04-01' AND DATE '2025-03-31';
CREATE TEMP MACRO latest(d) AS d = DATE '2025-07-08';
