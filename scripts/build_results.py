#!/usr/bin/env python3
"""Score the floor systems and write their reports and the table in the READMEs.

Writes ``benchmarks/results/<split>/<system>.json``, the table between ``<!-- results -->`` markers of README.md and
benchmarks/README.md, and the printed headline between ``<!-- report -->`` markers.  ``--check`` writes nothing and
exits 1 if something is stale.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from reportedly import codec, corpus, report, scoring, significance
from reportedly.metrics import HEADLINE
from reportedly.systems import SYSTEMS, predict

ROOT = Path(__file__).resolve().parent.parent
SEED, RESAMPLES = 1, 10_000
SHOWN = ("article", "rules")


def built() -> dict[Path, str]:
    """Compute every file's content."""
    files: dict[Path, str] = {}
    rows = []
    for split in corpus.splits():
        gold = corpus.load(split)
        for name in SYSTEMS:
            scored = scoring.score(gold, [predict(name, document) for document in gold])
            limits = significance.bootstrap(scored, resamples=RESAMPLES, seed=SEED)
            signed = report.signature(scored, split, resamples=RESAMPLES, seed=SEED)
            found = scoring.results(scored)
            if (split, name) == SHOWN:
                whole = report.score(scored, found, limits, signed)
                printed = whole[whole.index("headline") :].split("\n\n")[0]
            plain = report.score_json(scored, found, limits, signed)
            # Six digits: the last bits of a sum may differ between machines.
            text = json.dumps(json.loads(json.dumps(plain), parse_float=lambda f: round(float(f), 6)), indent=1)
            files[ROOT / "benchmarks" / "results" / split / f"{name}.json"] = text + "\n"
            rows.append([split, f"`{name}`", *(report.number(plain["headline"][metric]) for metric in HEADLINE)])
    heads = [
        "split",
        "system",
        "COUNT claims, F1",
        "chains, F1",
        "responsibility, F1",
        "template slots",
        "false fills ↓",
    ]
    lines = ["| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows]]
    for path in (ROOT / "README.md", ROOT / "benchmarks" / "README.md"):
        text = between("results", "\n".join(lines), path.read_text(encoding="utf-8"))
        files[path] = between("report", f"```\n{printed}\n```", text)
    return files


def between(name: str, new: str, text: str) -> str:
    """Replace what stands between a pair of markers."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return re.sub(pattern, lambda found: f"{found[1]}{new}\n{found[2]}", text, flags=re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser(description="Score the floor systems; write their reports and the tables.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is stale")
    check = parser.parse_args().check
    stale = [(p, text) for p, text in built().items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if check:
            print(f"stale: {path.relative_to(ROOT)}", file=sys.stderr)
        else:
            codec.write(path, text)
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
