"""What works unasked, as configuration: catalog/agents.yml names the agents, when they run, what they look at and who
gets what they find. A new message is a new entry here; the kinds are the only code."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from catalog.base import DimensionName, Entry, Name
from catalog.metrics import Grain

AgentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
"""Kebab-case, as it is typed on the command line."""
AgentKind = Literal["report", "investigation", "health", "signal", "hygiene"]
"""report: figures of a finished period, why they moved, what is doubtful. investigation: figures outside their range.
health: entities whose score fell. signal: entities with an event or a drop. hygiene: the state of the data."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Part = Literal[
    "kpis",
    "breakdown",
    "distribution",
    "drivers",
    "incidents",
    "entities",
    "restatements",
    "trust",
    "definitions",
]
"""Sections of a report, in the order they are shown."""


class Schedule(Entry):
    """When a slot falls due, in the company's time zone. `on` is a weekday for weeks; for months and quarters a slot is
    due on the `day`-th day of the next one. A slot missed by more than `catch_up_hours` is skipped and recorded so."""

    every: Literal["day", "week", "month", "quarter"]
    on: Weekday = "mon"
    day: int = Field(default=2, ge=1, le=28)
    at: time
    catch_up_hours: float = Field(default=10, gt=0)

    @model_validator(mode="after")
    def _not_while_clocks_change(self) -> Schedule:
        if 1 <= self.at.hour < 3:
            raise ValueError("no slot between 01:00 and 03:00: the clock may skip or repeat it")
        return self


class Recipients(Entry):
    """Who gets it: users by e-mail (each mail is one person's), channels by name, and with `owner` the user who owns
    the entity that is spoken of."""

    email: tuple[str, ...] = ()
    slack: tuple[Name, ...] = ()
    owner: bool = False


class Channel(Entry):
    """A Slack channel: its id there, and who reads it where Slack cannot be asked."""

    name: Name
    slack_id: str = Field(pattern=r"^[CG][A-Z0-9]{2,}$")
    members: tuple[str, ...] = Field(min_length=1)


class Component(Entry):
    """A column of the score's own table that is part of the score, and how a person calls it."""

    column: Name
    label: str


class Sign(Entry):
    """A commercial sign beside the score: the change of a metric (percent) over the window, or that it is "above 0"."""

    metric: Name
    change_pct: float | None = None
    above: float | None = None
    label: str

    @model_validator(mode="after")
    def _one_test(self) -> Sign:
        if (self.change_pct is None) == (self.above is None):
            raise ValueError("give either change_pct or above")
        return self


class Cases(Entry):
    """Past interventions, one row each: the columns that say for whom, when, what was done and how it ended. `good` is
    the outcome that counts as success."""

    dataset: Name
    key: Name
    entity: Name
    started: Name
    action: Name
    outcome: Name
    good: str
    before: Name | None = None
    after: Name | None = None
    closed: Name | None = None
    """When its outcome was known. Without it, a case with an outcome counts as closed `judged_days` after it began."""
    judged_days: int = Field(default=42, ge=0)


class Health(Entry):
    """A score per entity and day. `healthy` and `drop` are in the score's points; the drop is measured against the
    highest score of the last `window_days` that no alert has used yet."""

    dataset: Name
    entity: Name
    time: Name
    score: Name
    components: tuple[Component, ...] = ()
    drop: float = Field(default=10, gt=0)
    window_days: int = Field(default=56, ge=7, le=365)
    healthy: float = 70
    signs: tuple[Sign, ...] = ()
    signs_needed: int = Field(default=2, ge=1)
    attributes: tuple[DimensionName, ...] = ()
    """Dimensions of the entity that make two cases alike."""
    since: Name | None = None
    """Column of the entity's own table that says since when it is one; tenure makes two cases alike too."""
    cases: Cases | None = None
    due_days: int = Field(default=5, ge=1)
    weight: Name | None = None
    """Metric by which alerts are ranked, for example recurring revenue."""


class Signal(Entry):
    """Entities to speak of: those with `metric` above `above` in the period, or down by `drop_pct` percent from the
    period before while that was at least `min_base`."""

    metric: Name
    by: DimensionName
    above: float | None = None
    drop_pct: float | None = None
    min_base: float = 0
    most: int = Field(default=20, ge=1, le=200)

    @model_validator(mode="after")
    def _one_test(self) -> Signal:
        if (self.above is None) == (self.drop_pct is None):
            raise ValueError("give either above or drop_pct")
        return self


class Agent(Entry):
    """One agent. `run_as` is a user of principals.yml: the agent sees what that user sees, and is audited as it."""

    name: AgentName
    kind: AgentKind
    title: str
    description: str = ""
    run_as: str
    schedule: Schedule
    deliver: Recipients = Recipients()
    grain: Grain = "week"
    metrics: tuple[Name, ...] = ()
    """Empty: the hero metrics (report), every certified metric with a threshold (investigation)."""
    dimensions: tuple[DimensionName, ...] = ()
    """Dimensions over which causes are named and slices are watched, in this order."""
    parts: tuple[Part, ...] = ("kpis", "drivers", "incidents", "entities", "restatements", "trust", "definitions")
    wait_hours: float = Field(default=2, ge=0)
    """How long a report waits for a red feed before it goes out labelled."""
    cool_down_hours: float = Field(default=72, ge=0)
    """A closed incident, or an alerted entity, is not spoken of again before."""
    entity: DimensionName | None = None
    """The dimension that names the customers (or whatever the company serves)."""
    owner: DimensionName | None = None
    """The dimension that holds the user id of the entity's owner."""
    health: Health | None = None
    signal: Signal | None = None
    digest_above: int = Field(default=3, ge=1)
    """More alerts than this to one owner on one day become one digest."""

    @model_validator(mode="after")
    def _parts_of_the_kind(self) -> Agent:
        if self.kind == "health" and (self.health is None or self.entity is None or self.owner is None):
            raise ValueError("kind health needs 'health', 'entity' and 'owner'")
        if self.kind == "signal" and self.signal is None:
            raise ValueError("kind signal needs 'signal'")
        return self


class Targets(Entry):
    """The table of plans, one row a metric and month. `metric` holds the name that `targets` of a metric says."""

    dataset: Name
    metric: Name
    period: Name
    value: Name


class Agents(Entry):
    """catalog/agents.yml."""

    agents: tuple[Agent, ...] = ()
    channels: tuple[Channel, ...] = ()
    dashboard: str = ""
    """Link shown in messages."""
    targets: Targets | None = None

    @model_validator(mode="after")
    def _unique(self) -> Agents:
        for kind, names in (("agent", [a.name for a in self.agents]), ("channel", [c.name for c in self.channels])):
            if twice := sorted({n for n in names if names.count(n) > 1}):
                raise ValueError(f"{kind} listed twice: {', '.join(twice)}")
        return self

    def get(self, name: str) -> Agent | None:
        """The agent of that name, or None."""
        return next((a for a in self.agents if a.name == name), None)

    def channel(self, name: str) -> Channel | None:
        """The channel of that name, or None."""
        return next((c for c in self.channels if c.name == name), None)
