"""A metric request: what a caller asks of the catalog, whoever wrote it (a client, the question reader, an agent)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from catalog.base import Entry
from catalog.metrics import Grain

Operator = Literal["=", "!=", "in", "not in", ">", ">=", "<", "<=", "between", "contains", "is null", "is not null"]
Scalar = str | int | float | bool
CompareTo = Literal["prior_period", "prior_year"]

MAX_NAMES = 20
"""Metrics or dimensions in one request: more is a mistake, not a question."""
MAX_VALUES = 1_000
"""Members of one `in` list."""


def _list_of_one(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_list_of_one), Field(max_length=MAX_NAMES)]


class Condition(Entry):
    """One filter on a dimension. `in`, `not in` and `between` take a list; `is null` and `is not null` take none."""

    dimension: str = Field(max_length=200)
    op: Operator = "="
    value: Scalar | Annotated[tuple[Scalar, ...], Field(max_length=MAX_VALUES)] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> Condition:
        value = self.value
        listed = isinstance(value, tuple)
        if self.op in ("is null", "is not null"):
            if value is not None:
                raise ValueError(f"'{self.op}' takes no value")
        elif self.op in ("in", "not in", "between"):
            if not isinstance(value, tuple) or not value:
                raise ValueError(f"'{self.op}' takes a list of values")
            if self.op == "between" and len(value) != 2:
                raise ValueError("'between' takes two values")
        elif listed or value is None:
            raise ValueError(f"'{self.op}' takes one value")
        return self


class Order(Entry):
    """Order by a column of the answer (a dimension, the grain, a metric, or `<metric>__change`)."""

    by: str = Field(max_length=200)
    direction: Literal["asc", "desc"] = "desc"


ThresholdOp = Literal[">", ">=", "<", "<="]


class Threshold(Entry):
    """Keep the rows whose figure fits. `by` is a column of the answer: a metric, or `<metric>__prior`, `__change` or
    `__change_pct`; `value` is in that column's unit (ratios and `__change_pct` are fractions of 1)."""

    by: str = Field(max_length=200)
    op: ThresholdOp
    value: float = Field(allow_inf_nan=False)


class MetricRequest(Entry):
    """`start` and `end` are inclusive days. Without them: the last 12 complete periods at a `grain`, else the last
    complete period of the metric's default grain. `limit` counts groups of the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: Names = Field(min_length=1)
    group_by: Names = ()
    grain: Grain | None = None
    start: date | None = None
    end: date | None = None
    where: Annotated[tuple[Condition, ...], Field(max_length=MAX_NAMES)] = ()
    having: Annotated[tuple[Threshold, ...], Field(max_length=MAX_NAMES)] = ()
    order_by: Annotated[tuple[Order, ...], Field(max_length=MAX_NAMES)] = ()
    limit: int | None = Field(default=None, ge=1, le=100_000)
    compare_to: CompareTo | None = None

    @model_validator(mode="after")
    def _range(self) -> MetricRequest:
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"start {self.start} is after end {self.end}")
        return self
