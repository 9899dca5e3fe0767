"""A workspace whose log is kept with `assay audit`: calls are put into its log, its verbs are run as commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from audit.log import AuditLog, Intent, Signing
from audit.signing import KeyHolder
from audit.sinks import sink_at
from server.main import app
from tests.audit.conftest import Hand, call


@dataclass(frozen=True)
class Office:
    """The workspace at `folder`, its store at `url`."""

    folder: Path
    url: str

    @property
    def copy(self) -> Path:
        """The copy of the checkpoints."""
        return self.folder / "copy.jsonl"

    @property
    def hand(self) -> Hand:
        """Who holds the store."""
        return Hand(self.url)

    @contextmanager
    def log(self, at: datetime | None = None) -> Iterator[AuditLog]:
        """The log as the server opens it, or as it was opened at another moment."""
        signing = Signing(KeyHolder(self.folder / "elsewhere" / "audit.pem"), (sink_at(self.copy),))
        log = AuditLog(self.url, (lambda: at) if at else lambda: datetime.now(UTC), signing)
        try:
            yield log
        finally:
            log.close()

    def calls(self, count: int, at: datetime | None = None, **fields: Any) -> list[str]:
        """So many whole calls, and a checkpoint over them; their receipts."""
        intent = Intent(**{"user": "ana", "role": "chair", "tool": "query", "issuer": "", **fields})
        with self.log(at) as log:
            return [call(log, intent, sql=f"SELECT {number}") for number in range(count)]

    def run(self, *arguments: str) -> Result:
        """`assay audit ...` in this workspace."""
        return CliRunner().invoke(app, ["audit", *arguments, "-w", str(self.folder)])

    def told(self, *arguments: str) -> Any:
        """What the verb says as JSON, whatever its exit code."""
        done = self.run(*arguments, "--json")
        assert done.stdout, (done.exit_code, done.stderr, done.exception)
        return json.loads(done.stdout)

    def verify(self, *arguments: str) -> tuple[bool, int | None, str]:
        """What `audit verify` finds: whole or not, the first bad record, why; by its exit code too."""
        done = self.run("verify", *arguments, "--json")
        found = json.loads(done.stdout)
        assert done.exit_code == (0 if found["ok"] else 1)
        return found["ok"], found["bad_seq"], found["reason"]


def office_at(folder: Path, company: Path, url: str, more: str = "") -> Office:
    """A workspace of `company` with an audit log of its own; `more` lines for its `[audit]`."""
    shutil.copytree(company / "catalog", folder / "catalog")
    settings = (company / "assay.toml").read_text(encoding="utf-8")
    state = f'\n[state]\nurl = "{url}"\n' if url.startswith("postgresql") else '\n[state]\npath = "state.sqlite"\n'
    audit = f'[audit]\nsigning_key = "elsewhere/audit.pem"\ncheckpoints = "copy.jsonl"\nkeep_days = 30\n{more}'
    (folder / "assay.toml").write_text(settings + state + audit, encoding="utf-8")
    return Office(folder, url if url.startswith("postgresql") else f"sqlite:///{folder / 'state.sqlite'}")
