"""Rules over roles, row filters, templates and users: a misspelt rule would protect nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from catalog.access import NOT_GOLD, Access
from catalog.catalog import Catalog
from catalog.fragments import FRAGMENT_DIALECT, BadFragment
from catalog.lint.finding import Finding, instead_of
from catalog.policies import Role
from catalog.principals import Principal
from catalog.problems import Problem
from catalog.tables import Table

FILE = "policies.yml"
EVERYTHING = "*"


def _unknown(path: str, kind: str, names: Iterable[str], known: Iterable[str]) -> Finding:
    listed = set(known)
    for name in sorted(set(names) - listed - {EVERYTHING}):
        yield Problem(FILE, path, 0, f"no {kind} '{name}'{instead_of(name, listed)}")


def policies_name_what_exists(catalog: Catalog) -> Finding:
    """Tables, columns, classes and metrics in the policies exist."""
    classes = {c.pii for t in catalog.tables.values() for c in t.columns if c.pii}
    columns = {f"{t.name}.{c.name}" for t in catalog.tables.values() for c in t.columns}
    yield from _unknown("restricted", "table", catalog.policies.restricted, catalog.tables)
    for role in catalog.policies.roles:
        where = f"roles.{role.name}"
        yield from _unknown(f"{where}.tables", "table", role.tables, catalog.tables)
        yield from _unknown(f"{where}.except_tables", "table", role.except_tables, catalog.tables)
        yield from _unknown(f"{where}.metrics", "metric", role.metrics, catalog.metrics)
        for index, rule in enumerate(role.columns):
            yield from _unknown(f"{where}.columns.{index}", "column", rule.columns, columns)
            yield from _unknown(f"{where}.columns.{index}", "column of the pii class", rule.pii, classes)
        for index, row in enumerate(role.rows):
            yield from _unknown(f"{where}.rows.{index}", "column", [f"{row.table}.{row.column}"], columns)


def row_filters_reach_every_table(catalog: Catalog) -> Finding:
    """What a role with row filters gets through "*" is reached by one of them: other rows would be everybody's. They
    stay unseen (`Access.tables`), and this says so. A dimension that holds the filtered table's key is meant too."""
    for role in catalog.policies.roles:
        if not role.rows or EVERYTHING not in role.tables:
            continue
        access = Access(catalog, Principal(user="anyone", role=role.name))
        keys = {key for f in role.rows if (t := catalog.tables.get(f.table)) for key in t.grain}
        held_back = {*catalog.policies.restricted, *role.except_tables, *role.tables}
        for table in catalog.tables.values():
            if table.kind in NOT_GOLD or table.name in held_back or _filtered(access, table):
                continue
            if table.kind != "dimension" or keys & {c.name for c in table.columns}:
                yield Problem(FILE, f"roles.{role.name}.rows", 0, _unreached(role, table.name))


def _filtered(access: Access, table: Table) -> bool:
    try:
        return access.filtered(table)
    except BadFragment:
        return True  # Said by the rule over definitions.


def _unreached(role: Role, table: str) -> str:
    filters = ", ".join(f"{f.table}.{f.column}" for f in role.rows)
    return (
        f"no filter ({filters}) reaches the rows of {table}: give {table} a relationship, restrict it, "
        f"or name it in the role's tables to show all of its rows"
    )


def templates_can_be_filled(catalog: Catalog) -> Finding:
    """A template is one SELECT over tables of the catalog; its parameters and those of its text are the same."""
    roles = {role.name for role in catalog.policies.roles}
    for template in catalog.policies.templates:
        where = f"templates.{template.name}"
        yield from _unknown(f"{where}.roles", "role", template.roles, roles)
        try:
            tree = sqlglot.parse_one(template.sql, dialect=FRAGMENT_DIALECT)
        except SqlglotError:
            yield Problem(FILE, f"{where}.sql", 0, "cannot be read as SQL")
            continue
        if not isinstance(tree, exp.Query):
            yield Problem(FILE, f"{where}.sql", 0, "is not a SELECT")
            continue
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        read = {table.name for table in tree.find_all(exp.Table)} - own
        yield from _unknown(f"{where}.sql", "table", read, catalog.tables)
        used = set(re.findall(r"\$([A-Za-z_]\w*)", template.sql))
        for name in sorted(used ^ set(template.params)):
            told = "is used but has no type in params" if name in used else "is not used by the SQL"
            yield Problem(FILE, f"{where}.params", 0, f"'{name}' {told}")


def users_hold_roles_that_exist(catalog: Catalog) -> Finding:
    """Roles of local users exist; a user without the attribute that the role filters by sees no rows (a warning)."""
    roles = {role.name: role for role in catalog.policies.roles}
    for user in catalog.users.values():
        where = f"users.{user.user}"
        for name in user.roles:
            role = roles.get(name)
            if role is None:
                yield Problem("principals.yml", f"{where}.roles", 0, f"no role '{name}'{instead_of(name, roles)}")
                continue
            principal = user.as_principal(name)
            for row in role.rows:
                if not principal.attribute(row.attribute):
                    text = f"has no attribute '{row.attribute}', so role {name} shows no rows"
                    yield Problem("principals.yml", where, 0, text, "warning")
