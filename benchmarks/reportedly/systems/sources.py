"""Who says it: chains of sources from the reader's side to the origin.

A unit is divided among the words of attribution in it; a claim takes the chain of the part it
stands in.  Quoted speech that goes on and a relay within a paragraph are carried over, nothing
else is.  A source is a mention that stands at the verb; evidence and audiences are none.
"""

from __future__ import annotations

from typing import NamedTuple

from reportedly.systems import lexicon
from reportedly.systems.entities import Cast, Mention, recast
from reportedly.systems.reading import Reading, Unit

_REACH = 16  # tokens of a subject with its apposition


_NO_SPEAKER = lexicon.PREPOSITIONS | lexicon.TRIGGERS.keys() | lexicon.NOT_PERSONS


class Voice(NamedTuple):
    """A hop before ids are given: type, the mentions that name it, the cue; inherited names keys instead."""

    type: str
    mentions: tuple[Mention, ...] = ()
    cue: tuple[int, int] | None = None
    inherited: bool = False


class Scope(NamedTuple):
    """The part of a unit that a chain holds for, as tokens, and the words of attribution themselves."""

    first: int
    last: int
    chain: tuple[Voice, ...]


class Sources(NamedTuple):
    """What was found of sources: the cast with pronouns that speak, and the scopes of each unit."""

    cast: Cast
    scopes: tuple[tuple[Scope, ...], ...]

    def at(self, unit: int, token: int) -> tuple[Voice, ...]:
        """Give the chain that holds at a token of a unit."""
        for scope in self.scopes[unit]:
            if scope.first <= token < scope.last:
                return scope.chain
        return ()


class _Cue(NamedTuple):
    """Words of attribution at ``first`` to ``last``; ``ahead`` if what is said follows them."""

    first: int
    last: int
    ahead: bool
    chain: tuple[Voice, ...]
    relays: bool = False


class _State(NamedTuple):
    """What is carried on from unit to unit: who spoke last, and the chain before in the paragraph."""

    reading: Reading
    cast: Cast
    titles: dict[str, str]
    actors: frozenset[str]
    known: dict[str, str]
    speakers: list[Mention]
    extra: list[Mention]


# --- types of sources ---------------------------------------------------------------------------


def _of_words(words: tuple[str, ...]) -> str | None:
    for kind in lexicon.HOP_ORDER:
        if any(
            lexicon.HOP_WORDS.get(word) == kind
            or (kind == "medical" and word in lexicon.SOURCE_NOUNS and lexicon.SOURCE_NOUNS[word] == "medical")
            for word in words
        ):
            return kind
    return None


def _around(state: _State, mention: Mention) -> tuple[str, ...]:
    """Give the words that say what a source is: its own, and "of the army" behind it."""
    tokens = state.reading.tokens
    last = mention.last
    if last < len(tokens) and tokens[last].low in ("of", "for", "at", "from", "with", "in"):
        last = min(len(tokens), last + 6)
    words = list(state.reading.lows(mention.first, mention.last))
    for token in tokens[mention.last : last]:
        if token.low in lexicon.PUNCTUATION or token.low in lexicon.SPEECH:
            break
        words.append(token.low)
    return tuple(words)


def _hop_type(state: _State, mention: Mention) -> str:
    """Name the type of a source from its head first, then from the words around it."""
    if mention.key in state.actors:
        return "claimant"
    words = _around(state, mention)
    head = state.reading.tokens[mention.last - 1].low
    if not mention.name and head in lexicon.SOURCE_NOUNS and head not in lexicon.WEAK_HEADS:
        found = lexicon.SOURCE_NOUNS[head]
        return "medical" if found == "gov" and "health" in words else found
    if mention.name and (own := _of_words(state.reading.lows(mention.first, mention.last))):
        return own
    if mention.name and (known := state.titles.get(mention.key)):
        return known
    if found_type := _of_words(words):
        return found_type
    if not mention.name and head in lexicon.SOURCE_NOUNS:
        return lexicon.SOURCE_NOUNS[head]
    if not mention.name and mention.key.startswith("people:attackers"):
        return "claimant"
    if mention.name:
        return {"PER": "gov", "ORG": "media", "PLACE": "gov"}.get(mention.type, "other")
    return "other"


def _titles(reading: Reading, cast: Cast) -> dict[str, str]:
    """Collect what titles and appositions say of names: "army spokesman X", "X, a doctor at …"."""
    found: dict[str, str] = {}
    tokens = reading.tokens
    for mention in cast.mentions:
        if not mention.name or mention.key in found or mention.type not in ("PER", "ORG"):
            continue
        lead = []
        for i in range(mention.first - 1, max(-1, mention.first - 7), -1):
            if tokens[i].low in lexicon.PUNCTUATION | lexicon.PREPOSITIONS | lexicon.SPEECH | lexicon.VERBAL:
                break
            lead.append(tokens[i].low)
        kind = _of_words(tuple(lead)) or next(
            (lexicon.SOURCE_NOUNS[w] for w in lead if w in lexicon.SOURCE_NOUNS), None
        )
        if kind is None and lead and lead[0] in lexicon.TITLES - {"mr", "mrs", "ms", "dr", "prof", "professor"}:
            kind = "gov"
        if kind is None and lead[:1] == ["dr"]:
            kind = "medical"
        after = reading.lows(mention.last, mention.last + 8)
        if (
            kind is None
            and len(after) > 2
            and after[0] == ","
            and after[1] not in ("which", "who", "citing", "quoting")
        ):
            phrase = after[1 : next((i for i, w in enumerate(after[1:], 1) if w == ","), len(after))]
            kind = _of_words(phrase)
            kind = kind or next((lexicon.SOURCE_NOUNS[w] for w in phrase if w in lexicon.SOURCE_NOUNS), None)
            if kind is None and after[1].isdecimal():
                kind = "witness"  # a person told by name and age is no office holder
        if kind:
            found[mention.key] = kind
    return found


# --- subjects and objects -----------------------------------------------------------------------


def _speaks(mention: Mention) -> bool:
    return mention.type in ("PER", "ORG") or (mention.name and mention.type == "PLACE")


def _chained(state: _State, found: list[Mention]) -> tuple[Mention, ...]:
    """Pick the head of a noun phrase from the mentions in it, and whoever speaks jointly with it."""
    reading = state.reading
    at = len(found) - 1
    while at > 0:
        link = reading.lows(found[at - 1].last, found[at].first)
        if (
            len(link) <= 2
            and link
            and link[0] in ("of", "for", "at", "in", "from", "with", "on", "'s")
            and link[0] != "'s"
        ):
            at -= 1
        elif found[at - 1].last > found[at].first:
            at -= 1  # a name within the noun phrase
        else:
            break
    if not _speaks(found[at]):
        return ()
    joint = [found[at]]
    while at > 0 and reading.lows(found[at - 1].last, found[at].first) == ("and",) and _speaks(found[at - 1]):
        at -= 1
        joint.insert(0, found[at])
    return tuple(joint)


def _subject(state: _State, unit: Unit, verb: int) -> tuple[tuple[Mention, ...], int]:
    """Find who speaks at a verb of speech, to its left.

    Returns:
        The mentions (none if there is no subject), and the token where the subject begins.
    """
    tokens = state.reading.tokens
    j = verb
    while j > unit.first and tokens[j - 1].low in lexicon.ADVERBS | lexicon.HAVE:
        j -= 1
    floor = max(unit.first, j - _REACH)
    if j - 3 >= floor and tokens[j - 1].text == ")" and tokens[j - 3].text == "(":
        j -= 3  # "the Front (F) said"
    if j > floor and tokens[j - 1].low == ",":
        comma = next((k for k in range(j - 2, floor - 1, -1) if tokens[k].low == ","), None)
        opens = comma is not None and not set(state.reading.lows(comma + 1, j - 1)) & (
            lexicon.SPEECH | {"after", "when"}
        )
        if comma is None or not opens:
            return (), verb
        j = comma
        if j - 2 > floor and tokens[j - 1].text.isdecimal() and tokens[j - 2].text == ",":
            j -= 2  # "X, 25, a waiter, told"
    start = j
    while start > floor:
        low = tokens[start - 1].low
        if low in lexicon.PUNCTUATION - {"'"} or low in lexicon.VERBAL - {"'s"} or low in lexicon.SPEECH - {"press"}:
            break
        if low in (
            "that",
            "but",
            "while",
            "which",
            "who",
            "as",
            "when",
            "after",
            "though",
            "although",
            "because",
            "whom",
        ):
            break
        start -= 1
    if j > start and tokens[j - 1].low in ("he", "she", "they", "it", "who"):
        pronoun = _pronoun(state, j - 1)
        return ((pronoun,), j - 1) if pronoun else ((), verb)
    found = state.cast.between(start, j)
    if found and found[-1].last >= j - 2:
        joint = _chained(state, found)
        return joint, joint[0].first if joint else verb
    stranger = _stranger(state, start, j)
    return ((stranger,), stranger.first) if stranger else ((), verb)


def _pronoun(state: _State, at: int) -> Mention | None:
    """Let a pronoun that speaks be whoever spoke last and fits it."""
    word = state.reading.tokens[at].low
    wanted = {"he": "PER", "she": "PER", "it": "ORG"}.get(word, "")
    for speaker in reversed(state.speakers[-4:]):
        if (not wanted or speaker.type == wanted) and word != "who":
            mention = Mention(at, at + 1, speaker.type, speaker.key)
            state.extra.append(mention)
            return mention
    return None


def _stranger(state: _State, start: int, end: int) -> Mention | None:
    """Take "the cobbler" for a source although no list knows him; an article must open the phrase."""
    tokens = state.reading.tokens
    for at in range(end - 2, max(start, end - 5) - 1, -1):
        words = state.reading.lows(at, end)
        if words[0] in ("a", "an", "one") and all(w.isalpha() and w not in _NO_SPEAKER for w in words):
            first = at if words[0] != "one" else at + 1
            mention = Mention(first, end, "PER", f"source:{tokens[end - 1].low}:{at}", lemma=tokens[end - 1].low)
            state.extra.append(mention)
            return mention
    return None


def _object(state: _State, unit: Unit, at: int) -> tuple[tuple[Mention, ...], int]:
    """Find who is named behind "according to", "told" or "citing", with joint sources."""
    tokens = state.reading.tokens
    found = [m for m in state.cast.between(at, min(unit.last, at + _REACH)) if _speaks(m) or m.type == "FAC"]
    if not found or found[0].first > at + 4 or not _speaks(found[0]):
        return (), at
    gap = state.reading.lows(at, found[0].first)
    if any(
        word in lexicon.PUNCTUATION - {"‘", "'"} or word in lexicon.VERBAL or word in lexicon.SPEECH for word in gap
    ):
        return (), at
    outer = found[0]
    joint = [outer]
    rest = [m for m in found[1:] if m.first >= outer.last]
    # "army spokesman X": the phrase before the name is its title
    if rest and rest[0].first == outer.last and rest[0].name and not outer.name:
        joint, rest = [rest[0]], rest[1:]
    for other in rest:
        if state.reading.lows(joint[-1].last, other.first) == ("and",) and _speaks(other):
            joint.append(other)
        else:
            break
    return tuple(joint), min(joint[-1].last, len(tokens))


def _voice(state: _State, mentions: tuple[Mention, ...]) -> Voice:
    first = mentions[0]
    pronoun = state.reading.tokens[first.first].low in lexicon.PRONOUNS
    kind = state.known.get(first.key) if pronoun else None
    state.known[first.key] = kind or _hop_type(state, first)
    return Voice(state.known[first.key], mentions)


# --- cues ---------------------------------------------------------------------------------------


def _outlet(state: _State, unit: Unit, at: int) -> tuple[tuple[Voice, ...], int]:
    """Read whom something was told: an outlet is a hop, an audience is none (A8)."""
    words = state.reading.lows(at, min(unit.last, at + 2))
    if words and (words[0] in lexicon.AUDIENCE or (words[0] in ("a", "the") and words[-1] in lexicon.AUDIENCE)):
        return (), at
    told, end = _object(state, unit, at)
    if (
        not told
        or told[0].type not in ("ORG", "PLACE")
        or _of_words(state.reading.lows(told[0].first, end)) in ("gov", "medical")
    ):
        return (), at
    return (Voice("media", told),), end


def _according(state: _State, unit: Unit, at: int) -> _Cue | None:
    tokens, reading = state.reading.tokens, state.reading
    ahead = at == unit.first or tokens[at - 1].low in ("but", "and", "while", ";", "“", '"', "—")
    origin, end = _object(state, unit, at + 2)
    if not origin:
        words = reading.lows(at + 2, min(unit.last, at + 6))
        i = next(
            (i for i, w in enumerate(words) if w in ("reports", "report", "estimates", "sources", "accounts")), None
        )
        if i is None or set(words[:i]) & lexicon.PUNCTUATION:
            return None
        cue = Voice("unspecified", (), (at + 2 + i, at + 3 + i))
        return _Cue(at, at + 3 + i, ahead, (cue,))
    chain: tuple[Voice, ...] = (_voice(state, origin),)
    tail = reading.lows(end, min(unit.last, end + 3))
    tail = tail[1:] if tail[:1] == (",",) else tail
    skip = end + (1 if reading.lows(end, end + 1) == (",",) else 0)
    if tail[:2] in (("cited", "by"), ("quoted", "by")):
        relay, relay_end = _object(state, unit, skip + 2)
        if relay:
            chain, end = (_voice(state, relay), *chain), relay_end
    return _Cue(at, end, ahead, chain)


def _spoken(state: _State, unit: Unit, verb: int) -> _Cue | None:
    """Read a verb of speech with its subject on either side."""
    reading, tokens = state.reading, state.reading.tokens
    low = tokens[verb].low
    after = tokens[verb + 1].low if verb + 1 < unit.last else ""
    if low in ("claim", "claims", "report", "reports", "estimates", "put", "puts", "claimed") and after in (
        "responsibility", "of", "the", "out", "on", "up", "off", "in", "that's", "lives",
    ) and not (low in ("put", "puts") and after == "the"):  # fmt: skip
        return None
    if low in ("denied", "denies") and after in lexicon.DENIED:
        return None
    if low == "claimed" and after == "by":
        return None
    passive = verb > unit.first and set(reading.lows(max(unit.first, verb - 2), verb)) & lexicon.BE
    if passive:
        return _passive(state, unit, verb)
    outlet, end = _outlet(state, unit, verb + 1) if low in ("told", "tells", "tell", "telling") else ((), verb + 1)
    mentions, start = _subject(state, unit, verb)
    if mentions:
        chain = (*outlet, _voice(state, mentions))
        closes = (
            verb + 1 >= unit.last
            or after in (",", ".", ";", '"', "”", "on", "in", "late", "early")
            or after in lexicon.WEEKDAYS
        )
        begins = start == unit.first or tokens[start - 1].low not in (",", '"', "”")
        return _Cue(start, end, begins or not (closes or bool(outlet)), chain)
    if verb > unit.first and tokens[verb - 1].low in (",", '"', "”", "'", "’"):
        speaker, end = _object(state, unit, verb + 1)
        if speaker:
            return _Cue(verb, end, False, (_voice(state, speaker),))
    if low in ("reports", "reported") or (low in ("said", "says") and tokens[verb - 1].low == "reports"):
        return None
    if tokens[verb - 1].low in ("reports", "estimates") and verb > unit.first:
        return _Cue(verb - 1, verb + 1, True, (Voice("unspecified", (), (verb - 1, verb)),))
    return None


def _passive(state: _State, unit: Unit, verb: int) -> _Cue | None:
    """Read "was quoted by Y as saying", "was reported", "are said to"."""
    tokens, reading = state.reading.tokens, state.reading
    low = tokens[verb].low
    if low in ("reported", "alleged") or (low == "said" and reading.lows(verb + 1, verb + 2) == ("to",)):
        by, end = _object(state, unit, verb + 2) if reading.lows(verb + 1, verb + 2) == ("by",) else ((), verb)
        chain = (_voice(state, by),) if by else (Voice("unspecified", (), (verb, verb + 1)),)
        return _Cue(unit.first, unit.last, True, chain)
    if low in ("quoted", "cited"):
        start = verb
        while start > unit.first and tokens[start - 1].low in lexicon.BE | lexicon.ADVERBS | lexicon.HAVE:
            start -= 1
        origin, begin = _subject(state, unit, start)
        by, end = _object(state, unit, verb + 2) if reading.lows(verb + 1, verb + 2) == ("by",) else ((), verb + 1)
        if origin:
            chain = (*((_voice(state, by),) if by else ()), _voice(state, origin))
            return _Cue(begin, end, True, chain)
    return None


def _citing(state: _State, unit: Unit, at: int) -> _Cue | None:
    """Read "Y cited X" and ", citing X": the relay is whoever speaks, X the origin."""
    tokens = state.reading.tokens
    low = tokens[at].low
    if set(state.reading.lows(max(unit.first, at - 2), at)) & lexicon.BE:
        return _passive(state, unit, at)
    if at + 1 < unit.last and tokens[at + 1].low == "by":
        return None
    origin, end = _object(state, unit, at + 1)
    if not origin:
        return None
    if at > unit.first and tokens[at - 1].low in ("which", "who"):
        return _Cue(at, end, False, (_voice(state, origin),), relays=True)
    outer, begin = _subject(state, unit, at)
    if low in ("citing", "quoting") and not outer:
        trailing = at > unit.first and tokens[at - 1].low == "," and not (end < unit.last and tokens[end].low == ",")
        return _Cue(at, end, not trailing, (_voice(state, origin),), relays=True)
    chain = (*((_voice(state, outer),) if outer else ()), _voice(state, origin))
    return _Cue(begin if outer else at, end, True, chain)


def _cues(state: _State, unit: Unit) -> list[_Cue]:
    tokens = state.reading.tokens
    cues: list[_Cue] = []
    at = unit.first
    while at < unit.last:
        low = tokens[at].low
        cue = None
        if low == "according" and state.reading.lows(at + 1, at + 2) == ("to",):
            cue = _according(state, unit, at)
        elif low in lexicon.CITING:
            cue = _citing(state, unit, at)
        elif low in lexicon.SPEECH:
            cue = _spoken(state, unit, at)
        if cue:
            cues.append(cue)
            for voice in cue.chain:
                state.speakers.extend(voice.mentions)
        at = max(at + 1, cue.last if cue and cue.last < unit.last else at + 1)
    return _relayed(cues)


def _relayed(cues: list[_Cue]) -> list[_Cue]:
    """Join "X said, citing Y" into one chain."""
    joined: list[_Cue] = []
    for cue in cues:
        if cue.relays and joined and (joined[-1].ahead or cue.first - joined[-1].last < 8):
            joined[-1] = joined[-1]._replace(chain=(*joined[-1].chain, *cue.chain))
        elif joined and joined[-1].relays and cue.first - joined[-1].last < 8:
            joined[-1] = cue._replace(chain=(*cue.chain, *joined[-1].chain), first=joined[-1].first, relays=False)
        else:
            joined.append(cue)
    return joined


def _divided(unit: Unit, cues: list[_Cue]) -> tuple[Scope, ...]:
    """Divide a unit among its cues.

    One ahead of its content holds until the next of its kind; one behind takes what lies between
    it and the cue before, and within a content that is already said by somebody it is the outer
    source: "X said that sixty died, according to Y".
    """
    scopes: list[Scope] = []
    at = unit.first
    for i, cue in enumerate(cues):
        until = unit.last
        for later in cues[i + 1 :]:
            if later.ahead:
                until = later.first
                break
        if cue.ahead:
            scopes.append(Scope(max(cue.first, at) if i else unit.first, until, cue.chain))
            at = until
        elif scopes and scopes[-1].first <= cue.first < scopes[-1].last and cues[i - 1].ahead:
            scopes[-1] = scopes[-1]._replace(chain=(*cue.chain, *scopes[-1].chain))
        else:
            if scopes:
                scopes[-1] = scopes[-1]._replace(last=min(scopes[-1].last, cues[i - 1].last))
            begin = cues[i - 1].last if scopes else unit.first
            scopes.append(Scope(begin, until, cue.chain))
            at = until
    return tuple(scopes)


def _unnamed(state: _State, unit: Unit) -> tuple[Scope, ...]:
    """Read "reportedly" where the unit names no source (A3)."""
    for at in range(unit.first, unit.last):
        if state.reading.tokens[at].low in lexicon.UNNAMED:
            return (Scope(unit.first, unit.last, (Voice("unspecified", (), (at, at + 1)),)),)
    return ()


def _carried(chain: tuple[Voice, ...]) -> tuple[Voice, ...]:
    return tuple(v if v.type == "unspecified" else v._replace(inherited=True, cue=None) for v in chain)


def _inherit(scopes: tuple[Scope, ...], before: tuple[Voice, ...]) -> tuple[Scope, ...]:
    """Carry a relay on while the same origin speaks and no new relay is named (A5)."""
    if len(before) < 2:
        return scopes
    origin = {m.key for m in before[-1].mentions}
    return tuple(
        s._replace(chain=(*_carried(before[:-1]), *s.chain))
        if len(s.chain) == 1 and origin & {m.key for m in s.chain[0].mentions}
        else s
        for s in scopes
    )


def sources(reading: Reading, cast: Cast, actors: frozenset[str]) -> Sources:
    """Find what is said by whom.

    Args:
        reading: the text.
        cast: its mentions.
        actors: keys of entities that speak of their own part, from `events.claimants`.
    """
    state = _State(reading, cast, _titles(reading, cast), actors, {}, [], [])
    scopes: list[tuple[Scope, ...]] = []
    chain: tuple[Voice, ...] = ()
    for i, unit in enumerate(reading.units):
        if i and reading.units[i - 1].paragraph != unit.paragraph:
            chain = ()
        found = _divided(unit, _cues(state, unit)) or _unnamed(state, unit)
        if not found and unit.quoted and chain and chain[-1].type != "unspecified":
            found = (Scope(unit.first, unit.last, _carried(chain)),)
        found = _inherit(found, chain)
        chain = found[-1].chain if found else ()
        scopes.append(found)
    return Sources(recast((*cast.mentions, *state.extra)), tuple(scopes))
