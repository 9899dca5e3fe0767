"""What the engine gives, as the caller gets it: in this process, and through a worker's pipe."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.access import Access
from catalog.principals import Principal
from catalog.refusals import TooExpensive
from catalog.tables import ColumnType
from tests.warehouse.engine.helpers import ask, compiled, open_warehouse
from tests.warehouse.guard.bikes import build_bikes, catalog
from warehouse.deadline import Deadline
from warehouse.duckdb_rows import column_type, fetched
from warehouse.frames import (
    CUT,
    LONGEST_CELL,
    MOST_BYTES,
    FrameError,
    decode_rows,
    encode_rows,
    from_json,
    receive,
    send,
    to_json,
)
from warehouse.port import Cell
from warehouse.worker_pool import WorkerPool, _result

CELLS: dict[ColumnType, st.SearchStrategy[Cell]] = {
    "string": st.text(),
    "integer": st.integers(-(2**127), 2**128),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False),
    "float": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "date": st.dates(),
    "timestamp": st.datetimes().map(lambda moment: moment.replace(fold=0)),
}
TABLES = st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5).flatmap(
    lambda types: st.tuples(
        st.just(tuple(types)), st.lists(st.tuples(*(st.none() | CELLS[kind] for kind in types)), max_size=6)
    )
)


@given(TABLES)
def test_rows_come_out_of_a_pipe_as_they_went_in(table: tuple[tuple[ColumnType, ...], list[tuple[Cell, ...]]]) -> None:
    types, rows = table
    values, cut = encode_rows(rows, 10_000_000)
    back = from_json(to_json({"rows": values}))["rows"]
    assert not cut
    assert [[repr(v) for v in row] for row in decode_rows(back, types)] == [[repr(v) for v in row] for row in rows]


def test_what_is_not_a_number_stays_what_it_is() -> None:
    values, _ = encode_rows([(math.nan, math.inf, -math.inf)], 1000)
    ((nan, inf, minus),) = decode_rows(from_json(to_json({"rows": values}))["rows"], ("float", "float", "float"))
    assert math.isnan(float(str(nan)))
    assert (inf, minus) == (math.inf, -math.inf)


def test_half_of_a_surrogate_pair_becomes_a_question_mark() -> None:
    values, _ = encode_rows([("a\ud800b",)], 1000)
    assert decode_rows(from_json(to_json({"rows": values}))["rows"], ("string",)) == (("a?b",),)


def test_long_text_is_cut_with_a_mark_and_many_bytes_are_cut_with_a_flag() -> None:
    values, cut = encode_rows([("x" * (LONGEST_CELL + 1),)] * 3, 2 * LONGEST_CELL + 10)
    assert cut
    assert [len(row[0]) for row in values] == [LONGEST_CELL + 1] * 2
    assert values[0][0].endswith(CUT)


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_frames_keep_their_bounds(bodies: list[bytes]) -> None:
    stream = io.BytesIO()
    for body in bodies:
        send(stream, body)
    stream.seek(0)
    assert [receive(stream) for _ in bodies] == bodies
    assert receive(stream) is None


@pytest.mark.parametrize(
    "sent",
    [b"\x00\x00", b"\x00\x00\x00\x05abc", (MOST_BYTES + 1).to_bytes(4, "big") + b"x"],
    ids=["head", "cut", "big"],
)
def test_a_broken_frame_is_an_error_and_never_an_endless_read(sent: bytes) -> None:
    with pytest.raises(FrameError):
        receive(io.BytesIO(sent))


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"\xff\xfe", b"NaN"])
def test_a_message_that_is_none_is_an_error(body: bytes) -> None:
    with pytest.raises(FrameError):
        from_json(body)


GOOD = {"sql": "", "tables": [], "columns": [], "names": ["a"], "types": ["date"], "rows": [], "truncated": False}


@pytest.mark.parametrize(
    "harm",
    [
        {"types": ["nonsense"]},
        {"types": ["decimal"], "rows": [["x"]]},
        {"types": ["integer"], "rows": [["x"]]},
        {"rows": [["2026-01-01", "more"]]},
        {"rows": None},
        {"tables": 5},
        {"refused": "NoSuchRefusal"},
    ],
)
def test_an_answer_out_of_form_is_a_refusal(harm: dict[str, object]) -> None:
    assert _result(dict(GOOD))[1].rows == ()
    with pytest.raises(TooExpensive):
        _result({**GOOD, **harm})


EXPRESSIONS: dict[str, tuple[ColumnType, Cell]] = {
    "1.50::DECIMAL(5, 2)": ("decimal", Decimal("1.50")),
    "170141183460469231731687303715884105727::UHUGEINT": ("integer", 2**127 - 1),
    "'-170141183460469231731687303715884105728'::HUGEINT": ("integer", -(2**127)),
    "1.5::FLOAT": ("float", 1.5),
    "'infinity'::DOUBLE": ("float", math.inf),
    "true": ("boolean", True),
    "DATE '2026-02-28'": ("date", date(2026, 2, 28)),
    "DATE '20000-01-01'": ("date", "20000-01-01"),
    "TIMESTAMP '2026-02-28 01:02:03.000004'": ("timestamp", datetime(2026, 2, 28, 1, 2, 3, 4)),
    "TIME '10:00:00'": ("string", "10:00:00"),
    "INTERVAL 1 DAY": ("string", "1 day, 0:00:00"),
    "'\\xFFa'::BLOB": ("string", "ff61"),
    "[1.5::DECIMAL(5, 2), NULL]": ("string", '["1.50", null]'),
    "[TIMESTAMP '2026-01-01']": ("string", '["2026-01-01 00:00:00"]'),
    "[1, 2]": ("string", "[1, 2]"),
    "{'day': DATE '2026-01-01', 'n': ['\\xFF'::BLOB]}": ("string", '{"day": "2026-01-01", "n": ["ff"]}'),
    "MAP {DATE '2026-01-01': 'é'}": ("string", '{"2026-01-01": "é"}'),
    "[1]::INTEGER[1]": ("string", "[1]"),
    "'101'::BIT": ("string", "101"),
    "'f47ac10b-58cc-4372-a567-0e02b2c3d479'::UUID": ("string", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
    "'a'::ENUM('a', 'b')": ("string", "a"),
    "NULL": ("string", None),
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_kind_of_value_is_exact_or_text_and_crosses_the_pipe(expression: str) -> None:
    with duckdb.connect() as connection:
        rows = fetched(connection.execute(f"SELECT {expression} AS x"))
    kind, value = EXPRESSIONS[expression]
    assert (rows.types, rows.rows) == ((kind,), ((value,),))
    encoded, _ = encode_rows(rows.rows, 10_000)
    assert decode_rows(from_json(to_json({"rows": encoded}))["rows"], rows.types) == rows.rows


def test_the_engines_names_of_types_are_read_as_the_catalogs() -> None:
    written = {
        "integer": "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT",
        "float": "FLOAT DOUBLE",
        "decimal": "DECIMAL(18,3) DECIMAL(38,0)",
        "timestamp": "TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS",
        "string": "VARCHAR BLOB UUID TIME INTERVAL BIT JSON DECIMAL(5,2)[] TIMESTAMP[] INTEGER[3] BOOLEAN[]",
        "date": "DATE",
        "boolean": "BOOLEAN",
    }
    with duckdb.connect() as connection:
        for kind, names in written.items():
            for name in names.split():
                described = connection.execute(f"SELECT NULL::{name} AS x").description
                assert column_type(str((described or [])[0][1])) == kind


def test_lists_and_structs_of_a_callers_statement_arrive_as_text(pool: WorkerPool) -> None:
    rows = ask(
        pool, "SELECT list(fee_eur ORDER BY ride_id) AS fees, {'n': count(*)} AS box FROM ride WHERE minutes = 5"
    )
    assert rows.types == ("string", "string")
    fees, box = rows.rows[0]
    assert str(fees).startswith('[null, "38.13", ')
    assert str(box).startswith('{"n": ')


def test_moments_stored_with_a_zone_are_read_on_the_companys_clocks(tmp_path: Path) -> None:
    path = tmp_path / "zoned.duckdb"
    build_bikes(
        path,
        "ALTER TABLE gold.ride ALTER started_at TYPE TIMESTAMPTZ "
        "USING TIMESTAMPTZ '2026-01-05 03:00:00+00' + INTERVAL (minutes) SECOND",
    )
    rental = catalog()
    company = rental.company.model_copy(update={"time_zone": "America/New_York"})
    rental = replace(rental, company=company)
    rights = Access(rental, Principal(user="x", role="owner"))
    warehouse = open_warehouse(path, rental, workers=1)
    sql = "SELECT min(started_at) AS moment, min(CAST(started_at AS DATE)) AS day FROM gold.ride"
    expected = ((datetime(2026, 1, 4, 22, 0, 5), date(2026, 1, 4)),)
    assert warehouse.compiled_rows(rights, compiled(sql), Deadline(20)).rows == expected
    assert warehouse.sql_rows(rights, sql, Deadline(20), 5)[1].rows == expected
    warehouse.close()
