"""Rules over roles, row filters, templates and users: a misspelt rule would protect nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from catalog.access import NOT_GOLD, Access
from catalog.catalog import Catalog
from catalog.fragments import FRAGMENT_DIALECT, BadFragment, fragment_tables
from catalog.lint.finding import Finding, in_table, instead_of
from catalog.policies import SHOWS_MORE, Role, Template
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
        yield from _unknown(f"{where}.people", "table", role.people, catalog.tables)
        templates = [template.name for template in catalog.policies.templates]
        yield from _unknown(f"{where}.templates", "template", role.templates, templates)
        yield from _unknown(f"{where}.small_groups", "table", role.small_groups, catalog.tables)
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
            if table.kind in NOT_GOLD or table.people or table.name in held_back or _filtered(access, table):
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


def roles_do_not_contradict_themselves(catalog: Catalog) -> Finding:
    """What a role says is not undone, or silently widened, by something else it says."""
    for role in catalog.policies.roles:
        where = f"roles.{role.name}"
        yield from _tables_of(catalog, role, where)
        yield from _order_of_columns(catalog, role, where)
        if role.sql == "none" and role.templates not in ((), (EVERYTHING,)):
            yield Problem(
                FILE, f"{where}.templates", 0, "lists templates, but sql: none allows none; say sql: templates"
            )
        if role.sql == "templates" and not catalog.policies.templates_of(role):
            text = "allows templates only, but no template lists this role"
            yield Problem(FILE, f"{where}.sql", 0, text, "warning")


def _tables_of(catalog: Catalog, role: Role, where: str) -> Finding:
    if not role.tables and not role.people and not role.audit:
        text = "sees no table: list tables, or remove the role"
        yield Problem(FILE, f"{where}.tables", 0, text, "warning")
    for name in sorted(set(role.except_tables) & {*role.tables, *role.people}):
        yield Problem(FILE, f"{where}.except_tables", 0, f"'{name}' is both given and taken away")
    people = {table.name for table in catalog.tables.values() if table.people}
    for name in sorted(set(role.tables) & people):
        text = (
            f"'{name}' is a table of people: give a table defined over it, or list it under people, to show each person"
        )
        yield Problem(FILE, f"{where}.tables", 0, text)
    for name in sorted((set(role.people) & set(catalog.tables)) - people):
        yield Problem(FILE, f"{where}.people", 0, f"'{name}' is no table of people; list it under tables")
    for name, k in sorted(role.small_groups.items()):
        small = catalog.tables[name].small_groups if name in catalog.tables else None
        if name in catalog.tables and small is None:
            text = f"'{name}' has no small_groups: k without a size column suppresses nothing"
            yield Problem(FILE, f"{where}.small_groups", 0, text)
        elif small and k < small.k:
            text = f"k {k} for '{name}' is below the table's own {small.k}, which holds; a role can only raise it"
            yield Problem(FILE, f"{where}.small_groups", 0, text)


def _order_of_columns(catalog: Catalog, role: Role, where: str) -> Finding:
    """Later rules win: one over a whole class that shows more than an earlier one for a single column undoes it."""
    classes = {f"{t.name}.{c.name}": c.pii for t in catalog.tables.values() for c in t.columns}
    for index, later in enumerate(role.columns):
        for earlier in role.columns[:index]:
            if SHOWS_MORE.index(later.treatment) <= SHOWS_MORE.index(earlier.treatment):
                continue
            undone = [c for c in earlier.columns if classes.get(c) in later.pii and c not in later.columns]
            for name in undone:
                text = (
                    f"shows {name} as {later.treatment} although an earlier rule says {earlier.treatment}: later rules "
                    f"win, so put the rule for the column after the one for its class"
                )
                yield Problem(FILE, f"{where}.columns.{index}", 0, text)


def templates_have_users(catalog: Catalog) -> Finding:
    """A template that no role may use, or whose tables none of its roles sees, answers nobody (a warning)."""
    for template in catalog.policies.templates:
        holders = [r for r in catalog.policies.roles if template in catalog.policies.templates_of(r)]
        if not holders:
            told = "no role may use it: add a role, or remove it"
        elif not any(_sees_tables(catalog, role, template) for role in holders):
            told = "none of its roles sees all tables that it reads"
        else:
            continue
        yield Problem(FILE, f"templates.{template.name}.roles", 0, told, "warning")


def _sees_tables(catalog: Catalog, role: Role, template: Template) -> bool:
    try:
        read = fragment_tables(template.sql)
        return read <= set(Access(catalog, Principal(user="anyone", role=role.name)).tables)
    except BadFragment:
        return True  # Said by the rule over templates and definitions.


def people_are_read_in_groups(catalog: Catalog) -> Finding:
    """A table defined over people has small groups, so that whoever sees it sees no single person. Two such tables over
    the same people can be held against each other (a warning)."""
    published: dict[str, str] = {}
    for table in catalog.tables.values():
        if not table.definition:
            continue
        try:
            read = [n for n in sorted(fragment_tables(table.definition)) if n in catalog.tables]
        except BadFragment:
            continue  # Said by the rule over definitions.
        people = [name for name in read if catalog.tables[name].people]
        if people and table.small_groups is None and not table.people:
            text = f"reads {', '.join(people)}, a table of people: add small_groups, or people: true"
            yield in_table(table, "definition", text)
        for name in people if table.small_groups else ():
            if name in published:
                text = (
                    f"publishes groups of {name}, as {published[name]} does: where the two count different people, "
                    f"their difference is not protected"
                )
                yield replace(in_table(table, "small_groups", text), severity="warning")
            published.setdefault(name, table.name)


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
