"""Our numbers beside those of other people's programs, on random input that each of them can score.

- seqeval 1.2.2, strict IOB2: exact typed spans that do not overlap within a side.
- nervaluate 1.2.1: exact typed spans; and SemEval-2013's partial credit (its "partial", which looks at no
  type) where every span overlaps at most one of the other side, so that pairing from left to right is right.
- metametric 0.2.1 and neleval 3.1.1: MUC, B³ and CEAFe over partitions with singletons, a document at a time.

The CoNLL 8.01 reference scorer and coval (LEA) are in `test_coreference`, scikit-learn in `test_metrics`,
and MUC's partial credit, worked out by hand, in `test_metrics` and `test_published`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from environments import environment, run
from reportedly.metrics.coreference import Cluster, b_cubed, ceaf_e, muc
from reportedly.model import Document, Entity, Span
from reportedly.scoring import results, score

Spans = list[tuple[str, int, int]]  # type, first token, token behind the last
TYPES = ("PER", "ORG", "FAC")
WORDS = 40

THEIRS = r"""
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy
numpy.int = int  # neleval was written for NumPy before 1.24
import metametric.dsl as mm
from metametric.metrics import coref
from metametric.structures.ie import Entity, EntitySet, Mention
from neleval import coref_metrics
from nervaluate import Evaluator
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

cases = json.load(sys.stdin)
found = {"seqeval": [], "nervaluate": [], "partial": [], "metametric": [], "neleval": []}

def tags(spans, words):
    row = ["O"] * words
    for kind, start, end in spans:
        row[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    return row

def dicts(spans):
    return [{"label": kind, "start": start, "end": end - 1} for kind, start, end in sorted(spans, key=lambda s: s[1])]

for docs in cases["typed"]:
    gold, predicted = ([tags(doc[side], cases["words"]) for doc in docs] for side in (0, 1))
    strictly = dict(mode="strict", scheme=IOB2, average="micro")
    found["seqeval"].append([m(gold, predicted, **strictly) for m in (precision_score, recall_score, f1_score)])
    their = Evaluator([dicts(d[0]) for d in docs], [dicts(d[1]) for d in docs], tags=cases["types"], loader="dict").evaluate()
    strict = their["overall"]["strict"]
    found["nervaluate"].append([strict.precision, strict.recall, strict.f1])
for docs in cases["apart"]:
    their = Evaluator([dicts(d[0]) for d in docs], [dicts(d[1]) for d in docs], tags=["PER"], loader="dict").evaluate()
    partial = their["overall"]["partial"]
    found["partial"].append([partial.precision, partial.recall, partial.f1])
for gold, predicted in cases["clusters"]:
    named = [{str(i): set(c) for i, c in enumerate(side)} for side in (gold, predicted)]
    row = []
    for metric in (coref_metrics.muc, coref_metrics.b_cubed, coref_metrics.entity_ceaf):
        p_num, p_den, r_num, r_den = metric(*named)
        row.append([p_num / p_den if p_den else None, r_num / r_den if r_den else None])
    found["neleval"].append(row)
for gold, predicted in cases["clusters"][: cases["few"]]:
    sets = [EntitySet([Entity([Mention(m, m) for m in c]) for c in side]) for side in (gold, predicted)]
    suite = coref.coref_suite.new()
    suite.update_single(sets[1], sets[0])
    their = suite.compute()
    found["metametric"].append([[their[f"{m}-precision"], their[f"{m}-recall"]] for m in ("muc", "b_cubed", "ceaf_phi4")])
json.dump(found, sys.stdout)
"""


def typed(chance: random.Random) -> Spans:
    """Draw typed spans that do not overlap."""
    spans, at = [], 0
    while (at := at + chance.randrange(4)) < WORDS - 4:
        end = at + chance.randrange(1, 4)
        spans.append((chance.choice(TYPES), at, end))
        at = end
    return spans


def shaken(spans: Spans, chance: random.Random) -> Spans:
    """Change some types, move some ends inward, and leave some out."""
    kept = []
    for kind, start, end in spans:
        if chance.random() < 0.2:
            continue
        if chance.random() < 0.3:
            kind = chance.choice(TYPES)
        if chance.random() < 0.3 and end - start > 1:
            end -= 1
        kept.append((kind, start, end))
    return kept


def apart(chance: random.Random) -> tuple[Spans, Spans]:
    """Draw spans of one type in cells of five tokens, at most one a side and cell."""
    sides: tuple[Spans, Spans] = ([], [])
    for cell in range(0, WORDS, 5):
        for side in sides:
            if chance.random() < 0.8:
                start = cell + chance.randrange(4)
                side.append(("PER", start, chance.randrange(start + 1, cell + 5)))
    return sides


def partition(chance: random.Random, mentions: int) -> list[list[int]]:
    """Cut some of the mentions into entities, singletons among them."""
    parts: dict[int, list[int]] = {}
    for mention in range(mentions):
        if chance.random() < 0.85:
            parts.setdefault(chance.randrange(mentions // 2), []).append(mention)
    return list(parts.values())


def drawn() -> dict[str, Any]:
    chance = random.Random(11)
    corpora = []
    for _ in range(30):
        golds = [typed(chance) for _ in range(3)]
        corpora.append([(gold, shaken(gold, chance)) for gold in golds])
    return {
        "words": WORDS,
        "types": TYPES,
        "typed": corpora,
        "apart": [[apart(chance) for _ in range(3)] for _ in range(30)],
        "clusters": [(partition(chance, 14), partition(chance, 14)) for _ in range(60)],
        "few": 12,
    }


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    return drawn()


@pytest.fixture(scope="module")
def theirs(cases: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    python = environment("metametric==0.2.1", "neleval==3.1.1", "seqeval==1.2.2", "nervaluate==1.2.1")
    folder: Path = tmp_path_factory.mktemp("oracles")
    (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    code = f"import sys; sys.stdin = open('cases.json', encoding='utf-8')\n{THEIRS}"
    found: dict[str, Any] = json.loads(run(python, code, cache=folder))
    return found


def document(spans: Spans, id: str) -> Document:
    """Make a document of words of one letter; an entity a span."""
    text = " ".join("w" * WORDS)
    entities = [
        Entity(id=f"e{i}", type=kind, mentions=(Span(start=2 * a, end=2 * b - 1, text=text[2 * a : 2 * b - 1]),))
        for i, (kind, a, b) in enumerate(spans)
    ]
    return Document(id=id, text=text, entities=tuple(entities))


def ours(docs: list[tuple[Spans, Spans]], metric: str) -> list[float | None]:
    gold = [document(g, str(i)) for i, (g, _) in enumerate(docs)]
    predicted = [document(p, str(i)) for i, (_, p) in enumerate(docs)]
    (line,) = [r for r in results(score(gold, predicted, tasks=("mentions",))) if r.metric.name == metric]
    return [line.precision, line.recall, line.value]


@pytest.mark.parametrize("program", ["seqeval", "nervaluate"])
def test_exact_spans_score_as_other_programs_have_it(
    cases: dict[str, Any], theirs: dict[str, Any], program: str
) -> None:
    assert len({tuple(row) for row in theirs[program]}) > 20  # they differ, so that agreeing says something
    for docs, expected in zip(cases["typed"], theirs[program], strict=True):
        assert ours(docs, "mentions.exact") == pytest.approx(expected, abs=1e-12)


def test_overlapping_spans_earn_the_partial_credit_of_semeval_2013(
    cases: dict[str, Any], theirs: dict[str, Any]
) -> None:
    assert len({tuple(row) for row in theirs["partial"]}) > 20
    for docs, expected in zip(cases["apart"], theirs["partial"], strict=True):
        assert ours(docs, "mentions.relaxed") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("program", ["neleval", "metametric"])
def test_coreference_scores_as_other_programs_have_it(
    cases: dict[str, Any], theirs: dict[str, Any], program: str
) -> None:
    assert theirs[program]
    for (gold, predicted), rows in zip(cases["clusters"], theirs[program], strict=False):
        sides: list[list[Cluster]] = [[frozenset(c) for c in side] for side in (gold, predicted)]
        for metric, expected in zip((muc, b_cubed, ceaf_e), rows, strict=True):
            recall, precision = metric(*sides)
            mine = [sum(n for n, _ in side) / sum(d for _, d in side) for side in (precision, recall)]
            assert mine == pytest.approx(expected, abs=1e-9), metric.__name__
