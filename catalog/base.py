"""The strict, frozen model that every catalog entry is built on: an unknown key in YAML is an error."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""snake_case identifier of a table, column, metric, source or role."""

DimensionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]
"""`segment`, or `entity.column` where the bare name is not unique."""


class Entry(BaseModel):
    """Base of every catalog model: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
