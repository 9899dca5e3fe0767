-- The examiner's own short names over the gold tables. Nothing here comes from the catalog or the compiler.
CREATE TEMP VIEW c AS SELECT * EXCLUDE (created_at, churned_at), created_at::DATE AS created, churned_at::DATE AS churned FROM gold.dim_customer;
CREATE TEMP VIEW money AS SELECT r.revenue_date AS d, r.amount_usd AS amt, r.revenue_type AS t, c.*, p.* EXCLUDE (product_id)
  FROM gold.fact_revenue r JOIN c USING (customer_id) JOIN gold.dim_product p USING (product_id);
CREATE TEMP VIEW rev AS SELECT * FROM money WHERE t = 'recognized';
CREATE TEMP VIEW book AS SELECT * FROM money WHERE t = 'bookings';
CREATE TEMP VIEW bill AS SELECT * FROM money WHERE t = 'billings';
CREATE TEMP VIEW sub AS SELECT s.snapshot_date AS d, s.mrr_usd AS mrr, s.mrr_usd * 12 AS arr, s.status AS sub_status, h.health_band, h.health_score, c.*, p.* EXCLUDE (product_id)
  FROM gold.fact_subscription s JOIN c USING (customer_id) JOIN gold.dim_product p USING (product_id)
  LEFT JOIN gold.fact_customer_health h ON h.customer_id = s.customer_id AND h.snapshot_date = s.snapshot_date;
CREATE TEMP VIEW health AS SELECT h.snapshot_date AS d, h.health_score AS score, h.health_band, c.* FROM gold.fact_customer_health h JOIN c USING (customer_id);
CREATE TEMP VIEW lives AS SELECT l.snapshot_date AS d, l.active_lives AS n, c.* FROM gold.fact_active_lives l JOIN c USING (customer_id);
CREATE TEMP VIEW tix AS SELECT t.opened_at::DATE AS d, t.severity, t.csat, t.mentions_cancel, c.* FROM gold.fact_support_ticket t JOIN c USING (customer_id);
CREATE TEMP VIEW logins AS SELECT l.login_date AS d, l.logins AS n, l.active_users AS users, c.* FROM gold.fact_login l JOIN c USING (customer_id);
CREATE TEMP VIEW nps AS SELECT n.responded_at::DATE AS d, n.score, c.* FROM gold.fact_nps_response n JOIN c USING (customer_id);
CREATE TEMP VIEW iv AS SELECT i.started_at::DATE AS d, i.kind, i.outcome, i.csm_owner AS led_by, c.* FROM gold.fact_intervention i JOIN c USING (customer_id);
CREATE TEMP VIEW inv AS SELECT i.issued_at AS d, i.paid_at AS paid, i.amount_usd AS amt, i.status, c.* FROM gold.fact_invoice i JOIN c USING (customer_id);
CREATE TEMP VIEW feat AS SELECT f.week_start AS d, f.feature, f.active_users AS n, c.* FROM gold.fact_feature_usage f JOIN c USING (customer_id);
CREATE TEMP VIEW emp AS SELECT department, hired_at AS hired, terminated_at AS gone FROM gold.dim_employee WHERE employment_type = 'employee';
CREATE TEMP MACRO btw(d, a, b) AS d BETWEEN a::DATE AND b::DATE;
CREATE TEMP MACRO oct(d) AS d BETWEEN DATE '2026-10-01' AND DATE '2026-10-31';
CREATE TEMP MACRO sep(d) AS d BETWEEN DATE '2026-09-01' AND DATE '2026-09-30';
CREATE TEMP MACRO nov(d) AS d BETWEEN DATE '2026-11-01' AND DATE '2026-11-15';
CREATE TEMP MACRO q3(d) AS d BETWEEN DATE '2026-07-01' AND DATE '2026-09-30';
CREATE TEMP MACRO q2(d) AS d BETWEEN DATE '2026-04-01' AND DATE '2026-06-30';
CREATE TEMP MACRO q325(d) AS d BETWEEN DATE '2025-07-01' AND DATE '2025-09-30';
CREATE TEMP MACRO ytd(d) AS d BETWEEN DATE '2026-01-01' AND DATE '2026-11-15';
CREATE TEMP MACRO y25(d) AS year(d) = 2025;
CREATE TEMP MACRO lastweek(d) AS d BETWEEN DATE '2026-11-09' AND DATE '2026-11-15';
CREATE TEMP MACRO latest(d) AS d = DATE '2026-11-15';
CREATE TEMP MACRO live(hired, gone, day) AS hired <= day::DATE AND (gone IS NULL OR gone > day::DATE);
