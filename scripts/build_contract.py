#!/usr/bin/env python3
"""Write what follows from the vocabularies: label lists in the JSON Schemas, tables in the guidelines.

``--check`` writes nothing and exits 1 if something is stale.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from reportedly import checks, codec, contract

SCHEMA = Path(__file__).resolve().parent.parent / "schema"

# The columns of a vocabulary's table, heading by field; others have label, meaning and test.
COLUMNS = {
    "role": {"label": "role", "means": "means", "test": "test", "entity_types": "entity types"},
    "event_type": {"label": "label", "means": "means", "test": "test", "maps_to": "ACE / KAIROS"},
    "hedge": {
        "label": "label",
        "means": "means",
        "cues": "cues",
        "n": "numbers",
        "interval": "interval",
        "test": "test",
    },
    "vague_word": {"word": "word", "low": "low", "high": "high", "test": "covers"},
    "metric": {"label": "label", "means": "means", "test": "test", "events": "events"},
}
PLAIN = {"label": "label", "means": "means", "test": "test"}
ENDS = {"inf": "∞", "word": "lexicon"}


def cell(row: dict[str, Any], field: str) -> str:
    if field == "interval":
        low, high = (ENDS.get(row[end], row[end]).replace("-", "−") for end in ("low", "high"))
        left = "[" if row["low_end"] == "hard" else "("
        right = "]" if row["high_end"] == "hard" and row["high"] != "inf" else ")"
        return f"{left}{low}, {high}{right}"
    value = row[field]
    if value is None:
        return "–"
    if isinstance(value, list):
        return " or ".join(map(str, value)) if field == "n" else ", ".join(map(str, value))
    return f"**{value}**" if field in ("label", "word") else str(value)


def lay_out(heads: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])


def table(name: str) -> str:
    if name == "rules":
        form = [[f"`{id}`", says, "yes"] for id, says in codec.FORM.items()]
        rules = [[f"`{r.id}`", r.says, "yes" if r.predictions else "no"] for r in checks.RULES.values()]
        return lay_out(["rule", "what must hold", "of predictions too"], form + rules)
    columns = COLUMNS.get(name, PLAIN)
    rows = [[cell(row, field) for field in columns] for row in contract.vocabulary()[name]]
    return lay_out(list(columns.values()), rows)


def built() -> dict[Path, str]:
    """Compute every file's content."""
    files = {}
    for name in ("document", "prediction"):
        path = SCHEMA / f"{name}.schema.json"
        files[path] = json.dumps(contract.with_labels(contract.schema(name)), indent=2, ensure_ascii=False) + "\n"
    path = SCHEMA / "GUIDELINES.md"
    files[path] = re.sub(
        r"(<!-- table:(\w+) -->\n).*?(<!-- /table:\2 -->)",
        lambda found: f"{found[1]}{table(found[2])}\n{found[3]}",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description="Write label lists and tables from the vocabularies.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is stale")
    check = parser.parse_args().check
    stale = [(path, text) for path, text in built().items() if path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if check:
            print(f"stale: schema/{path.name}", file=sys.stderr)
        else:
            codec.write(path, text)
            print(f"wrote schema/{path.name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
