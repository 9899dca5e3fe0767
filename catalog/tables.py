"""Gold tables as the catalog describes them: grain, keys, columns, relationships, freshness.

One YAML file a table. A column that is not listed here does not exist for any caller.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from catalog.base import Entry, Name

ColumnType = Literal["string", "integer", "decimal", "float", "boolean", "date", "timestamp"]


class Column(Entry):
    """One column. `pii` names the class of personal data it holds (email, phone, person_name, tax_id, free_text,
    company_name, domain, ...); `dimension` makes it available to `group_by` and `where`."""

    name: Name
    type: ColumnType
    description: str = Field(min_length=3)
    label: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    pii: str | None = None
    dimension: bool = False
    nullable: bool = True
    values: tuple[str, ...] = ()
    """The closed list of values, where there is one, in their natural order (SMB before Enterprise)."""
    value_synonyms: dict[str, tuple[str, ...]] = {}
    """Words people use for a value: {"Mid-Market": ["midmarket", "mid size"]}."""
    physical: str | None = None
    """Name in the warehouse where it differs."""


class Relationship(Entry):
    """Many-to-one by default: `column` of this table points at the key `to` ("table.column") of another."""

    column: Name
    to: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    type: Literal["many_to_one", "one_to_one", "one_to_many"] = "many_to_one"

    @property
    def to_table(self) -> str:
        """The table pointed at."""
        return self.to.split(".")[0]

    @property
    def to_column(self) -> str:
        """The column pointed at."""
        return self.to.split(".")[1]


class Rollup(Entry):
    """A pre-aggregated table whose totals are stored as rows of their own.

    `dimension` is NULL on the total row. A request that neither groups nor filters by `dimension` reads the total
    row only; any other request reads the detail rows only (small groups are missing from these on purpose)."""

    dimension: Name


class SmallGroups(Entry):
    """Suppression built into a defined table: a group (a value of the rollup's dimension) that is ever smaller than
    `k` is left out, and where any is left out, the next smallest go with it until what is missing is at least two
    groups and at least `k` people, so that total minus rest shows nobody.

    `size` is the column that counts the people of a group; `within` are the columns that make one publication (for
    example the day) in which groups are compared. Where the table's time is among them, one decision holds for all of
    it: figures of one day then cannot be worked out from those of the next."""

    k: int = Field(ge=2)
    size: Name
    within: tuple[Name, ...]


class Completeness(Entry):
    """How to tell that a day's snapshot is complete: its rows are at least `min_ratio` of the median of the
    `trailing_days` before it."""

    min_ratio: float = Field(default=0.98, gt=0, le=1)
    trailing_days: int = Field(default=28, ge=1)


class Table(Entry):
    """A gold table (or, with `definition`, a read-only summary that the catalog defines over gold tables)."""

    name: Name
    entity: Name
    """Singular noun of one row: customer, revenue_line. Qualifies dimension names that are not unique."""
    label: str = ""
    synonyms: tuple[str, ...] = ()
    description: str = Field(min_length=3)
    grain: tuple[Name, ...] = Field(min_length=1)
    """Columns that identify a row; together unique."""
    owner: str
    sources: tuple[Name, ...] = ()
    """Feeds (catalog/sources.yml) that load this table."""
    time: Name | None = None
    """The column that dates a row, for windows and the data horizon."""
    partition: Name | None = None
    """The column by which the warehouse splits the table (BigQuery): a filter on it reads only the days it needs."""
    cluster: tuple[Name, ...] = ()
    """The columns by which rows lie together inside a partition (BigQuery)."""
    kind: Literal["dimension", "fact", "snapshot", "event", "summary", "operational", "audit"] = "fact"
    """`audit`: filled from the audit log, for roles that read it."""
    schema_name: Name = Field(default="gold", alias="schema")
    columns: tuple[Column, ...] = Field(min_length=1)
    relationships: tuple[Relationship, ...] = ()
    freshness_sla_hours: float | None = None
    completeness: Completeness | None = None
    definition: str | None = None
    """A SELECT over gold tables; the table then exists in secured catalogs only."""
    people: bool = False
    """One row is about one person. No role sees such a table through "*"; tables defined over it need small_groups."""
    rollup: Rollup | None = None
    small_groups: SmallGroups | None = None
    contract: Literal["enforced", "observed"] = "enforced"
    caveats: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> Table:
        known = {c.name for c in self.columns}
        if len(known) != len(self.columns):
            raise ValueError("a column is listed twice")
        wanted = [("grain", n) for n in self.grain] + [("relationships", r.column) for r in self.relationships]
        wanted += [("time", self.time)] if self.time else []
        wanted += [("partition", self.partition)] if self.partition else []
        wanted += [("cluster", n) for n in self.cluster]
        wanted += [("rollup", self.rollup.dimension)] if self.rollup else []
        if self.small_groups:
            wanted += [("small_groups", n) for n in (self.small_groups.size, *self.small_groups.within)]
        for key, name in wanted:
            if name not in known:
                raise ValueError(f"{key}: no column '{name}' in this table; columns are {', '.join(sorted(known))}")
        self._check_small_groups()
        return self

    def _check_small_groups(self) -> None:
        """What suppression rests on. Raises ValueError."""
        small = self.small_groups
        if small is None:
            return
        if not self.definition:
            raise ValueError("small_groups needs a definition")
        if self.rollup is None:
            raise ValueError("small_groups needs a rollup: its dimension tells the groups apart")
        apart = {*small.within, self.rollup.dimension}
        if more := [name for name in self.grain if name not in apart]:
            raise ValueError(
                f"small_groups: one row must be one group of one publication, but the grain also holds "
                f"{', '.join(more)}; add it to within, or leave it out of the definition"
            )

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def physical(self, name: str) -> str:
        """The name in the warehouse of one of our columns."""
        column = self.column(name)
        return (column.physical or column.name) if column else name
