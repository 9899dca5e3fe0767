"""A process that calls and calls: `python -m tests.audit.writer URL [COUNT] [--full BYTES]`. Says each receipt once
its intent is durable; with `--full` no file may grow beyond that size, as on a full disk."""

from __future__ import annotations

import sys

from audit.log import AuditLog, Intent, Outcome
from catalog.refusals import AuditDown


def main(url: str, count: str = "1000000", *rest: str) -> None:
    log = AuditLog(url)
    if rest:
        limit_file_size(int(rest[1]))
    for number in range(int(count)):
        try:
            receipt = log.begin(Intent(user="ana", role="finance", tool="query", question="x" * 500))
            say(receipt)
            log.finish(receipt, Outcome("ok", rows=number))
        except AuditDown as refusal:
            say(refusal.code)
            return


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def limit_file_size(size: int) -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


if __name__ == "__main__":
    main(*sys.argv[1:])
