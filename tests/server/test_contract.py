"""The contract of the tools is one committed file: a change to a name, a schema or a word shows as a diff.

`python -m tests.server.test_contract` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

from server.face.mcp_server import tool_definitions
from server.face.prompts import listed

CONTRACT = Path(__file__).with_name("contract.json")


def contract() -> str:
    tools = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tool_definitions()]
    prompts = [prompt.model_dump(mode="json", by_alias=True, exclude_none=True) for prompt in listed()]
    return json.dumps({"tools": tools, "prompts": prompts}, indent=1, sort_keys=True) + "\n"


def test_the_tools_are_what_the_committed_contract_says() -> None:
    assert contract() == CONTRACT.read_text(encoding="utf-8")


def test_every_schema_is_one_flat_object_that_refuses_unknown_arguments() -> None:
    for tool in tool_definitions():
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert not {"anyOf", "oneOf", "allOf"} & set(tool.input_schema)
        assert not {"anyOf", "oneOf", "allOf"} & set(tool.output_schema or {})


def test_every_tool_says_that_it_only_reads() -> None:
    for tool in tool_definitions():
        hints = tool.annotations
        assert hints is not None and hints.read_only_hint is True and hints.destructive_hint is False
        assert tool.title and tool.description and len(tool.name) <= 64


if __name__ == "__main__":
    CONTRACT.write_text(contract(), encoding="utf-8")
