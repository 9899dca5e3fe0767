"""A headless browser, where there is one: pages at a width and a colour scheme."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH: the page's looks are not tested")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_SCRIPT = """
<script>
addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  const wide = [...page.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > WIDTH + 0.5);
  const see = e => e.checkVisibility() && e.getBoundingClientRect().width > 0;
  const colour = (name, what) => {
    const e = page.querySelector(name); return e ? page.defaultView.getComputedStyle(e)[what] : "";
  };
  document.body.dataset.found = JSON.stringify({
    scroll: page.documentElement.scrollWidth,
    wide: [...new Set(wide.map(e => e.tagName))],
    thin: [...page.querySelectorAll("caption, th, td")].filter(
      e => see(e) && e.getBoundingClientRect().width < 40).map(e => e.textContent),
    seen: [...page.querySelectorAll("[data-fact]")].filter(see).map(e => e.dataset.fact),
    pictures: [...page.querySelectorAll("img")].filter(see).map(e => e.alt.length > 0 && e.naturalWidth > 0),
    labels: [...page.querySelectorAll(".lb")].filter(see).length,
    paper: colour("body", "backgroundColor"), ink: colour("h1", "color"), muted: colour("p.mut", "color"),
    good: colour("td .good", "color"), bad: colour("td .bad", "color"), link: colour("p a", "color"),
    band: colour(".band", "backgroundColor"), warning: colour(".band", "color"),
  });
});
</script>
"""


def look(page: str, width: int, scheme: str, folder: Path) -> str:
    """What a reader sees of a page: JSON of sizes, colours and visible facts."""
    frame = folder / "frame.html"
    inner = html.escape(page, quote=True)
    frame.write_text(
        f'<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><body>'
        f'<iframe style="border:0;width:{width}px;height:6000px" srcdoc="{inner}"></iframe>'
        + _SCRIPT.replace("WIDTH", str(width)),
        encoding="utf-8",
    )
    setting = {"dark": 0, "light": 1}[scheme]
    command = (CHROMIUM, *_FLAGS, f"--user-data-dir={folder / 'profile'}")
    done = subprocess.run(
        (*command, f"--blink-settings=preferredColorScheme={setting}", "--dump-dom", frame.as_uri()),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'data-found="([^"]*)"', done.stdout)
    assert found, done.stderr
    return html.unescape(found[1])
