"""A receipt can be read by whom it belongs to, and run again to see what has changed since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from audit.log import AuditLog
from catalog.refusals import BadArgument
from server.wiring import Program
from tests.tools.company import Company, other_data, with_policies

MONTHLY = {"metrics": ["visit_count"], "grain": "month", "start": "2025-01-01", "end": "2025-03-31"}


def verdict(company: Company, receipt: str, user: str = "lead.no") -> str:
    return company.toolset.verify_receipt(company.as_(user), receipt).outcome


@pytest.fixture
def receipt(fjord: Company) -> str:
    """Of an answer to the lead of Norway."""
    return fjord.ask("lead.no", question="visits this year", **MONTHLY).structured["receipt"]


def test_the_one_who_asked_reads_everything_on_record(fjord: Company, receipt: str) -> None:
    shown = fjord.toolset.show_receipt(fjord.as_("lead.no"), receipt)
    assert (shown["question"], shown["user"], shown["outcome"], shown["rows"]) == (
        "visits this year",
        "lead.no",
        "ok",
        3,
    )
    assert "visit" in shown["sql"]


@pytest.mark.parametrize("user", ["chair", "lab", "house.3"])
def test_others_are_told_the_same_as_of_a_receipt_that_does_not_exist(fjord: Company, receipt: str, user: str) -> None:
    refusals: list[str] = []
    for name in (receipt, "r_aaaaaaaaaaaaaaaa"):
        with pytest.raises(BadArgument) as refusal:
            fjord.toolset.show_receipt(fjord.as_(user), name)
        refusals.append(refusal.value.text)
    assert refusals[0] == refusals[1]


def test_a_role_that_reads_the_audit_log_reads_receipts_of_others(
    fjord_program: Program, fjord: Company, receipt: str, audit: AuditLog
) -> None:
    roles = tuple(
        role.model_copy(update={"audit": role.name == "board"}) for role in fjord_program.catalog.policies.roles
    )
    company = Company.of(fjord_program, audit, catalog=with_policies(fjord_program.catalog, roles=roles))
    assert company.toolset.show_receipt(company.as_("chair"), receipt)["user"] == "lead.no"
    assert verdict(company, receipt, "chair") == "same"


def test_an_answer_run_again_is_the_same(fjord: Company, receipt: str) -> None:
    assert verdict(fjord, receipt) == "same"
    assert fjord.services.audit.tail(2)[0].body["tool"] == "verify_receipt"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("lookup_metric_definition", {"metric": "visits"}),
        ("describe_catalog", {"kind": "metric"}),
        ("fetch_reconciliation_status", {}),
    ],
)
def test_other_tools_can_be_run_again_too(fjord: Company, tool: str, arguments: dict[str, object]) -> None:
    made = fjord.call("lead.no", tool, **arguments).structured["receipt"]
    assert verdict(fjord, made) == "same"


def test_own_sql_can_be_run_again(fjord: Company) -> None:
    made = fjord.ask("lead.no", sql="SELECT count(*) AS n FROM mart.visit").structured["receipt"]
    assert verdict(fjord, made) == "same"


def test_data_that_has_changed_is_told_from_a_changed_definition_and_changed_rights(
    fjord_program: Program, fjord_workspace: Path, fjord: Company, receipt: str, audit: AuditLog, tmp_path: Path
) -> None:
    file = tmp_path / "clinics.duckdb"
    file.write_bytes((fjord_workspace / "clinics.duckdb").read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute("DELETE FROM mart.visit WHERE visited_on = DATE '2025-02-02'")
    warehouse = other_data(fjord_workspace, fjord_program, file)
    assert verdict(Company.of(fjord_program, audit, warehouse=warehouse), receipt) == "data_changed"
    warehouse.close()

    catalog = fjord_program.catalog
    metric = catalog.metrics["visit_count"].model_copy(update={"version": 2, "formula_text": "Count of kept visits."})
    redefined = replace(catalog, metrics={**catalog.metrics, "visit_count": metric})
    assert verdict(Company.of(fjord_program, audit, catalog=redefined), receipt) == "definition_changed"

    roles = tuple(role.model_copy(update={"rows": ()}) for role in catalog.policies.roles)
    opened = Company.of(fjord_program, audit, catalog=with_policies(catalog, roles=roles))
    assert verdict(opened, receipt) == "policy_differs"


def test_a_refused_call_cannot_be_reproduced(fjord: Company) -> None:
    made = fjord.ask("lead.no", metrics=["nonsense"]).structured["receipt"]
    assert verdict(fjord, made) == "not_reproducible"
