"""Edits of what is counted: the number, its hedge, its range, and of whom.

Each family yields the sites where it applies to a document, in the order of the text, or nothing.
What a family cannot do fluently or without a doubt about the gold, it leaves alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from reportedly.contrast.rewriting import Draft, Replacement, Site
from reportedly.model import Claim, Count, Document, Entity
from reportedly.text import sentence_at, sentences

_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", *_TEENS)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORD = "|".join(sorted([*_ONES, *_TENS], key=len, reverse=True))
_NUMBER = re.compile(rf"\d+(?:,\d{{3}})*|\b(?:{_WORD})(?:[ -](?:{_WORD}))?\b", re.IGNORECASE)

# Nouns that bear a count and say nothing of the side they are on (guidelines M6).
BEARERS = r"(?:people|persons|men|women|bodies|dead|injured|wounded|victims|casualties)\b"


class Number(NamedTuple):
    """A number as it stands in a text: offsets within the text, value, and words or digits."""

    start: int
    end: int
    value: int
    text: str


def pick(key: str, n: int) -> int:
    """Choose one of n by a hash of a text, the same on every machine and Python."""
    return int.from_bytes(sha256(key.encode("utf-8")).digest()[:8]) % n


def value(words: str) -> int:
    """Read a number below a hundred in words, or any in digits.

    >>> value("Forty eight"), value("1,200"), value("seventy-one"), value("Twelve")
    (48, 1200, 71, 12)
    """
    if words[0].isdigit():
        return int(words.replace(",", ""))
    total = 0
    for word in re.split("[ -]", words.lower()):
        total += _ONES.index(word) if word in _ONES else 10 * (_TENS.index(word) + 2)
    return total


def spell(number: int, like: str) -> str | None:
    """Write a number the way another one is written: digits or words, capital, hyphen or blank.

    None where words would be needed for a hundred or more.

    >>> spell(72, "Forty eight"), spell(9, "five"), spell(1300, "1,200"), spell(64, "Fifteen")
    ('Seventy two', 'nine', '1,300', 'Sixty-four')
    """
    if like[0].isdigit():
        return f"{number:,}" if "," in like else str(number)
    if number > 99:
        return None
    if number < 20:
        words = _ONES[number]
    else:
        words = _TENS[number // 10 - 2] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    if " " in like:
        words = words.replace("-", " ")
    return words.capitalize() if like[0].isupper() else words


def numbers(claim: Claim) -> list[Number]:
    """Find the numbers within a claim's anchor."""
    found = _NUMBER.finditer(claim.anchor.text)
    return [
        Number(claim.anchor.start + m.start(), claim.anchor.start + m.end(), value(m.group()), m.group()) for m in found
    ]


def counts(document: Document) -> Iterator[tuple[Claim, Count, list[Number]]]:
    """Go through the COUNT claims whose anchor shows the very numbers that they say, in the order of the text.

    A single one is left out: another number would need another verb.
    """
    for claim in sorted(document.of_kind("COUNT"), key=lambda c: c.anchor.start):
        assert claim.count is not None
        found = numbers(claim)
        if found and tuple(n.value for n in found) == claim.count.n and claim.count.n[-1] > 1:
            yield claim, claim.count, found


def taken(document: Document) -> set[int]:
    """Collect every number that the text shows, so that a new one is new."""
    return {value(m.group()) for m in _NUMBER.finditer(document.text)} | {
        n for claim in document.claims if claim.count for n in claim.count.n
    }


def others(document: Document, n: int, key: str, wanted: int, low: int = 2, high: int | None = None) -> list[int]:
    """Choose numbers near n, as round as n is and not in the text yet.

    Args:
        document: whose numbers are not to be used again.
        n: the number to replace.
        key: what the choice hangs on.
        wanted: how many at most.
        low: no number is smaller.
        high: no number is larger.
    """
    step = 10 ** (len(str(n)) - len(str(n).rstrip("0"))) if n else 1
    top = max(2 * n, 12) if high is None else high
    free = [m for m in range(step, top + 1, step) if m >= max(low, n // 3) and m != n and m not in taken(document)]
    if step > 1:
        free = [m for m in free if m % (10 * step) or n % (10 * step) == 0]
    return sorted(sorted(free, key=lambda m: sha256(f"{key} {m}".encode()).digest())[:wanted])


def sentence(document: Document, offset: int) -> tuple[int, int]:
    """Give the bounds of the sentence that an offset lies in."""
    bounds = sentences(document.text)
    return bounds[sentence_at(bounds, offset)]


# Words near a number that another number could belie: "lowered to twelve", "the fourth".
_BOUND = re.compile(
    r"\b(?:lowered|raised|rose|fell|higher|lower|up from|down from|broadly|the (?:second|third|fourth|fifth|sixth))\b"
)


def _bound(document: Document, claim: Claim) -> bool:
    """Tell whether the paragraph says something of a number that holds for this number alone."""
    start = document.text.rfind("\n", 0, claim.anchor.start) + 1
    end = document.text.find("\n", claim.anchor.end)
    return bool(_BOUND.search(document.text, start, len(document.text) if end < 0 else end))


# --- families ---------------------------------------------------------------------------------


def number(document: Document) -> Iterator[Site]:
    """Put another number: "at least 59" → "at least 43"."""
    for claim, count, found in counts(document):
        if len(found) != 1 or count.hedge == "ALL" or _bound(document, claim):
            continue
        for new in others(document, count.n[0], f"number {document.id} {claim.id}", 3):
            if text := spell(new, found[0].text):

                def effect(draft: Draft, id: str = claim.id, new: int = new) -> None:
                    draft.claim(id)["count"]["n"] = [new]

                yield Site(claim.id, (Replacement(found[0].start, found[0].end, text),), effect)


# What stands before a number, the hedge it makes, and what may be put in its place.
_HEDGES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "at least": ("AT_LEAST", (("at most", "AT_MOST"), ("about", "APPROX"), ("fewer than", "LESS_THAN"))),
    "up to": ("AT_MOST", (("at least", "AT_LEAST"), ("about", "APPROX"), ("more than", "MORE_THAN"))),
    "over": ("MORE_THAN", (("under", "LESS_THAN"), ("nearly", "ALMOST"), ("about", "APPROX"))),
    "more than": ("MORE_THAN", (("fewer than", "LESS_THAN"), ("almost", "ALMOST"), ("roughly", "APPROX"))),
    "almost": ("ALMOST", (("over", "MORE_THAN"), ("at most", "AT_MOST"), ("exactly", "EXACT"))),
    "nearly": ("ALMOST", (("over", "MORE_THAN"), ("at most", "AT_MOST"))),
    "about": ("APPROX", (("at least", "AT_LEAST"), ("fewer than", "LESS_THAN"))),
    "around": ("APPROX", (("at least", "AT_LEAST"), ("fewer than", "LESS_THAN"))),
    "some": ("APPROX", (("at least", "AT_LEAST"), ("fewer than", "LESS_THAN"))),
    "": ("EXACT", (("about", "APPROX"), ("at least", "AT_LEAST"), ("fewer than", "LESS_THAN"))),
}


def hedge(document: Document) -> Iterator[Site]:
    """Put another hedge at the same number: "at least 59" → "at most 59", "47" → "about 47"."""
    for claim, count, found in counts(document):
        at = claim.anchor.start
        words = document.text[at : found[0].start].strip().lower()
        before = re.search(r"(\w+)\s$", document.text[:at])
        determined = before and before.group(1).lower() in ("the", "all", "these", "those", "another", "other")
        if len(found) != 1 or found[0].end != claim.anchor.end or words not in _HEDGES or determined:
            continue
        old, choices = _HEDGES[words]
        if count.hedge != old or _bound(document, claim):
            continue
        for new, label in choices:
            text = new.capitalize() if claim.anchor.text[0].isupper() else new
            figure = found[0].text if words else found[0].text.lower()
            if label == "EXACT":
                text, new_anchor = "", figure.capitalize() if claim.anchor.text[0].isupper() else figure
            else:
                new_anchor = f"{text} {figure}"

            def effect(draft: Draft, id: str = claim.id, label: str = label) -> None:
                draft.claim(id)["count"]["hedge"] = label

            yield Site(claim.id, (Replacement(at, claim.anchor.end, new_anchor),), effect)


def span_of_numbers(document: Document) -> Iterator[Site]:
    """Widen a range upwards or downwards, or move it; "five to six" → "five to nine"."""
    for claim, count, found in counts(document):
        if len(found) != 2 or count.n[0] == count.n[1]:
            continue
        low, high = count.n
        width = high - low
        key = f"range {document.id} {claim.id}"
        pairs = []
        if " or " not in claim.anchor.text:  # "seven or fifteen" is no English
            pairs += [(low, new) for new in others(document, high, f"{key} up", 2, high + 1)]
            pairs += [(new, high) for new in others(document, low, f"{key} down", 2, 2, low - 1)]
        pairs += [(new, new + width) for new in others(document, low, f"{key} moved", 2, high + 1, 2 * high)]
        for a, b in pairs:
            texts = spell(a, found[0].text), spell(b, found[1].text)
            if texts[0] and texts[1]:

                def effect(draft: Draft, id: str = claim.id, new: tuple[int, int] = (a, b)) -> None:
                    draft.claim(id)["count"]["n"] = list(new)

                changed = (n for n, new in zip(found, (a, b), strict=True) if n.value != new)
                yield Site(
                    claim.id,
                    tuple(Replacement(n.start, n.end, texts[found.index(n)] or "") for n in changed),
                    effect,
                )


# --- of whom ----------------------------------------------------------------------------------


def sides(document: Document) -> tuple[Entity | None, Entity | None]:
    """Find who attacks and who is attacked: the root's agents, and the victims held or attacked, as plural nouns."""
    root = next((v for v in document.events if v.parent is None and not v.background), None)
    inside = {v.id for v in document.events if root and document.root(v.id) == root.id}
    agents = [i for i in root.arguments.get("agent", ()) if document.entity[i].type == "PER"] if root else []
    held = [
        i
        for type in ("HOSTAGE", "FREE", "KILL")
        for v in document.events
        if v.id in inside and v.type == type
        for i in v.arguments.get("patient", ())
        if i not in agents and document.entity[i].type == "PER" and document.entity[i].name is None
    ]
    return (document.entity[agents[0]] if agents else None), (document.entity[held[0]] if held else None)


def nouns(entity: Entity) -> list[str]:
    """List the bare plural nouns by which an entity is mentioned: "the gunmen" → "gunmen"."""
    heads = (m.text.split()[-1] for m in entity.mentions)
    return sorted({h for h in heads if h.islower() and (h.endswith(("s", "men")))})


def also(document: Document, claim: Claim) -> tuple[int, int] | None:
    """Find the word "also" by which a count of attackers says that the other tolls leave them out (P1)."""
    if not (claim.count and claim.count.population == "perpetrators"):
        return None
    _, end = sentence(document, claim.anchor.start)
    found = re.search(r"\balso ", document.text[claim.anchor.end : end])
    return (claim.anchor.end + found.start(), claim.anchor.end + found.end()) if found else None


def by_also(document: Document, marker: Claim) -> list[str]:
    """List the claims that are of victims only because of another claim's "also" (P1)."""
    assert marker.count is not None
    if any(also(document, c) and c.id != marker.id and _same(document, c, marker) for c in document.of_kind("COUNT")):
        return []
    found = []
    for claim in document.of_kind("COUNT"):
        count = claim.count
        if count and _same(document, claim, marker) and count.population == "victims" and count.scope == "total":
            after = document.text[claim.anchor.end :].lstrip()
            if count.as_of == "current" and re.match(BEARERS, after):
                found.append(claim.id)
    return found


def _same(document: Document, claim: Claim, other: Claim) -> bool:
    """Tell whether two counts are of one metric and one incident."""
    assert claim.count is not None
    assert other.count is not None
    return claim.count.metric == other.count.metric and document.root(claim.event) == document.root(other.event)


def marked_victims(document: Document, metric: str, event: str | None) -> bool:
    """Tell whether some "also" makes the other tolls of a metric tolls of victims (P1)."""
    return any(
        also(document, c) and c.count and c.count.metric == metric and document.root(c.event) == document.root(event)
        for c in document.of_kind("COUNT")
    )


def without_also(document: Document) -> Iterator[Site]:
    """Take "also" from the attackers' count: the other tolls no longer say whether they leave them out."""
    for claim in document.of_kind("COUNT"):
        if where := also(document, claim):

            def effect(draft: Draft, ids: tuple[str, ...] = tuple(by_also(document, claim))) -> None:
                for id in ids:
                    draft.claim(id)["count"]["population"] = "unspecified"

            yield Site(claim.id, (Replacement(*where, ""),), effect)


_INCLUDING = ("including the {}", "counting the {}", "among them the {}")


def including(document: Document) -> Iterator[Site]:
    """Bring the attackers into a toll: "59 people" → "59 people, including the attackers," (P3)."""
    attackers, _ = sides(document)
    if attackers is None:
        return
    for claim, count, _ in counts(document):
        after = document.text[claim.anchor.end :]
        noun = re.match(r" (people|bodies)(?= (?:have|were|had|are|has|was|in)\b)", after)
        if count.metric not in ("killed", "injured") or count.population == "perpetrators" or not noun:
            continue
        if count.scope == "partial" and noun.group(1) != "bodies":
            continue
        if document.root(claim.event) != next(v.id for v in document.events if v.parent is None and not v.background):
            continue
        if min(m.start for m in attackers.mentions) > claim.anchor.start:
            continue  # "the attackers" before anybody has attacked
        those = "those of " if noun.group(1) == "bodies" else ""
        at = claim.anchor.end + noun.end()
        for word in nouns(attackers):
            for phrase in _INCLUDING:
                if those and phrase.startswith("counting"):
                    continue
                mention = f"the {word}"
                inner = phrase.format(word).replace(mention, those + mention)

                def effect(draft: Draft, id: str = claim.id, mention: str = mention, who: str = attackers.id) -> None:
                    draft.claim(id)["count"]["population"] = "all"
                    draft.entity(who)["mentions"].append(draft.inserted(0, mention))
                    event = draft.event(draft.claim(id)["event"])
                    patients = event.setdefault("arguments", {}).setdefault("patient", [])
                    if event["type"] in ("KILL", "INJURE") and who not in patients:
                        patients.append(who)

                yield Site(claim.id, (Replacement(at, at, f", {inner},"),), effect)


def population(document: Document) -> Iterator[Site]:
    """Change the people of a toll: attackers for bystanders, those attacked for attackers."""
    attackers, attacked = sides(document)
    if attackers is None or attacked is None:
        return
    for claim, count, _ in counts(document):
        start, end = sentence(document, claim.anchor.start)
        alone = sum(start <= c.anchor.start < end for c in document.of_kind("COUNT")) == 1
        if count.metric not in ("killed", "injured") or not alone or count.scope == "partial":
            continue
        after = document.text[claim.anchor.end : end]
        event = document.event[claim.event or ""]
        if count.population == "perpetrators" and (m := re.match(r" of (the \w+)(?= have| were)", after)):
            mention = claim.anchor.end + m.start(1), claim.anchor.end + m.end(1)
            for word in nouns(attacked):
                yield from _to_victims(document, claim, event.id, mention, word, attackers.id, attacked.id)
        elif count.population == "unspecified" and (m := re.match(r" (people) (?=have|were|had)", after)):
            people = claim.anchor.end + m.start(1), claim.anchor.end + m.end(1)
            triggers = [t for t in event.triggers if start <= t.start < end]
            if len(triggers) == 1:
                for word in nouns(attackers):
                    yield _to_perpetrators(
                        claim, event.type, event.parent, people, triggers[0].start, word, attackers.id
                    )


def _to_victims(
    document: Document, claim: Claim, event: str, mention: tuple[int, int], word: str, attackers: str, attacked: str
) -> Iterator[Site]:
    """Turn "3 of the gunmen have also been killed" into "3 of the cadets have been killed".

    They are of one kind of person among the dead, so the count is partial (S1).  "Also" has to go:
    of victims it would add to the other tolls.
    """
    where = also(document, claim)
    ids = tuple(by_also(document, claim)) if where else ()
    others_of = [
        c.event or ""
        for c in document.of_kind("COUNT")
        if c.count and c.count.population != "perpetrators" and c.event and _same(document, c, claim)
    ]

    def effect(draft: Draft) -> None:
        moved = draft.inserted(0, f"the {word}")
        who = draft.entity(attackers)
        who["mentions"] = [m for m in who["mentions"] if m["start"] != moved["start"]]
        draft.entity(attacked)["mentions"].append(moved)
        count = draft.claim(claim.id)["count"]
        count["population"], count["scope"], count["subset"] = "victims", "partial", moved
        own, tolls = draft.event(event), next((draft.event(id) for id in others_of if id != event), None)
        arguments = own.setdefault("arguments", {})
        arguments["patient"] = [attacked if i == attackers else i for i in arguments.get("patient", [])]
        if tolls:  # deaths of one side are one event (C7)
            tolls["triggers"] += own["triggers"]
            patients = tolls.setdefault("arguments", {}).setdefault("patient", [])
            patients += [i for i in arguments["patient"] if i not in patients]
            draft.plain["events"].remove(own)
            for told in draft.plain["claims"]:
                if told.get("event") == event:
                    told["event"] = tolls["id"]
        for id in ids:
            draft.claim(id)["count"]["population"] = "unspecified"

    edits = [Replacement(*mention, f"the {word}")]
    if where:
        edits.append(Replacement(*where, ""))
    yield Site(claim.id, tuple(edits), effect)


def _to_perpetrators(
    claim: Claim, type: str, parent: str | None, people: tuple[int, int], trigger: int, word: str, attackers: str
) -> Site:
    """Turn "over 100 people were wounded" into "over 100 gunmen were wounded": another group and event (C7)."""

    def effect(draft: Draft) -> None:
        mention = draft.inserted(0, word)
        draft.entity(attackers)["mentions"].append(mention)
        moved = trigger + len(word) - (people[1] - people[0])
        old = draft.event(draft.claim(claim.id)["event"])
        own = [t for t in old["triggers"] if t["start"] == moved]
        old["triggers"] = [t for t in old["triggers"] if t["start"] != moved]
        id = draft.new_id(f"{old['id']}-perpetrators")
        draft.plain["events"].append(
            {"id": id, "type": type, "triggers": own, "arguments": {"patient": [attackers]}, "parent": parent}
        )
        draft.claim(claim.id).update(event=id)
        draft.claim(claim.id)["count"]["population"] = "perpetrators"

    return Site(claim.id, (Replacement(*people, word),), effect)
