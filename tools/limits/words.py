"""What a caller is told about a day's use: why a call is refused, when to come back, and that little is left."""

from __future__ import annotations

from catalog.refusals import RateLimited
from tools.limits.accounts import UNITS, Allowance, Amounts, Unit, shown

WARN_FROM_PERCENT = 80
"""Of a daily ceiling; from there on every answer says so."""


def used_up(allowance: Allowance, unit: Unit, used: int, held: int, ends: tuple[int, str]) -> RateLimited:
    """A call that would go beyond a day's ceiling, or finds it reached. `held` is set aside by running calls."""
    ceiling = allowance.ceilings[unit]
    running = f", {shown(unit, held)} set aside for calls that run now" if held else ""
    return RateLimited(
        f"The daily limit of {shown(unit, ceiling)}{allowance.account.whose} does not reach for this call: "
        f"{shown(unit, used)} used{running}.",
        hint=come_back(ends),
    )


def too_much(allowance: Allowance, unit: Unit, used: int, asked: int, ends: tuple[int, str]) -> RateLimited:
    """An answer that carries more than is left of the day."""
    ceiling = allowance.ceilings[unit]
    left = max(0, ceiling - used)
    return RateLimited(
        f"The answer has {shown(unit, asked)}, and {shown(unit, left)} are left of the daily limit of "
        f"{shown(unit, ceiling)}{allowance.account.whose} ({shown(unit, used)} used).",
        hint=f"Ask for less (fewer groups, a smaller limit), or come back later: {come_back(ends)}",
    )


def come_back(ends: tuple[int, str]) -> str:
    """The sentence that says when the day ends."""
    seconds, local = ends
    return f"A new day begins at {local}, in {seconds:,} s."


def warnings(allowance: Allowance, used: Amounts) -> tuple[str, ...]:
    """A sentence for each daily ceiling that is four fifths used."""
    found: list[str] = []
    for unit in UNITS:
        ceiling, amount = allowance.ceilings.get(unit), used.of(unit)
        if ceiling and amount * 100 >= ceiling * WARN_FROM_PERCENT:
            found.append(
                f"{shown(unit, amount)} of {shown(unit, ceiling)} for today are used"
                f"{allowance.account.whose} ({amount * 100 // ceiling} %)."
            )
    return tuple(found)
