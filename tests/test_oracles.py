"""Every metric that somebody else computes too, held to their numbers on drawn corpora.

    neleval 3.1.1      MUC, B³, CEAFe, whose CoNLL 2011 numbers it was tested on (Hachey et al.)
    metametric 0.2.1   the same three, and triggers and arguments (Chen et al. 2023)
    seqeval 1.2.2      spans by type, strict IOB2, as conlleval counts them (Nakayama 2018)
    nervaluate 1.2.1   SemEval-2013's strict and partial credit, on sorted spans of which none could be paired two ways
    scikit-learn       macro F1 of classes

Corpora are drawn once and scored there in one process; ours goes all the way from documents to the report's line.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from typing import Any

import pytest
from sklearn.metrics import f1_score

from environments import ROOT, environment
from reportedly.derivation import relations
from reportedly.model import Claim, Count, Document, Entity, Event, Span
from reportedly.scoring import Result, results, score

TEXT = "x" * 100
KINDS = ("PER", "ORG", "PLACE")
CORPORA = 40
Clusters = list[list[tuple[int, int]]]
Typed = list[tuple[str, int, int]]


# --- drawing ----------------------------------------------------------------------------------


def clusters(random: random.Random, spans: list[tuple[int, int]]) -> Clusters:
    """Divide some of the spans into clusters, singletons among them; now and then into none."""
    kept = [span for span in spans if random.random() < 0.8] if random.random() < 0.9 else []
    owners: dict[int, list[tuple[int, int]]] = {}
    for span in kept:
        owners.setdefault(random.randrange(max(1, len(kept) // 2)), []).append(span)
    return list(owners.values())


def typed(random: random.Random) -> Typed:
    """Draw typed spans that do not overlap, sorted; some side by side."""
    at, found = 0, []
    while (at := at + random.choice((0, 0, 1, 3, 9))) < 90:
        size = random.randint(1, 5)
        found.append((random.choice(KINDS), at, at + size))
        at += size
    return found if random.random() < 0.9 else []


def disturbed(random: random.Random, spans: Typed) -> Typed:
    """Change some spans of a list as a system might: dropped, of another type, cut short, or another reading."""
    if random.random() < 0.2:
        return typed(random)
    found = []
    for kind, start, end in spans:
        fate = random.random()
        if fate < 0.15:
            continue
        kind = random.choice(KINDS) if fate < 0.3 else kind
        found.append((kind, start, end - 1 if fate > 0.8 and end - start > 1 else end))
    return found


def events(random: random.Random, triggers: Typed, mentions: Typed) -> list[Any]:
    """Make an event of each trigger, with arguments among the mentions."""
    roles = ("agent", "patient", "place")
    made = []
    for kind, start, end in triggers:
        places = random.sample(mentions, min(len(mentions), random.randint(0, 3)))
        made.append((kind, (start, end), [(random.choice(roles), (s, e)) for _, s, e in places]))
    return made


def mirrored(random: random.Random, gold: list[Any]) -> list[Any]:
    """Change events: other triggers, other roles, arguments moved to another event."""
    made = [(k, t, [a for a in args if random.random() < 0.8]) for k, t, args in gold if random.random() < 0.9]
    return [
        (random.choice(KINDS) if random.random() < 0.1 else k, t, args if random.random() < 0.8 else list(other))
        for (k, t, args), (_, _, other) in zip(made, random.sample(made, len(made)), strict=True)
    ]


def batch() -> dict[str, list[Any]]:
    random_ = random.Random(2013)
    spans = [(i * 4, i * 4 + 3) for i in range(24)]
    sizes = [random_.randint(1, 4) for _ in range(CORPORA)]
    drawn: dict[str, list[Any]] = {"clusters": [], "spans": [], "paired": [], "events": []}
    for size in sizes:
        drawn["clusters"].append(
            [[clusters(random_, spans[: random_.randint(1, 24)]) for _ in "gp"] for _ in range(size)]
        )
        golds = [typed(random_) for _ in range(size)]
        drawn["spans"].append([[gold, disturbed(random_, gold)] for gold in golds])
        # One type and overlap with one span at most: there, which is paired first does not matter.
        golds = [[("PER", start, end) for _, start, end in gold] for gold in golds]
        sides = [[gold, [("PER", s, e) for _, s, e in disturbed(random_, gold)]] for gold in golds]
        drawn["paired"].append([pair for pair in sides if plain(*pair) and plain(*pair[::-1])])
        made = [events(random_, typed(random_), typed(random_)) for _ in range(size)]
        drawn["events"].append([[gold, mirrored(random_, gold)] for gold in made])
    return drawn


def plain(these: Typed, others: Typed) -> bool:
    return all(sum(s < end and start < e for _, s, e in others) <= 1 for _, start, end in these)


# --- ours -------------------------------------------------------------------------------------


def span(start: int, end: int) -> Span:
    return Span(start=start, end=end, text=TEXT[start:end])


def entities(groups: list[tuple[str, list[tuple[int, int]]]]) -> tuple[Entity, ...]:
    return tuple(
        Entity(id=f"e{i}", type=kind, mentions=tuple(span(*m) for m in mentions))
        for i, (kind, mentions) in enumerate(groups)
    )


def of_events(rows: list[Any]) -> dict[str, Any]:
    spans = sorted({m for *_, args in rows for _, m in args})
    ids = {m: f"e{i}" for i, m in enumerate(spans)}
    made = []
    for i, (kind, trigger, args) in enumerate(rows):
        roles: dict[str, tuple[str, ...]] = {}
        for role, mention in args:
            roles[role] = (*roles.get(role, ()), ids[mention])
        made.append(Event(id=f"v{i}", type=kind, triggers=(span(*trigger),), arguments=roles))
    return {"entities": entities([("PER", [m]) for m in spans]), "events": tuple(made)}


def ours(docs: list[Any], layers: Any, *tasks: str) -> dict[str, Result]:
    """Score a corpus of plain pairs, each side made into a document by ``layers``."""
    sides = [[Document(id=f"d{i}", text=TEXT, **layers(pair[j])) for i, pair in enumerate(docs)] for j in (0, 1)]
    return {line.metric.name: line for line in results(score(*sides, tasks=tasks))}


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[Any]]:
    return batch()


@pytest.fixture(scope="module")
def theirs(drawn: dict[str, list[Any]]) -> dict[str, list[Any]]:
    python = environment("metametric==0.2.1", "neleval==3.1.1", "seqeval==1.2.2", "nervaluate==1.2.1")
    done = subprocess.run(
        [python, "-W", "ignore", ROOT / "tests" / "scored_elsewhere.py"],
        input=json.dumps(drawn),
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[Any]] = json.loads(done.stdout)
    return found


def ratio(num: float, den: float) -> float | None:
    return num / den if den else None


def near(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, abs=1e-9)


def test_neleval_and_metametric_give_the_same_coreference(
    drawn: dict[str, list[Any]], theirs: dict[str, list[Any]]
) -> None:
    names = {"muc": "muc", "b_cubed": "b3", "entity_ceaf": "ceafe"}
    for docs, found in zip(drawn["clusters"], theirs["clusters"], strict=True):
        lines = ours(docs, lambda side: {"entities": entities([("PER", c) for c in side])}, "entities")
        for their_name, name in names.items():
            p_num, p_den, r_num, r_den = found[their_name]
            line = lines[f"entities.{name}"]
            assert (line.precision, line.recall) == (near(ratio(p_num, p_den)), near(ratio(r_num, r_den))), name
        for name in ("muc", "ceafe"):
            both, predicted, gold = found["metametric"][name]
            line = lines[f"entities.{name}"]
            assert (line.precision, line.recall) == (near(ratio(both, predicted)), near(ratio(both, gold))), name
        line = lines["entities.b3"]
        (p, size, _), (r, _, whole) = found["metametric"]["b3_precision"], found["metametric"]["b3_recall"]
        assert (line.precision, line.recall) == (near(ratio(p, size)), near(ratio(r, whole)))


def test_seqeval_gives_the_same_typed_spans(drawn: dict[str, list[Any]], theirs: dict[str, list[Any]]) -> None:
    for docs, found in zip(drawn["spans"], theirs["spans"], strict=True):
        layers = lambda side: {"entities": entities([(kind, [(s, e)]) for kind, s, e in side])}  # noqa: E731
        line = ours(docs, layers, "mentions")["mentions.exact"]
        # What is undefined with us is 0 there.
        assert [line.precision or 0, line.recall or 0, line.value or 0] == [near(value) for value in found]


def test_nervaluate_gives_the_same_strict_and_partial_credit(
    drawn: dict[str, list[Any]], theirs: dict[str, list[Any]]
) -> None:
    partly = 0
    for docs, found in zip(drawn["paired"], theirs["paired"], strict=True):
        layers = lambda side: {"entities": entities([(kind, [(s, e)]) for kind, s, e in side])}  # noqa: E731
        lines = ours(docs, layers, "mentions")
        for name, scheme in (("exact", "strict"), ("relaxed", "partial")):
            correct, partial, actual, possible = found[scheme]
            line, credit = lines[f"mentions.{name}"], correct + partial / 2
            assert (line.precision, line.recall) == (near(ratio(credit, actual)), near(ratio(credit, possible))), name
        partly += partial
    assert partly > 30


def test_metametric_gives_the_same_triggers_and_attached_arguments(
    drawn: dict[str, list[Any]], theirs: dict[str, list[Any]]
) -> None:
    for docs, found in zip(drawn["events"], theirs["events"], strict=True):
        lines = ours(docs, of_events, "events")
        for name in ("trigger", "argument"):
            both, predicted, gold = found[name]
            line = lines[f"events.{name}"]
            assert (line.precision, line.recall) == (near(ratio(both, predicted)), near(ratio(both, gold))), name


def test_scikit_learn_gives_the_same_macro_f1_of_status_and_of_relations() -> None:
    draw = random.Random(7)
    statuses = ("asserted", "possible", "negated", "unreal", "generic")

    def told(size: int) -> Document:
        claims = tuple(
            Claim(
                id=f"c{i}",
                kind="COUNT",
                event=None,
                anchor=span(3 * i, 3 * i + 2),
                status=draw.choice(statuses),
                count=Count(hedge=draw.choice(("EXACT", "AT_LEAST")), n=(draw.randint(4, 6),), metric="killed"),
            )
            for i in range(size)
            if draw.random() < 0.85
        )
        return Document(id="d", text=TEXT, claims=claims)

    compared = 0
    for _ in range(80):
        gold, predicted = told(9), told(9)
        lines = {r.metric.name: r.value for r in results(score([gold], [predicted], tasks=("status", "conflict")))}
        sides = [{c.anchor.start: c.status for c in d.claims} for d in (gold, predicted)]
        assert lines["status.macro"] == near(macro(*sides))
        # The same ids on both sides stand on the same anchors, so that pairs answer each other by id.
        pairs = [{frozenset((a, b)): label for a, b, label in relations(d)} for d in (gold, predicted)]
        assert lines["conflict.relation"] == near(macro(*pairs))
        compared += len(set(pairs[0].values()) | set(pairs[1].values()))
    assert compared > 150


def macro(gold: dict[Any, str], predicted: dict[Any, str]) -> float | None:
    """Give scikit-learn's macro F1 over the classes that occur; what a side leaves out is of no class."""
    keys = [*gold, *(key for key in predicted if key not in gold)]
    labels = sorted({*gold.values(), *predicted.values()})
    if not labels:
        return None
    sides = [[side.get(key, "nothing") for key in keys] for side in (gold, predicted)]
    return float(f1_score(*sides, labels=labels, average="macro", zero_division=0))
