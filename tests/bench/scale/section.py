"""The charts of scale inside docs/performance.md, whichever of the two benchmarks wrote last."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"
HEADING = "## Scale"
SECTION = f"""\
{HEADING}

By rows, by people at once, and what BigQuery would cost; figures and how they were measured: [scale.md](scale.md).

![Latency by fact rows](scale-rows.svg)

![Latency by people at once](scale-people.svg)

![Cost of 1,000 questions on BigQuery](scale-cost.svg)
"""


def with_scale(page: str, docs: Path = DOCS) -> str:
    """The page with the section of scale at its end, where `make bench-scale` has run."""
    own = page.partition(f"\n{HEADING}\n")[0].rstrip("\n") + "\n"
    return f"{own}\n{SECTION}" if (docs / "scale.md").exists() else own
