"""Turns `assay.toml` and the `ASSAY_*` environment into one settings object. The only module that reads either.

Values flow down as arguments from here. An unknown key is an error that names what would be right.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog.company import Company
from catalog.search import nearest

SETTINGS_FILE = "assay.toml"
WORKSPACE_VARIABLE = "ASSAY_WORKSPACE"
KEY_VARIABLE = "ASSAY_KEY"
DEMO_WORKSPACE = "assay-demo"
KEY_BYTES = 32


class SettingsError(Exception):
    """The settings cannot be used; the message says which file, which key and what would be right."""


class Section(BaseModel):
    """One table of assay.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WarehouseSettings(Section):
    """Where rows are read. `workers` run callers' SQL, each in a process of its own."""

    engine: str = Field(default="duckdb", pattern="^duckdb$")
    path: Path = Path("warehouse.duckdb")
    workers: int = Field(default=2, ge=1, le=64)
    memory_limit: str = Field(default="1GB", pattern=r"^\d+(MB|GB)$")
    worker_memory_mb: int = Field(default=2_048, ge=256)
    keep_answers: bool = True
    """Answer a question again from memory while definition, rights and data are the same."""


class StateSettings(Section):
    """Where the audit log, the limits and the deployment key live. With `url` (or ASSAY_STATE_URL, which may hold a
    password) of a PostgreSQL database all state is there, shared by every replica; without it, in SQLite files."""

    url: str = Field(default="", repr=False, pattern=r"^(postgresql\+psycopg://.*)?$")
    path: Path = Path("state/audit.sqlite")
    key_file: Path = Path("state/key")


class ServerSettings(Section):
    """The HTTP face. `allowed_hosts` and `allowed_origins` guard against DNS rebinding off loopback."""

    deadline_seconds: float = Field(default=30, gt=0, le=280)
    threads: int = Field(default=32, ge=1, le=256)
    max_request_bytes: int = Field(default=2_000_000, ge=10_000)
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    otlp_endpoint: str = ""


class MailSettings(Section):
    """The mail server that agents send through; without `host`, mails are written to the outbox folder. The password is
    read from ASSAY_SMTP_PASSWORD only."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field(default="", repr=False)
    sender: str = "assay@localhost"
    unsubscribe: str = ""
    """A mailto: or https: address for the List-Unsubscribe header."""


class SlackSettings(Section):
    """Slack, if ASSAY_SLACK_TOKEN holds a bot token; without it, posts are written to the outbox folder. `base_url`
    replaces Slack's own address. Threads answer back over HTTP with the signing secret (ASSAY_SLACK_SIGNING_SECRET), or
    over Socket Mode with an app token (ASSAY_SLACK_APP_TOKEN)."""

    base_url: str = "https://slack.com/api/"
    token: str = Field(default="", repr=False)
    signing_secret: str = Field(default="", repr=False)
    app_token: str = Field(default="", repr=False)


class Price(Section):
    """Dollars for a million tokens, as of a day."""

    input: float = Field(gt=0)
    output: float = Field(gt=0)
    as_of: date


class ModelSettings(Section):
    """The model that may word reports and look into incidents, if ASSAY_MODEL_KEY (or ANTHROPIC_API_KEY) holds a key.
    Without a key, or where anything is amiss, the built-in wording is used. A model without a price is not called."""

    name: str = "claude-sonnet-5-5"
    base_url: str = "https://api.anthropic.com"
    key: str = Field(default="", repr=False)
    max_tokens: int = Field(default=4_000, ge=256, le=20_000)
    deadline_seconds: float = Field(default=90, gt=0, le=600)
    budget_usd: float = Field(default=0.50, gt=0)
    """For one run of one agent."""
    prices: dict[str, Price] = {
        "claude-sonnet-5-5": Price(input=2, output=10, as_of=date(2026, 11, 1)),
        "claude-haiku-5-5": Price(input=0.10, output=0.50, as_of=date(2026, 11, 1)),
        "claude-opus-5-5": Price(input=4, output=20, as_of=date(2026, 11, 1)),
    }


class AgentSettings(Section):
    """What agents remember, and where messages go that have no mail server or Slack."""

    path: Path = Path("state/agents.sqlite")
    outbox: Path = Path("outbox")
    keep_messages_days: int = Field(default=90, ge=1, le=3_650)
    """How long messages are kept after they went out; of older ones the hash, and that they were sent."""


class Settings(Section):
    """Everything the program is told from outside."""

    workspace: Path
    company: Company
    warehouse: WarehouseSettings = WarehouseSettings()
    state: StateSettings = StateSettings()
    server: ServerSettings = ServerSettings()
    mail: MailSettings = MailSettings()
    slack: SlackSettings = SlackSettings()
    model: ModelSettings = ModelSettings()
    agents: AgentSettings = AgentSettings()
    key: bytes = Field(repr=False, min_length=16)
    """Secret of this deployment: pseudonyms and cursors are keyed with it."""

    def at(self, path: Path) -> Path:
        """A path of the settings, relative to the workspace."""
        return path if path.is_absolute() else self.workspace / path

    def state_url(self, path: Path) -> str:
        """The URL of a store: the shared database, or else a SQLite file at `path`."""
        return self.state.url or f"sqlite:///{self.at(path)}"


def find_workspace(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The workspace folder: `given`, else $ASSAY_WORKSPACE, else this folder or a parent that holds assay.toml, else
    the demo beside it.

    Raises SettingsError when there is none."""
    if named := given or (Path(environ[WORKSPACE_VARIABLE]) if environ.get(WORKSPACE_VARIABLE) else None):
        if not (named / SETTINGS_FILE).is_file():
            raise SettingsError(f"'{named}' is not a workspace: it has no {SETTINGS_FILE}. `assay init DIR` makes one.")
        return named.resolve()
    here = Path.cwd()
    candidates = [here, *here.parents, here / DEMO_WORKSPACE]
    for folder in candidates:
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise SettingsError(
        f"No workspace here: no {SETTINGS_FILE} in this folder or above. "
        "`assay demo` builds a demo company; `assay init DIR` starts your own; --workspace DIR names one."
    )


def load_settings(workspace: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of a workspace folder; its key is made on first use.

    Raises SettingsError, naming file and key."""
    file = workspace / SETTINGS_FILE
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file.name}: cannot be read as TOML: {error}") from error
    try:
        state = StateSettings.model_validate(tree.get("state", {}))
        key_file = state.key_file if state.key_file.is_absolute() else workspace / state.key_file
        found = Settings.model_validate({**tree, "workspace": workspace, "key": _key(key_file, environ)})
        return _with_secrets(found, environ)
    except ValidationError as error:
        raise SettingsError("\n".join(_explained(file.name, error))) from error


def _with_secrets(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """The settings with what only the environment may hold."""
    secrets_of = {
        "state": {"url": environ.get("ASSAY_STATE_URL", "")},
        "mail": {"password": environ.get("ASSAY_SMTP_PASSWORD", "")},
        "slack": {
            "token": environ.get("ASSAY_SLACK_TOKEN", ""),
            "signing_secret": environ.get("ASSAY_SLACK_SIGNING_SECRET", ""),
            "app_token": environ.get("ASSAY_SLACK_APP_TOKEN", ""),
        },
        "model": {"key": environ.get("ASSAY_MODEL_KEY") or environ.get("ANTHROPIC_API_KEY", "")},
    }
    sections = {
        name: getattr(settings, name).model_copy(update={k: v for k, v in values.items() if v})
        for name, values in secrets_of.items()
    }
    return settings.model_copy(update=sections)


def _explained(file: str, error: ValidationError) -> list[str]:
    known = {
        "": [n for n in Settings.model_fields if n not in ("workspace", "key")],
        "company": list(Company.model_fields),
        "warehouse": list(WarehouseSettings.model_fields),
        "state": list(StateSettings.model_fields),
        "server": list(ServerSettings.model_fields),
        "mail": list(MailSettings.model_fields),
        "slack": list(SlackSettings.model_fields),
        "model": list(ModelSettings.model_fields),
        "agents": list(AgentSettings.model_fields),
    }
    lines: list[str] = []
    for problem in error.errors():
        path = [str(part) for part in problem["loc"]]
        text = problem["msg"]
        if problem["type"] == "extra_forbidden":
            names = known.get(path[0] if len(path) > 1 else "", [])
            close = nearest(path[-1], names)
            text = "unknown setting; " + (f"did you mean {' or '.join(close)}?" if close else f"known: {names}")
        lines.append(f"{file}: {'.'.join(path)}: {text}")
    return lines


def _key(file: Path, environ: Mapping[str, str]) -> bytes:
    if given := environ.get(KEY_VARIABLE):
        return given.encode()
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return make_key(file)
    except OSError as error:
        raise SettingsError(f"the key file cannot be read: {error.strerror}; set {KEY_VARIABLE} instead") from error


def make_key(file: Path, key: bytes | None = None) -> bytes:
    """Write a new secret (or the one given) that only this user can read; keeps the one that another process was
    faster to write. Returns the key now in force."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"the key file cannot be written: {error.strerror}; set {KEY_VARIABLE} instead") from error
    made = key or secrets.token_hex(KEY_BYTES).encode()
    with os.fdopen(handle, "wb") as out:
        out.write(made)
    return made
