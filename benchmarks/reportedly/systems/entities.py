"""Mentions and who is who: names by their shape and company, people, sites and weapons by their noun.

There is no list of names.  A name is a run of capitalised words, its type follows from what
stands around all its occurrences, and two names are one if one is in the other or is its
acronym.  What needs the world (countries, coordinates, real aliases) is left alone.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reportedly.model import Entity
from reportedly.systems import lexicon
from reportedly.systems.numerals import number
from reportedly.systems.reading import Reading, Token, Unit
from reportedly.systems.times import times

LONGEST_NAME = 8  # tokens
_AT_SITES = frozenset(word for word, kind in lexicon.TRIGGERS.items() if kind == "ATTACK") | {"entered"}


class Mention(NamedTuple):
    """The tokens ``first`` to ``last``, exclusive, as a mention of the entity ``key``."""

    first: int
    last: int
    type: str
    key: str
    name: bool = False
    timex: str | None = None
    lemma: str = ""


class Cast(NamedTuple):
    """All mentions in the order of the text, and the tokens where they begin."""

    mentions: tuple[Mention, ...]
    starts: tuple[int, ...]

    def between(self, first: int, last: int) -> list[Mention]:
        """List the mentions that lie within the tokens ``first`` to ``last``, exclusive."""
        begin, end = bisect_left(self.starts, first), bisect_left(self.starts, last)
        return [m for m in self.mentions[begin:end] if m.last <= last]


# --- names --------------------------------------------------------------------------------------


def _capital(token: Token) -> bool:
    return token.text[0].isupper()


def _shouted(reading: Reading, unit: Unit) -> bool:
    """Tell a headline in title case, whose capitals say nothing."""
    words = [t for t in reading.tokens[unit.first : unit.last] if t.text[0].isalpha()]
    return len(words) >= 5 and sum(map(_capital, words)) > 0.6 * len(words)


def _runs(reading: Reading, unit: Unit, taken: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the runs of capitalised words, linked by "of" and the like where a capital follows."""
    tokens = reading.tokens
    at = unit.first
    while at < unit.last:
        if at in taken or not _capital(tokens[at]) or tokens[at].low in lexicon.MONTHS | lexicon.WEEKDAYS:
            at += 1
            continue
        i = at + 1
        while i < unit.last and i - at < LONGEST_NAME and i not in taken:
            linked = tokens[i].low in ("of", "for") and i + 1 < unit.last and _capital(tokens[i + 1])
            # a link belongs to a body ("Ministry of Works"), not to a person of somewhere
            if linked and tokens[i - 1].low in lexicon.ORG_HEADS | lexicon.FAC_HEADS | lexicon.PLACE_HEADS:
                i += 2
            elif _capital(tokens[i]) and tokens[i].low not in lexicon.WEEKDAYS:
                i += 1
            else:
                break
        i = min(i, unit.last)
        yield at, i
        at = i


def _vouched(reading: Reading) -> set[str]:
    """Collect the words that are capitalised where no sentence begins, and never stand in lower case."""
    starts = {u.first for u in reading.units} | {u.first + 1 for u in reading.units if u.quoted}
    inside = {t.low for i, t in enumerate(reading.tokens) if _capital(t) and i not in starts}
    return inside - {t.text for t in reading.tokens}


def _heads(reading: Reading, last: int) -> bool:
    """Tell a run that ends in the head of a body or a site, whose first word is then part of the name."""
    return reading.tokens[last - 1].low in lexicon.ORG_HEADS | lexicon.FAC_HEADS


def _opening(reading: Reading, first: int, last: int, vouched: set[str]) -> int:
    """Find where a name at the start of a sentence really begins, past words that are capitals only there."""
    token = reading.tokens[first]
    follower = reading.tokens[last].low if last < len(reading.tokens) else ""
    known = token.low in vouched and token.low not in lexicon.NOT_IN_NAMES
    common = token.low in lexicon.PERSONS or token.low in lexicon.PREMODIFIERS or token.low in lexicon.EARLIER
    if token.low in lexicon.NOT_IN_NAMES or (common and not known and not (last - first > 1 and _heads(reading, last))):
        return first + 1
    if last - first > 1 or known or follower in lexicon.SPEECH | {"'s", "has", "which"}:
        return first
    return first + 1


def _names(reading: Reading, unit: Unit, taken: set[int], vouched: set[str]) -> Iterator[Mention]:
    tokens = reading.tokens
    headline = _shouted(reading, unit)
    for first, last in _runs(reading, unit, taken):
        opening = first == unit.first or tokens[first - 1].low in lexicon.QUOTES | {":"}
        first = _opening(reading, first, last, vouched) if opening else first
        while first < last and tokens[first].low in lexicon.NOT_IN_NAMES:
            first += 1
        if first == last or (headline and not any(t.low in vouched for t in tokens[first:last])):
            continue
        titles = [i for i in range(first, last) if tokens[i].low in lexicon.LAST_TITLES]
        body = tokens[last - 1].low in lexicon.ORG_HEADS | lexicon.FAC_HEADS or "of" in reading.lows(first, last)
        if titles and not body:
            if titles[-1] + 1 == last:  # "the Interior Minister": a role, with its determiner
                begin = first - 1 if first > unit.first and tokens[first - 1].low in lexicon.ARTICLES else first
                yield Mention(begin, last, "PER", f"role:{tokens[last - 1].low}", lemma=tokens[last - 1].low)
                continue
            first = titles[-1] + 1
        lone = tokens[first].text
        if last - first == 1 and (len(lone) == 1 or lone.lower() in lexicon.PERSONS or _demonym(reading, first, unit)):
            continue
        yield Mention(first, last, "", " ".join(t.low for t in tokens[first:last]), name=True)


def _demonym(reading: Reading, at: int, unit: Unit) -> bool:
    """Tell an adjective of origin: it has the ending of one and a common noun behind it (M4)."""
    tokens = reading.tokens
    after = tokens[at + 1].low if at + 1 < unit.last else ""
    noun = after in lexicon.PERSONS or after in lexicon.PREMODIFIERS or after in lexicon.ROLE_ORGS
    return noun and tokens[at].low.endswith(("an", "ese", "ish", "ani", "ari", "aqi", "ali", "eli", "ic"))


def _evidence(reading: Reading, mention: Mention) -> Iterator[tuple[str, float]]:
    """Yield types with weights for one occurrence of a name."""
    tokens, first, last = reading.tokens, mention.first, mention.last
    words = [t.low for t in tokens[first:last]]
    head = words[words.index("of") - 1] if "of" in words[1:] else words[-1]
    before = tokens[first - 1].low if first else ""
    earlier = tokens[first - 2].low if first > 1 else ""
    after = tokens[last].low if last < len(tokens) else ""
    later = tokens[last + 1].low if last + 1 < len(tokens) else ""
    size = last - first
    if head in lexicon.FAC_HEADS and size > 1:
        yield "FAC", 6
    elif head in lexicon.PLACE_HEADS and (size > 1 or head not in words):
        yield "PLACE", 6
    elif head in lexicon.ORG_HEADS and size > 1:
        yield "ORG", 6
    if before in lexicon.TITLES or before in lexicon.WEAK_HEADS:
        yield "PER", 5
    if after == "," and later.isdecimal() and len(later) < 3:
        yield "PER", 5
    if earlier in lexicon.PLACE_NOUNS and before == "of":
        yield "PLACE", 5
    if after in lexicon.PLACE_NOUNS:
        yield "PLACE", 5
    if after in lexicon.MEDIA_HEADS or after in (
        "news",
        "group",
        "faction",
        "rebels",
        "militants",
        "militia",
        "fighters",
    ):
        yield "ORG", 5
    if before in lexicon.MEDIA_HEADS or before in ("group", "faction", "militia", "agency", "network"):
        yield "ORG", 4
    if before in ("in", "near", "from", "outside", "across", "around"):
        yield "PLACE", {"in": 3, "near": 3}.get(before, 2)
    if after == "'s" and (later in lexicon.PLACE_NOUNS or later in lexicon.ROLE_ORGS or later in lexicon.TITLES):
        yield "PLACE", 2
    if (after, later) in (("claimed", "responsibility"), ("has", "claimed"), ("claims", "responsibility")):
        yield "ORG", 5
    if before in ("blamed", "blames", "blame", "told") or before in ("blaming", "accused"):
        yield "ORG", 2
    if after in ("reported", "reports", "quoted", "cited", "citing"):
        yield "ORG", 2
    if after in ("who", "whose"):
        yield "PER", 2
    if after in lexicon.SPEECH and size in (2, 3):
        yield "PER", 2
    if before in ("the", "The"):
        yield "ORG", 1
    if size == 1 and tokens[first].text.isupper() and 2 <= len(tokens[first].text) <= 6:
        yield "ORG", 3
    if any(
        "-" in w and any(piece[:1].islower() for piece in w.split("-")[1:])
        for w in reading.text[tokens[first].start : tokens[last - 1].end].split()
    ):
        yield "ORG", 1
    yield ("PLACE" if size == 1 else "PER" if size < 4 else "ORG"), 0.5


def _typed(reading: Reading, names: list[Mention]) -> list[Mention]:
    """Give every name the type that its occurrences together speak for, and merge the names that are one."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for mention in names:
        for kind, weight in _evidence(reading, mention):
            votes[mention.key][kind] += weight  # type: ignore[assignment]
    types = {key: max(sorted(found), key=lambda kind: found[kind]) for key, found in votes.items()}
    sure = {key: max(found.values()) >= 2 for key, found in votes.items()}
    same = _same_names(reading, names, types, sure)
    return [m._replace(type=types[same[m.key]], key=f"name:{same[m.key]}") for m in names]


def _same_names(reading: Reading, names: list[Mention], types: dict[str, str], sure: dict[str, bool]) -> dict[str, str]:
    """Map each name to the longest name it stands for: a part of it, or its acronym in brackets."""
    parts: dict[str, str] = {}
    for key in sorted(types, key=lambda k: (-len(k.split()), k)):
        words = key.split()
        for size in range(1, len(words)):
            for at in range(len(words) - size + 1):
                parts.setdefault(" ".join(words[at : at + size]), key)
    same: dict[str, str] = {}
    for key in sorted(types, key=lambda k: (-len(k.split()), k)):
        whole = parts.get(key)
        if whole and (types[whole] == types[key] or (types[whole] == "PER" and not sure[key])):
            surname = types[whole] != "PER" or whole.split()[-1] == key.split()[-1]
            same[key] = same.get(whole, whole) if surname else key
        else:
            same[key] = key
    tokens = reading.tokens
    for mention, other in itertools.pairwise(names):
        bracketed = mention.last + 1 == other.first and tokens[mention.last].text == "("
        if bracketed and other.last - other.first == 1 and tokens[other.first].text.isupper():
            initials = "".join(t.text[0] for t in tokens[mention.first : mention.last] if _capital(t))
            pieces = "".join(p[0] for t in tokens[mention.first : mention.last] for p in t.text.split("-") if p)
            if tokens[other.first].text in (initials, pieces.upper()):
                same[other.key] = same[mention.key]
    return same


# --- common nouns -------------------------------------------------------------------------------


def _left_edge(reading: Reading, unit: Unit, head: int, taken: dict[int, Mention]) -> tuple[int, bool]:
    """Walk from a head back over its modifiers to the determiner; the number expression stays outside (M1).

    Returns:
        The first token of the noun phrase, and whether that is a determiner.
    """
    tokens = reading.tokens
    at = head
    while at > unit.first and head - at < 6:
        before = tokens[at - 1]
        if before.low in lexicon.ARTICLES:
            return at - 1, True
        name = taken.get(at - 1)
        if before.low == "'s" and name is None:
            break
        if name is not None and (not name.name or name.type == "PER"):
            break
        origin = _capital(before) and (name is not None or _demonym(reading, at - 1, unit))
        plain = before.text.islower() and (
            before.low in lexicon.PREMODIFIERS or (before.low.endswith("-old") or before.low in lexicon.ROLE_ORGS)
        )
        if number(reading, at - 1, at) or not (
            origin or plain or (at - 1 == unit.first and before.low in lexicon.PREMODIFIERS)
        ):
            break
        at = name.first if name is not None else at - 1
    if at > unit.first + 1 and tokens[at - 1].text.islower() and tokens[at - 2].low in ("the", "a", "an"):
        word = tokens[at - 1].low  # an adjective that no list knows, held between article and noun
        if word not in lexicon.METRIC_WORDS and word not in lexicon.PREPOSITIONS and word not in lexicon.PERSONS:
            return (at, False) if number(reading, at - 1, at) else (at - 2, True)
    return at, False


def _generic(reading: Reading, unit: Unit, at: int) -> bool:
    return any(word in lexicon.GENERIC for word in reading.lows(max(unit.first, at - 25), min(unit.last, at + 12)))


def _common_type(reading: Reading, unit: Unit, at: int) -> str | None:
    """Tell what kind of mention a common noun heads, or None."""
    token = reading.tokens[at]
    low = token.low
    before = reading.tokens[at - 1].low if at > unit.first else ""
    if low in ("hostage", "captive") and before not in lexicon.DETERMINERS:
        return None  # "held hostage"
    after = reading.tokens[at + 1].low if at + 1 < unit.last else ""
    if _capital(token) and at != unit.first and reading.tokens[at - 1].low not in lexicon.QUOTES:
        return None
    heads = low in lexicon.SOURCE_NOUNS or low in lexicon.PERSONS
    compound = after in lexicon.PERSONS or after in lexicon.SOURCE_NOUNS or after in lexicon.FAC_NOUNS
    compound = compound or (low in lexicon.WEAPON_CUES and after in lexicon.WEAPON_NOUNS)
    compound = compound or after in lexicon.MEDIA_HEADS or after in lexicon.TITLES or after in ("forces", "ministry")
    if compound and (low in lexicon.PREMODIFIERS or low in lexicon.ROLE_ORGS or low in lexicon.PERSONS or not heads):
        return None
    if low in lexicon.ROLE_ORGS:
        # "no group" is nobody
        return "ORG" if not {"no", "any"} & set(reading.lows(max(unit.first, at - 2), at)) else None
    if heads and low not in lexicon.UNBORNE:
        return "PER"
    if low in ("minister", "chief", "leader", "head", "director", "negotiator"):
        return "PER" if after not in ("of", "in") or low != "head" else None
    if low in lexicon.FAC_NOUNS:
        return "FAC" if after not in lexicon.EVENT_NOUNS else None
    if low in lexicon.WEAPON_NOUNS and after not in ("attack", "attacks", "blast", "explosion", "battle", "fire"):
        return "WEAPON"
    return None


def _commons(reading: Reading, unit: Unit, taken: dict[int, Mention]) -> Iterator[Mention]:
    tokens = reading.tokens
    for at in range(unit.first, unit.last):
        kind = _common_type(reading, unit, at) if at not in taken else None
        beside = at + 1
        while beside < unit.last and _capital(tokens[beside]) and tokens[beside].low in lexicon.TITLES:
            beside += 1
        titled = beside in taken and taken[beside].name and taken[beside].type == "PER"
        if titled and tokens[at].low in lexicon.TITLES | lexicon.WEAK_HEADS:
            continue  # a title is no mention beside the name (M2)
        if kind is None or (kind in ("PER", "ORG") and _generic(reading, unit, at)):
            continue
        first, determined = _left_edge(reading, unit, at, taken)
        low = tokens[at].low
        person = lexicon.PERSONS.get(low)
        if (
            kind == "PER"
            and (low in lexicon.SOURCE_NOUNS or not person)
            and not (person and person.side == "perpetrators")
        ):
            lemma = person.lemma if person else low
            # unnamed speakers are other people in every sentence (M8), until the text names them
            spoken = lexicon.SOURCE_NOUNS.get(low, "other") in ("gov", "other", "media") or lemma.endswith("witness")
            key = f"source:{lemma}:{unit.first}" if spoken else f"people:{lemma}"
        elif kind == "PER" and person:
            alike = person.lemma in lexicon.SAME_ATTACKERS
            lemma = person.lemma
            key = f"people:{'attackers' if alike else person.lemma}{'' if person.plural else ':one'}"
        elif kind == "ORG":
            lemma = lexicon.ROLE_ORGS[low]
            key = (
                f"org:{' '.join(reading.lows(at - 1, at + 1)) if lemma in ('ministry', 'agency', 'forces') else lemma}"
            )
            lemma = low
        else:
            bare = first + 1 == at and determined and tokens[first].low in ("the", "this", "that")
            lemma = low if low.endswith("ss") else low.removesuffix("s")
            modifiers = " ".join(t.low for t in tokens[first:at] if t.low not in lexicon.ARTICLES)
            key = f"{kind.lower()}:{'' if bare else modifiers + ' '}{lemma}"
        yield Mention(first, at + 1, kind, key, lemma=lemma)


def attacked(reading: Reading, mentions: Iterable[Mention]) -> str | None:
    """Guess the key of the attacked site: behind a word of attack, else the first that is no hospital."""
    sites = [m for m in mentions if m.type == "FAC" and "hospital" not in m.key]
    for site in sites:
        if set(reading.lows(site.first - 4, site.first)) & _AT_SITES:
            return site.key
    return sites[0].key if sites else None


def _sites(reading: Reading, mentions: list[Mention]) -> list[Mention]:
    """Let "the building" be the attacked site and "the hospital" the named one (M9)."""
    named = {m.lemma: m.key for m in reversed(mentions) if m.type == "FAC" and m.key != f"fac:{m.lemma}"}
    named |= {m.key.split()[-1].removeprefix("name:"): m.key for m in reversed(mentions) if m.type == "FAC" and m.name}
    resolved = [
        m._replace(key=named[m.lemma]) if m.type == "FAC" and m.key == f"fac:{m.lemma}" and m.lemma in named else m
        for m in mentions
    ]
    target = attacked(reading, resolved)
    return [
        m._replace(key=target) if target and m.key == f"fac:{m.lemma}" and m.lemma in lexicon.ANY_SITE else m
        for m in resolved
    ]


def _apposed(reading: Reading, mentions: list[Mention]) -> list[Mention]:
    """Let "X, a spokesman for" be X: what stands behind a name, set off and with an article, says who that is."""
    tokens = reading.tokens
    result: list[Mention] = []
    for mention in mentions:
        name = result[-1] if result else None
        if (
            name
            and name.name
            and not mention.name
            and mention.type == name.type
            and mention.first == name.last + 1
            and tokens[name.last].text == ","
            and tokens[mention.first].low in ("a", "an", "the", "another")
        ):
            mention = mention._replace(key=name.key)
        result.append(mention)
    return result


def cast(reading: Reading) -> Cast:
    """Find every mention of a text and say which are of one entity."""
    vouched = _vouched(reading)
    taken: dict[int, Mention] = {}
    dated: list[Mention] = []
    names: list[Mention] = []
    for unit in reading.units:
        found = [Mention(*m[:2], "TIME", f"time:{m[2]}", timex=m[2]) for m in times(reading, unit)]
        dated += found
        within = {i for m in found for i in range(m.first, m.last)}
        taken.update((i, m) for m in found for i in range(m.first, m.last))
        names += _names(reading, unit, within, vouched)
    roles = [m for m in names if not m.name]
    names = _typed(reading, [m for m in names if m.name])
    taken.update((i, m) for m in (*names, *roles) for i in range(m.first, m.last))
    commons = [m for unit in reading.units for m in _commons(reading, unit, taken)]
    mentions = _apposed(
        reading, _sites(reading, sorted((*dated, *names, *roles, *commons), key=lambda m: (m.first, -m.last)))
    )
    return recast(mentions)


def recast(mentions: Iterable[Mention]) -> Cast:
    """Put mentions in order, the first of each span kept; a span is a mention of one entity only."""
    kept: dict[tuple[int, int], Mention] = {}
    for mention in mentions:
        kept.setdefault((mention.first, mention.last), mention)
    ordered = tuple(sorted(kept.values(), key=lambda m: (m.first, -m.last)))
    return Cast(ordered, tuple(m.first for m in ordered))


def numbered(cast: Cast) -> dict[str, str]:
    """Map entity keys to ids e1, e2 … in the order in which the text mentions them."""
    return {key: f"e{i}" for i, key in enumerate(dict.fromkeys(m.key for m in cast.mentions), 1)}


def entities(reading: Reading, cast: Cast) -> tuple[Entity, ...]:
    """Make the entities of a text, in the order in which it mentions them."""
    groups: dict[str, list[Mention]] = {}
    for mention in cast.mentions:
        groups.setdefault(mention.key, []).append(mention)
    made = []
    for key, id in numbered(cast).items():
        group = groups[key]
        named = [reading.span(m.first, m.last).text for m in group if m.name]
        made.append(
            Entity(
                id=id,
                type=group[0].type,
                mentions=tuple(reading.span(m.first, m.last) for m in group),
                name=max(named, key=len) if named else None,
                timex=group[0].timex,
            )
        )
    return tuple(made)
