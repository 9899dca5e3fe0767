"""Schema snapshots of a made-up table, and what is said of them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from catalog.tables import Table
from tools.reconciliation.schema_drift import SnapshotColumn, schema_drift

TODAY = datetime(2026, 11, 16, 6, tzinfo=ZoneInfo("UTC"))
BIKE = Table.model_validate(
    {
        "name": "bike",
        "entity": "bike",
        "description": "Bikes",
        "grain": ["bike_id"],
        "owner": "ops",
        "columns": [
            {"name": "bike_id", "type": "string", "description": "Key"},
            {"name": "price", "type": "decimal", "description": "Price"},
        ],
    }
)
PLAIN = {"bike_id": ("VARCHAR", False), "price": ("DECIMAL(14,2)", True)}


def runs(*states: dict[str, tuple[str, bool]]) -> list[SnapshotColumn]:
    """One run a day, the last one today."""
    found: list[SnapshotColumn] = []
    for back, state in enumerate(reversed(states)):
        at = TODAY - timedelta(days=back)
        found += [SnapshotColumn("bike", c, t, n, i, at) for i, (c, (t, n)) in enumerate(state.items())]
    return found


def changes(*states: dict[str, tuple[str, bool]]) -> list[tuple[str, str, str]]:
    return [(c.column, c.kind, c.status) for c in schema_drift({"bike": BIKE}, runs(*states))]


def test_an_unchanged_table_has_no_drift() -> None:
    assert changes(PLAIN, PLAIN, PLAIN) == []


def test_a_new_nullable_column_is_information_only() -> None:
    assert changes(PLAIN, {**PLAIN, "colour": ("VARCHAR", True)}) == [("colour", "added", "green")]


def test_a_renamed_column_breaks_the_contract_and_names_its_successor() -> None:
    renamed = {"bike_id": PLAIN["bike_id"], "unit_price": PLAIN["price"]}
    (change,) = schema_drift({"bike": BIKE}, runs(PLAIN, PLAIN, renamed, renamed))
    assert (change.column, change.kind, change.status) == ("price", "renamed", "red")
    assert change.detail == "renamed to unit_price"
    assert change.since == TODAY - timedelta(days=1)


def test_a_removed_column_breaks_the_contract() -> None:
    assert changes(PLAIN, {"bike_id": PLAIN["bike_id"]}) == [("price", "removed", "red")]


def test_a_retyped_column_breaks_the_contract() -> None:
    assert changes(PLAIN, {**PLAIN, "price": ("VARCHAR", True)}) == [("price", "retyped", "red")]


def test_a_type_that_contradicts_the_catalog_breaks_the_contract_however_old_it_is() -> None:
    wrong = {**PLAIN, "price": ("VARCHAR", True)}
    assert changes(wrong, wrong) == [("price", "retyped", "red")]


def test_a_column_that_may_now_be_null_is_a_warning() -> None:
    assert changes(PLAIN, {**PLAIN, "bike_id": ("VARCHAR", True)}) == [("bike_id", "nullability", "amber")]


def test_an_observed_contract_warns_only() -> None:
    observed = BIKE.model_copy(update={"contract": "observed"})
    found = schema_drift({"bike": observed}, runs(PLAIN, {"bike_id": PLAIN["bike_id"]}))
    assert [c.status for c in found] == ["amber"]


def test_a_table_that_vanished_from_the_last_run_is_named() -> None:
    other = [SnapshotColumn("till", "id", "VARCHAR", False, 0, TODAY + timedelta(days=1))]
    (change,) = schema_drift({"bike": BIKE}, [*runs(PLAIN), *other])
    assert (change.kind, change.status) == ("table_removed", "red")
