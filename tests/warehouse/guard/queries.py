"""Writes random queries over any tables: joins of all kinds, WITH, set operations, subqueries in every clause, lateral
joins, windows, QUALIFY, PIVOT, GROUPING SETS. Seeded; results do not depend on the order of rows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.access import Access

Kind = str
"""num, text, date, moment or bool."""
OF_CATALOG: dict[str, Kind] = {
    "string": "text",
    "integer": "num",
    "decimal": "num",
    "float": "num",
    "boolean": "bool",
    "date": "date",
    "timestamp": "moment",
}


def writer_for(access: Access, seed: str) -> Writer:
    """Queries over everything that one principal sees in the schema `gold`."""
    tables = {
        table.name: {c.name: OF_CATALOG[c.type] for c in table.columns if c.name in access.columns(table)}
        for table in access.tables.values()
    }
    return Writer(random.Random(seed), tables, "gold")


@dataclass(frozen=True)
class Named:
    """A column that a query can use: how it is written, its kind, its bare name."""

    sql: str
    kind: Kind
    name: str


@dataclass(frozen=True)
class Source:
    """Something in FROM with its columns."""

    sql: str
    columns: tuple[Named, ...]


@dataclass
class Writer:
    """`tables`: name → column → kind. `schema`: put before some table names."""

    random: random.Random
    tables: Mapping[str, Mapping[str, Kind]]
    schema: str
    _count: int = 0
    _with: list[tuple[str, tuple[Named, ...]]] = field(default_factory=list[tuple[str, tuple[Named, ...]]])

    def statement(self) -> str:
        """One whole statement."""
        self._count, self._with = 0, []
        kind = self.random.random()
        if kind < 0.08:
            return self._pivot()
        if kind < 0.12:
            return self._unpivot()
        clauses: list[str] = []
        if self.random.random() < 0.3:
            for _ in range(self.random.randint(1, 3)):
                name = self.random.choice([f"w{len(self._with)}", *self.tables]) if not self._with else self._new("w")
                sql, columns = self.query(1)
                clauses.append(f"{name} AS {self.random.choice(['', '', 'MATERIALIZED '])}({sql})")
                self._with.append((name, columns))
        sql, columns = self.query(self.random.randint(1, 3))
        if self.random.random() < 0.2:
            sql = f"SELECT * FROM ({sql}) AS last ORDER BY ALL LIMIT {self.random.randint(1, 40)}"
        return (f"WITH {', '.join(clauses)} " if clauses else "") + sql

    def query(self, depth: int, outer: Sequence[Named] = ()) -> tuple[str, tuple[Named, ...]]:
        """A query and the columns it gives, each with a name of its own."""
        if depth > 1 and self.random.random() < 0.12:
            return self._set_operation(depth)
        shape = self.random.choice([self._rows, self._rows, self._groups, self._groups, self._windows])
        return shape(depth, outer)

    def _new(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _pick(self, columns: Sequence[Named], *kinds: Kind) -> Named | None:
        fitting = [c for c in columns if c.kind in kinds] if kinds else list(columns)
        return self.random.choice(fitting) if fitting else None

    # FROM

    def _source(self, depth: int) -> Source:
        roll = self.random.random()
        if depth > 0 and roll < 0.35:
            return self._join(depth)
        if depth > 0 and roll < 0.5:
            sql, columns = self.query(depth - 1)
            return self._aliased(f"({sql})", columns)
        if self._with and roll < 0.7:
            name, columns = self.random.choice(self._with)
            return self._aliased(name, columns)
        return self._table(self.random.choice(list(self.tables)))

    def _table(self, name: str) -> Source:
        columns = tuple(Named(column, kind, column) for column, kind in self.tables[name].items())
        taken = any(name == with_name for with_name, _ in self._with)
        prefix = f"{self.schema}." if taken or self.random.random() < 0.5 else ""
        return self._aliased(prefix + name, columns)

    def _aliased(self, sql: str, columns: Sequence[Named]) -> Source:
        alias = self._new("a")
        as_ = self.random.choice([" AS ", " "])
        return Source(f"{sql}{as_}{alias}", tuple(Named(f"{alias}.{c.name}", c.kind, c.name) for c in columns))

    def _join(self, depth: int) -> Source:
        left, right = self._source(depth - 1), self._source(depth - 1)
        shared = [(a, b) for a in left.columns for b in right.columns if a.name == b.name and a.kind == "text"]
        keys = [(a, b) for a, b in shared if a.name.endswith("_id")]
        if not keys:
            return self._lateral(left)
        a, b = self.random.choice(keys)
        kind = self.random.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", "LATERAL"])
        if kind == "LATERAL":
            return self._lateral(left)
        also = ""
        if kind in ("JOIN", "LEFT JOIN", "SEMI JOIN") and self.random.random() < 0.4:
            also = f" AND {self._predicate([*left.columns, *right.columns], 0)}"
        columns = left.columns if kind in ("SEMI JOIN", "ANTI JOIN") else left.columns + right.columns
        return Source(f"{left.sql} {kind} {right.sql} ON {a.sql} = {b.sql}{also}", columns)

    def _lateral(self, left: Source) -> Source:
        name = self.random.choice(list(self.tables))
        inner = self._table(name)
        value = self._pick(inner.columns, "num") or inner.columns[0]
        own = self._predicate([*inner.columns], 0)
        link = [(a, b) for a in left.columns for b in inner.columns if a.name == b.name and a.kind == b.kind]
        where = f"{own} AND {link[0][0].sql} = {link[0][1].sql}" if link else own
        alias = self._new("l")
        how = self.random.choice(["CROSS JOIN LATERAL", "LEFT JOIN LATERAL"])
        on = " ON true" if how.startswith("LEFT") else ""
        inside = f"SELECT count(*) AS c0, max({value.sql}) AS c1 FROM {inner.sql} WHERE {where}"
        columns = (Named(f"{alias}.c0", "num", "c0"), Named(f"{alias}.c1", value.kind, "c1"))
        return Source(f"{left.sql} {how} ({inside}) AS {alias}{on}", left.columns + columns)

    # WHERE

    def _predicate(self, columns: Sequence[Named], depth: int) -> str:
        choices: list[Callable[[], str]] = [self._compare_of(columns)]
        if depth > 0:
            choices += [self._in_of(columns), self._exists_of(columns), self._scalar_of(columns)]
        text = self.random.choice(choices)()
        roll = self.random.random()
        if roll < 0.15:
            return f"NOT ({text})"
        if roll < 0.3:
            return f"({text} {self.random.choice(['AND', 'OR'])} {self._compare_of(columns)()})"
        return text

    def _compare_of(self, columns: Sequence[Named]) -> Callable[[], str]:
        def write() -> str:
            column = self.random.choice(list(columns))
            if self.random.random() < 0.12:
                return f"{column.sql} IS {self.random.choice(['', 'NOT '])}NULL"
            if column.kind == "num":
                low = self.random.randint(-2, 60)
                return self.random.choice(
                    [
                        f"{column.sql} {self.random.choice(['<', '>', '=', '<>', '>='])} {low}",
                        f"{column.sql} BETWEEN {low} AND {low + 20}",
                        f"{column.sql} IN ({low}, {low + 1}, {low + 7})",
                    ]
                )
            if column.kind == "text":
                letter = self.random.choice("abcdeghiklmnorstuv0159[@+")
                return self.random.choice(
                    [
                        f"{column.sql} LIKE '%{letter}%'",
                        f"{column.sql} > '{letter}'",
                        f"length({column.sql}) % 3 = {self.random.randint(0, 2)}",
                        f"regexp_matches({column.sql}, '[{'a-m' if letter in '[@+' else letter}]')",
                        f"substring({column.sql}, 2, 1) = '{letter}'",
                        f"{column.sql} ILIKE '{letter}%'",
                    ]
                )
            if column.kind == "bool":
                return self.random.choice([column.sql, f"NOT {column.sql}", f"{column.sql} IS NOT TRUE"])
            day = f"2026-0{self.random.randint(1, 6)}-1{self.random.randint(0, 9)}"
            type_ = "DATE" if column.kind == "date" else "TIMESTAMP"
            return f"{column.sql} {self.random.choice(['<', '>='])} {type_} '{day}'"

        return write

    def _in_of(self, columns: Sequence[Named]) -> Callable[[], str]:
        def write() -> str:
            inner = self._table(self.random.choice(list(self.tables)))
            pairs = [(a, b) for a in columns for b in inner.columns if a.kind == b.kind and a.kind in ("text", "num")]
            if not pairs:
                return "true"
            a, b = self.random.choice(pairs)
            not_ = self.random.choice(["", "NOT "])
            return f"{a.sql} {not_}IN (SELECT {b.sql} FROM {inner.sql} WHERE {self._predicate(inner.columns, 0)})"

        return write

    def _exists_of(self, columns: Sequence[Named]) -> Callable[[], str]:
        def write() -> str:
            inner = self._table(self.random.choice(list(self.tables)))
            pairs = [(a, b) for a in columns for b in inner.columns if a.name == b.name and a.kind == b.kind == "text"]
            link = " AND ".join(f"{a.sql} = {b.sql}" for a, b in pairs[:1]) or "true"
            own = self._predicate(inner.columns, 0)
            return f"EXISTS (SELECT 1 FROM {inner.sql} WHERE {link} AND {own})"

        return write

    def _scalar_of(self, columns: Sequence[Named]) -> Callable[[], str]:
        def write() -> str:
            inner = self._table(self.random.choice(list(self.tables)))
            number, mine = self._pick(inner.columns, "num"), self._pick(columns, "num")
            if not number or not mine:
                return "true"
            agg = self.random.choice(["avg", "max", "min", "count"])
            return (
                f"{mine.sql} >= (SELECT {agg}({number.sql}) FROM {inner.sql} WHERE {self._predicate(inner.columns, 0)})"
            )

        return write

    # SELECT

    def _value(self, columns: Sequence[Named]) -> tuple[str, Kind]:
        column = self.random.choice(list(columns))
        if column.kind == "num":
            text = self.random.choice(
                [
                    "{0}",
                    "{0} * 2 + 1",
                    "coalesce({0}, -1)",
                    "CASE WHEN {0} > 20 THEN 1 ELSE 0 END",
                    "abs({0}) % 7",
                    "nullif({0}, 3)",
                ]
            )
            return text.format(column.sql), "num"
        if column.kind == "text":
            text, kind = self.random.choice(
                [
                    ("{0}", "text"),
                    ("upper({0})", "text"),
                    ("{0}.lower()", "text"),
                    ("left({0}, 3)", "text"),
                    ("{0} || '!'", "text"),
                    ("length({0})", "num"),
                    ("strpos({0}, 'a')", "num"),
                    ("try_cast({0} AS INTEGER)", "num"),
                    ("regexp_replace({0}, '[0-9]', '#', 'g')", "text"),
                    ("md5({0})", "text"),
                ]
            )
            return text.format(column.sql), kind
        if column.kind in ("date", "moment"):
            text, kind = self.random.choice(
                [
                    ("{0}", column.kind),
                    ("date_trunc('month', {0})::DATE", "date"),
                    ("date_trunc('week', {0})::DATE", "date"),
                    ("extract(isodow FROM {0})", "num"),
                    ("strftime({0}, '%Y-%m')", "text"),
                    ("date_diff('day', DATE '2026-01-01', {0}::DATE)", "num"),
                ]
            )
            return text.format(column.sql), kind
        return self.random.choice([column.sql, f"NOT {column.sql}", f"coalesce({column.sql}, false)"]), "bool"

    def _aggregate(self, columns: Sequence[Named]) -> tuple[str, Kind]:
        number, any_ = self._pick(columns, "num"), self.random.choice(list(columns))
        choices = [("count(*)", "num"), (f"count({any_.sql})", "num"), (f"count(DISTINCT {any_.sql})", "num")]
        choices += [(f"max({any_.sql})", any_.kind), (f"min({any_.sql})", any_.kind)]
        if number:
            choices += [(f"sum({number.sql})", "num"), (f"avg({number.sql})", "num")]
            choices += [(f"median({number.sql})", "num"), (f"quantile_disc({number.sql}, 0.75)", "num")]
        if any_.kind == "text":
            choices.append((f"string_agg(DISTINCT {any_.sql}, ',' ORDER BY {any_.sql})", "text"))
        text, kind = self.random.choice(choices)
        if self.random.random() < 0.25:
            text += f" FILTER (WHERE {self._predicate(columns, 0)})"
        return text, kind

    def _given(self, values: Sequence[tuple[str, Kind]]) -> tuple[str, tuple[Named, ...]]:
        named = tuple(Named(name, kind, name) for name, kind in ((self._new("c"), kind) for _, kind in values))
        return ", ".join(f"{text} AS {column.name}" for column, (text, _) in zip(named, values, strict=True)), named

    def _where(self, columns: Sequence[Named], depth: int) -> str:
        return f" WHERE {self._predicate(columns, depth)}" if self.random.random() < 0.6 else ""

    def _rows(self, depth: int, outer: Sequence[Named]) -> tuple[str, tuple[Named, ...]]:
        source = self._source(depth - 1)
        values = [self._value(source.columns) for _ in range(self.random.randint(1, 4))]
        if depth > 1 and self.random.random() < 0.25:
            values.append((self._subquery(source.columns), "num"))
        text, named = self._given(values)
        distinct = "DISTINCT " if self.random.random() < 0.2 else ""
        return f"SELECT {distinct}{text} FROM {source.sql}{self._where([*source.columns, *outer], depth - 1)}", named

    def _subquery(self, columns: Sequence[Named]) -> str:
        inner = self._table(self.random.choice(list(self.tables)))
        pairs = [(a, b) for a in columns for b in inner.columns if a.name == b.name and a.kind == b.kind]
        link = " AND ".join(f"{a.sql} = {b.sql}" for a, b in pairs[:1]) or "true"
        return f"(SELECT count(*) FROM {inner.sql} WHERE {link} AND {self._predicate(inner.columns, 0)})"

    def _groups(self, depth: int, outer: Sequence[Named]) -> tuple[str, tuple[Named, ...]]:
        source = self._source(depth - 1)
        keys = [self._value(source.columns) for _ in range(self.random.randint(0, 3))]
        values = keys + [self._aggregate(source.columns) for _ in range(self.random.randint(1, 3))]
        text, named = self._given(values)
        names = [column.name for column in named[: len(keys)]]
        group = ""
        if keys:
            listed = ", ".join(names)
            group = " GROUP BY " + self.random.choice(
                [
                    listed,
                    "ALL",
                    f"ROLLUP ({listed})",
                    f"CUBE ({listed})",
                    f"GROUPING SETS (({listed}), ({names[0]}), ())",
                ]
            )
        having = " HAVING count(*) > 1" if keys and self.random.random() < 0.25 else ""
        return (
            f"SELECT {text} FROM {source.sql}{self._where([*source.columns, *outer], depth - 1)}{group}{having}",
            named,
        )

    def _windows(self, depth: int, outer: Sequence[Named]) -> tuple[str, tuple[Named, ...]]:
        source = self._source(depth - 1)
        part, order = self.random.choice(list(source.columns)), self.random.choice(list(source.columns))
        number = self._pick(source.columns, "num")
        over = f"(PARTITION BY {part.sql} ORDER BY {order.sql})"
        calls = [("rank()", "num"), ("dense_rank()", "num"), ("count(*)", "num"), (f"max({order.sql})", order.kind)]
        if number:
            calls += [(f"sum({number.sql})", "num"), (f"min({number.sql})", "num")]
        call, kind = self.random.choice(calls)
        named_window = self.random.random() < 0.3
        values = [self._value(source.columns), (f"{call} OVER {'win' if named_window else over}", kind)]
        text, named = self._given(values)
        tail = f" WINDOW win AS {over}" if named_window else ""
        if self.random.random() < 0.4:
            tail += f" QUALIFY rank() OVER (PARTITION BY {part.sql} ORDER BY {order.sql} DESC) <= 3"
        return f"SELECT {text} FROM {source.sql}{self._where([*source.columns, *outer], depth - 1)}{tail}", named

    def _set_operation(self, depth: int) -> tuple[str, tuple[Named, ...]]:
        left, columns = self.query(depth - 1)
        right, others = self.query(depth - 1)
        kinds = [(a, b) for a in columns for b in others if a.kind == b.kind]
        word = self.random.choice(["UNION", "UNION ALL", "EXCEPT", "INTERSECT", "EXCEPT ALL", "UNION BY NAME"])
        if not kinds:
            return left, columns
        a, b = self.random.choice(kinds)
        name = self._new("c")
        sql = f"SELECT {a.name} AS {name} FROM ({left}) AS x {word} SELECT {b.name} AS {name} FROM ({right}) AS y"
        return sql, (Named(name, a.kind, name),)

    def _pivot(self) -> str:
        source = self._table(self.random.choice(list(self.tables)))
        name = source.sql.split()[0]
        columns = [Named(c.name, c.kind, c.name) for c in source.columns]
        text, number, any_ = (
            self._pick(columns, "text", "bool"),
            self._pick(columns, "num"),
            self.random.choice(columns),
        )
        if text is None or number is None:
            return f"SELECT count(*) AS c0 FROM {name}"
        on = f"left({text.sql}::VARCHAR, 2)"
        narrow = f"(SELECT {on} AS k, {number.sql} AS v, {any_.sql} AS g FROM {name})"
        using = self.random.choice(["sum(v)", "count(*)", "max(v)"])
        if self.random.random() < 0.5:
            return f"PIVOT {narrow} ON k USING {using} GROUP BY g"
        return f"SELECT * FROM {narrow} PIVOT ({using} FOR k IN ('s1', 'ci', 'go', 'tr') GROUP BY g)"

    def _unpivot(self) -> str:
        source = self._table(self.random.choice(list(self.tables)))
        name, key = source.sql.split()[0], source.columns[0]
        numbers = [c.name for c in source.columns if c.kind == "num"][:2]
        if len(numbers) < 2:
            return f"SELECT * FROM {name}"
        narrow = f"(SELECT {key.name}, {numbers[0]}::DOUBLE AS x, {numbers[1]}::DOUBLE AS y FROM {name})"
        return f"UNPIVOT {narrow} ON x, y INTO NAME what VALUE v"
