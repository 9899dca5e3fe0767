"""Turns `assay.toml` and the `ASSAY_*` environment into one settings object. The only module that reads either.

Values flow down as arguments from here. An unknown key is an error that names what would be right.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog.company import Company
from catalog.search import nearest
from server.sign_in.settings import ClaimSettings, SignInSettings

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


class BigQuerySettings(Section):
    """The project and datasets that hold the gold tables, and what queries on them may cost. Without
    `credentials_file` the application default credentials are used (GOOGLE_APPLICATION_CREDENTIALS, a service account
    of the machine, or `gcloud auth application-default login`)."""

    project: str = ""
    billing_project: str = ""
    """Runs and pays for the jobs; `project` itself, if empty."""
    location: str = ""
    """Where the datasets lie ("EU", "us-east1"); found out by BigQuery, if empty."""
    datasets: dict[str, str] = {}
    """Datasets of the catalog's schemas: {gold = "analytics_gold"}; a schema not named has a dataset of its name."""
    credentials_file: Path | None = None
    api_endpoint: str = ""
    """Replaces Google's address (a private endpoint, an emulator)."""
    storage_endpoint: str = ""
    """Replaces the address ("host:port") of the Storage Read API, which reads large results where its packages are
    installed. With `api_endpoint` and without this it is not used."""
    anonymous: bool = False
    """Send no credentials: for emulators only."""
    max_bytes_billed: int = Field(default=10 * 1024**3, ge=1)
    """Bytes that one query may read, where the role's limits name no other."""
    system_bytes: int = Field(default=100 * 1024**3, ge=1)
    """The same for upkeep: horizons and reconciliation."""
    filter_from_bytes: int = Field(default=10 * 1024**3, ge=1)
    """SQL of callers must filter split tables of this size or more by the column that splits them."""
    usd_per_tib: float = Field(default=6.25, ge=0)
    """List price of a TiB read on demand in the US; set your own."""
    price_as_of: date = date(2023, 7, 5)
    known_seconds: float = Field(default=30, ge=0)
    """How long the state of a table counts as known; new data are seen after that."""


class WarehouseSettings(Section):
    """Where rows are read. `workers` run callers' SQL on DuckDB, each in a process of its own."""

    engine: Literal["duckdb", "bigquery"] = "duckdb"
    bigquery: BigQuerySettings = BigQuerySettings()
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


class LimitsSettings(Section):
    """Where the use of a day is counted (in the shared database where `state.url` names one), and how many calls may
    wait for a turn while `server.threads` run."""

    path: Path = Path("state/limits.sqlite")
    waiting: int = Field(default=128, ge=0, le=1_000)


class AuditSettings(Section):
    """How the audit log is signed and how long it is kept. The key that signs comes from ASSAY_AUDIT_KEY (PEM), or else
    from the file `signing_key`, which is made on first use; by default it lies in the user's configuration folder,
    outside the workspace and its state. `copy_to` is a second file, or a folder that takes each one as a file."""

    keep_days: int = Field(default=90, ge=0)
    signing_key: Path | None = None
    key: str = Field(default="", repr=False)
    checkpoints: Path | None = None
    copy_to: Path | None = None
    checkpoint_records: int = Field(default=1_000, ge=1)
    checkpoint_seconds: float = Field(default=60, gt=0)


class ServerSettings(Section):
    """The HTTP face. `allowed_hosts` and `allowed_origins` guard against DNS rebinding off loopback; `trusted_proxies`
    are the addresses or networks whose X-Forwarded-For is believed."""

    deadline_seconds: float = Field(default=30, gt=0, le=280)
    threads: int = Field(default=32, ge=1, le=256)
    max_request_bytes: int = Field(default=2_000_000, ge=10_000)
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    otlp_endpoint: str = ""
    allow_writable_catalog: bool = False
    """Serve off loopback although the serving user may change the catalog's files."""


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
    limits: LimitsSettings = LimitsSettings()
    audit: AuditSettings = AuditSettings()
    server: ServerSettings = ServerSettings()
    sign_in: SignInSettings = SignInSettings()
    mail: MailSettings = MailSettings()
    slack: SlackSettings = SlackSettings()
    model: ModelSettings = ModelSettings()
    agents: AgentSettings = AgentSettings()
    key: bytes = Field(repr=False, min_length=16)
    """Secret of this deployment: pseudonyms and cursors are keyed with it."""

    def at(self, path: Path) -> Path:
        """A path of the settings, relative to the workspace."""
        return path if path.is_absolute() else self.workspace / path

    @property
    def checkpoint_files(self) -> tuple[Path, ...]:
        """Where signed checkpoints are copied to: beside the audit log's file unless told otherwise."""
        first = self.audit.checkpoints or self.state.path.with_suffix(".checkpoints.jsonl")
        return tuple(self.at(path) for path in (first, self.audit.copy_to) if path is not None)

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
        return _with_signing_key(_with_secrets(found, environ), environ)
    except ValidationError as error:
        raise SettingsError("\n".join(_explained(file.name, error))) from error


def _with_secrets(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """The settings with what only the environment may hold."""
    secrets_of = {
        "state": {"url": environ.get("ASSAY_STATE_URL", "")},
        "sign_in": {
            "token": environ.get("ASSAY_TOKEN", "").strip(),
            "metrics_token": environ.get("ASSAY_METRICS_TOKEN", ""),
        },
        "audit": {"key": environ.get("ASSAY_AUDIT_KEY", "")},
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


def _with_signing_key(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """The settings with the place of the key that signs the audit log. Named after the deployment's key, so that it is
    found again when the workspace is moved; nowhere where this user has no folder for configuration."""
    home = environ.get("HOME") or environ.get("USERPROFILE")
    folder = environ.get("XDG_CONFIG_HOME") or environ.get("APPDATA") or (str(Path(home) / ".config") if home else "")
    file = settings.audit.signing_key
    if file is None and folder:
        file = Path(folder) / "assay" / f"audit-{sha256(b'audit' + settings.key).hexdigest()[:16]}.pem"
    return settings.model_copy(
        update={"audit": settings.audit.model_copy(update={"signing_key": settings.at(file) if file else None})}
    )


def _explained(file: str, error: ValidationError) -> list[str]:
    known = {
        "": [n for n in Settings.model_fields if n not in ("workspace", "key")],
        "company": list(Company.model_fields),
        "warehouse": [*WarehouseSettings.model_fields, *BigQuerySettings.model_fields],
        "state": list(StateSettings.model_fields),
        "limits": list(LimitsSettings.model_fields),
        "audit": [n for n in AuditSettings.model_fields if n != "key"],
        "server": list(ServerSettings.model_fields),
        "sign_in": list(SignInSettings.model_fields),
        "sign_in.claims": list(ClaimSettings.model_fields),
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
            names = known.get(".".join(path[:-1]), [])
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
