"""One server in Claude Desktop's configuration: where the file is, what it will be, and the change itself.

`planned` only reads; `carry_out` changes the file in one step, with the file as it was beside it."""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.connect.json_text import JsonTextError, read_object, with_member, without_member

SERVERS = "mcpServers"
CONFIG_FILE = "claude_desktop_config.json"
BACKUP_SUFFIX = ".bak"
BOM = b"\xef\xbb\xbf"


class ConfigError(Exception):
    """Claude Desktop's configuration cannot be changed; the message says why. Nothing was changed."""


@dataclass(frozen=True)
class Change:
    """What is to become of a file. `before` is None where there is no file yet."""

    file: Path
    before: bytes | None
    after: bytes

    @property
    def is_none(self) -> bool:
        """Whether the file already is as wanted."""
        return (self.before or b"") == self.after

    def diff(self) -> str:
        """The change as a unified diff."""
        old, new = (_decoded(text).splitlines(keepends=True) for text in (self.before or b"", self.after))
        lines = difflib.unified_diff(old, new, fromfile=str(self.file), tofile=f"{self.file} (after)")
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def usual_config_file(platform: str, home: Path, environ: Mapping[str, str]) -> Path:
    """Where Claude Desktop keeps its configuration. `platform` is one of `sys.platform`'s values."""
    if platform == "darwin":
        folder = home / "Library" / "Application Support"
    elif platform == "win32":
        folder = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return folder / "Claude" / CONFIG_FILE


def planned(file: Path, name: str, entry: Mapping[str, object] | None) -> Change:
    """The change that sets server `name` to `entry`, or removes it (None). Every other character stays.

    Raises ConfigError where the file cannot be read or is not what Claude Desktop would read."""
    file = file.resolve()
    before = _read(file)
    try:
        text = _decoded(before or b"")
        servers = read_object(text).get(SERVERS, {})
        if not isinstance(servers, dict):
            raise JsonTextError(f"'{SERVERS}' is not an object")
        changed = without_member(text, (SERVERS, name)) if entry is None else _with(text, name, entry)
    except (JsonTextError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not a configuration of Claude Desktop: {error}. Nothing was changed.") from error
    marked = BOM if (before or b"").startswith(BOM) else b""
    return Change(file, before, marked + changed.encode())


def carry_out(change: Change) -> Path | None:
    """Write the file in one step; gives the copy of what it was, if there was one.

    Raises ConfigError where it cannot be written, or was changed by another program meanwhile."""
    file = change.file
    if _read(file) != change.before:
        raise ConfigError(f"{file} was changed by another program meanwhile; nothing was changed. Try again.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if change.before is None:
            _replace(file, change.after, like=None)
            return None
        backup = file.with_name(file.name + BACKUP_SUFFIX)
        _replace(backup, change.before, like=file)
        _replace(file, change.after, like=file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror or error}. Nothing was changed.") from error
    return backup


def _with(text: str, name: str, entry: Mapping[str, object]) -> str:
    if read_object(text).get(SERVERS, {}).get(name) == entry:
        return text
    return with_member(text, (SERVERS, name), entry)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror or error}. Nothing was changed.") from error


def _decoded(raw: bytes) -> str:
    return raw.removeprefix(BOM).decode()


def _replace(file: Path, content: bytes, like: Path | None) -> None:
    """Put a whole file in the place of another; readers see the old or the new one, never a part. A new file can be
    read by its owner only; one that replaces another keeps its rights."""
    handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if like is not None:
            shutil.copymode(like, temporary)
        Path(temporary).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
