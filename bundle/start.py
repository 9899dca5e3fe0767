"""Starts the bundled server over stdio, as the user and role that the person filled in."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from server.main import main

OPTIONS = {"--as": "ASSAY_BUNDLE_USER", "--role": "ASSAY_BUNDLE_ROLE"}


def arguments(environ: Mapping[str, str]) -> list[str]:
    """What to start `assay` with. A host leaves a field that nobody filled in empty, or as its placeholder."""
    told = ["serve"]
    for option, name in OPTIONS.items():
        value = environ.get(name, "").strip()
        if value and not value.startswith("${"):
            told += [option, value]
    return told


if __name__ == "__main__":
    sys.argv[1:] = arguments(os.environ)
    main()
