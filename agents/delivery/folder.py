"""Messages as files, where no mail server or Slack is set up: mails as .eml, .html and .txt, posts as .json and .md.

The same message gives the same bytes, so that writing it again changes nothing. The main file is written last: where
it is, the others are.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from agents.delivery.channel import Parcel, file_name
from agents.delivery.errors import NotNow
from agents.delivery.mime import compose
from agents.messages import Mail, Outgoing, Post

SENDER = "assay@localhost"
CID = re.compile(r"cid:([\w.@-]+)")
"""An image inside a mail; in a folder it is the file beside."""


class FolderChannel:
    """Takes mails and posts into `folder`, which is made on first use. `sender` is the From address."""

    def __init__(self, folder: Path, sender: str = SENDER, unsubscribe: str = "") -> None:
        self._folder = folder
        self._sender = sender
        self._unsubscribe = unsubscribe

    def send(self, parcel: Parcel) -> str:
        """Write it; returns the name of its main file."""
        files = self._files(parcel)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                self._write(name, content)
        except OSError as error:
            raise NotNow(f"the folder cannot be written: {error}", whole_channel=True) from error
        return list(files)[-1]

    def find(self, parcel: Parcel) -> str | None:
        """The name of its main file, if it is there."""
        name = _main_file(parcel.outgoing)
        return name if (self._folder / name).exists() else None

    def _files(self, parcel: Parcel) -> dict[str, bytes]:
        """The files of a message, the main one last."""
        content = parcel.outgoing.content
        stem = file_name(parcel.outgoing.key)
        files = {f"{stem}.{file_name(image.cid)}.png": image.content for image in content.images}
        if isinstance(content, Mail):
            eml = compose(content, parcel.outgoing.key, self._sender, parcel.queued, self._unsubscribe).as_bytes()
            pictures = dict(zip((image.cid for image in content.images), files, strict=True))
            html = CID.sub(lambda found: pictures.get(found[1], found[0]), content.html)
            files |= {f"{stem}.txt": content.text.encode(), f"{stem}.html": html.encode()}
        else:
            eml = _as_json(parcel, content, list(files))
            files[f"{stem}.md"] = _as_markdown(content, list(files)).encode()
        return files | {_main_file(parcel.outgoing): eml}

    def _write(self, name: str, content: bytes) -> None:
        """The whole file or none: written beside, then moved into place."""
        handle, beside = tempfile.mkstemp(dir=self._folder, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(self._folder / name)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise


def _main_file(outgoing: Outgoing) -> str:
    return f"{file_name(outgoing.key)}.{'eml' if isinstance(outgoing.content, Mail) else 'json'}"


def _as_json(parcel: Parcel, post: Post, images: list[str]) -> bytes:
    """The post as Slack's `chat.postMessage` would be given it, and what it belongs to."""
    fields = {
        "key": parcel.outgoing.key,
        "channel": post.channel,
        "text": post.text,
        "blocks": list(post.blocks),
        "images": [{"file": name, "alt_text": image.alt} for name, image in zip(images, post.images, strict=True)],
        "reply_to": post.reply_to,
        "replaces": post.replaces,
    }
    return (json.dumps(fields, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _as_markdown(post: Post, images: list[str]) -> str:
    """The post for reading."""
    lines = [f"To {post.channel}"]
    lines += [f"In the thread of {post.reply_to}"] if post.reply_to else []
    lines += [f"Instead of {post.replaces}"] if post.replaces else []
    said = [line for block in post.blocks for line in _texts(block)] or [post.text]
    pictures = [f"![{image.alt}]({name})" for name, image in zip(images, post.images, strict=True)]
    return "\n\n".join(line for line in (*lines, *said, *pictures) if line) + "\n"


def _texts(block: dict[str, Any]) -> list[str]:
    """What is to be read in a block, in order."""
    kind = block.get("type")
    text: Any = block.get("text")
    if kind == "divider":
        return ["---"]
    own = text or "" if isinstance(text, str | None) else str(text["text"])
    inner = [*block.get("fields", ()), *block.get("elements", ())]
    return ([f"## {own}" if kind == "header" else own] if own else []) + [t for part in inner for t in _texts(part)]
