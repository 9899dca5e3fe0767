"""Statements that aim at the parser, the planner, memory or time; they must only run in a worker."""

from __future__ import annotations

from collections.abc import Iterator


def exhausting() -> Iterator[str]:
    """Each statement asks for too much of something; most in three sizes."""
    for n in (100, 3_000, 30_000):
        yield "SELECT " + "(" * n + "1" + ")" * n
        yield "SELECT * FROM " + "(SELECT * FROM " * n + "ride" + ")" * n
        yield "SELECT " + "CASE WHEN true THEN " * n + "1" + " END" * n
        yield "SELECT " + "NOT " * n + "true"
        yield "SELECT " + "- " * n + "1"
        yield "SELECT " + "[" * n + "]" * n
        yield "SELECT 1" + " UNION ALL SELECT 1" * n
        yield "SELECT 1 WHERE true" + " AND true" * n
        yield "SELECT 1" + " + 1" * n
        yield "SELECT count(*) FROM ride WHERE minutes IN (" + ",".join(map(str, range(n))) + ")"
        yield "SELECT " + ", ".join(f"{i} AS c{i}" for i in range(n))
        yield "SELECT count(*) FROM ride r0" + "".join(f", ride r{i}" for i in range(1, n))
        yield "WITH " + ", ".join(f"w{i} AS (SELECT 1)" for i in range(n)) + " SELECT 1"
        yield "SELECT " + "upper(" * n + "'x'" + ")" * n
        yield "SELECT " + "a." * n + "b FROM ride"
        yield "SELECT 1::INT" + "::INT" * n
        yield "SELECT " + "x -> " * n + "1"
        yield "SELECT " + "NOT 1 = " * n + "1"
        yield "SELECT 1 FROM ride" + " JOIN ride" * n + " ON true" * n
        yield "SELECT '" + "x" * n * 10 + "'"
    yield from (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "WITH RECURSIVE t AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t",
        "SELECT count(*) FROM range(1000000000000)",
        "SELECT range(2000000000)",
        "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c",
        "SELECT count(*) FROM ride a, ride b, ride c, ride d, ride e",
        "SELECT * FROM ride a, ride b, ride c ORDER BY random()",
        "SELECT a.*, b.* FROM ride a, ride b, ride c ORDER BY 1, 2, 3 DESC",
        "SELECT repeat('abcdefghij', 400000000)",
        "SELECT repeat(repeat(repeat('x', 1000), 1000), 1000)",
        "SELECT length(s || s) FROM (SELECT string_agg(s, '') AS s FROM (SELECT repeat('x', 90000) AS s), range(9000))",
        "SELECT rpad('x', 2000000000, 'y')",
        "SELECT lpad('x', minutes * 100000000, 'y') FROM ride",
        "SELECT repeat('x', minutes * 1000000) FROM ride",
        "SELECT 'x'.repeat(2000000000)",
        "SELECT levenshtein(repeat('ab', 40000), repeat('ba', 40000))",
        "SELECT format('{:>2000000000}', 1)",
        "SELECT printf('%2000000000d', 1)",
        "SELECT printf('%*d', 2000000000, 1)",
        "SELECT format('{:{}}', 1, 2000000000)",
        "SELECT list(a.i) FROM range(100000) a(i), range(10000) b",
        "SELECT string_agg(a.i::VARCHAR, ',') FROM range(100000) a(i), range(1000) b",
        "SELECT list_resize([1], 2000000000)",
        "SELECT to_base(5, 2, 2000000000)",
        "SELECT array_resize([1], 2000000000, 7)",
        "SELECT bitstring('1', 2000000000)",
        "SELECT unnest(range(100000)) FROM range(100000), range(100)",
        "PIVOT (SELECT i, j FROM range(3000) a(i), range(30) b(j)) ON i, j USING count(*)",
        "SELECT count(*) FROM ride GROUP BY CUBE (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)",
        "SELECT regexp_matches(repeat('a', 50000), '(a|a|a|a)*(b|c|d){1,900}')",
        "SELECT regexp_replace(repeat('a', 90000), 'a', repeat('b', 90000), 'g')",
        "SELECT replace(repeat('a', 300), 'a', replace(repeat('a', 300), 'a', repeat('b', 300)))",
        "SELECT list_reduce(range(40), lambda x, y: x + y), list_transform(range(99999), lambda i: range(99999))",
        "SELECT list_transform(range(9999), lambda i: list_transform(range(9999), "
        "lambda j: list_transform(range(9999), lambda k: i * j * k)))",
        "SELECT factorial(33), power(10, 308) * 10, 2 ** 100000",
        "SELECT count(*) FROM generate_series(DATE '0001-01-01', DATE '9999-12-31', INTERVAL 1 DAY) a, range(100000) b",
        "SELECT generate_series(TIMESTAMP '0001-01-01', TIMESTAMP '9999-12-31', INTERVAL 1 MICROSECOND)",
        "SELECT " + " || ".join(["repeat('x', 99999)"] * 200),
        "WITH "
        + ", ".join(
            f"w{i} AS (SELECT s || s AS s FROM w{i - 1})" if i else "w0 AS (SELECT 'xxxxxxxxxx' AS s)"
            for i in range(40)
        )
        + " SELECT length(s) FROM w39",
        "WITH "
        + ", ".join(
            f"w{i} AS (SELECT a.* FROM w{i - 1} a, w{i - 1} b)" if i else "w0 AS (SELECT * FROM ride)"
            for i in range(12)
        )
        + " SELECT count(*) FROM w11",
        "SELECT median(a.minutes + b.minutes + c.minutes) FROM ride a, ride b, ride c",
        "SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1000000 PRECEDING AND 1000000 FOLLOWING) FROM "
        "(SELECT a.i * b.i AS x FROM range(100000) a(i), range(1000) b(i))",
        "SELECT sleep_ms(60000)",
        "SELECT pg_sleep(60)",
    )
