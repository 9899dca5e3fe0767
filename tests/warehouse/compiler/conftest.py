"""The market stalls, once for all tests of the compiler: nothing here writes to them."""

from __future__ import annotations

import pytest

from tests.warehouse.compiler.market import Market, open_market


@pytest.fixture(scope="session")
def market() -> Market:
    """Calendar years."""
    return open_market()


@pytest.fixture(scope="session")
def april_market() -> Market:
    """Fiscal years that begin in April."""
    return open_market(fiscal_start_month=4)
