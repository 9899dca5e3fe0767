"""Every tool, through the protocol, with arguments of every kind: an answer or a coded refusal, never a crash, never a
protocol error, nothing of the inside and nothing of what the role must not see."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mcp import Client

from catalog.access import Access
from catalog.principals import Principal
from catalog.refusals import Refusal
from server.face.mcp_server import build_server, tool_definitions
from server.wiring import Program
from tests.security.arguments import ArgumentsOf

QUICK = 120
THOROUGH = 5_000
"""Cases for each tool and company; the proof runs five tools over two companies."""
LEAKS = ("Traceback", ".py", "site-packages", "/tmp", "duckdb.", "__assay_source", "rights_", "sqlglot", "pydantic")
OUTPUTS = {tool.name: Draft202012Validator(tool.output_schema or {}) for tool in tool_definitions()}
INPUTS = {tool.name: tool.input_schema for tool in tool_definitions()}


def codes() -> set[str]:
    """Every code a caller may meet."""
    found: set[str] = set()
    waiting = [Refusal]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code)
        waiting += kind.__subclasses__()
    return found - {"REFUSED"}


class Caller:
    """The principal of the call at hand, exchanged between calls."""

    principal: Principal

    def __call__(self) -> Principal:
        return self.principal


@contextmanager
def connected(program: Program) -> Iterator[tuple[Caller, Callable[[str, dict[str, Any]], Any]]]:
    """A real client on a server in this process."""
    caller = Caller()
    server = build_server(program.toolset, lambda: program.catalog, caller, version="0", deadline_seconds=30, threads=4)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(server)) as client:
        yield caller, lambda tool, arguments: portal.call(client.call_tool, tool, arguments)


def principals(program: Program) -> list[Principal]:
    """One principal of every role, from the company's own users where there is one."""
    own = {user.roles[0]: user.as_principal(None) for user in program.catalog.users.values()}
    return [
        own.get(role.name, Principal(user=f"u.{role.name}", role=role.name)) for role in program.catalog.policies.roles
    ]


def hidden_from(program: Program, principal: Principal) -> frozenset[str]:
    """Tables that exist and that a principal must not learn of, with their schemas."""
    seen = Access(program.catalog, principal).tables
    return frozenset(f"{t.schema_name}.{name}" for name, t in program.catalog.tables.items() if name not in seen)


def personal(program: Program) -> frozenset[str]:
    """Values of contact columns, which only some roles may see."""
    found: set[str] = set()
    for table in program.catalog.tables.values():
        for column in table.columns:
            if column.pii in ("email", "phone") and not table.definition:
                name = column.physical or column.name
                sql = f'SELECT DISTINCT "{name}" FROM {table.schema_name}.{table.name} LIMIT 200'
                found |= {str(row[0]) for row in program.warehouse.system_rows(sql).rows if row[0]}
    return frozenset(found)


def sees_contacts(program: Program, principal: Principal) -> bool:
    access = Access(program.catalog, principal)
    return any(
        column.pii in ("email", "phone") and access.treatment(table, column) == "clear"
        for table in access.tables.values()
        for column in table.columns
    )


def fuzz(program: Program, tool: str, cases: int) -> Counter[str]:
    """How the generated calls of one tool ended, by code."""
    ended: Counter[str] = Counter()
    everyone = principals(program)
    hidden = {p.role: hidden_from(program, p) for p in everyone}
    contacts = personal(program)
    blind = {p.role for p in everyone if not sees_contacts(program, p)}
    arguments = ArgumentsOf(program.catalog).of(INPUTS[tool])
    known = codes()

    with connected(program) as (caller, call):

        @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(arguments=arguments, principal=st.sampled_from(everyone))
        def check(arguments: dict[str, Any], principal: Principal) -> None:
            caller.principal = principal
            result = call(tool, arguments)
            text = result.content[0].text
            whole = text + json.dumps(result.structured_content, ensure_ascii=False)
            given_words = json.dumps(arguments, ensure_ascii=False, default=str)
            OUTPUTS[tool].validate(result.structured_content)
            code = "ok"
            if result.is_error:
                code = text.split(":", 1)[0]
                assert code in known, text
                assert code not in ("WAREHOUSE_DOWN", "AUDIT_DOWN"), text
            for leak in LEAKS:
                assert leak not in whole or leak in given_words, (leak, whole[:600])
            for name in hidden[principal.role]:
                assert name not in whole or name in given_words, (principal.role, name, whole[:600])
            if principal.role in blind:
                assert not any(value in whole and value not in given_words for value in contacts), whole[:600]
            ended[code] += 1

        check()
    return ended


@pytest.mark.parametrize("tool", sorted(INPUTS))
def test_any_arguments_end_in_an_answer_or_a_coded_refusal(tool: str, fjord_program: Program) -> None:
    ended = fuzz(fjord_program, tool, QUICK)
    assert sum(ended.values()) >= QUICK * 0.9, ended


@pytest.mark.prove
@pytest.mark.parametrize("company", ["demo_program", "fjord_program"])
@pytest.mark.parametrize("tool", sorted(INPUTS))
def test_tens_of_thousands_of_arguments(
    tool: str, company: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    ended = fuzz(request.getfixturevalue(company), tool, int(os.environ.get("ASSAY_FUZZ_CASES", THOROUGH)))
    record_property("cases", sum(ended.values()))
    record_property("ended", ", ".join(f"{code} {count}" for code, count in ended.most_common()))
    assert ended["ok"] > 0
