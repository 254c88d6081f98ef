"""How an answer is read: by rules that are counted, and without a guess at what was meant.

Two rules mend the JSON: a code fence around the whole answer is taken off, and a comma before a closing
bracket is dropped.  An answer that is no JSON object then is scored as empty.  A part that breaks a rule of
predictions is left out, so that it is scored as not said: of an entity or event the mention, trigger,
argument or other field, of a claim the claim, since the rest of one would say something else.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from reportedly import codec
from reportedly.codec import Fault, Path_
from reportedly.model import LAYERS, SCHEMA, Document
from reportedly.scoring import empty

FENCE, COMMA = "code fence", "trailing comma"
_STRING_OR_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_GONE = object()


class Answer(NamedTuple):
    """What became of one answer.

    ``layers`` is what is kept of it, as the model wrote it, and ``document`` the same with its words found in
    the text; both are empty if there is a ``fault``.  ``repairs`` are the names of the rules that mended it,
    ``left_out`` those that parts of it broke, one for each part.
    """

    layers: dict[str, Any]
    document: Document
    repairs: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    fault: str | None = None


def read(raw: str | None, gold: Document) -> Answer:
    """Read the answer to a report.

    Args:
        raw: what the model wrote; None if it wrote nothing.
        gold: the document that was asked about, for its id and text.
    """

    def nothing(fault: str, repairs: tuple[str, ...] = ()) -> Answer:
        return Answer({}, empty(gold), repairs, fault=fault)

    if not raw or not raw.strip():
        return nothing("no answer")
    value, faults, repairs = _parsed(raw)
    if not isinstance(value, dict):
        return nothing("no JSON object", repairs)
    if any(rule == "key-duplicate" for _, _, rule in faults):
        return nothing("breaks key-duplicate", repairs)  # which of the two was meant would be a guess
    layers = {layer: value[layer] for layer in LAYERS if layer in value}
    left_out: list[str] = []
    faults = [fault for fault in faults if not fault[0] or fault[0][0] in layers]
    document = None
    # What hangs on a part that was left out is a fault of the next look.
    while document is None:
        if not faults:
            plain = {"schema": SCHEMA, "id": gold.id, "language": gold.language, **deepcopy(layers)}
            document, faults = codec.build(plain, {gold.id: gold})
        if faults:
            gone = _leave_out(layers, faults)
            if not gone:
                return nothing("breaks " + ", ".join(sorted({rule for _, _, rule in faults})), repairs)
            left_out += gone
            faults = []
    return Answer(layers, document, repairs, tuple(left_out))


def _leave_out(layers: dict[str, Any], faults: Iterable[Fault]) -> list[str]:
    """Take the parts with a fault away, in place; returns the rule of each."""
    gone = []
    for path, _, rule in faults:
        *way, last = _part(path, rule) or (None,)
        at: Any = layers
        try:
            for step in way:
                at = at[step]
            if at[last] is _GONE:
                continue
            at[last] = _GONE
        except (LookupError, TypeError):
            continue  # it is in a part that is gone already
        gone.append(rule)
    for layer, value in [*layers.items()]:
        if value is _GONE:
            del layers[layer]
        else:
            layers[layer] = _without_gone(value)
    return gone


def _part(path: Path_, rule: str) -> Path_:
    """Find the part that is left out for a fault at a place."""
    if rule == "schema-unknown-field":
        return path
    if path[:1] == ("claims",):
        return path[:2]
    depth = {"mentions": 4, "triggers": 4, "arguments": 5}
    return path[: depth.get(str(path[2]), 3)] if len(path) > 2 else path


def _without_gone(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_gone(inner) for name, inner in value.items() if inner is not _GONE}
    return [_without_gone(inner) for inner in value if inner is not _GONE] if isinstance(value, list) else value


def _parsed(raw: str) -> tuple[Any, list[Fault], tuple[str, ...]]:
    repairs: tuple[str, ...] = ()
    opening, _, rest = raw.strip().partition("\n")
    if re.fullmatch(r"```\w*\s*", opening) and rest.endswith("```"):
        raw, repairs = rest.removesuffix("```"), (FENCE,)
    value, faults = codec.parse(raw)
    if value is None and faults:
        mended = _STRING_OR_COMMA.sub(lambda m: m.group(1) or "", raw)
        value, faults = codec.parse(mended)
        if value is not None:
            repairs = (*repairs, COMMA)
    return value, faults, repairs


def line(answer: Answer, about: Mapping[str, Any]) -> str:
    """Write an answer as a line of a predictions file, in the model's own words.

    Args:
        answer: as `read` gives it.
        about: other fields of a prediction, such as who annotated.
    """
    known = {"schema": SCHEMA, "id": answer.document.id, "language": answer.document.language}
    return json.dumps({**known, **about, **answer.layers}, ensure_ascii=False)


def tally(answers: Iterable[Answer]) -> Mapping[str, int]:
    """Count answers by what became of them, and the parts that were left out by the rule they broke."""
    found: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for answer in answers:
        if answer.fault:
            found[f"empty: {answer.fault}"] += 1
        else:
            found["mended: " + " and ".join(answer.repairs) if answer.repairs else "as given"] += 1
        parts.update(f"parts left out: {rule}" for rule in answer.left_out)
    return {**dict(sorted(found.items())), **dict(sorted(parts.items()))}
