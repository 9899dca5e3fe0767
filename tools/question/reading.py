"""What a question turned out to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from catalog.request import MetricRequest


@dataclass(frozen=True)
class Reading:
    """`request` for metric and explain questions; `subject` names a metric, table or source for the others. `text` says
    in one sentence how the words were read (empty: the request says it all); `warnings` what was assumed."""

    kind: Literal["metric", "definition", "explain", "status", "describe"]
    request: MetricRequest | None = None
    subject: str = ""
    text: str = ""
    warnings: tuple[str, ...] = ()
