"""Usage metrics: what the audit log says of calls, as tables that metrics are defined over.

A workspace describes them like any table, with `kind: audit`; their rows come from the log, for roles that read it.
"""
