"""The clinics of the second company with visits that are the same every day, so that a test can change one thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from server.settings import StateSettings, load_settings
from server.wiring import Program, running
from tests.companies.build import build_fjord

EVEN_VISITS = """
DELETE FROM mart.visit;
INSERT INTO mart.visit
  SELECT 'v' || d || '-' || c || '-' || p, 'c' || c, 'p' || p, 'patient-' || p, DATE '2024-01-01' + d::INTEGER,
         CASE WHEN (c + p) % 2 = 0 THEN 'First' ELSE 'Follow-up' END, 50, (c + p + d) % 10 = 0
  FROM range(555) a(d), range(10) b(c), range(6) e(p);
"""
"""60 visits a day through 2025-07-08: 6 practitioners (2 of each specialty) at each of 10 clinics."""

TOTALS = """
DELETE FROM control.source_total;
INSERT INTO control.source_total
  SELECT 'booking', 'visit_count', date_trunc('month', visited_on)::DATE, count(*), TIMESTAMP '2025-07-02 00:00:00'
  FROM mart.visit WHERE visited_on < DATE '2025-07-01' GROUP BY ALL
  UNION ALL
  SELECT 'booking', 'fee_income', date_trunc('month', visited_on)::DATE, sum(fee_eur) FILTER (NOT no_show),
         TIMESTAMP '2025-07-02 00:00:00'
  FROM mart.visit WHERE visited_on < DATE '2025-07-01' GROUP BY ALL;
"""


@contextmanager
def clinics(folder: Path, *changes: str, after_totals: str = "", sources_yml: str = "") -> Iterator[Program]:
    """The program over even visits, changed by `changes` (SQL) before the source reports its totals and by
    `after_totals` afterwards; `sources_yml` is added to catalog/sources.yml."""
    file = build_fjord(folder / "workspace")
    with duckdb.connect(str(file)) as connection:
        for statement in (EVEN_VISITS, *changes, TOTALS, after_totals):
            if statement:
                connection.execute(statement)
    with (folder / "workspace" / "catalog" / "sources.yml").open("a") as sources:
        sources.write(sources_yml)
    settings = load_settings(folder / "workspace", environ={})
    own = settings.model_copy(update={"state": StateSettings(path=folder / "audit.sqlite")})
    with running(own) as program:
        yield program


LAST_WEEK = "visited_on BETWEEN DATE '2025-06-30' AND DATE '2025-07-06'"
"""The last week that is over on the company's Wednesday 2025-07-09."""
IN_NORWAY = "clinic_id IN ('c0', 'c1', 'c2', 'c3')"
DENTAL = "practitioner_id IN ('p0', 'p3')"
