"""What a change of the catalog does to access, over the company's own rows: rights, rows seen, questions answered.

Turns two catalogs, and the warehouse where there is one, into lines for a reviewer. Nothing it asks is kept: the audit
log of the questions lives in a folder that is removed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from catalog.access import Access
from catalog.access_diff import AccessChange, access_changes
from catalog.catalog import Catalog
from catalog.principals import Principal
from server.settings import Settings, StateSettings
from server.wiring import CATALOG_FOLDER, Program, running
from warehouse.row_difference import RowDifference, row_difference

ANYONE = "anyone"
"""The principal of a role whose rows no attribute decides."""
NO_ACCESS = "no access"
OTHER_ROWS = "other rows"


@dataclass(frozen=True)
class RowChange:
    """Rows of one table that one principal sees before and after."""

    role: str
    user: str
    table: str
    rows: RowDifference

    @property
    def wider(self) -> bool:
        """Whether a row is seen that was not."""
        return self.rows.gained > 0

    @property
    def line(self) -> str:
        """As one line for a person."""
        r = self.rows
        told = f"{r.before:,} -> {r.after:,} rows ({r.gained:,} gained, {r.lost:,} lost)"
        return f"{'wider' if self.wider else 'narrower'}: role {self.role} as {self.user}: {self.table}: {told}"


@dataclass(frozen=True)
class QuestionChange:
    """An example question of the catalog that is answered otherwise: `ok`, a refusal's code, or other rows."""

    role: str
    question: str
    before: str
    after: str

    @property
    def wider(self) -> bool:
        """Whether it is answered now and was not."""
        return self.after == "ok" != self.before

    @property
    def line(self) -> str:
        """As one line for a person."""
        refused = self.before == "ok" and self.after != OTHER_ROWS
        word = "wider" if self.wider else "narrower" if refused else "other"
        return f"{word}: role {self.role}: '{self.question}': {self.before} -> {self.after}"


@dataclass(frozen=True)
class Review:
    """Everything that changes for somebody."""

    rights: tuple[AccessChange, ...]
    rows: tuple[RowChange, ...] = ()
    questions: tuple[QuestionChange, ...] = ()

    @property
    def wider(self) -> list[str]:
        """One line for each widening."""
        found = [change.line for change in self.rights if change.direction == "wider"]
        found += [change.line for change in self.rows if change.wider]
        return found + [change.line for change in self.questions if change.wider]

    @property
    def others(self) -> list[str]:
        """One line for each change that widens nothing."""
        return [c.line for c in (*self.rights, *self.rows, *self.questions) if c.line not in set(self.wider)]


def reviewed(old: Path, new: Path, data: Settings, *, questions: bool) -> Review:
    """Compare two catalog folders over the warehouse of `data`. Raises CatalogError, and Refusal where the warehouse
    does not answer."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        _beside(old, data, Path(scratch) / "old") as before,
        _beside(new, data, Path(scratch) / "new") as after,
    ):
        rights = tuple(access_changes(before.catalog, after.catalog))
        rows = tuple(_rows(before.catalog, after))
        changed = {change.who.removeprefix("role ") for change in rights} | {change.role for change in rows}
        asked = tuple(_questions(before, after, changed)) if questions else ()
        return Review(rights, rows, asked)


@contextmanager
def _beside(catalog: Path, data: Settings, folder: Path) -> Generator[Program]:
    """A program over one catalog folder and the data of another workspace, with state of its own."""
    folder.mkdir()
    (folder / CATALOG_FOLDER).symlink_to(catalog.resolve(), target_is_directory=True)
    warehouse = data.warehouse.model_copy(update={"path": data.at(data.warehouse.path).resolve()})
    own = {"workspace": folder, "warehouse": warehouse, "state": StateSettings(path=folder / "audit.sqlite")}
    with running(data.model_copy(update=own)) as built:
        yield built


def _rows(old: Catalog, after: Program) -> Iterator[RowChange]:
    new = after.catalog
    for role in _roles(old, new):
        for user in _users(old, new, role):
            was, now = (_access(catalog, role, user) for catalog in (old, new))
            seen = {**(was.tables if was else {}), **(now.tables if now else {})}
            # Tables of the audit log have no rows in the warehouse.
            for table in sorted(name for name, known in seen.items() if known.kind != "audit"):
                found = row_difference(after.warehouse, was, now, table)
                if found.gained or found.lost:
                    yield RowChange(role, user, table, found)


def _questions(before: Program, after: Program, roles: Set[str]) -> Iterator[QuestionChange]:
    """Examples answered otherwise, asked as each of the roles whose rights or rows changed."""
    examples = [e.question for c in (before.catalog, after.catalog) for m in c.metrics.values() for e in m.examples]
    for role in filter(roles.__contains__, _roles(before.catalog, after.catalog)):
        users = _users(before.catalog, after.catalog, role)[:1]
        for user, question in product(users, dict.fromkeys(examples)):
            (was, rows), (now, others) = (_asked(program, role, user, question) for program in (before, after))
            if was != now:
                yield QuestionChange(role, question, was, now)
            elif rows != others:
                yield QuestionChange(role, question, was, OTHER_ROWS)


def _asked(program: Program, role: str, user: str, question: str) -> tuple[str, object]:
    """How it ended, and its rows."""
    access = _access(program.catalog, role, user)
    if access is None:
        return NO_ACCESS, None
    result = program.toolset.call(access.principal, "query_curated_data", {"question": question}, client="review")
    return str(result.structured.get("code") or "ok"), result.structured.get("rows")


def _roles(old: Catalog, new: Catalog) -> list[str]:
    return sorted({role.name for catalog in (old, new) for role in catalog.policies.roles})


def _users(old: Catalog, new: Catalog, role: str) -> list[str]:
    """Whose rows to compare: every local user of the role where rows depend on the user, else anyone."""
    listed = [catalog.policies.role(role) for catalog in (old, new)]
    if not any(found and found.rows for found in listed):
        return [ANYONE]
    return sorted({u.user for catalog in (old, new) for u in catalog.users.values() if role in u.roles})


def _access(catalog: Catalog, role: str, user: str) -> Access | None:
    """The rights of a user in a role; None where the catalog gives none."""
    if catalog.policies.role(role) is None:
        return None
    if user == ANYONE:
        return Access(catalog, Principal(user=ANYONE, role=role))
    local = catalog.users.get(user)
    return Access(catalog, local.as_principal(role)) if local and role in local.roles else None
