"""Causes from leaf cells, end to end: one planted change at a time in the company of clinics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.clinics import DENTAL, IN_NORWAY, LAST_WEEK, clinics


def explained(program: Any, metric: str) -> dict[str, Any]:
    result = program.toolset.call(program.principal(None, None, {}), "explain_number", {"metric": metric})
    assert not result.is_error, result.text
    return result.structured


def test_a_drop_in_a_cell_of_three_dimensions_is_traced_to_all_three(tmp_path: Path) -> None:
    drop = f"DELETE FROM mart.visit WHERE {LAST_WEEK} AND {IN_NORWAY} AND {DENTAL} AND visit_kind = 'First'"
    with clinics(tmp_path, drop) as program:
        (cause,) = explained(program, "visit_count")["causes"]
    assert cause["where"] == {"country": "Norway", "specialty": "Dental", "visit_kind": "First"}
    assert (cause["after"], cause["share"]) == (0, 1.0)


def test_a_rate_that_rose_in_one_cell_is_traced_to_it_with_its_own_rates(tmp_path: Path) -> None:
    more = f"UPDATE mart.visit SET no_show = true WHERE {LAST_WEEK} AND {IN_NORWAY} AND {DENTAL}"
    with clinics(tmp_path, more) as program:
        found = explained(program, "no_show_rate")
    (cause,) = found["causes"]
    assert cause["where"] == {"country": "Norway", "specialty": "Dental"}
    assert cause["after"] == 1
    assert cause["share"] == pytest.approx(1, abs=0.05)
    assert cause["change"] == pytest.approx(cause["share"] * found["change"], abs=1e-4)
    assert "country = Norway, specialty = Dental explains" in found["summary"]


def test_a_shift_of_weights_at_constant_rates_has_no_cause_to_name(tmp_path: Path) -> None:
    rates = f"UPDATE mart.visit SET no_show = CASE WHEN {IN_NORWAY} THEN practitioner_id < 'p3' ELSE false END"
    shift = f"DELETE FROM mart.visit WHERE {LAST_WEEK} AND clinic_id IN ('c0', 'c1')"
    with clinics(tmp_path, rates, shift) as program:
        found = explained(program, "no_show_rate")
    assert "mix, not rate" in found["summary"]
