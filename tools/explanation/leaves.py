"""Members of the few small dimensions → one query over their leaf cells → the causes of the change.

A sum is scanned as it is; a quotient by its rate effect, the mix taken out. Where there are too many leaf cells, or
they do not add up to the total (distinct records that are in several of them), fewer dimensions are crossed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from catalog.refusals import Refusal, Timeout, WarehouseDown
from tools.analysis.contributions import ZERO
from tools.analysis.slices import Cause, Cell, rate_cells, scan
from tools.explanation.reading import Pair, Question, grouped
from tools.explanation.shape import Shape

FEW_MEMBERS = 40
"""Dimensions with at most this many members can name a cause: a cause that is one of thousands is chance."""
CROSSED = 4
"""Dimensions that are crossed: those whose members stand out most."""
MAX_CELLS = 5_000
"""Leaf cells that are read: a scan of so many takes about a fifth of a second."""
TIME_TO_KEEP = 0.25
"""Share of the deadline that is left for what follows; nothing further is read once it is reached."""
ADDS_UP = Decimal("0.02")
"""Share of the change by which leaf cells may miss it."""

Members = Mapping[tuple[str, ...], tuple[Pair, ...]]
"""Value and baseline of each metric of the shape, by members of the dimensions that were grouped by."""


def causes_of(question: Question, shape: Shape, small: Mapping[str, Members], change: Decimal) -> tuple[Cause, ...]:
    """Causes of `change`, from the members of each small dimension and from leaf cells over those that stand out."""
    strength = {name: _strength(_cells(shape, (name,), members)) for name, members in small.items()}
    best = sorted(strength, key=lambda name: (-strength[name], name))[:CROSSED]
    for width in range(len(best), 0, -1):
        names = tuple(sorted(best[:width]))
        members = small[names[0]] if width == 1 else _leaves(question, shape, names)
        if members is None:
            continue
        cells = _cells(shape, names, members)
        total = _in_cells(shape, members, change)
        if width == 1 or shape.kind == "quotient" or abs(_moved(cells) - total) <= ADDS_UP * abs(total):
            causes = scan(cells, total)
            return _as_rates(causes, names, members) if shape.kind == "quotient" else causes
    return ()


def _leaves(question: Question, shape: Shape, names: Sequence[str]) -> Members | None:
    """The leaf cells in one query; None when there are too many, or no time is left."""
    deadline = question.call.deadline
    if deadline.remaining() < TIME_TO_KEEP * deadline.seconds:
        return None
    try:
        return grouped(question, shape.access, shape.metrics, names, None, MAX_CELLS)
    except (WarehouseDown, Timeout):
        raise
    except Refusal:
        # Each dimension can be grouped by, and yet not all of them at once.
        return None


def _cells(shape: Shape, names: Sequence[str], members: Members) -> list[Cell]:
    named = {tuple(zip(names, key, strict=True)): pairs for key, pairs in members.items()}
    if shape.kind == "quotient":
        return rate_cells({where: (_side(pairs, 0), _side(pairs, 1)) for where, pairs in named.items()})
    return [Cell(where, pair.before or ZERO, pair.after or ZERO) for where, (pair, *_) in named.items()]


def _side(pairs: Sequence[Pair], side: int) -> tuple[Decimal, Decimal]:
    """(numerator, denominator) before (0) or after (1)."""
    over, under = ((pair.before, pair.after)[side] or ZERO for pair in pairs)
    return over, under


def _in_cells(shape: Shape, members: Members, change: Decimal) -> Decimal:
    """The change in the unit of the cells: that of a quotient is in units of its numerator."""
    return change * _total(members, 1)[1] if shape.kind == "quotient" else change


def _total(members: Members, side: int) -> tuple[Decimal, Decimal]:
    sides = [_side(pairs, side) for pairs in members.values()]
    return sum((over for over, _ in sides), ZERO), sum((under for _, under in sides), ZERO)


def _as_rates(causes: Sequence[Cause], names: Sequence[str], members: Members) -> tuple[Cause, ...]:
    """Causes of a quotient with the slice's own rate before and after, and its effect on the total's rate."""
    whole = _total(members, 1)[1]
    shown: list[Cause] = []
    for cause in causes:
        wanted = dict(cause.members)
        inside = {k: v for k, v in members.items() if wanted.items() <= dict(zip(names, k, strict=True)).items()}
        before, after = (over / under if under else ZERO for over, under in (_total(inside, 0), _total(inside, 1)))
        shown.append(replace(cause, before=before, after=after, change=cause.change / whole))
    return tuple(shown)


def _moved(cells: Sequence[Cell]) -> Decimal:
    return sum((cell.after - cell.before for cell in cells), ZERO)


def _strength(cells: Sequence[Cell]) -> float:
    """How far the strongest member's change is from the total's relative change: 0 when all move alike."""
    before = sum((cell.before for cell in cells), ZERO)
    if not before:
        return 0.0
    usual = _moved(cells) / before
    return max((float(abs(cell.after - cell.before - cell.before * usual)) for cell in cells), default=0.0)
