"""A small server to be killed: prints the id of its worker, then has it busy for ever."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.warehouse.engine.helpers import ENDLESS, ask, workers
from warehouse.deadline import Deadline
from warehouse.worker_pool import WorkerPool
from warehouse.worker_process import WorkerSettings

if __name__ == "__main__":
    pool = WorkerPool(WorkerSettings(Path(sys.argv[1]), "600MB", 2_000_000_000), 1)
    ask(pool, "SELECT 1 AS x")
    sys.stdout.write(f"{next(iter(workers()))}\n")
    sys.stdout.flush()
    ask(pool, ENDLESS, deadline=Deadline(600))
