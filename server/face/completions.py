"""MCP completions: names of what the caller may see, by prefix."""

from __future__ import annotations

from collections.abc import Iterable

import mcp_types as types

from catalog.access import Access

MOST = 100
"""The protocol's limit of values in one completion."""


def completed(
    ref: types.ResourceTemplateReference | types.PromptReference, name: str, typed: str, access: Access
) -> types.Completion:
    """Names that begin with what was typed, for the argument `name` of a prompt or resource template."""
    begins = typed.casefold()
    found = [n for n in sorted(_names(ref, name, access)) if n.casefold().startswith(begins)]
    return types.Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)


def _names(ref: types.ResourceTemplateReference | types.PromptReference, name: str, access: Access) -> Iterable[str]:
    if isinstance(ref, types.ResourceTemplateReference):
        kind = ref.uri.removeprefix("assay://").split("/")[0]
        return {
            "metrics": access.metrics,
            "tables": access.tables,
            "playbooks": access.catalog.playbooks,
        }.get(kind, ())
    return {"metric": access.metrics, "dimension": access.dimensions}.get(name, ())
