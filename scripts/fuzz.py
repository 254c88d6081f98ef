#!/usr/bin/env python3
"""Fuzz the one door, where documents come in, for some minutes; a finding is written into tests/found/.

Wants `pip install -e ".[fuzz]"`, on Linux.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests")]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument(
        "over", choices=("bytes", "documents"), help="raw bytes, or documents with a place or two changed"
    )
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    os.nice(10)
    import atheris

    # Coverage guides only through what is instrumented when it is imported.
    with atheris.instrument_imports(include=["reportedly", "json_source_map"]):
        import fuzzing

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
        corpus = Path(place, "corpus")
        corpus.mkdir()
        for number, path in enumerate(fuzzing.seeds()):
            (corpus / str(number)).write_bytes(path.read_bytes())

        def mutate(data: bytes, longest: int, seed: int) -> bytes:
            new = fuzzing.redrawn(data, seed)
            return atheris.Mutate(data, longest) if new is None or len(new) > longest else new

        fuzzing.FOUND.mkdir(exist_ok=True)
        limits = [
            f"-max_total_time={round(options.minutes * 60)}",
            "-timeout=20",
            "-rss_limit_mb=2048",
            "-max_len=65536",
        ]
        told = [f"-artifact_prefix={fuzzing.FOUND}/", "-print_final_stats=1"]
        over = {"custom_mutator": mutate} if options.over == "documents" else {}
        atheris.Setup(
            [sys.argv[0], *limits, *told, str(corpus)], lambda data: fuzzing.let_in(data, Path(place)), **over
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
