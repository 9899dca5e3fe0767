"""Prose that belongs to the catalog: playbooks and glossary terms, served as MCP resources and prompts."""

from __future__ import annotations

from catalog.base import Entry, Name


class Playbook(Entry):
    """One Markdown file of catalog/playbooks/, with front matter. `kind: glossary` holds terms, one per `##`."""

    name: Name
    title: str
    summary: str = ""
    kind: str = "playbook"
    metrics: tuple[Name, ...] = ()
    body: str
