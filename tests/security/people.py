"""Made-up companies of people in groups, their published table, and an attacker who knows all of it and how it is made.

Every answer about such a table (metric, template, SQL) is a function of the published rows, so the attacker is handed
them whole: more than any sequence of questions gives. It also knows which groups exist, that the totals are sums, that
each day's size is the day before's plus joiners minus leavers, and that nothing is below zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

import duckdb
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company import Company
from catalog.policies import Policies, Role
from catalog.principals import Principal
from catalog.sources import Source, Sources
from catalog.tables import Table
from warehouse.duckdb_connection import SOURCE
from warehouse.duckdb_secured import build_secured

COUNTS = ("people", "joined", "left_us")
NEARLY = 1e-4
DEFINITION = """
SELECT d.day, p.team,
       SUM(CASE WHEN p.first_day <= d.day AND (p.last_day IS NULL OR d.day < p.last_day) THEN 1 ELSE 0 END) AS people,
       SUM(CASE WHEN p.first_day = d.day THEN 1 ELSE 0 END) AS joined,
       SUM(CASE WHEN p.last_day = d.day THEN 1 ELSE 0 END) AS left_us
FROM gold.calendar AS d
JOIN gold.person AS p ON p.first_day <= d.day AND (p.last_day IS NULL OR d.day <= p.last_day)
GROUP BY GROUPING SETS ((d.day, p.team), (d.day))
"""
Cell = tuple[int, str]
"""A day and a group."""


@dataclass(frozen=True)
class Person:
    """One person: a group, and days of the first and of the last day (None: still there)."""

    team: str
    first: int
    last: int | None


@dataclass
class Staff:
    """One company: its people over `days` days."""

    people: list[Person]
    days: int
    k: int = 5
    by_day: bool = False
    """Each day is judged by itself, as if days had nothing to do with each other."""
    truth: dict[Cell, tuple[int, int, int]] = field(default_factory=dict[Cell, tuple[int, int, int]])

    @property
    def teams(self) -> list[str]:
        """All groups."""
        return sorted({person.team for person in self.people})

    def published(self) -> dict[tuple[int, str | None], tuple[int, int, int]]:
        """What is shown, by day and group (None: the total); what is true is kept in `truth`."""
        connection = duckdb.connect(":memory:")
        connection.execute(f"ATTACH ':memory:' AS {SOURCE}")
        connection.execute(f"USE {SOURCE}")
        connection.execute("CREATE SCHEMA gold")
        start = "DATE '2025-12-20'"
        connection.execute(
            f"CREATE TABLE gold.calendar AS SELECT {start} + i::INTEGER AS day FROM range({self.days}) t(i)"
        )
        connection.execute("CREATE TABLE gold.person (team VARCHAR, first_day DATE, last_day DATE)")
        connection.executemany(
            f"INSERT INTO gold.person VALUES (?, {start} + ?::INTEGER, {start} + ?::INTEGER)",
            [(p.team, p.first, p.last) for p in self.people],
        )
        number = f"date_diff('day', {start}, day)"
        whole = connection.execute(f"SELECT {number}, team, people, joined, left_us FROM ({DEFINITION})").fetchall()
        self.truth = {(d, t): (n, j, g) for d, t, n, j, g in whole if t is not None}
        build_secured(connection, "rights", self._access(), b"key")
        shown = connection.execute(f"SELECT {number}, team, people, joined, left_us FROM rights.gold.crew").fetchall()
        connection.close()
        return {(d, t): (n, j, g) for d, t, n, j, g in shown}

    def _access(self) -> Access:
        small = {"k": self.k, "size": "people", "within": ["day"]}
        tables = [
            _table("calendar", ["day"], {"day": "date"}),
            _table("person", ["team"], {"team": "string", "first_day": "date", "last_day": "date"}, people=True),
            _table(
                "crew",
                ["day", "team"],
                {"day": "date", "team": "string", **dict.fromkeys(COUNTS, "integer")},
                definition=DEFINITION,
                rollup={"dimension": "team"},
                small_groups=small,
                time=None if self.by_day else "day",
            ),
        ]
        role = Role(name="r", tables=("crew",))
        sources = Sources(sources=(Source(name="feed", system="feed", owner="Owner"),))
        catalog = Catalog(Company(name="Staff"), {t.name: t for t in tables}, {}, sources, Policies(roles=(role,)))
        return Access(catalog, Principal(user="u", role="r"))


def _table(name: str, grain: list[str], columns: Mapping[str, str], **more: object) -> Table:
    listed = [{"name": n, "type": t, "description": f"The {n}."} for n, t in columns.items()]
    entry = {"name": name, "entity": name, "description": f"All {name}.", "grain": grain, "owner": "People"}
    return Table.model_validate({**entry, "columns": listed, **more})


def random_staff(seed: int, days: int, *, by_day: bool = False) -> Staff:
    """Groups around the limit, with joiners and leavers on random days, now and then a group founded or emptied."""
    random = Random(seed)
    people: list[Person] = []
    for index in range(random.randint(3, 6)):
        team = f"team {index}"
        size = random.choice([2, 3, 4, 4, 5, 5, 6, 7, 9, 12])
        founded = random.randint(3, days - 4) if random.random() < 0.15 else -10
        people += [Person(team, founded, None) for _ in range(size)]
        for _ in range(random.randint(0, 3)):
            at = random.randrange(len(people) - size, len(people))
            first = max(people[at].first + 1, 1)
            if first < days:
                people[at] = Person(team, people[at].first, random.randint(first, days))
        people += [Person(team, random.randint(max(1, founded), days - 1), None) for _ in range(random.randint(0, 3))]
    return Staff(people, days, by_day=by_day)


def recovered(staff: Staff) -> list[tuple[Cell, str, int]]:
    """Figures of groups below k that the attacker is sure of although they are left out: found as the least and the
    most that each can be, given everything known."""
    shown = staff.published()
    attack = _Attack(staff, shown)
    found: list[tuple[Cell, str, int]] = []
    for (day, team), figures in sorted(staff.truth.items()):
        if (day, team) in shown or not 0 < figures[0] < staff.k:
            continue
        for index, name in enumerate(COUNTS):
            if figures[index] and attack.is_sure(attack.place(day, team, index)):
                found.append(((day, team), name, figures[index]))
    return found


class _Attack:
    """A linear programme over every figure of every group and day."""

    def __init__(self, staff: Staff, shown: dict[tuple[int, str | None], tuple[int, int, int]]) -> None:
        self.staff, self.teams = staff, staff.teams
        self.size = staff.days * len(self.teams) * len(COUNTS)
        rows: list[tuple[dict[int, float], float]] = list(self._known(shown))
        cells = [(i, place, value) for i, (row, _) in enumerate(rows) for place, value in row.items()]
        data = [value for _, _, value in cells]
        where = ([i for i, _, _ in cells], [place for _, place, _ in cells])
        self.matrix = csr_matrix((data, where), shape=(len(rows), self.size))
        self.right = np.array([value for _, value in rows])

    def place(self, day: int, team: str, index: int) -> int:
        """Number of the unknown."""
        return (day * len(self.teams) + self.teams.index(team)) * len(COUNTS) + index

    def is_sure(self, place: int) -> bool:
        """Whether the unknown can have one value only."""
        goal = np.zeros(self.size)
        goal[place] = 1
        ends = [
            linprog(sign * goal, A_eq=self.matrix, b_eq=self.right, bounds=(0, None), method="highs")
            for sign in (1, -1)
        ]
        if any(end.status == 3 for end in ends):
            return False
        assert all(end.status == 0 for end in ends)
        return abs(float(ends[0].fun) + float(ends[1].fun)) < NEARLY

    def _known(
        self, shown: dict[tuple[int, str | None], tuple[int, int, int]]
    ) -> Iterator[tuple[dict[int, float], float]]:
        for day in range(self.staff.days):
            for index in range(len(COUNTS)):
                if (day, None) in shown:
                    every = {self.place(day, team, index): 1.0 for team in self.teams}
                    yield every, float(shown[day, None][index])
                for team in self.teams:
                    if (day, team) in shown:
                        yield {self.place(day, team, index): 1.0}, float(shown[day, team][index])
            for team in self.teams if day else ():
                now, before = self.place(day, team, 0), self.place(day - 1, team, 0)
                joined, left = self.place(day, team, 1), self.place(day, team, 2)
                yield {now: 1.0, before: -1.0, joined: -1.0, left: 1.0}, 0.0
