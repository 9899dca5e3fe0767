"""Why a number changed: data fault first, then what contributed.

Turns a metric and two ranges of days into a verdict, contributions that add up, and next steps. Runs compiled queries
as the caller; the arithmetic is `tools.analysis`, the state of the data `tools.reconciliation`.
"""
