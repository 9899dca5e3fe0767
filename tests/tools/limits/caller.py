"""A process that calls the tools of a workspace: `python -m tests.tools.limits.caller WORKSPACE COUNT THREADS [SQL]`.
Says "ready", waits for a line, then calls as the clinics' chair and says each outcome: "ok" or the code."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server.settings import load_settings
from server.wiring import running


def main(workspace: str, count: str, threads: str, sql: str = "") -> None:
    with running(load_settings(Path(workspace), environ={})) as program:
        chair = program.catalog.users["chair"].as_principal()

        def call(_: int) -> str:
            tool, arguments = "describe_catalog", {}
            if sql:
                tool, arguments = "query_curated_data", {"question": "a test asks", "sql": sql}
            result = program.toolset.call(chair, tool, arguments)
            return str(result.structured["code"] or "ok")

        say("ready")
        sys.stdin.readline()
        with ThreadPoolExecutor(int(threads)) as pool:
            for outcome in pool.map(call, range(int(count))):
                say(outcome)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
