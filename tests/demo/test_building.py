"""Building: the same from the same seed, whole or not at all, reused when it is current."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.build import GOLD_FILE, STAMP_FILE, TRUTH_FILE, build_company, is_current
from tests.demo.conftest import World

PINNED = json.loads((Path(__file__).parent / "checksums.json").read_text())
KILLED = """
import os, signal, sys
from pathlib import Path
from demo.build import build_company

def die(step, done, total):
    if done == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

build_company(Path(sys.argv[1]), profile="small", progress=die)
"""


@pytest.mark.parametrize("profile", ["small", "demo"])
def test_a_profile_and_seed_always_give_the_pinned_rows(profile: str, worlds: Callable[..., World]) -> None:
    assert dict(worlds(profile=profile).built.checksums) == PINNED[profile]


def test_the_content_does_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    one, two = (build_company(tmp_path / str(n), profile="small", threads=n) for n in (1, 2))
    assert one.checksums == two.checksums
    assert one.truth.read_text() == two.truth.read_text()


def test_another_seed_is_another_company(worlds: Callable[..., World]) -> None:
    first, second = worlds().built.checksums, worlds(seed=1).built.checksums
    same = {name for name in first if first[name] == second[name]}
    assert same == {
        "gold.dim_product",
        "gold.dim_time",
        "gold.dim_organization",
        "ops.schema_snapshot",
        "ops.check_result",
    }


def test_a_built_company_is_current_until_anything_about_it_differs(tmp_path: Path) -> None:
    build_company(tmp_path, profile="small")
    assert is_current(tmp_path, profile="small")
    assert not is_current(tmp_path, profile="small", seed=8)
    assert not is_current(tmp_path, profile="demo")
    assert not is_current(tmp_path, profile="small", clean=True)
    assert not is_current(tmp_path, profile="small", plant=frozenset({"T1"}))
    with (tmp_path / GOLD_FILE).open("ab") as file:
        file.write(b"more")
    assert not is_current(tmp_path, profile="small")


def test_a_folder_without_a_company_is_not_current(tmp_path: Path) -> None:
    assert not is_current(tmp_path / "nowhere")
    (tmp_path / STAMP_FILE).write_text("half a sta")
    assert not is_current(tmp_path)


@pytest.mark.first_cases(1)
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not known there")
@pytest.mark.parametrize("step", [1, 8, 14])
def test_a_killed_build_leaves_nothing_that_looks_finished_and_the_next_one_succeeds(step: int, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(step)], timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert not any((tmp_path / name).exists() for name in (GOLD_FILE, TRUTH_FILE, STAMP_FILE))
    assert not is_current(tmp_path, profile="small")
    build_company(tmp_path, profile="small")
    assert {f.name for f in tmp_path.iterdir()} == {GOLD_FILE, TRUTH_FILE, STAMP_FILE}


def test_progress_counts_up_to_the_total(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    build_company(tmp_path, profile="small", progress=lambda *step: heard.append(step))
    assert [done for _, done, _ in heard] == list(range(len(heard)))
    assert heard[-1][0] == "done" and heard[-1][1] == heard[-1][2]
    assert len({step for step, _, _ in heard}) == len(heard)


@pytest.mark.parametrize(
    ("plant", "clean", "says"),
    [(frozenset({"T99"}), False, "no planted truth is called T99"), (frozenset({"T1"}), True, "choose one")],
)
def test_plants_that_do_not_exist_are_refused_by_name(
    plant: frozenset[str], clean: bool, says: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=says):
        build_company(tmp_path, profile="small", plant=plant, clean=clean)
    assert list(tmp_path.iterdir()) == []
