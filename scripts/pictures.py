#!/usr/bin/env python3
"""Photograph the pages for the README: a marked report, a system's scores, its faults in the text.

Needs Chromium and Playwright.  Beside the pictures stands the hash of the page that each was taken of;
``--check`` writes no picture, needs neither, and exits 1 if a page has changed since.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))  # this checkout, whatever is installed

from reportedly import codec, corpus, pages, report, scoring, significance
from reportedly.systems import predict

FOLDER = ROOT / "benchmarks" / "pictures"
HASHES = FOLDER / "pages.json"
RESAMPLES = 1000


def laid_out() -> dict[str, str]:
    """Make the pages that are photographed."""
    gold = corpus.load("dossier")
    scored = scoring.score(gold, [predict("rules", document) for document in gold], keep_items=True)
    signed = report.signature(scored, "dossier", resamples=RESAMPLES, seed=1)
    limits = significance.bootstrap(scored, resamples=RESAMPLES)
    return {
        "article": pages.article([document for document in gold if document.id == "selmouth-2"]),
        "score": pages.score(scored, scoring.results(scored), limits, signed, "rules"),
    }


def photograph(made: dict[str, str]) -> None:
    """Take each picture of what a reader has on a screen of ordinary width."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])

        def opened(name: str, height: int) -> Any:
            path = Path(folder) / f"{name}.html"
            codec.write(path, made[name])
            page = browser.new_page(viewport={"width": 1200, "height": height}, color_scheme="light")
            page.goto(path.as_uri())
            return page

        page = opened("article", 1010)
        page.locator("a.claim", has_text="Thirteen").evaluate("link => { location.hash = link.hash }")
        page.screenshot(path=FOLDER / "article.png")
        page = opened("score", 640)
        page.screenshot(path=FOLDER / "score.png")
        page.locator("h3").first.evaluate("heading => scrollTo(0, heading.getBoundingClientRect().top - 24)")
        page.screenshot(path=FOLDER / "faults.png")
        browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Photograph the pages for the README.")
    parser.add_argument("--check", action="store_true", help="take none; exit 1 if a page has changed since")
    check = parser.parse_args().check
    made = laid_out()
    hashes = json.dumps({name: sha256(page.encode()).hexdigest() for name, page in made.items()}, indent=1) + "\n"
    fresh = HASHES.exists() and HASHES.read_text(encoding="utf-8") == hashes
    if check:
        if not fresh:
            print(f"stale: {FOLDER.relative_to(ROOT)}; take them again with scripts/pictures.py", file=sys.stderr)
        return 0 if fresh else 1
    FOLDER.mkdir(exist_ok=True)
    photograph(made)
    codec.write(HASHES, hashes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
