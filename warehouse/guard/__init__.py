"""SQL that a caller wrote → SQL that may run, or a refusal.

The secured catalog is the wall: it holds only what the principal may see. The guard stands before it and keeps
callers from other names, from functions that reach or cost too much, and from engine error texts. `check_sql` reads
the text alone; `confirm` asks the engine what it would run. Above: the worker that runs it. Below: sqlglot, catalog.
"""

from warehouse.guard.check import check_sql
from warehouse.guard.confirm import confirm

__all__ = ["check_sql", "confirm"]
