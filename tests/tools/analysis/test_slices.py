"""Leaf cells → causes, on plain numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.analysis.slices import Cell, broad_based, ranking, rate_cells, scan

Amounts = tuple[int | str, int | str]


def cells(*dimensions: str, **leaves: Amounts) -> list[Cell]:
    """`cells("region", "segment", West_SMB=(100, 30))`"""
    return [
        Cell(tuple(zip(dimensions, name.split("_"), strict=True)), Decimal(before), Decimal(after))
        for name, (before, after) in leaves.items()
    ]


def moved(found: list[Cell]) -> Decimal:
    return sum((c.after - c.before for c in found), Decimal(0))


GRID = st.builds(
    lambda amounts: [
        Cell((("a", f"a{i % 3}"), ("b", f"b{i // 3}")), before, after) for i, (before, after) in enumerate(amounts)
    ],
    st.lists(st.tuples(st.decimals(0, 1000, places=2), st.decimals(0, 1000, places=2)), min_size=2, max_size=9),
)


def test_a_drop_in_one_cell_of_two_dimensions_is_named_as_that_pair() -> None:
    field = cells(
        "region", "segment", East_SMB=(100, 101), West_SMB=(100, 30), East_Big=(200, 198), West_Big=(150, 149)
    )
    cause, *_ = scan(field, moved(field))
    assert cause.members == (("region", "West"), ("segment", "SMB"))
    assert cause.share == pytest.approx(70 / 72)


def test_a_drop_over_one_whole_member_is_named_as_that_member_not_as_its_parts() -> None:
    field = cells("p", "q", a_x=(100, 70), a_y=(100, 70), b_x=(100, 100), b_y=(100, 100))
    (cause,) = scan(field, moved(field))
    assert (cause.members, cause.before, cause.after, cause.change, cause.share) == ((("p", "a"),), 200, 140, -60, 1.0)


def test_a_drop_in_a_cell_of_three_dimensions_is_named_as_that_triple() -> None:
    field = [
        Cell((("p", p), ("q", q), ("r", r)), Decimal(100), Decimal(20 if p + q + r == "ace" else 100))
        for p in "ab"
        for q in "cd"
        for r in "ef"
    ]
    (cause,) = scan(field, Decimal(-80))
    assert cause.members == (("p", "a"), ("q", "c"), ("r", "e"))


def test_two_separate_drops_are_two_causes_and_the_parts_of_the_first_are_not_named_again() -> None:
    field = cells(
        "p", "q", a_x=(300, 200), a_y=(300, 200), b_x=(300, 300), b_y=(300, 180), c_x=(300, 300), c_y=(300, 300)
    )
    first, second = scan(field, moved(field))
    assert {first.members, second.members} == {(("p", "a"),), (("p", "b"), ("q", "y"))}
    assert first.share + second.share == pytest.approx(1)


def test_a_change_spread_over_everything_has_no_root_cause() -> None:
    even = cells("p", **dict.fromkeys("abcdefgh", (100, 90)))
    assert broad_based(scan(even, Decimal(-80)))


def test_the_largest_member_is_no_cause_of_a_change_that_everybody_shares() -> None:
    uneven = cells("p", giant=(900, 810), small=(60, 54), tiny=(40, 36))
    assert scan(uneven, moved(uneven)) == ()


def test_the_one_member_that_is_everything_is_no_cause() -> None:
    assert scan(cells("p", only=(100, 50)), Decimal(-50)) == ()


def test_a_member_too_small_to_matter_is_no_cause() -> None:
    field = cells("p", big=(100_000, 100_001), dust=(1, 9))
    assert (("p", "dust"),) not in [c.members for c in scan(field, moved(field))]


def test_a_new_member_is_the_cause_of_the_rise_it_brings() -> None:
    field = cells("p", old=(100, 100), new=(0, 40))
    (cause,) = scan(field, Decimal(40))
    assert (cause.members, cause.change, cause.share) == ((("p", "new"),), 40, 1.0)


def test_no_change_has_no_cause() -> None:
    assert scan(cells("p", a=(1, 2), b=(2, 1)), Decimal(0)) == ()
    assert ranking(cells("p", a=(1, 2), b=(2, 1)), Decimal(0)) == ()


def test_a_rate_that_fell_in_one_place_is_found_though_the_weights_moved_elsewhere() -> None:
    one, many = Decimal(100), Decimal(200)
    field = rate_cells(
        {
            (("p", "a"),): ((Decimal(50), one), (Decimal(20), one)),
            (("p", "b"),): ((Decimal(80), one), (Decimal(160), many)),
            (("p", "c"),): ((Decimal(30), one), (Decimal(30), one)),
        }
    )
    (cause,) = scan(field, moved(field))
    assert (cause.members, cause.before, cause.after) == ((("p", "a"),), 50, 20)


def test_the_ranking_may_name_slices_within_each_other_and_starts_with_the_first_cause() -> None:
    field = cells("p", "q", a_x=(100, 70), a_y=(100, 70), b_x=(100, 100), b_y=(100, 100))
    found = [c.members for c in ranking(field, moved(field))]
    assert found[0] == scan(field, moved(field))[0].members == (("p", "a"),)
    assert len(found) == 3


@given(field=GRID)
def test_causes_move_with_the_total_and_never_count_the_same_change_twice(field: list[Cell]) -> None:
    change = moved(field)
    causes = scan(field, change)
    assert len(causes) <= 3
    assert all(cause.share > 0 for cause in causes)
    same_way = sum((abs(c.after - c.before) for c in field if (c.after > c.before) == (change > 0)), Decimal(0))
    assert abs(sum((c.change for c in causes), Decimal(0))) <= same_way + Decimal("1e-6")


@given(field=GRID)
def test_the_order_of_the_cells_does_not_matter(field: list[Cell]) -> None:
    assert [c.members for c in scan(field, moved(field))] == [c.members for c in scan(field[::-1], moved(field))]
