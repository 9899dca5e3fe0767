"""Questions that nobody asked before: metric requests, words and SQL over a catalog, drawn by chance from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from catalog.access import Access

WORDS = (
    "{metric} by {dimension} in {month}",
    "{metric} in {month} vs the month before",
    "{metric} by month since {month}",
)


def requests(access: Access, today: date, seed: int) -> Iterator[dict[str, object]]:
    """Arguments of `query_curated_data`, without end. What a role may not group by is refused, as for people."""
    draw = random.Random(seed)
    metrics = [m for m in access.metrics.values() if not m.operational and m.time]
    while True:
        metric = draw.choice(metrics)
        allowed = [d for d in metric.dimensions.allowed if d in access.dimensions]
        first = date(today.year, today.month, 1)
        end = first - timedelta(days=1 + draw.randrange(300))
        start = end - timedelta(days=draw.choice((6, 27, 89, 180, 364)))
        if draw.random() < 0.3 and allowed:
            words = {
                "metric": metric.label.lower(),
                "dimension": draw.choice(allowed).replace("_", " "),
                "month": (first - timedelta(days=15 + draw.randrange(300))).strftime("%B %Y"),
            }
            yield {"question": draw.choice(WORDS).format(**words)}
            continue
        request: dict[str, object] = {"question": "load", "metrics": [metric.name]}
        if allowed and draw.random() < 0.7:
            request["group_by"] = draw.sample(allowed, 1)
        yield request | {"start": start.isoformat(), "end": end.isoformat()}
