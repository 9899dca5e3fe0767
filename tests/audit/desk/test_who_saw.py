"""Who saw what: named for certain, left open, ruled out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.desk.calls import Period, calls
from audit.desk.naming import Entity, named
from audit.desk.who_saw import Sought, in_clear_only, sightings, who_saw
from tests.audit.desk.writing import EMAIL, NOW, Writer

ACME = Entity("Acme Health", "customer_name")


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "audit.sqlite")


def judged(writer: Writer, sought: Sought, treatment: str = "clear"):
    return sightings(calls(writer.log, Period(), NOW), sought, lambda call, name: treatment)


def where(op: str, value: Any, dimension: str = "customer_name") -> dict[str, Any]:
    return {"request": {"metrics": ["contacts"], "where": [{"dimension": dimension, "op": op, "value": value}]}}


@pytest.mark.parametrize(
    ("told", "bearing"),
    [
        (where("=", "acme health"), "named"),
        (where("in", ["Other", "Acme Health"]), "named"),
        (where("!=", "Acme Health"), "ruled out"),
        (where("not in", ["Acme Health"]), "ruled out"),
        (where("=", "Other"), "ruled out"),
        (where("=", "Other", "segment"), "open"),
        (where("contains", "Acme"), "open"),
        ({"question": "contacts of Acme  health, please"}, "named"),
        ({"question": "contacts of Acme Healthcare"}, "open"),
        ({"arguments": {"template": "t", "params": {"customer": "Acme Health"}}}, "named"),
        ({"arguments": {"sql": "x"}, "sql": "SELECT 1 FROM c WHERE name = 'Acme Health'"}, "named"),
        ({"arguments": {"sql": "x"}, "sql": "SELECT 1 FROM c WHERE name IN ('B', 'Acme Health')"}, "named"),
        ({"arguments": {"sql": "x"}, "sql": "SELECT 1 FROM c WHERE name <> 'Acme Health'"}, "open"),
        ({"arguments": {"sql": "x"}, "sql": "SELECT 1 FROM c WHERE NOT (name = 'Acme Health')"}, "open"),
        ({"arguments": {"sql": "x"}, "sql": "SELECT 1 FROM c WHERE name LIKE 'Acme Health%'"}, "open"),
        ({"arguments": {"sql": "x"}, "sql": "SELECT 'Acme Health' FROM c"}, "open"),
        ({"arguments": {"sql": "x"}, "sql": "SELECT (((( 'Acme Health'"}, "open"),
        ({}, "open"),
    ],
)
def test_a_call_names_an_entity_only_where_it_asked_for_it(told: dict[str, Any], bearing: str, writer: Writer) -> None:
    writer.call(**told)
    [call] = calls(writer.log, Period(), NOW)
    assert named(call, ACME).bearing == bearing


def test_certain_possible_ruled_out_and_in_vain_are_told_apart(writer: Writer) -> None:
    certain = writer.call(user="ana", **EMAIL, **where("=", "Acme Health"))
    possible = writer.call(user="bo", **EMAIL)
    writer.call(user="cy", **EMAIL, **where("!=", "Acme Health"))
    writer.call(user="di", question="contacts of Acme Health", outcome="PII_DENIED", rows=0)
    writer.call(user="ed", tables=("fact_revenue",), columns=("fact_revenue.amount",), **where("=", "Acme Health"))
    writer.call(user="fi", tool="verify_receipt", **EMAIL, **where("=", "Acme Health"))
    found = judged(writer, Sought(pii="email", pii_columns=frozenset({"dim_customer.email"}), entity=ACME))
    assert [(each.call.receipt, each.certainty, each.columns) for each in found.seen] == [
        (certain, "certain", ("dim_customer.email",)),
        (possible, "possible", ("dim_customer.email",)),
    ]
    assert (found.ruled_out, [call.user for call in found.named_in_vain]) == (1, ["di"])


def test_a_table_or_column_is_sought_by_name(writer: Writer) -> None:
    writer.call(user="ana", **EMAIL)
    writer.call(user="bo", tables=("dim_customer",), columns=("dim_customer.segment",))
    writer.call(user="cy", tables=("dim_lead",), columns=("dim_lead.email",))

    def users(sought: Sought) -> list[str]:
        return [each.call.user for each in judged(writer, sought).seen]

    assert users(Sought(table="dim_customer")) == ["ana", "bo"]
    assert users(Sought(table="dim_customer", names=frozenset({"email"}))) == ["ana"]
    assert users(Sought(names=frozenset({"email"}))) == ["ana", "cy"]


def test_who_saw_masks_only_can_be_left_out(writer: Writer) -> None:
    writer.call(**EMAIL)
    sought = Sought(pii="email", pii_columns=frozenset({"dim_customer.email"}))
    assert len(in_clear_only(judged(writer, sought, "mask")).seen) == 0
    assert len(in_clear_only(judged(writer, sought, "unknown")).seen) == 1
    report = who_saw(judged(writer, sought, "mask"), sought)
    assert "1 call saw masks or substitutes only, by the policy it ran under." in report.notes
