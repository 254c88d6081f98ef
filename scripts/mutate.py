#!/usr/bin/env python3
"""Break the modules that give the numbers, one small way at a time, and see whether a test notices.

Wants `pip install -e ".[mutate]"`; takes half an hour for all of them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests")]


def main() -> int:
    import mutation

    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="module", help=f"all if none: {', '.join(mutation.TESTS)}")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(mutation.TESTS):
        parser.error(f"no module {', '.join(sorted(unknown))}; there are {', '.join(mutation.TESTS)}")
    os.nice(10)
    mutation.warm()
    begun, outcomes = monotonic(), []
    with tempfile.TemporaryDirectory() as compiled:
        sys.pycache_prefix, sys.dont_write_bytecode = compiled, False
        for outcome in mutation.campaign(options.modules or list(mutation.TESTS), options.jobs):
            outcomes.append(outcome)
            if outcome.verdict == "survived" or len(outcomes) % 100 == 0:
                minutes = (monotonic() - begun) / 60
                print(f"{minutes:5.1f} min {len(outcomes):5} {outcome.verdict}: {outcome.text}", file=sys.stderr)
    text, good = mutation.report(outcomes, mutation.explained())
    print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
