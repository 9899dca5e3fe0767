"""The health agent over the demo company: decliners found, near misses left alone, everybody told of their own."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from agents.claims import PLACEHOLDER
from agents.document import Cell, Document, Figure, Words
from agents.health.account import business_days_after, playbook_steps
from agents.health.casebook import read_cases
from agents.health.cases import wilson
from agents.health.run import health_documents
from agents.render.mail import mail
from agents.render.plain import plain
from catalog.agents import Health, Recipients
from tests.agents.health.worlds import Decline, Seat, World, build, scored, seat, world_of

NIGHT = timedelta(days=1)


def looked_at(world: World, place: Seat) -> None:
    """As few mornings as there is one in the last days of every planted decline."""
    day = date.min
    for decline in sorted(world.declines, key=lambda d: d.until):
        if not decline.alert_on + timedelta(days=3) <= day <= decline.until:
            day = decline.until
            place.look(day + NIGHT)


@pytest.mark.parametrize("seed", [1])
@pytest.mark.wide
def test_planted_decliners_are_found_and_near_misses_are_not(seed: int, tmp_path: Path) -> None:
    world = build(tmp_path / "workspace", seed)
    with seat(world.folder, tmp_path) as place:
        looked_at(world, place)
        found = scored(world, place.episodes())
        episodes = place.episodes()
    assert found.recall >= 0.95
    assert found.precision >= 0.90
    assert found.near == 0
    falls = [e for e in episodes if e.kind == "fall"]
    assert all(fell(world, e.entity, e.day, 56) >= 10 for e in falls), "what is told is in the data"


def fell(world: World, customer: str, day: date, window: int) -> int:
    """Points below the highest score of the window, by hand-written SQL."""
    query = """
        SELECT max(health_score) - max(health_score) FILTER (snapshot_date = $day) FROM gold.fact_customer_health
        WHERE customer_id = $customer AND snapshot_date BETWEEN $day::DATE - $window::INTEGER AND $day"""
    with contextlib.closing(duckdb.connect(str(world.folder / "techco.duckdb"), read_only=True)) as connection:
        row = connection.execute(query, {"day": day, "customer": customer, "window": window}).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def told(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[World, Seat]]:
    """The default demo company, and the agent's seat in it."""
    world = world_of(demo_workspace)
    with seat(demo_workspace, tmp_path_factory.mktemp("health")) as place:
        yield world, place


@pytest.mark.wide
def test_ten_mornings_in_a_row_tell_a_decline_once_and_again_only_when_it_went_on(told: tuple[World, Seat]) -> None:
    world, place = told
    decline = min(world.declines, key=lambda d: (d.until - d.since, d.customer))
    for n in range(-3, 5):
        place.look(decline.alert_on + NIGHT * n)
    episodes = [e for e in place.episodes() if e.entity == decline.customer and e.kind == "fall"]
    assert episodes
    assert abs((episodes[0].day - decline.alert_on).days) <= 4
    assert all(later.reference == first.score for first, later in pairwise(episodes))
    assert all(e.reference - e.score >= 10 for e in episodes)
    again = place.look(decline.alert_on + NIGHT * 4)
    assert again.documents == (), "the same morning twice"


def test_an_alert_says_what_fell_whether_signs_agree_what_helped_before_and_what_is_next(
    told: tuple[World, Seat], tmp_path: Path
) -> None:
    world, shared = told
    decline = world.declines[0]
    with seat(shared.settings.workspace, tmp_path) as place:
        found = place.look(decline.until + NIGHT, place.agent.model_copy(update={"digest_above": 99}))
        (episode,) = [e for e in place.episodes() if e.entity == decline.customer]
    (item,) = [a for a in found.documents if a.thread_key.endswith(decline.customer)]
    document = item.document
    assert item.users == (episode.owner,)
    assert item.own
    assert [s.id for s in document.sections] == ["change", "signs", "cases", "next"]
    score, before, change = (document.facts[f] for f in document.claims[document.title.claims[0]].facts)
    assert (score.value, before.value, change.value) == (
        episode.score,
        episode.reference,
        episode.score - episode.reference,
    )
    assert (before.period.start, score.period.end) == (change.period.start, episode.day)
    assert score.receipt
    due = next(f for f in document.facts.values() if f.kind == "day")
    assert date.fromordinal(int(due.value)) == business_days_after(episode.day + NIGHT, 5)
    assert all(fact.receipt for fact in document.facts.values())
    assert all(f in document.facts for claim in document.claims.values() for f in claim.facts)
    for claim in document.claims.values():
        for text in (claim.sentence, *claim.variants):
            assert not any(letter.isdigit() or letter in "{}" for letter in PLACEHOLDER.sub("", text)), text
    (chart,) = document.sections[0].charts
    assert max(value for _, value in chart.points) >= before.value
    assert chart.points[-1] == (episode.day, episode.score)
    assert plain(document)


def test_with_few_cases_the_playbook_says_what_to_do(told: tuple[World, Seat], tmp_path: Path) -> None:
    world, shared = told
    with seat(shared.settings.workspace, tmp_path) as place:
        document = next(
            a.document
            for d in sorted(world.declines, key=lambda d: d.until)
            for a in place.look(d.until + NIGHT).documents
            if any("too few cases" in c.sentence for c in a.document.claims.values()) and len(a.users) == 1
        )
        steps = playbook_steps(place.desk(), health_of(place))
    assert steps[0] == "Which part fell: usage, engagement, support?"
    said = {c.sentence for c in document.claims.values() if c.kind == "action"}
    assert set(steps) <= said


def health_of(place: Seat) -> Health:
    """The health part of the agent."""
    assert place.agent.health is not None
    return place.agent.health


def test_every_owner_reads_only_of_their_own_book(told: tuple[World, Seat], tmp_path: Path) -> None:
    world, shared = told
    with seat(shared.settings.workspace, tmp_path) as place:
        documents = [a for d in world.declines[:2] for a in place.look(d.until + NIGHT).documents]
        books = {user: names_of(place, user) for user in {u for a in documents for u in a.users}}
        everybody = names_of(place, "exec.morgan")
    assert len(books) > 1
    for item in documents:
        (owner,) = item.users
        text = everything(item.document)
        assert item.document.scope == "your book of business"
        assert named(text, books[owner])
        assert not named(text, everybody - books[owner])


def names_of(place: Seat, user: str) -> set[str]:
    """Names of the customers that a user sees."""
    found = place.desk(user).query("names", sql="SELECT customer_name AS name FROM gold.dim_customer")
    return {str(row["name"]) for row in found.rows}


def everything(document: Document) -> str:
    """All words of a document, its data included."""
    slices = [member for fact in document.facts.values() for _, member in fact.slice]
    cells = [c.text for s in document.sections for t in s.tables for r in t.rows for c in r if isinstance(c, Words)]
    return "\n".join([plain(document), *slices, *cells])


def named(text: str, names: set[str]) -> set[str]:
    """Names that occur in a text."""
    return {name for name in names if name in text}


@pytest.mark.wide
def test_more_alerts_than_the_limit_become_one_digest_ranked_by_what_is_at_stake(
    told: tuple[World, Seat], tmp_path: Path
) -> None:
    world, shared = told
    with seat(shared.settings.workspace, tmp_path) as place:
        agent = place.agent.model_copy(update={"digest_above": 1})
        documents = [a for d in world.declines[:5] for a in place.look(d.until + NIGHT, agent).documents]
        owners = [(a.document.at, a.users) for a in documents]
    assert len(set(owners)) == len(owners), "one message an owner and morning"
    digests = [a.document for a in documents if any(s.id == "all" for s in a.document.sections)]
    assert digests
    for document in digests:
        stakes = [fact_of(document, row[4]) for row in rows_of(document, "all")]
        known = [stake for stake in stakes if stake is not None]
        assert known == sorted(known, reverse=True)
        count, stake = (document.facts[f] for f in document.claims[document.title.claims[0]].facts)
        assert (count.value, stake.value) == (len(stakes), sum(known))
        assert len(rows_of(document, "next")) == len(stakes)
        assert plain(document)


def rows_of(document: Document, section: str) -> tuple[tuple[Cell, ...], ...]:
    """Rows of a section's table."""
    return next(s for s in document.sections if s.id == section).tables[0].rows


def fact_of(document: Document, cell: Cell) -> Decimal | None:
    """The number of a cell."""
    return document.facts[cell.fact].value if isinstance(cell, Figure) else None


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A company where a decliner has a name that wants to be more than a name, another has no known owner, and the last
    one belongs to somebody who sees all customers."""
    world = build(tmp_path_factory.mktemp("altered") / "workspace", 3)
    first, second = two_of(world)
    with contextlib.closing(duckdb.connect(str(world.folder / "techco.duckdb"))) as connection:
        rename = "UPDATE gold.dim_customer SET customer_name = $1 WHERE customer_id = $2"
        connection.execute(rename, [HOSTILE, first.customer])
        leave = "UPDATE gold.dim_customer SET csm_owner = 'somebody.gone' WHERE customer_id = $1"
        connection.execute(leave, [second.customer])
        take = "UPDATE gold.dim_customer SET csm_owner = 'exec.morgan' WHERE customer_id = $1"
        connection.execute(take, [last_of(world).customer])
    return world


HOSTILE = "{f1} <b>Ignore</b> *all* [this](https://evil.example)\n@channel {f2:name} '; DROP TABLE x --"


def two_of(world: World) -> tuple[Decline, Decline]:
    """Two decliners, the same ones each time."""
    first, second, *_ = sorted(world.declines, key=lambda d: d.customer)
    return first, second


def last_of(world: World) -> Decline:
    """The decline that ends last."""
    return max((d for d in world.declines if d not in two_of(world)), key=lambda d: d.until)


def test_closed_cases_are_counted_with_their_range_and_the_best_is_suggested(altered: World, tmp_path: Path) -> None:
    last = last_of(altered)
    with seat(altered.folder, tmp_path) as place:
        found = place.look(last.until + NIGHT)
        (episode,) = [e for e in place.episodes() if e.entity == last.customer]
    (document,) = [a.document for a in found.documents if a.users == ("exec.morgan",)]
    assert document.scope == ""
    cases = next(s for s in document.sections if s.id == "cases")
    first = [document.facts[f] for f in document.claims[cases.sentences[0].claims[0]].facts]
    assert first[0].value == 10
    assert 0 <= first[1].value <= 10
    tried = [[document.facts[f] for f in document.claims[s.claims[0]].facts] for s in cases.sentences[1:]]
    assert tried
    assert [used.label.replace(" ", "_") for _, used, *_ in tried] == list(episode.actions)
    for _, used, good, low, high in tried:
        assert (low.value, high.value) == tuple(
            Decimal(f"{bound:.4f}") for bound in wilson(int(good.value), int(used.value))
        )
    (step,) = next(s for s in document.sections if s.id == "next").sentences
    assert document.facts[document.claims[step.claims[0]].facts[0]].label == tried[0][1].label
    assert "not forecast" in document.notes[0]


def test_a_hostile_name_stays_a_name(altered: World, tmp_path: Path) -> None:
    first, _ = two_of(altered)
    with seat(altered.folder, tmp_path) as place:
        agent = place.agent.model_copy(update={"digest_above": 99})
        found = place.look(first.until + NIGHT, agent)
    (document,) = [a.document for a in found.documents if a.thread_key.endswith(first.customer)]
    score = document.facts[document.claims[document.title.claims[0]].facts[0]]
    assert score.slice[0][1].startswith("{f1} <b>Ignore</b> *all* [this](https://evil.example)")
    assert all("Ignore" not in c.sentence for c in document.claims.values())
    letter = mail(document, "someone@techco.example", {})
    assert "<b>Ignore" not in letter.html
    assert "\n" not in score.slice[0][1]


def test_without_a_known_owner_the_agents_own_recipients_get_one_digest(altered: World, tmp_path: Path) -> None:
    _, second = two_of(altered)
    with seat(altered.folder, tmp_path) as place:
        deliver = Recipients(email=("exec.morgan", "nobody"), slack=("kpi_alerts",), owner=True)
        found = place.look(second.until + NIGHT, place.agent.model_copy(update={"deliver": deliver}))
        told = {e.entity: e.owner for e in place.episodes()}
    unowned = [a for a in found.documents if "unowned" in a.thread_key]
    assert [(a.users, a.channels, a.own) for a in unowned] == [
        (("exec.morgan",), (), True),
        ((), ("kpi_alerts",), False),
    ]
    assert all(a.document.label.startswith("These have no owner who is a known user.") for a in unowned)
    assert {"arr", "logins", "customer_name"} <= set(unowned[1].needs)
    assert told[second.customer] == "somebody.gone"


def test_what_nobody_can_be_told_of_is_noted_and_told_later(altered: World, tmp_path: Path) -> None:
    _, second = two_of(altered)
    with seat(altered.folder, tmp_path) as place:
        found = place.look(second.until + NIGHT)
        assert any("no owner who is a known user" in note for note in found.notes)
        assert second.customer not in {e.entity for e in place.episodes()}
        deliver = Recipients(email=("exec.morgan",), owner=True)
        later = place.look(second.until + NIGHT, place.agent.model_copy(update={"deliver": deliver}))
    assert [a.users for a in later.documents] == [("exec.morgan",)]


def test_no_case_is_known_before_it_is_closed(told: tuple[World, Seat], tmp_path: Path) -> None:
    _, shared = told
    with seat(shared.settings.workspace, tmp_path) as place:
        place.look(date(2026, 3, 2))
        desk, agent, health = place.desk(), place.agent, health_of(place)
        cases = read_cases(desk, agent, health.model_copy(update={"since": None}), date(2026, 3, 1))
        since = health.model_copy(update={"since": "created_at"})
        aged = read_cases(desk, agent, since, date(2026, 3, 1))
    assert cases
    assert all(case.closed <= date(2026, 3, 1) for case in cases)
    assert all(case.started + timedelta(days=42) == case.closed for case in cases)
    assert [case.key for case in aged] == [case.key for case in cases]
    assert all(case.profile.tenure is not None and case.profile.tenure > 0 for case in aged)
    assert {case.profile.tenure for case in cases} == {None}


@pytest.mark.wide
def test_a_role_that_may_read_few_rows_at_once_misses_nobody(told: tuple[World, Seat], tmp_path: Path) -> None:
    world, shared = told
    day = world.declines[0].until + NIGHT
    folder = tmp_path / "workspace"
    shutil.copytree(shared.settings.workspace, folder)
    policies = folder / "catalog" / "policies.yml"
    text = policies.read_text(encoding="utf-8")
    label = "    label: Scheduled agent\n"
    assert label in text
    policies.write_text(text.replace(label, f"{label}    limits: {{max_rows: 60}}\n"), encoding="utf-8")
    with seat(folder, tmp_path / "few") as few, seat(shared.settings.workspace, tmp_path / "many") as many:
        found, whole = few.look(day), many.look(day)
        assert len(found.documents) == len(whole.documents)
        assert {e.id for e in few.episodes() if e.kind == "fall"} == {e.id for e in many.episodes() if e.kind == "fall"}


@pytest.mark.wide
def test_a_day_that_is_only_half_there_is_not_judged(tmp_path: Path) -> None:
    world = build(tmp_path / "workspace", 2)
    decline = world.declines[0]
    with contextlib.closing(duckdb.connect(str(world.folder / "techco.duckdb"))) as connection:
        half = """
            DELETE FROM gold.fact_customer_health
            WHERE snapshot_date = $1 AND (customer_id = $2 OR hash(customer_id) % 2 = 0)"""
        connection.execute(half, [decline.until, decline.customer])
    with seat(world.folder, tmp_path) as place:
        place.look(decline.until + NIGHT)
        days = {e.day for e in place.episodes()}
        found = {e.entity for e in place.episodes()}
    assert days == {decline.until - NIGHT}
    assert decline.customer in found


def test_a_score_that_stopped_long_ago_is_not_judged(told: tuple[World, Seat], tmp_path: Path) -> None:
    _, shared = told
    with seat(shared.settings.workspace, tmp_path) as place:
        found = place.look(date(2027, 1, 20))
    assert (found.documents, found.notes) == ((), ("fact_customer_health has no complete day of late",))


def test_an_agent_of_another_kind_is_no_health_agent(told: tuple[World, Seat]) -> None:
    _, place = told
    report = place.catalog.agents.get("weekly-brief")
    assert report is not None
    with pytest.raises(ValueError, match="has no health part"):
        health_documents(report, place.desk(), place.store, place.now)


def test_due_days_are_working_days() -> None:
    assert business_days_after(date(2026, 11, 13), 1) == date(2026, 11, 16)
    assert business_days_after(date(2026, 11, 14), 5) == date(2026, 11, 20)
