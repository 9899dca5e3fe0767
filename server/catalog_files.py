"""Whether the process that serves the catalog could also change it: who can write a policy can give itself anything.

Files, and the folders that hold them (whoever may write a folder can replace its files), are judged as the operating
system would for this user. Root may write everything wherever the file system can be written at all, so for root the
mode bits decide, as they would for an ordinary owner: files of another owner, or without the write bit, are fine.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".yml", ".yaml", ".md", ".toml")
MOST_NAMED = 5
CODE = "CATALOG_WRITABLE"


def writable_files(workspace: Path, catalog: Path) -> list[Path]:
    """Files and folders of the catalog, and the workspace's settings, that this process may change."""
    return [path for path in _files(workspace, catalog) if _may_write(path)]


def writable_words(paths: list[Path], workspace: Path) -> str:
    """The refusal: its code, what may be written, what to do. Paths are shown within the workspace."""
    named = [str(path.relative_to(workspace)) for path in paths[:MOST_NAMED]]
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return (
        f"{CODE}: the user who serves may change {', '.join(named)}{more}, and with it who sees what. "
        "Give the catalog to another user or take the write permission away (chmod -R a-w, or a read-only mount), "
        "or say --allow-writable-catalog."
    )


def _files(workspace: Path, catalog: Path) -> Iterator[Path]:
    yield from sorted(path for path in workspace.glob("*.toml"))
    yield catalog
    for folder, folders, names in os.walk(catalog):
        yield from sorted(Path(folder) / name for name in folders)
        yield from sorted(Path(folder) / name for name in names if name.endswith(SUFFIXES))


def _may_write(path: Path) -> bool:
    if not os.access(path, os.W_OK):
        return False
    if os.geteuid() != 0:
        return True
    found = path.stat()
    if found.st_uid == 0 and found.st_mode & stat.S_IWUSR:
        return True
    if found.st_gid in {os.getegid(), *os.getgroups()} and found.st_mode & stat.S_IWGRP:
        return True
    return bool(found.st_mode & stat.S_IWOTH)
