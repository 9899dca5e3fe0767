"""One member of a JSON text is set or removed, and every other character stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.connect.json_text import JsonTextError, read_object, with_member, without_member

PATH = ("mcpServers", "assay")
ENTRY: dict[str, object] = {"command": "/opt/assay", "args": ["serve"]}

cells = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
trees = st.recursive(cells, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
servers = st.dictionaries(st.text(max_size=8).filter(lambda n: n != "assay"), trees, max_size=3)
others = st.dictionaries(st.text(max_size=8).filter(lambda n: n != "mcpServers"), trees, max_size=3)
indents = st.sampled_from([None, 0, 1, 2, 4, "\t"])
line_ends = st.sampled_from(["\n", "\r\n"])


@given(others, servers, others, indents, line_ends, st.booleans())
def test_setting_changes_one_member_and_removing_it_gives_back_the_very_text(
    before: dict[str, object],
    there: dict[str, object],
    after: dict[str, object],
    indent: int | str | None,
    newline: str,
    ascii_only: bool,
) -> None:
    tree = {**before, "mcpServers": there, **after}
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only).replace("\n", newline) + newline
    changed = with_member(text, PATH, ENTRY)
    assert read_object(changed) == {**tree, "mcpServers": {**there, "assay": ENTRY}}
    if there:
        assert without_member(changed, PATH) == text
    else:
        assert read_object(without_member(changed, PATH)) == tree


@given(others, indents)
def test_an_object_without_servers_keeps_its_text_and_gains_them(
    tree: dict[str, object], indent: int | str | None
) -> None:
    text = json.dumps(tree, indent=indent)
    changed = with_member(text, PATH, ENTRY)
    assert read_object(changed) == {**tree, "mcpServers": {"assay": ENTRY}}
    if tree:
        assert changed.startswith(text[:-1].rstrip())


def test_the_new_member_is_laid_out_as_its_neighbours_are() -> None:
    text = '{\n\t"mcpServers": {\n\t\t"a": { "command": "x" }\n\t},\n\t"n": 1.50\n}\n'
    new = '{\n\t"mcpServers": {\n\t\t"a": { "command": "x" },\n\t\t"assay": {\n\t\t\t"command": "y"\n\t\t}\n\t},'
    new += '\n\t"n": 1.50\n}\n'
    assert with_member(text, PATH, {"command": "y"}) == new
    windows = text.replace("\n", "\r\n")
    assert with_member(windows, PATH, {"command": "y"}) == new.replace("\n", "\r\n")


def test_a_replaced_member_stays_in_its_place() -> None:
    text = '{"mcpServers": {"assay": {"command": "old"}, "b": {}}, "x": 1e2}'
    assert with_member(text, PATH, {"command": "new"}) == (
        '{"mcpServers": {"assay": {"command": "new"}, "b": {}}, "x": 1e2}'
    )


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("a", '{"mcpServers": {"b": 2, "c": 3}}'),
        ("b", '{"mcpServers": {"a": 1, "c": 3}}'),
        ("c", '{"mcpServers": {"a": 1, "b": 2}}'),
        ("d", '{"mcpServers": {"a": 1, "b": 2, "c": 3}}'),
    ],
)
def test_a_member_is_removed_with_its_own_comma_only(name: str, left: str) -> None:
    assert without_member('{"mcpServers": {"a": 1, "b": 2, "c": 3}}', ("mcpServers", name)) == left


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{not json", "line 1, column 2"),
        ('{"a": 1,}', "line 1"),
        ('{"a": 1} {"b": 2}', "Extra data"),
        ("[]", "holds no object"),
        ('"text"', "holds no object"),
        ('{"a": NaN}', "NaN"),
        ('{"mcpServers": {}, "mcpServers": {}}', "'mcpServers' stands twice"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_a_text_that_cannot_be_changed_without_guessing_is_refused(text: str, says: str) -> None:
    with pytest.raises(JsonTextError, match=says):
        read_object(text)
