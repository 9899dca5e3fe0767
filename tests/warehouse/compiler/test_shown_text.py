# ruff: noqa: E501 - the text is as it is shown
"""The SQL that people are shown, for three requests: a change here is one that a reader will see."""

from __future__ import annotations

import sqlglot
from inline_snapshot import snapshot

from tests.warehouse.compiler.market import Market

JANUARY = {"start": "2024-01-01", "end": "2024-01-31"}


def _shown(market: Market, metrics: str, dialect: str, **more: object) -> str:
    return sqlglot.parse_one(market.compile(metrics, dialect, **more).sql, dialect=dialect).sql(dialect, pretty=True)


def test_a_ratio_by_a_dimension_reads_one_table_once(market: Market) -> None:
    assert _shown(market, "basket", "bigquery", group_by=["city"], **JANUARY) == snapshot("""\
SELECT
  __all.__d0 AS `city`,
  CAST(COALESCE(__all.__c0, 0) AS FLOAT64) / NULLIF(CAST(COALESCE(__all.__c1, 0) AS FLOAT64), 0) AS `basket`
FROM (
  SELECT
    CAST('2024-01-01' AS DATE) AS __w,
    `__j0`.`city` AS __d0,
    SUM(`__t`.`amount`) AS __c0,
    COUNT(1) AS __c1
  FROM `gold`.`sale` AS __t
  LEFT JOIN `gold`.`stall` AS __j0
    ON `__t`.`stall_id` = `__j0`.`stall_id`
  WHERE
    `__t`.`sold_on` BETWEEN CAST('2024-01-01' AS DATE) AND CAST('2024-01-31' AS DATE)
  GROUP BY
    1,
    2
) AS __all
ORDER BY
  `city` ASC NULLS LAST\
""")


def test_weeks_have_a_spine(market: Market) -> None:
    assert _shown(market, "takings", "bigquery", grain="week", start="2024-01-01", end="2024-01-14") == snapshot("""\
SELECT
  __all.__w AS `week`,
  COALESCE(__all.__c0, 0) AS `takings`
FROM (
  WITH __leaf0 AS (
    SELECT
      CAST(DATE_TRUNC(`__t`.`sold_on`, ISOWEEK) AS DATE) AS __w,
      SUM(`__t`.`amount`) AS __c0
    FROM `gold`.`sale` AS __t
    WHERE
      `__t`.`sold_on` BETWEEN CAST('2024-01-01' AS DATE) AND CAST('2024-01-14' AS DATE)
    GROUP BY
      1
  )
  SELECT
    __w,
    MAX(__c0) AS __c0
  FROM (
    SELECT
      __w,
      __c0
    FROM __leaf0
    UNION ALL
    SELECT
      __w,
      NULL AS __c0
    FROM UNNEST([
      STRUCT(CAST('2024-01-01' AS DATE) AS __w),
      STRUCT(CAST('2024-01-08' AS DATE) AS __w)
    ]) AS __s
  ) AS __u
  GROUP BY
    1
) AS __all
ORDER BY
  `week` ASC NULLS LAST\
""")


def test_a_snapshot_is_compared_by_day(market: Market) -> None:
    april = {"start": "2024-04-01", "end": "2024-04-30"}
    assert _shown(market, "units", "bigquery", compare_to="prior_period", **april) == snapshot("""\
SELECT
  COALESCE(__all.__c0, 0) AS `units`,
  COALESCE(__all.__p0, 0) AS `units__prior`,
  COALESCE(__all.__c0, 0) - COALESCE(__all.__p0, 0) AS `units__change`,
  CAST(COALESCE(__all.__c0, 0) - COALESCE(__all.__p0, 0) AS FLOAT64) / NULLIF(CAST(ABS(COALESCE(__all.__p0, 0)) AS FLOAT64), 0) AS `units__change_pct`
FROM (
  WITH __leaf0 AS (
    SELECT
      CAST('2024-04-01' AS DATE) AS __w,
      SUM(`__t`.`units`) AS __c0
    FROM `gold`.`stock_day` AS __t
    WHERE
      `__t`.`as_of_day` = CAST('2024-04-30' AS DATE)
    GROUP BY
      1
  ), __leaf1 AS (
    SELECT
      CAST('2024-04-01' AS DATE) AS __w,
      SUM(`__t`.`units`) AS __p0
    FROM `gold`.`stock_day` AS __t
    WHERE
      `__t`.`as_of_day` = CAST('2024-03-30' AS DATE)
    GROUP BY
      1
  )
  SELECT
    __w,
    MAX(__c0) AS __c0,
    MAX(__p0) AS __p0
  FROM (
    SELECT
      __w,
      __c0,
      NULL AS __p0
    FROM __leaf0
    UNION ALL
    SELECT
      __w,
      NULL AS __c0,
      __p0
    FROM __leaf1
    UNION ALL
    SELECT
      __w,
      NULL AS __c0,
      NULL AS __p0
    FROM UNNEST([STRUCT(CAST('2024-04-01' AS DATE) AS __w)]) AS __s
  ) AS __u
  GROUP BY
    1
) AS __all\
""")
