"""Reports over a real log: periods, states, exports, definitions, policy."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from audit.desk.activity import by_user, interrupted, refusals
from audit.desk.calls import Period, calls, in_order
from audit.desk.definitions import definitions, policy_changes
from audit.desk.export import to_jsonl, to_parquet
from audit.desk.exports import exports
from audit.desk.periods import days, month, named_month, quarter
from audit.desk.phrases import Known, read
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import BadArgument, NotUnderstood
from tests.audit.desk.writing import EMAIL, NOW, Writer, write_many

CALENDAR = CompanyCalendar(NOW, "America/New_York")
APRIL_FISCAL = CompanyCalendar(NOW, "Europe/Oslo", 4)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "audit.sqlite")


EVER = Period()


def told(writer: Writer, period: Period = EVER):
    return in_order(calls(writer.log, period, NOW))


def test_a_call_belongs_to_the_period_it_was_asked_in_though_it_ended_later(writer: Writer) -> None:
    until = datetime(2026, 4, 1, tzinfo=UTC)
    inside = writer.call(until - timedelta(milliseconds=500))
    writer.call(until)
    assert [(c.receipt, c.state) for c in told(writer, Period(None, until))] == [(inside, "ok")]


def test_a_call_without_an_outcome_is_running_or_was_cut_off(writer: Writer) -> None:
    old = writer.call(ended=False)
    young = writer.call(NOW - timedelta(minutes=2), ended=False)
    writer.call()
    assert [(c.receipt, c.state) for c in told(writer) if c.state != "ok"] == [(old, "interrupted"), (young, "running")]
    assert [row[3] for row in interrupted(told(writer)).rows] == ["interrupted", "running"]


def test_calls_of_a_user_and_refusals_are_listed_in_order(writer: Writer) -> None:
    writer.call(user="ana", question="first")
    writer.call(user="bo", question="not mine")
    writer.call(user="ana", question="second", outcome="NOT_ALLOWED", rows=0)
    report = by_user(told(writer), "ana")
    assert [(row[3], row[4]) for row in report.rows] == [("first", "ok"), ("second", "NOT_ALLOWED")]
    assert report.notes[0] == "2 calls: 1 answered, 1 refused, 0 interrupted, 0 still running."
    assert [row[3] for row in refusals(told(writer)).rows] == ["NOT_ALLOWED"]


def test_what_leaves_in_bulk_is_in_the_ledger_with_its_way(writer: Writer) -> None:
    writer.call(user="page", **EMAIL, rows=100, delivered=100)
    writer.call(user="pages", **EMAIL, rows=250, delivered=100)
    writer.call(user="file", client="assay command line, json", **EMAIL, rows=3, delivered=3)
    writer.call(user="agent", client="agent weekly-brief", **EMAIL, rows=5, delivered=5)
    writer.call(user="refused", client="agent weekly-brief", outcome="TIMEOUT", rows=0, delivered=0)
    ledger = exports(told(writer))
    assert [(e.call.user, e.way, e.rows, e.cells) for e in ledger] == [
        ("pages", "bulk", 100, 200),
        ("file", "file", 3, 6),
        ("agent", "message", 5, 10),
    ]
    assert [e.call.user for e in exports(told(writer), above_rows=4)] == ["page", "pages", "agent"]


def test_answers_are_counted_by_the_version_of_the_definition(writer: Writer) -> None:
    writer.call(user="ana", definitions={"arr": "v1:aa"})
    writer.call(user="bo", definitions={"arr": "v2:bb", "mrr": "v1:cc"})
    writer.call(user="bo", definitions={"mrr": "v1:cc"})
    report = definitions(told(writer), "arr")
    assert [(row[0], row[2]) for row in report.rows] == [("v1:aa", "ana"), ("v2:bb", "bo")]
    assert report.notes[0] == "2 versions in 2 answers."


def test_a_change_of_policy_names_those_whose_rights_differ(writer: Writer) -> None:
    for user, rights, version in [
        ("ana", "r1", "p1"),
        ("bo", "r1", "p1"),
        ("bo", "r1", "p2"),
        ("ana", "r2", "p2"),
        ("cy", "r9", "p2"),
        ("ana", "r2", "p3"),
    ]:
        writer.call(user=user, rights=rights, policy_version=version)
    assert [(c.before, c.after, c.users) for c in policy_changes(told(writer))] == [
        ("p1", "p2", ("ana",)),
        ("p2", "p3", ()),
    ]


def test_days_are_the_companys() -> None:
    assert month(CALENDAR, "2026-03") == Period(
        datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 4, 1, 4, tzinfo=UTC)
    )
    assert quarter(APRIL_FISCAL, "2026Q1") == ("2026Q1", date(2026, 4, 1), date(2026, 6, 30))
    assert quarter(APRIL_FISCAL) == ("2025Q4", date(2026, 1, 1), date(2026, 3, 31))
    assert named_month(CALENDAR, "November") == month(CALENDAR, "2025-11")
    assert named_month(CALENDAR, "Norway") is None
    for wrong in ("2026-13", "march", "0000-01"):
        with pytest.raises(BadArgument):
            month(CALENDAR, wrong)
    with pytest.raises(BadArgument, match="before it starts"):
        days(CALENDAR, date(2026, 2, 2), date(2026, 2, 1))


KNOWN = Known(
    columns={"dim_customer": frozenset({"customer_name", "contact_email", "contact_phone", "tax_id"})},
    personal=frozenset({"customer_name", "contact_email", "contact_phone", "tax_id"}),
    classes=frozenset({"email", "tax_id"}),
    users=frozenset({"ana"}),
    metrics=frozenset({"net_revenue"}),
)


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("Who saw contact fields of Acme Health in March?", ("contact_email", "contact_phone", "Acme Health", 3)),
        ("who saw email of Acme", ("email", "Acme")),
        ("who saw the tax id", ("tax_id",)),
        ("who saw dim_customer.contact_phone in 2026-02", ("dim_customer", "contact_phone", 2)),
        ("calls of ana in 2026Q1", ("ana", 1)),
        ("exports above 1,000 rows", (1000,)),
        ("definitions of net revenue", ("net_revenue",)),
        ("refusals", ()),
    ],
)
def test_a_phrase_is_read_word_for_word(phrase: str, says: tuple[object, ...]) -> None:
    asked = read(phrase, CALENDAR, KNOWN)
    since = asked.period.since
    found = [asked.table, *asked.columns, asked.pii, asked.entity, asked.user, asked.metric, asked.above_rows]
    assert [each for each in (*found, since.month if since else None) if each] == list(says)


@pytest.mark.parametrize(
    "phrase",
    [
        "who saw everything",
        "who saw email of Acme in Norway",
        "calls of nobody",
        "refusals yesterday",
        "delete the log",
        "",
    ],
)
def test_any_other_words_are_refused(phrase: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read(phrase, CALENDAR, KNOWN)
    assert refused.value.choices


def test_an_export_holds_every_record_and_can_leave_the_words_behind(writer: Writer, tmp_path: Path) -> None:
    writer.call(question="contacts of Acme", sql="SELECT 'Acme'", **EMAIL)
    records = list(writer.log.records())
    parquet, lines = tmp_path / "a.parquet", tmp_path / "b.jsonl"
    done = to_parquet(records, parquet)
    assert (done.records, done.last_hash) == (2, records[-1].hash)
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT seq, hash, fields FROM read_parquet(?) ORDER BY seq", [str(parquet)]
        ).fetchall()
    assert [(seq, digest) for seq, digest, _ in rows] == [(r.seq, r.hash) for r in records]
    assert json.loads(rows[0][2])["question"] == "contacts of Acme"
    to_jsonl(records, lines, with_personal=False)
    text = lines.read_text()
    assert "Acme" not in text and len(text.splitlines()) == 2
    assert json.loads(json.loads(text.splitlines()[1])["fields"])["pii"] == ["company_name", "email"]
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_an_empty_log_gives_empty_files_and_reports(writer: Writer, tmp_path: Path) -> None:
    assert told(writer) == [] and exports([]) == [] and policy_changes([]) == []
    assert to_parquet([], tmp_path / "empty.parquet").records == 0
    with duckdb.connect() as connection:
        found = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(tmp_path / "empty.parquet")]).fetchone()
    assert found == (0,)


@pytest.mark.prove
def test_a_hundred_thousand_records_are_answered_in_seconds(tmp_path: Path, record_property) -> None:
    import time

    from audit.desk.naming import Entity
    from audit.desk.who_saw import Sought, sightings
    from audit.log import AuditLog

    path = tmp_path / "audit.sqlite"
    write_many(path, 50_000)
    log = AuditLog(path)
    began = time.perf_counter()
    found = in_order(calls(log, Period(), NOW))
    record_property("seconds to read 100,000 records as calls", round(time.perf_counter() - began, 2))
    began = time.perf_counter()
    sought = Sought(
        pii="email", pii_columns=frozenset({"dim_customer.email"}), entity=Entity("Customer 7", "customer_name")
    )
    seen = sightings(found, sought, lambda call, name: "clear")
    record_property("seconds to judge who saw", round(time.perf_counter() - began, 2))
    by_words = [c for c in found if c.answered and "email" in c.pii and "'Customer 7'" in c.sql]
    assert [s.call for s in seen.seen if s.certainty == "certain"] == by_words
    began = time.perf_counter()
    done = to_parquet(log.records(), tmp_path / "log.parquet")
    record_property("seconds to write Parquet", round(time.perf_counter() - began, 2))
    assert done.records == 100_000
    log.close()
