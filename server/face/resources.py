"""MCP resources: `assay://metrics`, `assay://metrics/{name}`, `assay://tables/{name}`, `assay://playbooks/{name}`,
`assay://status`, `assay://glossary`.

What depends on data or on the caller's rights is read through a tool, so that it is governed and on record; playbooks
and the glossary are prose of the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import mcp_types as types

from catalog.access import Access

MARKDOWN = "text/markdown"
PLAIN = "text/plain"


@dataclass(frozen=True)
class Page:
    """Text to return as it is."""

    mime_type: str
    text: str


@dataclass(frozen=True)
class ToolCall:
    """A resource whose text is the answer of a tool."""

    tool: str
    arguments: Mapping[str, object]


FIXED: Mapping[str, tuple[str, str, ToolCall]] = {
    "assay://metrics": ("Metrics", "All metrics you may ask for.", ToolCall("describe_catalog", {"kind": "metric"})),
    "assay://status": (
        "Reconciliation status",
        "Freshness, duplicates, variance, drift and completeness now.",
        ToolCall("fetch_reconciliation_status", {"scope": "all"}),
    ),
}
GLOSSARY = "assay://glossary"

TEMPLATES = (
    types.ResourceTemplate(
        uri_template="assay://metrics/{name}",
        name="metric",
        title="Metric definition",
        mime_type=PLAIN,
        description="Definition, formula, owner, lineage and current trust of one metric.",
    ),
    types.ResourceTemplate(
        uri_template="assay://tables/{name}",
        name="table",
        title="Gold table",
        mime_type=PLAIN,
        description="Columns, grain, owner and relationships of one gold table.",
    ),
    types.ResourceTemplate(
        uri_template="assay://playbooks/{name}",
        name="playbook",
        title="Playbook",
        mime_type=MARKDOWN,
        description="How analysts here handle a situation.",
    ),
)


def listed(access: Access) -> list[types.Resource]:
    """Fixed resources and one for each playbook."""
    fixed = [
        types.Resource(uri=uri, name=uri.removeprefix("assay://"), title=title, description=text, mime_type=PLAIN)
        for uri, (title, text, _) in FIXED.items()
    ]
    fixed.append(
        types.Resource(
            uri=GLOSSARY, name="glossary", title="Glossary", description="Terms as used here.", mime_type=MARKDOWN
        )
    )
    books = [
        types.Resource(
            uri=f"assay://playbooks/{p.name}",
            name=p.name,
            title=p.title,
            description=p.summary or p.title,
            mime_type=MARKDOWN,
        )
        for p in access.catalog.playbooks.values()
        if p.kind != "glossary"
    ]
    return fixed + books


def find(uri: str, access: Access) -> Page | ToolCall | None:
    """What a URI stands for; None when it stands for nothing."""
    if uri in FIXED:
        return FIXED[uri][2]
    if uri == GLOSSARY:
        terms = [p.body for p in access.catalog.playbooks.values() if p.kind == "glossary"]
        return Page(MARKDOWN, "\n\n".join(terms)) if terms else None
    kind, _, name = uri.removeprefix("assay://").partition("/")
    name = unquote(name)
    if kind == "metrics" and name:
        return ToolCall("lookup_metric_definition", {"metric": name})
    if kind == "tables" and name in access.tables:
        return ToolCall("describe_catalog", {"query": name, "kind": "table"})
    if kind == "playbooks" and name in access.catalog.playbooks:
        return Page(MARKDOWN, access.catalog.playbooks[name].body)
    return None
