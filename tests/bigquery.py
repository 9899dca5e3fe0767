"""A BigQuery to test against: the emulator in an environment of its own, made when first needed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements" / "emulator.txt"
ENVIRONMENT = Path(os.environ.get("ASSAY_EMULATOR_ENV", ROOT / ".venv-emulator"))
STARTS_SECONDS = 60.0
_LISTENS = re.compile(r'"port": (\d+), "event": "(rest|grpc).listen"')


def emulator_python() -> Path:
    """The emulator's own Python, installed from the pinned requirements if it is not there yet.

    Skips the test where the packages can be had from nowhere."""
    python, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / ".installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("the BigQuery emulator is not installed, and there is no uv to install it")
    # Several test processes may come here at once: one installs, the others wait for it.
    with _alone(ENVIRONMENT.with_suffix(".lock")):
        if not (stamp.exists() and stamp.read_text() == wanted):
            _run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(ENVIRONMENT)])
            _run([uv, "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", str(REQUIREMENTS)])
            stamp.write_text(wanted)
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the BigQuery emulator cannot be installed: {done.stderr.strip()[-300:]}")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Emulator:
    """Where it listens: `rest` as a URL, `storage` (the Storage Read API) as "host:port"."""

    rest: str
    storage: str


@contextmanager
def running_emulator(folder: Path) -> Iterator[Emulator]:
    """An emulator on free ports, with its files in `folder`; stopped at the end."""
    log = folder / "emulator.log"
    command = [str(emulator_python()), str(ROOT / "tests" / "fakes" / "emulator_main.py"), "start"]
    command += ["--rest-port", "0", "--grpc-port", "0", "--ephemeral", "--log-format", "json", "--log-level", "info"]
    environment = {**os.environ, "HOME": str(folder), "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=environment)
    try:
        ports = _ports(process, log)
        yield Emulator(f"http://127.0.0.1:{ports['rest']}", f"127.0.0.1:{ports['grpc']}")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ports(process: subprocess.Popen[bytes], log: Path) -> dict[str, int]:
    until = time.monotonic() + STARTS_SECONDS
    while time.monotonic() < until:
        found = {kind: int(port) for port, kind in _LISTENS.findall(log.read_text())}
        if len(found) == 2:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"the emulator did not start: {log.read_text()[-2000:]}")
