"""The demo company's catalog describes its database as it is, and holds what the company needs to ask."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.knowledge import table_page
from catalog.principals import Principal

PHYSICAL = {
    "string": ("VARCHAR",),
    "integer": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "decimal": ("DECIMAL",),
    "float": ("DOUBLE",),
    "boolean": ("BOOLEAN",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP",),
}
PROMISED = (
    "recognized_revenue", "bookings", "billings", "arr", "mrr", "new_customers", "churned_customers", "customer_count",
    "nrr", "grr", "logo_churn_rate", "revenue_churn_rate", "active_lives", "lives_per_customer",
    "customer_health_score", "arr_weighted_health", "health_distribution", "arr_at_risk", "ticket_volume",
    "tickets_per_customer", "csat", "nps", "feature_adoption_rate", "employee_turnover_rate",
    "employee_turnover_annualised", "headcount", "arpa", "revenue_ytd", "revenue_ttm", "ltv_to_date",
    "top_customer_concentration", "duplicate_rate", "freshness_attainment",
)  # fmt: skip
PEOPLE = {"dim_employee", "fact_employee_events", "dim_organization"}


@pytest.fixture(scope="module")
def gold(demo_workspace: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(demo_workspace / "techco.duckdb"), read_only=True)


def access(techco: Catalog, role: str, user: str = "someone", **attributes: tuple[str, ...]) -> Access:
    return Access(techco, Principal(user=user, role=role, attributes=attributes))


def test_every_table_and_column_of_the_database_is_described_with_its_type(
    techco: Catalog, gold: duckdb.DuckDBPyConnection
) -> None:
    rows = gold.execute(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "ORDER BY table_schema, table_name, ordinal_position"
    ).fetchall()
    built = [(schema, table, column) for schema, table, column, _ in rows]
    described = [
        (t.schema_name, t.name, c.name)
        for t in techco.tables.values()
        if not t.definition and t.kind != "audit"
        for c in t.columns
    ]
    assert sorted(described) == sorted(built)
    wrong = [
        (table, column, found)
        for _, table, column, found in rows
        if not found.startswith(PHYSICAL[techco.tables[table].column(column).type])  # type: ignore[union-attr]
    ]
    assert wrong == []


def test_the_listed_values_of_a_column_are_those_that_occur(techco: Catalog, gold: duckdb.DuckDBPyConnection) -> None:
    for table in techco.tables.values():
        for column in table.columns if not table.definition and table.kind != "operational" else ():
            if column.values:
                found = gold.execute(
                    f"SELECT DISTINCT {column.name} FROM {table.schema_name}.{table.name} "
                    f"WHERE {column.name} IS NOT NULL"
                ).fetchall()
                assert {value for (value,) in found} == set(column.values), f"{table.name}.{column.name}"


def test_a_row_is_what_its_grain_says(techco: Catalog, gold: duckdb.DuckDBPyConnection) -> None:
    for table in techco.tables.values():
        if not table.definition and table.kind not in ("operational", "audit"):
            name, keys = f"{table.schema_name}.{table.name}", ", ".join(table.grain)
            ((rows, distinct),) = gold.execute(
                f"SELECT COUNT(*), (SELECT COUNT(*) FROM (SELECT DISTINCT {keys} FROM {name})) FROM {name}"
            ).fetchall()
            assert rows == distinct > 0, name


def test_every_promised_metric_is_there_certified_and_fully_governed(techco: Catalog) -> None:
    assert [name for name in PROMISED if name not in techco.metrics] == []
    for metric in techco.metrics.values():
        assert metric.status == "certified"
        assert metric.owner and metric.rationale and metric.approved_by and metric.approved_on, metric.name
        assert metric.tests and metric.changelog, metric.name
        assert metric.changelog[-1].version == metric.version, metric.name
        assert metric.changelog[-1].on == metric.last_updated, metric.name


def test_all_kinds_of_metric_are_used(techco: Catalog) -> None:
    kinds = {m.type for m in techco.metrics.values()}
    assert kinds == {
        "simple", "ratio", "derived", "cumulative", "cohort", "distribution", "concentration", "operational",
    }  # fmt: skip


def test_rulings_that_are_ours_say_so(techco: Catalog) -> None:
    ours = {m.name for m in techco.metrics.values() if "our choice" in f"{m.rationale} {m.description}"}
    assert {
        "recognized_revenue", "bookings", "logo_churn_rate", "employee_turnover_rate", "headcount", "duplicate_rate",
        "health_distribution", "feature_adoption_rate", "top_customer_concentration", "arr_at_risk",
    } <= ours  # fmt: skip


def test_plain_revenue_is_recognized_revenue_and_names_the_alternatives(techco: Catalog) -> None:
    revenue = techco.metrics["recognized_revenue"]
    assert "revenue" in revenue.synonyms
    assert {"bookings", "billings"} <= set(revenue.not_to_be_confused_with)


@pytest.mark.parametrize(
    ("role", "columns"),
    [
        ("finance", {"email": "clear", "tax_id": "clear", "person_name": "clear", "source_key": "clear"}),
        ("revops", {"email": "clear", "tax_id": "deny", "person_name": "clear", "source_key": "clear"}),
        ("cs", {"email": "clear", "tax_id": "deny", "person_name": "clear", "source_key": "clear"}),
        ("executive", {"email": "mask", "tax_id": "mask", "person_name": "mask", "source_key": "clear"}),
        ("analyst", {"email": "deny", "tax_id": "deny", "person_name": "deny", "source_key": "clear"}),
        ("product", {"email": "deny", "tax_id": "deny", "company_legal": "deny", "source_key": "deny",
                     "company_name": "pseudonym", "company_domain": "pseudonym", "free_text": "deny"}),
        ("agent", {"email": "deny", "tax_id": "deny", "person_name": "deny", "free_text": "deny"}),
    ],
)  # fmt: skip
def test_personal_data_is_treated_as_ruled(techco: Catalog, role: str, columns: dict[str, str]) -> None:
    seen = access(techco, role)
    for table in seen.tables.values():
        for column in table.columns:
            if column.pii in columns:
                assert seen.treatment(table, column) == columns[column.pii], f"{table.name}.{column.name}"


def test_raw_employee_facts_are_in_nobody_s_sight(techco: Catalog) -> None:
    for role in techco.policies.roles:
        assert not PEOPLE & set(access(techco, role.name).tables), role.name
    sees = {r.name for r in techco.policies.roles if "workforce_daily" in access(techco, r.name).tables}
    assert sees == {"hr", "executive", "agent"}


def test_the_human_resources_role_sees_its_people_figures_and_nothing_of_customers(techco: Catalog) -> None:
    hr = access(techco, "hr")
    assert set(hr.tables) == {"workforce_daily", "dim_time"}
    assert {m for m in hr.metrics if techco.metrics[m].type != "operational"} == {
        "headcount", "hires", "terminations", "employee_turnover_rate", "employee_turnover_annualised",
    }  # fmt: skip


def test_the_auditor_sees_the_log_and_no_gold(techco: Catalog) -> None:
    auditor = access(techco, "auditor")
    assert {table.kind for table in auditor.tables.values()} == {"audit"}
    assert {name.partition("_")[0] for name in auditor.metrics} == {"usage"}
    assert (auditor.role.audit, auditor.role.sql) == (True, "none")


def test_row_filters_follow_the_customer_into_every_fact(techco: Catalog) -> None:
    revops = access(techco, "revops", territory=("West",))
    cs = access(techco, "cs", user="csm.avery")
    for seen in (revops, cs):
        facts = [t for t in seen.tables.values() if t.kind != "dimension"]
        assert facts
        assert all(seen.row_rules(t.name) for t in facts)
    assert (revops.scope, cs.scope) == ("territory West", "your book of business")


def test_the_product_role_cannot_tell_who_owns_a_customer(techco: Catalog) -> None:
    seen = access(techco, "product")
    shown = {f"{t.name}.{c}" for t in seen.tables.values() for c in seen.columns(t)}
    assert [name for name in shown if name.endswith((".csm_owner", ".parent_customer_id"))] == []


def test_operational_tables_are_read_through_the_status_only(techco: Catalog) -> None:
    operational = {name for name, table in techco.tables.items() if table.kind == "operational"}
    assert len(operational) == 6
    for role in techco.policies.roles:
        assert not operational & set(access(techco, role.name).tables), role.name


def test_each_role_has_a_user_and_one_user_is_the_default(techco: Catalog) -> None:
    held = {role for user in techco.users.values() for role in user.roles}
    assert held == {role.name for role in techco.policies.roles}
    assert [u.roles[0] for u in techco.users.values() if u.default] == ["executive"]


def test_there_are_playbooks_for_the_usual_days_and_a_glossary(techco: Catalog) -> None:
    kinds = [book.kind for book in techco.playbooks.values()]
    assert kinds.count("playbook") >= 6
    assert kinds.count("glossary") == 1


def test_large_tables_are_split_and_whoever_writes_sql_is_told(techco: Catalog) -> None:
    split = [table for table in techco.tables.values() if table.partition]
    assert {"fact_revenue", "fact_subscription", "fact_login"} < {table.name for table in split}
    assert all(table.partition == table.time and table.cluster for table in split)
    assert all(f"- Split by `{table.partition}`: filter on it" in table_page(table) for table in split)
