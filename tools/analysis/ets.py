"""Exponential smoothing (ETS, additive error) of a regular series → the forecast of its next value, by statsmodels.

The only module that imports statsmodels, which takes seconds: nothing imports this module when a program starts, and
`tools.analysis.smoothing` loads it with its first range.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel


@dataclass(frozen=True)
class Fit:
    """The next value, the one-step errors of the past, and their standard deviation given what the fit has used up
    (smoothing parameters and initial states)."""

    forecast: float
    errors: tuple[float, ...]
    sigma: float


def fit(values: Sequence[float], season: int) -> Fit | None:
    """Smooth level and, with `season` of at least 2, an additive pattern of that length. None where no finite fit is
    found. About 20 ms."""
    pattern: dict[str, Any] = {"seasonal": "add", "seasonal_periods": season} if season >= 2 else {}
    with warnings.catch_warnings():
        # A fit that has not quite converged is still the best there is; what is not finite is refused below.
        warnings.simplefilter("ignore")
        try:
            model: Any = cast(Any, ETSModel)(np.asarray(values, dtype=float), error="add", **pattern)
            found: Any = model.fit(disp=False)
            forecast = float(found.forecast(1)[0])
            errors = tuple(float(e) for e in found.resid)
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            return None
    free = len(values) - (2 + (season if season >= 2 else 0))
    sigma = math.sqrt(sum(e * e for e in errors) / free) if free > 0 else math.nan
    return Fit(forecast, errors, sigma) if math.isfinite(forecast) and math.isfinite(sigma) else None
