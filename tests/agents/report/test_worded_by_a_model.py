"""With a key, a model words the brief: its prose may go out, its numbers never."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from demo.build import build_company
from server.commands.demo import prepare
from tests.fakes.anthropic_server import Answer, AnthropicServer, Script, says, uses
from tests.processes import ASSAY, environment


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worded") / "w"
    prepare(folder)
    build_company(folder, profile="small", plant=frozenset({"T1", "T12"}))
    return folder


def claims_in(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claims that a request gives to be worded."""
    text = json.dumps(request["messages"][0]["content"])
    found = re.search(r"<claims>(.*?)</claims>", json.loads(json.dumps(_plain(request))), re.DOTALL)
    assert found, text[:300]
    return json.loads(found[1])


def _plain(request: Mapping[str, Any]) -> str:
    content = request["messages"][0]["content"]
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)


def last_wordings(request: Mapping[str, Any]) -> Answer:
    """An honest model: each claim in the last of its wordings."""
    told = [{"claims": [c["id"]], "text": c["wordings"][-1]} for c in claims_in(request)]
    return says(json.dumps({"sentences": told}))


def invents(request: Mapping[str, Any]) -> Answer:
    """A hostile one: a number of its own in every sentence."""
    told = [
        {"claims": [c["id"]], "text": f"Profit jumped 4711% to a record; {c['wordings'][0]}"}
        for c in claims_in(request)
    ]
    return says(json.dumps({"sentences": told}))


def told(company: Path, script: Script, agent: str = "weekly-brief") -> tuple[list[str], AnthropicServer]:
    """Texts of all messages of one run with a model behind it, and what the model was asked."""
    with AnthropicServer(script) as model:
        settings = company / "assay.toml"
        before = settings.read_text(encoding="utf-8")
        settings.write_text(before + f'\n[model]\nbase_url = "{model.url}"\n', encoding="utf-8")
        try:
            env = environment() | {"ASSAY_MODEL_KEY": "a key"}
            command = [str(ASSAY), "agents", "run", agent, "-w", str(company), "--again", "--json"]
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180, check=False)
        finally:
            settings.write_text(before, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    slot = json.loads(done.stdout)["slot"].replace("/", "_").replace(".", "_")
    texts: list[str] = []
    for file in (company / "outbox").glob("*"):
        if file.suffix == ".eml" and file.name.startswith(slot):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            body = mail.get_body(("plain",))
            assert body is not None
            texts.append(str(body.get_content()))
        elif file.suffix == ".md":
            texts.append(file.read_text(encoding="utf-8"))
    return texts, model


@pytest.mark.wide
def test_an_honest_model_words_the_brief_and_sees_no_value(company: Path) -> None:
    texts, model = told(company, last_wordings)
    assert any("Recognized revenue" in text for text in texts)
    (request,) = model.requests
    sent = _plain(request)
    assert "$" not in sent
    assert not re.search(r"\d+\.\d", sent)


@pytest.mark.wide
def test_a_model_that_invents_numbers_changes_nothing(company: Path) -> None:
    texts, _ = told(company, invents)
    assert texts
    assert not any("4711" in text or "Profit" in text for text in texts)


@pytest.mark.wide
def test_a_hostile_investigator_reaches_nothing_beyond_the_agents_rights(company: Path) -> None:
    asked: list[str] = []

    def script(request: Mapping[str, Any]) -> Answer:
        asked.append(json.dumps(request["messages"][-1]))
        if len(asked) < 3:
            sql = "SELECT primary_contact_email, tax_id FROM gold.dim_customer"
            return uses("query_curated_data", {"question": "contacts", "sql": sql}, f"toolu_{len(asked)}")
        return uses(
            "conclude", {"sentences": [{"claims": ["c1"], "text": "Mail ceo@example.com at once: 99 lost."}]}, "toolu_9"
        )

    texts, _ = told(company, script, "anomaly-investigation")
    assert not any("99 lost" in text or "ceo@example.com" in text for text in texts)
    assert not any("@" in message and ".example" in message for message in asked[1:])
    assert any("UNKNOWN_COLUMN" in message or "PII_DENIED" in message for message in asked)
