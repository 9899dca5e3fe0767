"""Publishes the groups of a table about people so that no group of fewer than k can be read or worked out.

Turns the rows of a defined table into the rows that are shown. Everything asked of such a table (metrics, templates,
callers' SQL) reads only these, so that each answer is a function of one suppressed table, whatever was asked before.
"""

from warehouse.small_groups.published import published

__all__ = ["published"]
