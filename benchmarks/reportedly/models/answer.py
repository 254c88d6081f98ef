"""How an answer is read: as it is, or mended by two rules that are counted, or as nothing.

The rules are these and no others: a code fence around the whole answer is taken off, and a comma before a
closing bracket is dropped.  An answer that is no JSON object then, or that breaks a rule of the prediction
schema, is scored as empty: to guess what a model meant would score the guess.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from reportedly import codec
from reportedly.model import LAYERS, Document, Invalid
from reportedly.scoring import empty

FENCE, COMMA = "code fence", "trailing comma"
_FENCED = re.compile(r"\s*```\w*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)
_STRING_OR_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


class Answer(NamedTuple):
    """What became of one answer.

    ``document`` is the prediction, empty if there is a ``fault``; ``repairs`` are the names of the rules
    that were needed.
    """

    document: Document
    repairs: tuple[str, ...] = ()
    fault: str | None = None


def read(raw: str | None, gold: Document) -> Answer:
    """Read the answer to a report.

    Args:
        raw: what the model wrote, or a line of a predictions file; None if it wrote nothing.
        gold: the document that was asked about, for its text.
    """
    nothing = empty(gold)
    if not raw or not raw.strip():
        return Answer(nothing, fault="no answer")
    value, repairs = _parsed(raw)
    if not isinstance(value, dict):
        return Answer(nothing, repairs, "no JSON object")
    layers: dict[str, Any] = {layer: value[layer] for layer in LAYERS if value.get(layer) is not None}
    try:
        document = codec.from_dict({"schema": gold.schema, "id": gold.id, **layers}, {gold.id: gold})
    except Invalid as error:
        return Answer(nothing, repairs, "breaks " + ", ".join(sorted({p.rule for p in error.problems})))
    return Answer(document, repairs)


def _parsed(raw: str) -> tuple[Any, tuple[str, ...]]:
    repairs: tuple[str, ...] = ()
    if fenced := _FENCED.fullmatch(raw):
        raw, repairs = fenced.group(1), (FENCE,)
    try:
        return _loads(raw), repairs
    except (ValueError, RecursionError):
        mended = _STRING_OR_COMMA.sub(lambda m: m.group(1) or "", raw)
    try:
        return _loads(mended), (*repairs, COMMA)
    except (ValueError, RecursionError):
        return None, repairs


def _loads(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def tally(answers: Iterable[Answer]) -> Mapping[str, int]:
    """Count answers by what became of them: as given, mended by which rule, empty for which fault."""
    found: Counter[str] = Counter()
    for answer in answers:
        if answer.fault:
            found[f"empty: {answer.fault}"] += 1
        else:
            found["mended: " + " and ".join(answer.repairs) if answer.repairs else "as given"] += 1
    return dict(sorted(found.items()))
