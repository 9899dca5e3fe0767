"""Names of pictures: one for the mail, the file and Slack."""

from __future__ import annotations

import re


def cid(chart: str) -> str:
    """A chart's name: lower-case letters, digits and hyphens. A dark picture ends in "-dark"."""
    return re.sub(r"[^a-z0-9]+", "-", chart.lower()).strip("-") or "chart"
