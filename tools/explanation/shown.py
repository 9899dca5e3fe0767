"""An explanation → the result of `explain_number`, in both channels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from tools.analysis.contributions import ZERO, Contribution, concentration
from tools.analysis.slices import Cause
from tools.answer import Citation, Part, ToolOutput, Trust
from tools.cells import clean_text
from tools.explanation.breakdown import Split
from tools.explanation.verdict import VerdictName
from tools.explanation.words import figure
from tools.reconciliation.findings import Finding

MOST_MEMBERS = 10
"""Members shown of one dimension; the others are added up."""
ROUNDING = 1e-9
"""An unexplained rest below this is the last digit of a quotient; the structured content has it."""
MOST_SPLITS = 8
"""Dimensions shown in the text channel."""


class FaultLine(Part):
    """Something wrong with the data behind the figures."""

    kind: str
    status: Literal["green", "amber", "red"]
    text: str


class CauseLine(Part):
    """A part of the business that explains `share` of the change (1 = all of it). `where` names dimension and member;
    causes are apart from each other, so their shares may be added. None are named for a change within the normal
    range: noise has no cause."""

    where: dict[str, str]
    before: float
    after: float
    change: float
    share: float


class MemberLine(Part):
    """One member of a dimension. `before` and `after` are its own values (for a quotient its own rate); `change` what
    it adds to the change of the total, for a quotient the sum of its `mix` and `rate` effects."""

    member: str
    before: float | None
    after: float | None
    change: float
    mix: float | None = None
    rate: float | None = None


class SplitLine(Part):
    """The change over one dimension: Σ members.change + other_members + unexplained = change. With method
    `side_by_side` the members do not add up (the metric has no exact split) and unexplained is null. `top_share`
    is the largest member's part of all that moved the way the total did (1 = one member alone). Members of
    different dimensions overlap and must not be added."""

    dimension: str
    method: Literal["additive", "mix_and_rate", "side_by_side"]
    story: str
    members: list[MemberLine]
    other_members: float
    unexplained: float | None
    top_share: float
    mix: float | None
    rate: float | None


class ExplainResult(ToolOutput):
    """Result of explain_number. `change_pct` is a fraction of 1. Verdicts: data_fault (do not read it as business),
    business_change, within_normal_range, undetermined."""

    metric: str = ""
    label: str = ""
    unit: str = ""
    reading: str = ""
    scope: str = ""
    start: date | None = None
    end: date | None = None
    baseline_start: date | None = None
    baseline_end: date | None = None
    value: float | None = None
    baseline: float | None = None
    change: float | None = None
    change_pct: float | None = None
    verdict: VerdictName = "undetermined"
    summary: str = ""
    reasons: list[str] = []
    expected_low: float | None = None
    expected_high: float | None = None
    data_faults: list[FaultLine] = []
    causes: list[CauseLine] = []
    contributions: list[SplitLine] = []
    next_steps: list[str] = []
    sql: str = ""
    citations: list[Citation] = []
    trust: Trust | None = None

    def carried(self) -> int:
        """The figure, and a row for every cause and member that is told."""
        if self.value is None:
            return 0
        return 1 + len(self.causes) + sum(len(split.members) for split in self.contributions)


def fault_lines(findings: Iterable[Finding]) -> list[FaultLine]:
    """Findings as lines."""
    return [FaultLine(kind=f.kind, status=f.colour, text=f.text) for f in findings]


def cause_lines(causes: Iterable[Cause]) -> list[CauseLine]:
    """Causes as lines; member names are data, shown as clean text."""
    return [
        CauseLine(
            where={dimension: clean_text(member) for dimension, member in c.members},
            before=float(c.before),
            after=float(c.after),
            change=float(c.change),
            share=round(c.share, 4),
        )
        for c in causes
    ]


def split_line(split: Split) -> SplitLine:
    """One dimension, its largest members first."""
    breakdown = split.breakdown
    method = "mix_and_rate" if breakdown.mix is not None else "additive" if split.exact else "side_by_side"
    rest = sum((m.change for m in breakdown.members[MOST_MEMBERS:]), ZERO)
    return SplitLine(
        dimension=split.dimension,
        method=method,
        story=split.story,
        members=[_member(m) for m in breakdown.members[:MOST_MEMBERS]],
        other_members=float(rest) if split.exact else 0.0,
        unexplained=float(breakdown.rest) if split.exact else None,
        top_share=round(concentration(breakdown), 4),
        mix=_float(breakdown.mix),
        rate=_float(breakdown.rate),
    )


def _member(member: Contribution) -> MemberLine:
    return MemberLine(
        member=clean_text(member.member),
        before=_float(member.before),
        after=_float(member.after),
        change=float(member.change),
        mix=_float(member.mix),
        rate=_float(member.rate),
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def text_of(result: ExplainResult) -> str:
    """One status line, then faults, causes, the dimensions and what to do next."""
    state = result.trust.state if result.trust else ""
    lines = [
        f"OK {result.verdict}: {result.summary} · trust: {state}"
        + (f" · scope: {result.scope}" if result.scope else "")
    ]
    lines += [f"because {reason}" for reason in result.reasons]
    lines += [f"note: {warning}" for warning in result.warnings]
    for cause in result.causes:
        where = ", ".join(f"{dimension} = {member}" for dimension, member in cause.where.items())
        lines.append(f"cause: {where}: {cause.before:,.2f} to {cause.after:,.2f}, {cause.share:.0%} of the change")
    for split in result.contributions[:MOST_SPLITS]:
        lines += _split_text(split)
    lines += [f"next: {step}" for step in result.next_steps]
    return "\n".join(clean_text(line) for line in lines)


def _split_text(split: SplitLine) -> list[str]:
    head = f"by {split.dimension}" + (f" ({split.story})" if split.story else "")
    members: Sequence[str] = [f"{m.member} {figure(m.change, signed=True)}" for m in split.members if m.change]
    tail = [f"others {figure(split.other_members, signed=True)}"] if split.other_members else []
    if split.unexplained is not None and abs(split.unexplained) > ROUNDING:
        tail.append(f"unexplained {figure(split.unexplained, signed=True)}")
    return [f"{head}: {', '.join([*members, *tail])}"]
