"""Where the catalog's schemas lie in BigQuery: project, datasets, location."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

PROJECT = re.compile(r"([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,61}[a-z0-9]")
DATASET = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,1023}")


@dataclass(frozen=True)
class Place:
    """`project` holds the data; `billing_project` runs and pays for jobs (the same, if empty). `datasets` maps schema
    names of the catalog ("gold") to datasets; a schema that is not named there is a dataset of its own name."""

    project: str
    location: str = ""
    billing_project: str = ""
    datasets: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for name in filter(None, (self.project, self.billing_project)):
            if not PROJECT.fullmatch(name):
                raise ValueError(f"'{name}' is not a Google Cloud project id")
        for name in self.datasets.values():
            if not DATASET.fullmatch(name):
                raise ValueError(f"'{name}' is not a BigQuery dataset id")

    @property
    def pays(self) -> str:
        """The project that runs jobs."""
        return self.billing_project or self.project

    def dataset(self, schema: str) -> str:
        """The dataset of a catalog schema, without its project."""
        return self.datasets.get(schema, schema)

    def full_name(self, schema: str, table: str) -> str:
        """ "project.dataset.table"."""
        return f"{self.project}.{self.dataset(schema)}.{table}"

    def table(self, schema: str, table: str) -> exp.Table:
        """The table as one quoted name. A path of several names could be read as a field of an alias called like the
        project; no alias can hold a dot."""
        return exp.Table(this=exp.to_identifier(self.full_name(schema, table), quoted=True))
