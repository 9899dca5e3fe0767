"""The protocol's own conformance suite against a real server, once per protocol era.

`baseline-*.yml` lists what the suite expects and a read-only data server does not offer; a stale entry fails too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.node
@pytest.mark.parametrize("era", ["2026-07-28", "2025-11-25"])
def test_the_conformance_suite_passes_but_for_the_committed_baseline(
    era: str, base_url: str, node_tool, tmp_path: Path
) -> None:
    done = node_tool(
        "conformance",
        "server",
        "--url",
        f"{base_url}/mcp",
        "--requirements",
        era,
        "--expected-failures",
        str(HERE / f"baseline-{era}.yml"),
        "-o",
        str(tmp_path),
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
