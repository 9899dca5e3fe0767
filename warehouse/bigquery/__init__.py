"""The BigQuery engine: gold tables in datasets of a project, read through rewritten, secured queries.

Importing this package loads Google's client; only the composition root, the loader's callers and tests do.
"""
