"""SQL that a caller wrote for BigQuery → SQL that may run, or a refusal. The dry run confirms it."""

from warehouse.guard.googlesql.check import check_google_sql
from warehouse.guard.googlesql.tree import read_back

__all__ = ["check_google_sql", "read_back"]
