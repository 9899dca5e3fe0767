"""Without a mail server or Slack, messages lie in a folder, readable and the same each time."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path

import pytest

from agents.delivery.channel import file_name
from agents.delivery.errors import NotNow, Refused
from agents.delivery.folder import FolderChannel
from tests.agents.delivery.conftest import CHART, mail, parcel, post


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_mail_is_a_message_file_a_page_a_text_and_its_images(tmp_path: Path) -> None:
    ref = FolderChannel(tmp_path / "outbox").send(parcel(mail(images=(CHART,))))
    found = contents(tmp_path / "outbox")
    stem = "brief_ana-d37b6837"
    image = f"{stem}.kpis-ce205cfd.png"
    assert ref == f"{stem}.eml"
    assert sorted(found) == sorted([f"{stem}.eml", f"{stem}.html", image, f"{stem}.txt"])
    parsed = email.message_from_bytes(found[ref], policy=email.policy.default)
    assert parsed["To"] == "ana@techco.example"
    assert found[image] == CHART.content
    assert found[f"{stem}.html"] == f"<p>down <img src='{image}'></p>".encode()


def test_a_post_is_a_file_for_machines_and_one_for_people(tmp_path: Path) -> None:
    blocks = (
        {"type": "header", "text": {"type": "plain_text", "text": "Revenue fell"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "West"},
            "fields": [{"type": "mrkdwn", "text": "down"}],
        },
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "receipt r_1"}]},
    )
    ref = FolderChannel(tmp_path).send(parcel(post(blocks=blocks, reply_to="incident/0")))
    found = contents(tmp_path)
    assert json.loads(found[ref]) == {
        "key": "incident/1",
        "channel": "C1",
        "text": "Revenue fell",
        "blocks": list(blocks),
        "images": [],
        "reply_to": "incident/0",
        "replaces": "",
    }
    assert found[ref.replace(".json", ".md")].decode().split("\n\n") == [
        "To C1",
        "In the thread of incident/0",
        "## Revenue fell",
        "West",
        "down",
        "---",
        "receipt r_1\n",
    ]


def test_written_again_nothing_changes(tmp_path: Path) -> None:
    channel = FolderChannel(tmp_path)
    messages = [parcel(mail(images=(CHART,))), parcel(post(images=(CHART,), replaces="incident/0"))]
    assert [channel.find(message) for message in messages] == [None, None]
    refs = [channel.send(message) for message in messages]
    before = contents(tmp_path)
    assert [channel.send(message) for message in messages] == refs
    assert [channel.find(message) for message in messages] == refs
    assert contents(tmp_path) == before


@pytest.mark.parametrize("key", ["../../etc/passwd", "a\\b:c*?", "x" * 5000, "", ".hidden", "Größe/ä"])
def test_no_key_leaves_the_folder_or_breaks_a_file_system(key: str, tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    ref = FolderChannel(folder).send(parcel(mail(key)))
    assert (folder / ref).parent == folder
    assert list(tmp_path.iterdir()) == [folder]
    assert len(ref.encode()) < 200
    assert not ref.startswith(".")


def test_keys_that_read_alike_are_different_files() -> None:
    assert file_name("a/b") != file_name("a_b")


def test_a_folder_that_cannot_be_written_means_later_and_leaves_nothing_half(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(NotNow, match="cannot be written"):
        FolderChannel(tmp_path / "outbox").send(parcel(mail()))


def test_a_file_that_cannot_be_moved_into_place_leaves_no_other_behind(tmp_path: Path) -> None:
    stem = file_name("brief/ana")
    (tmp_path / f"{stem}.txt" / "in the way").mkdir(parents=True)
    with pytest.raises(NotNow):
        FolderChannel(tmp_path).send(parcel(mail()))
    assert [path.name for path in tmp_path.iterdir()] == [f"{stem}.txt"]


def test_what_is_no_mail_is_refused_here_too(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        FolderChannel(tmp_path / "outbox").send(parcel(mail(subject="a\nb")))
    assert not (tmp_path / "outbox").exists()
