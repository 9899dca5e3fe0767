"""A replica that calls and signs: `python -m tests.audit.signer URL KEY COPY`. Says each receipt once its outcome is
durable, and never ends by itself. Checkpoints are signed every few records and by their own thread."""

from __future__ import annotations

import sys
from pathlib import Path

from audit.log import AuditLog, Intent, Outcome, Signing
from audit.signing import KeyHolder
from audit.sinks import sink_at
from tests.audit.writer import say

EVERY_RECORDS, EVERY_SECONDS = 4, 0.02


def main(url: str, key: str, *copies: str) -> None:
    signing = Signing(KeyHolder(Path(key)), [sink_at(Path(copy)) for copy in copies], EVERY_RECORDS, EVERY_SECONDS)
    log = AuditLog(url, signing=signing)
    while True:
        receipt = log.begin(Intent(user="ana", role="finance", tool="query"))
        log.finish(receipt, Outcome("ok"))
        say(receipt)


if __name__ == "__main__":
    main(*sys.argv[1:])
