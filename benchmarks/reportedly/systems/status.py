"""The status of what is told: negated, unreal, generic, possible or asserted, first match.

Read off the words of the clause before it; a source and its verb never change it (A3, A7).
"""

from __future__ import annotations

from reportedly.systems import lexicon
from reportedly.systems.reading import Reading, Unit

_INFINITIVES = frozenset(lexicon.TRIGGERS.keys() | lexicon.METRIC_WORDS.keys()) - frozenset(
    word
    for word in (*lexicon.TRIGGERS, *lexicon.METRIC_WORDS)
    if word.endswith(("ed", "ing", "s", "tion")) or word in lexicon.PERSONS
)


def status(reading: Reading, unit: Unit, at: int, cue: int | None = None) -> str:
    """Say whether what a token tells is negated, unreal, generic, possible or asserted.

    Args:
        reading: the text.
        unit: the unit that the token lies in.
        at: the token.
        cue: for a count its predicate, so that what stands between the two is heard.
    """
    tokens = reading.tokens
    low, high = min(at, cue if cue is not None else at), max(at, cue if cue is not None else at)
    ends = (lexicon.CLAUSE_ENDS - {"that"}) | {",", "said", "and", "told", "saying"}
    begin = low
    while begin > unit.first and low - begin < 14 and tokens[begin - 1].low not in ends:
        begin -= 1
    before = reading.lows(begin, high)
    sentence = reading.lows(max(unit.first, low - 25), min(unit.last, high + 8))
    near = before[-5:] if cue is None else before
    if set(near) & lexicon.NEGATION or any(w.endswith("n't") for w in near):
        doubled = "only" in near and "not" in near  # "not only … but also"
        if not doubled:
            return "negated"
    planned = set(before[-7:]) & lexicon.PLANNED
    verb = tokens[high].low
    purpose = high > unit.first and tokens[high - 1].low == "to" and verb in _INFINITIVES
    if (
        (planned and "to" in before)
        or (purpose and not set(before) & lexicon.MANAGED)
        or (planned and high == at and cue is None)
    ):
        return "unreal"
    if set(sentence) & lexicon.GENERIC:
        return "generic"
    if cue is not None and verb not in lexicon.TRIGGERS and verb not in lexicon.METRIC_WORDS:
        before += reading.lows(high + 1, min(unit.last, high + 4))
    if (set(before) & lexicon.POSSIBLE) or any(t.text == "may" for t in tokens[begin:high]):
        return "possible"
    return "asserted"
