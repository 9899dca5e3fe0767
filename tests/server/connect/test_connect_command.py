"""`assay connect` as a person meets it: files of Claude Desktop changed safely, lines for Claude Code."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from server.connect.desktop import ConfigError, carry_out, planned, usual_config_file
from tests.processes import assay, environment

THERE = '{\n    "mcpServers": {\n        "other": {"command": "x", "n": 1.50}\n    },\n    "theme": "dark"\n}\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration that somebody laid out by hand."""
    file = tmp_path / "claude_desktop_config.json"
    file.write_text(THERE)
    file.chmod(0o640)
    return file


def test_a_dry_run_shows_the_change_and_changes_nothing(config: Path, demo_workspace: Path) -> None:
    done = assay("connect", "claude-desktop", "--dry-run", "--config", str(config), "-w", str(demo_workspace))
    assert done.returncode == 0, done.stderr
    assert '+        "assay": {' in done.stdout and '-        "other": {"command": "x", "n": 1.50}\n' in done.stdout
    assert config.read_text() == THERE
    assert [f.name for f in config.parent.iterdir()] == [config.name]


def test_written_and_removed_again_the_file_is_the_very_same(config: Path, demo_workspace: Path) -> None:
    where = ("--config", str(config), "-w", str(demo_workspace))
    assert assay("connect", "claude-desktop", "--write", *where).returncode == 0
    assert config.with_name(config.name + ".bak").read_text() == THERE
    assert config.stat().st_mode & 0o777 == 0o640
    written = config.read_bytes()
    again = assay("connect", "claude-desktop", "--write", *where)
    assert "nothing to change" in again.stdout and config.read_bytes() == written
    assert config.with_name(config.name + ".bak").read_text() == THERE
    assert assay("connect", "claude-desktop", "--remove", "--config", str(config)).returncode == 0
    assert config.read_text() == THERE
    assert sorted(f.name for f in config.parent.iterdir()) == [config.name, config.name + ".bak"]


def test_what_is_written_starts_a_server_as_that_user_and_role(tmp_path: Path, demo_workspace: Path) -> None:
    config = tmp_path / "new" / "claude_desktop_config.json"
    options = ("--name", "gold", "--as", "rev.jordan", "--role", "revops", "-w", str(demo_workspace))
    done = assay("connect", "claude-desktop", "--write", "--config", str(config), *options)
    assert done.returncode == 0, done.stderr
    entry = json.loads(config.read_text())["mcpServers"]["gold"]

    async def scope() -> str:
        command = StdioServerParameters(command=entry["command"], args=entry["args"], env=environment())
        async with Client(stdio_client(command), mode="legacy") as client:
            told = await client.call_tool("query_curated_data", {"question": "recognized revenue last quarter"})
            return (told.structured_content or {})["scope"]

    assert anyio.run(scope).startswith("territory")


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--as", "nobody"], "users are"),
        (["--role", "czar"], "roles are"),
        (["--name", "my assay"], "--name takes"),
        (["--remove", "--write"], "say one of them"),
    ],
)
def test_what_claude_would_only_hide_is_misuse_now(options: list[str], says: str, demo_workspace: Path) -> None:
    done = assay("connect", "claude-desktop", *options, "-w", str(demo_workspace))
    assert done.returncode == 2 and says in done.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"mcpServers": {"a": }}', "line 1, column 22"),
        (b'{"mcpServers": []}', "'mcpServers' is not an object"),
        (b"[1]", "holds no object"),
        ('{"a": 1}'.encode("utf-16"), "utf-8"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_and_left_alone(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=says):
        planned(file, "assay", {"command": "x"})
    assert file.read_bytes() == content


def test_a_file_behind_a_link_with_a_byte_order_mark_keeps_both(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.json", tmp_path / "config.json"
    real.write_bytes(b'\xef\xbb\xbf{"x": 1}')
    link.symlink_to(real)
    carry_out(planned(link, "assay", {"command": "y"}))
    assert link.is_symlink() and real.read_bytes().startswith(b'\xef\xbb\xbf{"x": 1, ')


def test_a_file_that_another_program_changed_meanwhile_is_not_overwritten(config: Path) -> None:
    change = planned(config, "assay", {"command": "y"})
    config.write_text("{}")
    with pytest.raises(ConfigError, match="meanwhile"):
        carry_out(change)
    assert config.read_text() == "{}"


def test_a_folder_where_the_file_should_be_and_one_that_cannot_be_made_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        planned(tmp_path, "assay", {"command": "y"})
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be"):
        carry_out(planned(tmp_path / "file" / "c.json", "assay", {"command": "y"}))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said_and_left_alone(config: Path) -> None:
    config.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            carry_out(planned(config, "assay", {"command": "y"}))
    finally:
        config.parent.chmod(0o700)
    assert config.read_text() == THERE


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("darwin", {}, "home/Library/Application Support/Claude/claude_desktop_config.json"),
        ("win32", {"APPDATA": "roaming"}, "roaming/Claude/claude_desktop_config.json"),
        ("win32", {}, "home/AppData/Roaming/Claude/claude_desktop_config.json"),
        ("linux", {}, "home/.config/Claude/claude_desktop_config.json"),
        ("linux", {"XDG_CONFIG_HOME": "xdg"}, "xdg/Claude/claude_desktop_config.json"),
    ],
)
def test_each_system_has_its_usual_place(platform: str, environ: dict[str, str], expected: str) -> None:
    assert usual_config_file(platform, Path("home"), environ) == Path(expected)


def test_the_line_for_claude_code_starts_this_server(demo_workspace: Path) -> None:
    done = assay("connect", "claude-code", "--as", "exec.morgan", "-w", str(demo_workspace))
    words = shlex.split(done.stdout)
    assert words[:8] == ["claude", "mcp", "add", "--transport", "stdio", "--scope", "user", "assay"]
    assert words[8] == "--" and words[10:] == ["serve", "--workspace", str(demo_workspace), "--as", "exec.morgan"]


def test_the_line_for_a_running_server_names_its_url() -> None:
    done = assay("connect", "claude-code", "--url", "https://assay.example.com/mcp", "--scope", "project")
    assert done.stdout == "claude mcp add --transport http --scope project assay https://assay.example.com/mcp\n"


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("options", [["--url", "assay.example.com"], ["--url", "https://a.example/mcp", "--as", "me"]])
def test_a_url_that_is_none_or_a_user_beside_it_is_misuse(options: list[str]) -> None:
    assert assay("connect", "claude-code", *options).returncode == 2
