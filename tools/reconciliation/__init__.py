"""Reconciliation: is each feed fresh, complete, unique and tied out to its source, and which figures does it touch?

Turns the operational tables (`ops.*`) and gold itself into one `Report`, and the report into the trust of an answer.
Below it stands the warehouse; the tools above show it and stamp every answer with it.
"""

from tools.reconciliation.reconciler import Reconciler
from tools.reconciliation.report import Report

__all__ = ["Reconciler", "Report"]
