"""Calls one MCP tool many times, from one caller or several, and gives latencies in milliseconds."""

from __future__ import annotations

import contextlib
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import anyio
from mcp import Client, StdioServerParameters

WARM_UP = 10
CALLS = 200


@dataclass(frozen=True)
class Load:
    """Median and 95th percentile of one caller (ms); calls per second of eight callers."""

    p50: float
    p95: float
    per_second: float


@dataclass(frozen=True)
class Call:
    """The tool to call."""

    tool: str
    arguments: dict[str, object]


async def _timed(client: Client, call: Call, count: int) -> list[float]:
    spent: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        result = await client.call_tool(call.tool, call.arguments)
        spent.append((time.perf_counter() - began) * 1000)
        if result.is_error:
            raise RuntimeError(f"{call.tool}: {result.content}")
    return spent


async def _measure(server: StdioServerParameters | str, call: Call, callers: int) -> Load:
    async with Client(server) as client:
        await _timed(client, call, WARM_UP)
        spent = sorted(await _timed(client, call, CALLS))
        began = time.perf_counter()
        async with anyio.create_task_group() as group:
            for _ in range(callers):
                group.start_soon(_timed, client, call, CALLS // callers)
        rate = (CALLS // callers) * callers / (time.perf_counter() - began)
    return Load(statistics.median(spent), spent[int(len(spent) * 0.95)], rate)


def measure(server: StdioServerParameters | str, call: Call, callers: int = 8) -> Load:
    """Latency with one caller, then throughput with `callers` at once on one connection (stdio) or many (HTTP)."""
    return anyio.run(_measure, server, call, callers)


@contextlib.contextmanager
def listening(command: Sequence[str], port: int, seconds: float = 30) -> Iterator[str]:
    """Run a server command until the block ends; gives its MCP URL once the port answers."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > ends or process.poll() is not None:
                raise RuntimeError(f"not listening: {command[0]}")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)
