"""Which start of the machine this is, so that monotonic times of one log can be compared."""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path

LINUX_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    """The system's own id of this boot where it has one, else one for this process."""
    try:
        return LINUX_BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return f"process-{uuid.uuid4()}"
