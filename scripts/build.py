#!/usr/bin/env python3
"""Write everything in the tree that follows from something else in it.

From the vocabularies: the label lists of the JSON Schemas, the tables of the guidelines, Label Studio's
config.  From the corpus and the floor systems: ``benchmarks/results/``, the READMEs' tables and the headline they
show.  From the independent passes: the datasheet's table of agreement.
``--check`` writes nothing and exits 1 if something is stale.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))  # this checkout, whatever is installed

from reportedly import agreement, checks, codec, contract, contrast, corpus, pairs, report, scoring, significance
from reportedly.labelstudio import config as labelstudio
from reportedly.metrics import HEADLINE
from reportedly.model import Invalid
from reportedly.systems import SYSTEMS, predict

SEED, RESAMPLES = 1, 10_000
SHOWN = ("article", "rules")
DECIDED = "hedge, metric, population, scope, as_of, status, hop type, stance, entity type, event type"

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


def contract_files() -> dict[Path, str]:
    """Compute the JSON Schemas and the guidelines with labels and tables of the vocabularies."""
    files = {}
    for name in ("document", "prediction"):
        path = ROOT / "schema" / f"{name}.schema.json"
        files[path] = json.dumps(contract.with_labels(contract.schema(name)), indent=2, ensure_ascii=False) + "\n"
    files[ROOT / "schema" / "labelstudio.xml"] = labelstudio.config()
    path = ROOT / "schema" / "GUIDELINES.md"
    files[path] = re.sub(
        r"(<!-- table:(\w+) -->\n).*?(<!-- /table:\2 -->)",
        lambda found: f"{found[1]}{table(found[2])}\n{found[3]}",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    return files


def result_files() -> dict[Path, str]:
    """Score the floor systems on every split; compute their reports, and the READMEs with table and headline."""
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
    shown = contrast_table()
    for path in (ROOT / "README.md", ROOT / "benchmarks" / "README.md"):
        text = between("results", "\n".join(lines), path.read_text(encoding="utf-8"))
        files[path] = between("contrast", shown, between("report", f"```\n{printed}\n```", text))
    return files


def contrast_table() -> str:
    """Score the floor systems, and one that knows the reports by heart, on the contrast set; lay out the table."""
    gold = [document for split in corpus.splits() for document in corpus.load(split)]
    originals = {document.id: document for document in gold}
    variants = corpus.contrast(originals)
    texts = [*gold, *(variant.document for variant in variants)]
    known = {document.id: document for document in texts}
    answers = {name: [predict(name, document) for document in texts] for name in SYSTEMS}
    answers["by heart"] = gold + [
        codec.from_dict(contrast.recalled(originals[v.of], v.document), known) for v in variants
    ]
    scored = {
        name: pairs.score(gold, variants, predicted, record=corpus.record(), resamples=RESAMPLES, seed=SEED)
        for name, predicted in answers.items()
    }
    rows = []
    for row in next(iter(scored.values())).rows:
        cells = [found.rates["pair"] for each in scored.values() for found in each.rows if found.family == row.family]
        if any(cell is not None for cell in cells):
            name = row.family if row.family == "all" else f"`{row.family}`"
            rows.append([name, str(row.variants), *map(report.number, cells)])
    leaks = [each.rows[-1].rates["leak"] for each in scored.values()]
    rows.append(["recall leak ↓", str(len(variants)), *map(report.number, leaks)])
    return lay_out(["family", "variants", *(f"`{name}`" if name in SYSTEMS else name for name in scored)], rows)


def agreement_files() -> dict[Path, str]:
    """Compute the datasheet with the agreement of the passes with each other and with gold."""
    documents = [d for split in corpus.splits() for d in corpus.load(split)]
    folder = contract.folder("corpus") / "passes"
    passes = {
        p.name: codec.load(*sorted(p.glob("*.json")), gold=documents) for p in sorted(folder.iterdir()) if p.is_dir()
    }
    rows: dict[str, list[str]] = {}
    heads = ["what"]
    for a, b in [*combinations(passes, 2), *((name, "gold") for name in passes)]:
        common = {d.id for d in passes[a]} & ({d.id for d in passes[b]} if b in passes else {d.id for d in documents})
        if not common:
            continue
        sides = {n: [d for d in passes.get(n, documents) if d.id in common] for n in (a, b)}
        found = agreement.agree(sides, resamples=0)
        where = next((split for split, ids in corpus.splits().items() if set(ids) == common), ", ".join(sorted(common)))
        heads.append(f"{a} – {b}, {where}")
        for layer in found.layers:
            rows.setdefault(f"{layer.metric}, F1", []).append(report.number(layer.f1))
        decided = {d.name: d for d in found.decisions}
        for name in DECIDED.split(", "):
            value = f"{report.number(decided[name].alpha)} ({decided[name].items})" if name in decided else "–"
            rows.setdefault(f"{name}, alpha (items)", []).append(value)
    table = lay_out(heads, [[what, *values] for what, values in rows.items()])
    path = ROOT / "DATASHEET.md"
    return {path: between("agreement", table, path.read_text(encoding="utf-8"))}


def between(name: str, new: str, text: str) -> str:
    """Replace what stands between a pair of markers."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return re.sub(pattern, lambda found: f"{found[1]}{new}\n{found[2]}", text, flags=re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write everything that is generated.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is stale")
    check = parser.parse_args().check
    try:
        return build(check)
    except (Invalid, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def build(check: bool) -> int:
    """Bring the tree up to date, or say what is not."""
    files = contract_files() | result_files() | agreement_files()
    stale = [(p, text) for p, text in files.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if check:
            print(f"stale: {path.relative_to(ROOT)}", file=sys.stderr)
        else:
            codec.write(path, text)
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
