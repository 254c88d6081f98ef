"""Which quantities count persons, of which metric, of whom, and how much of the whole.

A quantity is taken only if it can be said what became of those it counts; ages, dates, money,
distances, durations, shares and times are turned away by the words beside them.  No sum is made
and no number is compared with another, but for telling a part from its whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from reportedly.systems import lexicon
from reportedly.systems.numerals import Quantity, quantity
from reportedly.systems.reading import Reading, Unit

_REACH = 20  # tokens to look for what became of those counted
_FORCES = frozenset({"soldiers", "troops", "personnel", "policemen", "officers"})
_FIGURES = frozenset({"report", "reports", "toll", "count", "figure", "figures"})
_THINGS = lexicon.FAC_NOUNS | lexicon.WEAPON_NOUNS | (lexicon.ROLE_ORGS.keys() - {"police", "forces"})
_ONLY_NOUNS = lexicon.PERSONS.keys() - {
    *("dead", "injured", "wounded", "missing", "killed", "hostage", "hostages", "captive", "captives")
}
_NO_MODIFIER = (
    lexicon.PUNCTUATION
    | lexicon.PREPOSITIONS
    | lexicon.CONJUNCTIONS
    | lexicon.VERBAL
    | lexicon.DETERMINERS
    | (lexicon.METRIC_WORDS.keys() - lexicon.PREMODIFIERS - {"armed", "wounded", "injured"})
)
_BETWEEN = lexicon.VERBAL | lexicon.ADVERBS | lexicon.POSSIBLE | {"confirmed", "reported", "shot", "and", "critically"}
_MONEY = {"$", "£", "€", "₹", "¥", "rs", "usd", "pkr"}
_LABELLED = (
    "aged age page chapter no number room ward section article phase type block route highway flight act channel"
)
_BEFORE_NO_COUNT = frozenset((*_LABELLED.split(), "area", "sector", "zone"))


class Found(NamedTuple):
    """A number of persons: the quantity, its head noun (a token) if it has one, and what is said of it."""

    quantity: Quantity
    unit: int
    head: int | None
    cue: int
    metric: str
    population: str
    scope: str
    as_of: str
    subset: tuple[int, int] | None
    additive: bool


class Phrase(NamedTuple):
    """The noun phrase behind a quantity: head token or None, its end, "of the" before it, more of the kind."""

    head: int | None
    last: int
    partitive: bool
    further: bool


def _touches(reading: Reading, at: int) -> bool:
    """Tell whether a token stands against the one before it, with no blank between."""
    return at > 0 and reading.tokens[at - 1].end == reading.tokens[at].start


def _other_number(reading: Reading, unit: Unit, found: Quantity) -> bool:
    """Tell a number that does not count at all: money, a share, a time, an age, a part of a word."""
    tokens, core, last = reading.tokens, found.core, found.last
    before = tokens[core - 1].low if core > unit.first else ""
    after = tokens[last].low if last < unit.last else ""
    digits = tokens[core].text[0].isdigit()
    if before in _MONEY or before in _BEFORE_NO_COUNT or (before in lexicon.MONTHS and digits):
        return True
    if digits and _touches(reading, core) and tokens[core - 1].text not in {"(", '"', "“", "'", "‘", "[", "–", "—"}:
        return True
    if digits and last < unit.last and _touches(reading, last) and tokens[last].text not in {*lexicon.PUNCTUATION, "-"}:
        return True
    if after in ("-", ":") and last + 1 < unit.last and _touches(reading, last) and _touches(reading, last + 1):
        return True
    if {"aged", "age", "ages"} & set(reading.lows(max(unit.first, core - 4), core)):
        return True
    if before in (":", "-", ".", "/") and _touches(reading, core):
        return True
    if after in lexicon.NOT_PERSONS or (digits and after in lexicon.MONTHS):
        return True
    if found.hedge == "EXACT" and digits and before in (",", "(") and after in (",", ")"):
        return True  # "Name, 25, said": an age
    return (
        found.hedge == "EXACT"
        and len(found.n) == 1
        and 1900 <= found.n[0] <= 2099
        and digits
        and (before in ("in", "since", "of", "by", "from", "until") or after in lexicon.PUNCTUATION)
    )


def _phrase(reading: Reading, unit: Unit, at: int) -> Phrase | None:
    """Read the noun phrase behind a quantity; None if it counts things."""
    tokens = reading.tokens
    i, partitive = at, False
    if i < unit.last and tokens[i].low == "of":
        partitive = i + 1 < unit.last and tokens[i + 1].low in lexicon.ARTICLES | {"them", "whom", "those", "us", "our"}
        i += 1
    if i < unit.last and tokens[i].low in lexicon.ARTICLES | {"our"}:
        i += 1
    further, head, stop = False, None, min(unit.last, i + 6)
    # "three of the 20 cadets": the second number is a count of its own
    while i < stop:
        low = tokens[i].low
        if low in lexicon.INCREMENT:
            further = True
        if low in ("them", "whom", "us"):
            return Phrase(None, i + 1, True, further)
        if low in lexicon.NOT_PERSONS:
            return None
        person = lexicon.PERSONS.get(low)
        after = tokens[i + 1].low if i + 1 < unit.last else ""
        if person and (head is None or low not in lexicon.UNBORNE or low == "members") and after != "'s":
            if low in ("dead", "injured", "wounded", "missing", "killed") and after in lexicon.PERSONS:
                i += 1
                continue
            head = i
            i += 1
            continue
        if head is not None:
            # a person noun before a thing is a modifier: "five police vehicles"
            if low in _THINGS:
                return None
            break
        if low in _NO_MODIFIER:
            break
        i += 1
    return Phrase(head, (head + 1) if head is not None else at, partitive, further)


def _strange_head(reading: Reading, unit: Unit, at: int) -> int | None:
    """Take a plural that no list knows for the head; only a predicate of harm can make persons of it."""
    for i in range(at, min(unit.last, at + 3)):
        low = reading.tokens[i].low
        if low in lexicon.METRIC_WORDS or low in lexicon.VERBAL or not low.isalpha() or low in lexicon.PREPOSITIONS:
            return None
        if low.endswith(("s", "men", "women", "folk")) and low not in lexicon.NOT_PERSONS | lexicon.DETERMINERS:
            return i if low not in lexicon.FAC_NOUNS | lexicon.WEAPON_NOUNS else None
    return None


# --- what became of them ------------------------------------------------------------------------


def _paired(reading: Reading, unit: Unit, at: int) -> str:
    """Read the metric at a predicate; "killed or wounded" of one number is both together."""
    metric = lexicon.METRIC_WORDS[reading.tokens[at].low]
    if metric not in ("killed", "injured"):
        return metric
    words = reading.lows(at + 1, min(unit.last, at + 3))
    other = {"killed": "injured", "injured": "killed"}[metric]
    pair = len(words) == 2 and words[0] in ("or", "and", "/") and lexicon.METRIC_WORDS.get(words[1]) == other
    follows = reading.tokens[at + 3].low if at + 3 < unit.last else ""
    return "casualties" if pair and not quantity(reading, at + 2, unit.last) and not follows.isdecimal() else metric


def _active(reading: Reading, unit: Unit, at: int) -> bool:
    """Tell whether a predicate has an object, so that it says nothing of the number before it."""
    low = reading.tokens[at].low
    if low in lexicon.ACTIVE and (low.endswith("ing") or reading.tokens[at - 1].low not in lexicon.BE):
        return True
    if set(reading.lows(max(unit.first, at - 3), at)) & lexicon.BE or low in lexicon.PERSONS or low in ("died", "dead"):
        return False
    after = reading.tokens[at + 1].low if at + 1 < unit.last else ""
    objects = after in lexicon.ARTICLES or after in lexicon.PERSONS or quantity(reading, at + 1, unit.last) is not None
    return objects and at + 1 < unit.last and lexicon.METRIC_WORDS[low] != "participating"


def _right(reading: Reading, unit: Unit, at: int) -> tuple[int, str] | None:
    """Look ahead, as far as the clause goes, for what became of those counted."""
    tokens = reading.tokens
    weak: tuple[int, str] | None = None
    relative = False
    for i in range(at, min(unit.last, at + _REACH)):
        low = tokens[i].low
        if low in lexicon.CLAUSE_ENDS and not (low == "as" and i == at):
            break
        if low in ("who", "whom"):
            relative = True
        metric = lexicon.METRIC_WORDS.get(low)
        if metric is None or (i > at + 1 and low in _ONLY_NOUNS):
            continue
        if tokens[i - 1].low in lexicon.ARTICLES or _active(reading, unit, i):
            continue
        if low in ("taken", "took") or metric in ("present",) or (metric == "participating" and relative):
            weak = weak or (i, metric)
            continue
        if metric == "held" and {"hostage", "hostages", "captive"} & set(reading.lows(i, min(unit.last, i + 3))):
            still = {"still", "remain", "remained", "being"} & set(reading.lows(at, i))
            return i, "held" if still else "hostage"
        if metric == "hostage" and low in ("hostage", "captive") and "still" in reading.lows(at, i):
            return i, "held"
        return i, _paired(reading, unit, i)
    return weak


def _to_hospital(reading: Reading, unit: Unit, at: int) -> int | None:
    """Find "taken to hospital" and the like, which says that they were hurt."""
    words = reading.lows(at, min(unit.last, at + 14))
    verbs = [i for i, w in enumerate(words) if w in ("taken", "brought", "admitted", "rushed", "transferred")]
    return at + verbs[0] if verbs and {"hospital", "hospitals", "clinic"} & set(words[verbs[0] :]) else None


def _left(reading: Reading, unit: Unit, at: int) -> tuple[int, str] | None:
    """Look back for the noun or verb that the number belongs to: "the toll rose to 61"."""
    for i in range(at - 1, max(unit.first, at - _REACH) - 1, -1):
        low = reading.tokens[i].low
        if low in lexicon.CLAUSE_ENDS - {"as", "as-of", "when"}:
            return None
        metric = lexicon.METRIC_WORDS.get(low)
        if metric and metric not in ("participating", "present"):
            return i, "casualties" if low == "toll" and "casualty" in reading.lows(i - 1, i) else metric
    return None


_VERBS = (
    "killed kills kill killing injured injures injuring wounded wounding arrested arresting detained detaining freed"
    " freeing rescued rescuing released releasing evacuated evacuating kidnapped kidnapping abducted abducting seized"
    " seizing holding captured capturing murdered murdering treating rescue kill evacuate"
)
_GOVERNS = frozenset(_VERBS.split())


def _object(reading: Reading, unit: Unit, first: int) -> tuple[int, str] | None:
    """Read the metric off a verb right before the number: "killing 61"."""
    i = first - 1
    if i < unit.first:
        return None
    low = reading.tokens[i].low
    if low == "of" and first - unit.first > 3 and reading.lows(i - 1, i) in (("lives",), ("deaths",)):
        return i - 1, "killed"
    if low not in _GOVERNS:
        return None
    if i > unit.first and reading.tokens[i - 1].low in lexicon.BE and not low.endswith("ing"):
        return None
    metric = lexicon.METRIC_WORDS[low]
    words = reading.lows(first, min(unit.last, first + 9))
    return (i, "hostage") if metric == "held" and "hostage" in words else (i, _paired(reading, unit, i))


def _listed(reading: Reading, unit: Unit, at: int) -> bool:
    """Tell a number under "including" or "among them", also the second of the list."""
    for i in range(at - 1, max(unit.first, at - 12) - 1, -1):
        low = reading.tokens[i].low
        if low in lexicon.KINDS:
            return True
        if low in lexicon.VERBAL and i < at - 3:
            return False
        if low in lexicon.CLAUSE_ENDS or (low in lexicon.METRIC_WORDS and low not in lexicon.PERSONS):
            return False
    return False


def _predicate(reading: Reading, unit: Unit, found: Quantity, phrase: Phrase) -> tuple[int, str] | None:
    tokens = reading.tokens
    head = tokens[phrase.head].low if phrase.head is not None else ""
    side = lexicon.PERSONS[head].side if head in lexicon.PERSONS else ""
    governed = _object(reading, unit, found.first)
    if governed:
        return governed
    if phrase.head is not None and head in ("bodies", "body", "corpses", "deaths", "dead", "fatalities", "killed"):
        return phrase.head, _paired(reading, unit, phrase.head)
    if phrase.head is not None and head in ("injured", "wounded", "casualties", "missing", "lives"):
        return phrase.head, lexicon.METRIC_WORDS[head]
    ahead = _right(reading, unit, phrase.last)
    if ahead is None or ahead[1] in ("present", "participating"):
        hurt = _to_hospital(reading, unit, phrase.last)
        if hurt is not None and side != "perpetrators":
            return hurt, "injured"
    if ahead and ahead[1] == "participating" and side not in ("perpetrators",):
        sent = tokens[ahead[0]].low in lexicon.SENT and head in _FORCES
        ahead = ahead if sent or head in ("commandos", "men", "police") else None
    if ahead:
        return ahead
    if phrase.head is not None and head in ("hostages", "hostage", "captives"):
        return phrase.head, "hostage"
    behind = _left(reading, unit, found.first)
    nounlike = phrase.head is None or phrase.partitive or (behind and tokens[behind[0]].low in ("toll", "deaths"))
    kinds = _listed(reading, unit, found.first)
    if behind and (nounlike or kinds):
        return behind
    return (phrase.head, "participating") if side == "perpetrators" and phrase.head and "suspect" not in head else None


# --- of whom, how much of it, as of when --------------------------------------------------------


def _population(reading: Reading, unit: Unit, found: Quantity, phrase: Phrase, cue: int, metric: str) -> str:
    head = reading.tokens[phrase.head].low if phrase.head is not None else ""
    words = reading.lows(found.last, min(unit.last, found.last + 14))
    for i, word in enumerate(words):
        named = any(w in lexicon.PERSONS and lexicon.PERSONS[w].side == "perpetrators" for w in words[i + 1 : i + 5])
        if word == "including" and named and not any(quantity(reading, found.last + i + k, unit.last) for k in (1, 2)):
            return "all"
        if word in ("excluding", "besides") and named:
            return "victims"
    if head in lexicon.PERSONS and lexicon.PERSONS[head].side != "unspecified":
        return lexicon.PERSONS[head].side
    if metric == "arrested" or (metric == "participating" and reading.tokens[cue].low not in lexicon.SENT):
        return "perpetrators"
    return "victims" if metric in ("hostage", "held", "freed", "evacuated", "missing") else "unspecified"


def _earlier(reading: Reading, unit: Unit, found: Quantity) -> bool:
    before = reading.lows(max(unit.first, found.first - 12), found.first)
    after = reading.lows(found.last, min(unit.last, found.last + 12))
    if before[-1:] == ("from",) and lexicon.RISING & set(before):
        return True
    for i, word in enumerate(before):
        follows = before[i + 1] if i + 1 < len(before) else ""
        if word in ("first", "previous", "preliminary") and follows not in _FIGURES:
            continue
        if i and before[i - 1] in lexicon.NOT_PERSONS:
            continue  # "two days earlier" dates what happened, not the figure
        if word in lexicon.EARLIER and follows not in ("attack", "attacks", "in", "this", "bombing"):
            return True
    if "earlier" in after[:6] and "this" not in after:
        return True
    return any(pair in (("by", "noon"), ("at", "first")) for pair in pairwise(before))


def _site(reading: Reading, unit: Unit, at: int) -> tuple[int, int] | None:
    """Find "at the hospital" behind a number, which makes it a part of the whole."""
    words = reading.lows(at, min(unit.last, at + 12))
    for i, word in enumerate(words):
        if word in ("at", "to", "by", "in") and "hospital" in words[i : i + 6]:
            return at + i, at + i + words[i:].index("hospital") + 1
        if word in lexicon.PUNCTUATION:
            break
    return None


def _scope(
    reading: Reading, unit: Unit, found: Quantity, phrase: Phrase, metric: str
) -> tuple[str, tuple[int, int] | None]:
    head = phrase.head
    before = reading.lows(max(unit.first, found.first - 3), found.first)
    kind = head is not None and reading.tokens[head].low not in lexicon.UNBORNE
    words = None
    if head is not None and kind:
        police = head > found.last and reading.tokens[head - 1].low == "police"
        words = (head - 1 if police else head, head + 1)
    listed = _listed(reading, unit, found.first)
    if found.hedge == "ALL" or (found.hedge == "NONE" and words is None):
        return "total", None  # all of them are no proper part
    if listed or phrase.partitive:
        return "partial", words if listed or not phrase.partitive else None
    if {"received", "treating", "treated"} & set(reading.lows(max(unit.first, found.first - 4), found.first)):
        return "partial", None
    if (
        phrase.further
        or (before and before[-1] in ("another", "further"))
        or reading.tokens[found.first].low == "another"
    ):
        return "partial", None
    if metric in ("killed", "injured") and (place := _site(reading, unit, phrase.last)):
        return "partial", place
    return "total", words


def _lone(reading: Reading, unit: Unit, at: int) -> Found | None:
    """Read "a soldier was killed" as one person: article, singular, and a predicate of harm or arrest (C2)."""
    tokens = reading.tokens
    low = tokens[at].low
    if low == "himself" and tokens[at - 1].low in ("blew", "blown", "killed", "detonated", "shot") and at > unit.first:
        one = Quantity(at, at + 1, at, "EXACT", (1,), None)
        return Found(one, 0, None, at - 1, "killed", "perpetrators", "total", "current", None, False)
    if low not in ("a", "an", "the", "lone", "another"):
        return None
    begin = at + 1
    for head in range(begin, min(unit.last, begin + 5)):
        word = tokens[head].low
        person = lexicon.PERSONS.get(word)
        after = tokens[head + 1].low if head + 1 < unit.last else ""
        no_person = word in ("body", "death", "life", "wounded", "injured") or after in lexicon.PERSONS
        if person and not person.plural and not no_person:
            break
        plain = word.replace("-", "").isalpha() or word.endswith("-old")
        modifier = (word not in _NO_MODIFIER and plain) or word in lexicon.PREMODIFIERS
        if not modifier or after in lexicon.PUNCTUATION or word in _THINGS - lexicon.PREMODIFIERS:
            return None
    else:
        return None
    one = Quantity(at, begin, at, "EXACT", (1,), None)
    phrase = Phrase(head, head + 1, False, low == "another")
    hit = _object(reading, unit, at) or _suffers(reading, unit, head + 1)
    if hit is None or hit[1] not in lexicon.HARM:
        return None
    scope, subset = _scope(reading, unit, one, phrase, hit[1])
    side = _population(reading, unit, one, phrase, *hit)
    also = side == "perpetrators" and "also" in reading.lows(head, hit[0])
    return Found(one, 0, head, hit[0], hit[1], side, scope, "current", subset, also)


def _suffers(reading: Reading, unit: Unit, at: int) -> tuple[int, str] | None:
    """Find a passive of harm or "died" close behind a singular."""
    for i in range(at, min(unit.last, at + 6)):
        low = reading.tokens[i].low
        metric = lexicon.METRIC_WORDS.get(low)
        if metric in lexicon.HARM and (low in ("died", "dies") or set(reading.lows(at, i)) & lexicon.BE):
            return i, _paired(reading, unit, i)
        if low not in _BETWEEN:
            return None
    return None


def _judge(reading: Reading, unit: Unit, found: Quantity) -> Found | None:
    """Decide whether a quantity counts persons and say what can be said of it."""
    tokens = reading.tokens
    if _other_number(reading, unit, found):
        return None
    phrase = _phrase(reading, unit, found.last)
    if phrase is None:
        return None
    strange = _strange_head(reading, unit, found.last) if phrase.head is None and not phrase.partitive else None
    if strange is not None:
        phrase = phrase._replace(head=strange, last=strange + 1)
    hit = _predicate(reading, unit, found, phrase)
    if hit is None:
        return None
    word = tokens[found.core].low
    metric = hit[1]
    if (strange is not None or found.hedge in ("NONE", "ALL")) and metric not in lexicon.STRONG:
        return None
    if found.hedge == "VAGUE" and found.word in lexicon.WEAK_VAGUE and metric not in lexicon.STRONG:
        return None
    bare = phrase.head is None and not phrase.partitive
    if (
        bare
        and word in ("one", "some", "no", "all", "most", "few", "each")
        and not _stands_alone(reading, unit, found, hit[0])
    ):
        return None
    if bare and metric in ("present", "participating"):
        return None
    scope, subset = _scope(reading, unit, found, phrase, metric)
    side = _population(reading, unit, found, phrase, *hit)
    also = side == "perpetrators" and "also" in reading.lows(found.last, hit[0])
    as_of = "earlier" if _earlier(reading, unit, found) else "current"
    return Found(found, 0, phrase.head, hit[0], metric, side, scope, as_of, subset, also)


def _stands_alone(reading: Reading, unit: Unit, found: Quantity, cue: int) -> bool:
    """Tell "one was killed" from the "one" of "one after the other"."""
    after = reading.lows(found.last, min(unit.last, found.last + 1))
    return bool(after) and (after[0] in lexicon.VERBAL or cue == found.last)


def _in_unit(reading: Reading, unit: Unit) -> Iterator[Found]:
    at = unit.first
    while at < unit.last:
        found = quantity(reading, at, unit.last)
        judged = _judge(reading, unit, found) if found else None
        judged = judged or _lone(reading, unit, at)
        if judged:
            yield judged
            at = judged.quantity.last
        else:
            # a number that was turned away is not read again from its middle
            at = found.last if found and found.n and reading.tokens[found.core].text[0].isdigit() else at + 1


def counts(reading: Reading) -> list[Found]:
    """Find the numbers of persons in a text, in order."""
    found = [hit._replace(unit=i) for i, unit in enumerate(reading.units) for hit in _in_unit(reading, unit)]
    return _compared(reading, found)


def _compared(reading: Reading, found: list[Found]) -> list[Found]:
    """Tell parts from wholes and victims from all by what the other numbers of the text are.

    A number of some kind of person is a part if a larger general number of the metric stands
    beside it; a toll is the victims' where the attackers' dead are told as dead *too*.
    """
    general: dict[tuple[str, bool], int] = {}

    def incident(each: Found) -> tuple[str, bool]:
        return each.metric, reading.units[each.unit].background

    for each in found:
        if each.subset is None and each.population != "perpetrators" and each.quantity.n and each.scope == "total":
            general[incident(each)] = max(general.get(incident(each), 0), each.quantity.n[-1])
    additive = {each.metric for each in found if each.additive}
    result = []
    for each in found:
        if each.scope == "total" and each.subset is not None:
            smaller = bool(each.quantity.n) and each.quantity.n[-1] < general.get(incident(each), 0)
            part = smaller and each.population != "perpetrators"
            each = each._replace(scope="partial" if part else "total", subset=each.subset if part else None)
        if each.population == "unspecified" and each.metric in additive:
            each = each._replace(population="victims")
        result.append(each)
    return result
