"""Roles: which tables, columns, rows and metrics each may see. Default deny.

Row filters are written once, on the table that holds the attribute; every table that points at it (directly or
through others, many-to-one) follows.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator, model_validator

from catalog.base import Entry, Name

Treatment = Literal["clear", "mask", "null", "pseudonym", "aggregate_only", "deny"]
"""clear: as stored. mask: the constant '[masked]' (NULL stays NULL). null: always NULL. pseudonym: a stable keyed
pseudonym. aggregate_only: a label that says which rows of the table share a value and is not made from it, so that
COUNT, COUNT(DISTINCT) and group sizes are right and the value is never there. deny: the column is absent."""

SHOWS_MORE: tuple[Treatment, ...] = ("deny", "null", "mask", "aggregate_only", "pseudonym", "clear")
"""Treatments from the one that shows nothing to the one that shows all."""

SqlMode = Literal["none", "templates", "any"]
"""none: metrics only. templates: also the named templates, with their typed parameters. any: also SQL of one's own."""


class RowFilter(Entry):
    """Rows of `table` where `column` is one of the principal's values of `attribute` ("user" is the user id).
    A principal without values sees no rows."""

    table: Name
    column: Name
    attribute: Name
    label: str = ""
    """How the scope reads in an answer; `{values}` is replaced: "territory {values}", "your book of business"."""


class ColumnRule(Entry):
    """Treatment of columns named one by one ("dim_customer.tax_id"), or by PII class, or both."""

    columns: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    treatment: Treatment

    @field_validator("treatment", mode="before")
    @classmethod
    def _null_is_a_word(cls, value: object) -> object:
        """An unquoted `null` in YAML is no value; here it can only mean the treatment."""
        return "null" if value is None else value

    @model_validator(mode="after")
    def _something(self) -> ColumnRule:
        if not self.columns and not self.pii:
            raise ValueError("name columns or pii classes")
        return self


class Daily(Entry):
    """What may be used in one day of the company's; None: as much as wanted. `queries` are calls that read rows, `rows`
    and `bytes` what answers carry, `usd` what the warehouse bills."""

    calls: int | None = Field(default=None, ge=0)
    queries: int | None = Field(default=None, ge=0)
    rows: int | None = Field(default=None, ge=0)
    bytes: int | None = Field(default=None, ge=0)
    usd: Decimal | None = Field(default=None, ge=0, le=1_000_000, decimal_places=6)

    @property
    def any(self) -> bool:
        """Whether anything is limited."""
        return any(limit is not None for limit in (self.calls, self.queries, self.rows, self.bytes, self.usd))


class Together(Entry):
    """What all users of a role may use together."""

    calls_per_minute: int | None = Field(default=None, ge=1)
    burst: int | None = Field(default=None, ge=1)
    daily: Daily = Daily()

    @model_validator(mode="after")
    def _whole(self) -> Together:
        _no_burst_alone(self.calls_per_minute, self.burst)
        return self


def _no_burst_alone(calls_per_minute: int | None, burst: int | None) -> None:
    if burst is not None and calls_per_minute is None:
        raise ValueError("burst needs calls_per_minute beside it")


class Limits(Entry):
    """Ceilings of one call, of one user, and of all users of a role together."""

    deadline_seconds: float = Field(default=20, gt=0)
    max_rows: int = Field(default=10_000, ge=1)
    max_bytes: int = Field(default=8_000_000, ge=1)
    max_bytes_billed: int | None = Field(default=None, ge=1)
    """Bytes that one query may read where the warehouse bills them (BigQuery); None: what the settings say."""
    calls_per_minute: int | None = Field(default=None, ge=1)
    """Of each user; None: only the ceiling that every process has against floods."""
    burst: int | None = Field(default=None, ge=1)
    """Calls that may come at once; None: one minute's calls."""
    running: int = Field(default=4, ge=1)
    """Calls of one user that run at the same time in a process; more wait for their turn."""
    daily: Daily = Daily()
    """Of each user."""
    together: Together = Together()

    @model_validator(mode="after")
    def _whole(self) -> Limits:
        _no_burst_alone(self.calls_per_minute, self.burst)
        return self


class Role(Entry):
    """What a role may see. `tables: ["*"]` is every gold table that no `restricted` rule holds back and that is not one
    of people."""

    name: Name
    label: str = ""
    description: str = ""
    tables: tuple[str, ...] = ()
    except_tables: tuple[Name, ...] = ()
    metrics: tuple[str, ...] = ("*",)
    """Allowlist of metric names; "*" is every metric whose tables and columns the role may see."""
    people: tuple[Name, ...] = ()
    """Tables of people (`people: true`) that the role reads person by person, on purpose."""
    sql: SqlMode = "any"
    templates: tuple[str, ...] = ("*",)
    """Allowlist of template names; "*" is every template that lists the role."""
    small_groups: dict[Name, int] = {}
    """The fewest people of a shown group, by table with `small_groups`; counts where it is above the table's own k."""
    rows: tuple[RowFilter, ...] = ()
    columns: tuple[ColumnRule, ...] = ()
    """Later rules win over earlier ones; PII columns that no rule names are denied."""
    limits: Limits = Limits()
    reconciliation_amounts: bool | None = None
    """Sees amounts in reconciliation answers; default: only roles without row filters and gold tables."""
    audit: bool = False
    """May read the audit log and replay receipts of others."""

    @field_validator("sql", mode="before")
    @classmethod
    def _yes_or_no(cls, value: object) -> object:
        """`true` is any, `false` is none."""
        return {True: "any", False: "none"}[value] if isinstance(value, bool) else value


class Template(Entry):
    """A fixed SELECT with typed parameters (`$name`), for questions that no metric covers."""

    name: Name
    description: str
    sql: str
    params: dict[Name, Literal["string", "integer", "decimal", "date"]] = {}
    roles: tuple[str, ...] = ("*",)


class Policies(Entry):
    """catalog/policies.yml."""

    roles: tuple[Role, ...] = Field(min_length=1)
    restricted: tuple[Name, ...] = ()
    """Tables that `tables: ["*"]` does not include; tables of people are never included."""
    templates: tuple[Template, ...] = ()
    version: int = 1

    @model_validator(mode="after")
    def _unique(self) -> Policies:
        names = [r.name for r in self.roles]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"role listed twice: {', '.join(twice)}")
        return self

    def role(self, name: str) -> Role | None:
        """The role of that name, or None."""
        return next((r for r in self.roles if r.name == name), None)

    def templates_of(self, role: Role) -> tuple[Template, ...]:
        """Templates that list the role and that the role lists; none where the role asks by metrics only."""
        if role.sql == "none":
            return ()
        return tuple(
            t
            for t in self.templates
            if ("*" in t.roles or role.name in t.roles) and ("*" in role.templates or t.name in role.templates)
        )
