"""A metric that is a product of factors, before and after → what each factor contributes to its change.

Logarithmic mean Divisia decomposition (LMDI-I, Ang 2005): with L = (b − a) / ln(b / a) the logarithmic mean of the
product before (a) and after (b), factor i contributes L · ln(fᵢ₁ / fᵢ₀). The contributions sum to b − a and do not
depend on the order of the factors: revenue = customers × orders a customer × value an order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ProductSplit:
    """A change split over factors, largest first: Σ `contributions` + `rest` = `change`; the rest is the last digit of
    a float."""

    before: float
    after: float
    change: float
    contributions: tuple[tuple[str, float], ...]
    rest: float


def split_product(before: Mapping[str, float], after: Mapping[str, float]) -> ProductSplit | None:
    """Split the change of the product of the factors (the same names on both sides). None where a factor is not above
    0 or the product is beyond what a float holds: shares of growth have no meaning there."""
    if before.keys() != after.keys():
        raise ValueError("both sides need the same factors")
    if not all(0 < v < math.inf for v in (*before.values(), *after.values())):
        return None
    first, last = math.prod(before.values()), math.prod(after.values())
    if not (0 < first < math.inf and 0 < last < math.inf):
        return None
    growth = {name: math.log(after[name] / before[name]) for name in before}
    mean = _logarithmic_mean(first, last, math.fsum(growth.values()))
    parts = sorted(((name, mean * grown) for name, grown in growth.items()), key=lambda p: (-abs(p[1]), p[0]))
    change = last - first
    return ProductSplit(first, last, change, tuple(parts), change - math.fsum(part for _, part in parts))


def _logarithmic_mean(first: float, last: float, grown: float) -> float:
    """(last − first) / grown with grown = ln(last / first), from the larger side; `first` where nothing grew."""
    if not grown:
        return first
    return last * -math.expm1(-grown) / grown if grown > 0 else first * math.expm1(grown) / grown
