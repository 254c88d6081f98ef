"""What a system got wrong, in the text: gold above the words, the prediction below them.

Nothing is decided here: what answers what, and what counts as a fault, is read off the comparison and the
items that the scores are added up from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from reportedly.align import Comparison
from reportedly.derivation import stance
from reportedly.metrics import METRICS, Item
from reportedly.model import Claim, Document, Span
from reportedly.pages.documents import words
from reportedly.pages.marks import Mark, cut
from reportedly.report import chain, differing, faults
from reportedly.scoring import Scored
from reportedly.text import sentence_at, sentences

RIGHT, NEAR, MISSED, SPURIOUS = VERDICTS = ("right", "near miss", "missed", "spurious")
ALL = ("COUNT", "RESP", "EVENT")
CLAIMS = {"counts": ("COUNT",), "attribution": ALL, "status": ALL, "responsibility": ("RESP",)}  # kinds by task
SPANS = {"mentions": "mentions.relaxed", "events": "events.trigger_relaxed"}  # tasks that compare typed spans
DRAWN = {*SPANS.values(), "counts.claim", "attribution.exact", "status.macro"}  # what the text shows already
_LONGEST = 44  # characters of a tag before it is broken, see the style; beyond the sentence there is as much room
Tags = tuple[tuple[str, str], ...]  # (field, value)


class Answer(NamedTuple):
    """A gold and a predicted thing side by side, with what is to be said of each; None where one is missing."""

    gold: Span | None
    predicted: Span | None
    above: Tags
    below: Tags
    verdict: str

    @property
    def region(self) -> tuple[int, int]:
        """The words that the two are about."""
        spans = [span for span in (self.gold, self.predicted) if span and span.located]
        return min(s.start for s in spans), max(s.end for s in spans)


# --- answers ----------------------------------------------------------------------------------


def claim_answers(gold: Document, predicted: Document, kinds: Collection[str] = ALL) -> Iterator[Answer]:
    """Put the claims of both sides beside each other, with what the two say differently."""
    comparing = Comparison(gold, predicted)
    for g, p in comparing.claims:
        if (either := g or p) is None or either.kind not in kinds:
            continue
        if g and p:
            different = [*differing(comparing, g, p), *_counted(comparing, g, p), *_held(comparing, g, p)]
            above = tuple((field, own) for field, own, _ in different)
            below = tuple((field, theirs) for field, _, theirs in different)
            yield Answer(g.anchor, p.anchor, above, below, NEAR if different else RIGHT)
        elif g:
            yield Answer(g.anchor, None, _said(g, gold), (), MISSED)
        elif p:
            yield Answer(None, p.anchor, (), _said(p, predicted), SPURIOUS)


def _counted(comparing: Comparison, gold: Claim, predicted: Claim) -> Iterator[tuple[str, str, str]]:
    """Whom a count that names nobody is taken to count may differ where its words do not (D1)."""
    if gold.count and predicted.count and gold.count.population == predicted.count.population:
        own, theirs = comparing.populations[0][gold.id], comparing.populations[1][predicted.id]
        if own != theirs:
            yield "population assumed", own, theirs


def _held(comparing: Comparison, gold: Claim, predicted: Claim) -> Iterator[tuple[str, str, str]]:
    a, b = gold.responsibility, predicted.responsibility
    if a and b:
        if not comparing.same_entity(a.actor, b.actor, exact=False):
            yield "who", _actor(gold, comparing.gold), _actor(predicted, comparing.predicted)
        for field, own, theirs in (
            ("role", a.role, b.role),
            ("stance", stance(comparing.gold, gold), stance(comparing.predicted, predicted)),
        ):
            if own != theirs:
                yield field, own, theirs


def _actor(claim: Claim, document: Document) -> str:
    actor = document.entity.get((claim.responsibility and claim.responsibility.actor) or "")
    return (actor.name or actor.mentions[0].text) if actor else "nobody"


def _said(claim: Claim, document: Document) -> Tags:
    """Say in short what a claim says that nothing answers."""
    said: Tags
    if count := claim.count:
        number = "–".join(map(str, count.n)) or count.word or ""
        said = ((count.hedge, number), (count.metric, count.population))
    elif claim.responsibility:
        said = ((claim.responsibility.role, _actor(claim, document)),)
    else:
        event = document.event.get(claim.event or "")
        said = (("event", event.type if event else ""),)
    return (*said, ("chain", chain(claim.chain, document))) if claim.chain else said


def span_answers(found: Iterable[Item]) -> Iterator[Answer]:
    """Put typed spans beside each other; each is tagged with its type."""
    for item in found:
        tags = ((item.label, ""),)
        if item.gold is None:
            yield Answer(None, item.predicted, (), tags, SPURIOUS)
        elif item.predicted is None:
            yield Answer(item.gold, None, tags, (), MISSED)
        else:
            right = item.counts.r_num == item.counts.r_den
            yield Answer(item.gold, item.predicted, tags, tags, RIGHT if right else NEAR)


# --- sentences --------------------------------------------------------------------------------


def _cells(answers: Sequence[Answer]) -> list[list[Answer]]:
    """Put answers that share words into one cell."""
    cells: list[list[Answer]] = []
    end = -1
    for answer in sorted(answers, key=lambda a: a.region):
        start, stop = answer.region
        if cells and start < end:
            cells[-1].append(answer)
        else:
            cells.append([answer])
        end = max(end, stop)
    return cells


def _lines(text: str, answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Lay out the sentences that have a fault, each as stretches of text and cells."""
    bounds = sentences(text)
    by_sentence: dict[int, list[list[Answer]]] = {}
    for cell in _cells([answer for answer in answers if _located(answer)]):
        by_sentence.setdefault(sentence_at(bounds, cell[0].region[0]), []).append(cell)
    lines = []
    for index, cells in sorted(by_sentence.items()):
        if all(answer.verdict == RIGHT for cell in cells for answer in cell):
            continue
        start, end = bounds[index]
        # Words of a cell may begin in the white space before a sentence or end in the next one.
        at, end = min(start, cells[0][0].region[0]), max(end, *(a.region[1] for a in cells[-1]))
        parts: list[dict[str, Any]] = []
        following = [*(cell[0].region[0] for cell in cells[1:]), end + _LONGEST]
        for cell, after in zip(cells, following, strict=True):
            first, last = cell[0].region[0], max(a.region[1] for a in cell)
            parts += [{"text": words(text[at:first])}, _cell(text, cell, first, last, after)]
            at = last
        lines.append({"start": start, "parts": [*parts, {"text": words(text[at:end])}]})
    return lines


def _located(answer: Answer) -> bool:
    return any(span is not None and span.located for span in (answer.gold, answer.predicted))


def _cell(text: str, cell: Sequence[Answer], start: int, end: int, following: int) -> dict[str, Any]:
    marks = [Mark(a.gold, "gold", True) for a in cell if a.gold]
    marks += [Mark(a.predicted, "predicted", True) for a in cell if a.predicted]
    wrong = [answer for answer in cell if answer.verdict != RIGHT]
    verdicts = {answer.verdict for answer in wrong}
    tags = [tags for answer in wrong for tags in (answer.above, answer.below)]
    widest = max((sum(len(field) + len(value) + 4 for field, value in each) for each in tags), default=0)
    return {
        # What is said of the words may stand over the words that follow, as far as the next cell.
        "free": min(widest, _LONGEST) <= following - start,
        "verdict": RIGHT if not wrong else verdicts.pop() if len(verdicts) == 1 else NEAR,
        "above": [answer.above for answer in wrong if answer.above],
        "below": [answer.below for answer in wrong if answer.below],
        "pieces": [
            {"text": words(piece.text), "lines": " ".join(sorted({mark.layer for mark in piece.marks}))}
            for piece in cut(text, marks, start, end)
        ],
    }


# --- a system ---------------------------------------------------------------------------------


def documents(scored: Scored) -> list[dict[str, Any]]:
    """Lay out every document's faults: those that have words in the text, layer by layer, and the others.

    Needs counts with items (``keep_items=True``).
    """
    others: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in faults(scored):
        if row["metric"] not in DRAWN:
            others.setdefault(row["document"], {}).setdefault(row["metric"], []).append(row)
    means = {metric.name: metric.means for metric in METRICS}
    laid = []
    for gold, predicted, found in scored.items:
        layers: dict[str, list[Answer]] = {}
        if kinds := {kind for task in scored.tasks for kind in CLAIMS.get(task, ())}:
            layers["claims"] = list(claim_answers(gold, predicted, kinds))
        for task, metric in SPANS.items():
            if task in scored.tasks:
                layers[task] = list(span_answers(item for item in found if item.metric == metric))
        laid.append(
            {
                "id": gold.id,
                "language": gold.language,
                "layers": [
                    {
                        "name": name,
                        "counts": {v: n for v in VERDICTS if (n := Counter(a.verdict for a in answers)[v])},
                        "lines": _lines(gold.text, answers),
                    }
                    for name, answers in layers.items()
                ],
                "others": [
                    {"metric": metric, "means": means[metric], "rows": rows}
                    for metric, rows in others.get(gold.id, {}).items()
                ],
            }
        )
    return laid


def differences(a: Scored, b: Scored) -> list[dict[str, Any]]:
    """Lay out the sentences in which two systems do not have the same faults, one above the other."""
    laid = []
    for one, other in zip(documents(a), documents(b), strict=True):
        layers = []
        for mine, theirs in zip(one["layers"], other["layers"], strict=True):
            lines = [{line["start"]: line["parts"] for line in side["lines"]} for side in (mine, theirs)]
            starts = sorted(lines[0].keys() | lines[1].keys())
            pairs = [pair for start in starts if (pair := [side.get(start) for side in lines])[0] != pair[1]]
            layers.append({"name": mine["name"], "counts": [mine["counts"], theirs["counts"]], "pairs": pairs})
        laid.append({"id": one["id"], "language": one["language"], "layers": layers})
    return laid
