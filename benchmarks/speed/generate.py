"""Make documents and predictions to measure with: as many as wanted, the same every time.

A document is a made-up report of some sentences in the way of first reports: hedged numbers, ranges, chains of
sources, claims of responsibility.  Its prediction is the same annotation with noise: layers thinned, numbers and
hedges changed, spans cut short, sources lost.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from reportedly import codec

Plain = dict[str, Any]

HEDGES = (
    ("", "EXACT"),
    ("At least ", "AT_LEAST"),
    ("More than ", "MORE_THAN"),
    ("Up to ", "AT_MOST"),
    ("About ", "APPROX"),
)
SOURCES = (
    ("police", "ORG", "gov"),
    ("doctors", "PER", "medical"),
    ("residents", "PER", "witness"),
    ("the Tide", "ORG", "media"),
)
PEOPLE = (("clerks", "victims"), ("people", "unspecified"), ("raiders", "perpetrators"))
VERBS = (("killed", "KILL", "killed"), ("wounded", "INJURE", "injured"))
GROUPS = ("Iron Tide", "Saltmarsh Column", "Ninth Lantern")


class _Writer:
    """A text that grows word by word, and the annotation of it."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.text = ""
        self.entities: dict[str, Plain] = {}
        self.events: dict[str, Plain] = {}
        self.claims: list[Plain] = []

    def say(self, words: str) -> Plain:
        start = len(self.text)
        self.text += words
        return {"start": start, "end": len(self.text), "text": words}

    def mention(self, id: str, type: str, words: str) -> Plain:
        span = self.say(words)
        self.entities.setdefault(id, {"id": id, "type": type, "mentions": []})["mentions"].append(span)
        return span

    def trigger(self, id: str, type: str, words: str, **more: Any) -> Plain:
        span = self.say(words)
        self.events.setdefault(id, {"id": id, "type": type, "triggers": [], **more})["triggers"].append(span)
        return span

    def claim(self, kind: str, event: str, anchor: Plain, **more: Any) -> None:
        row = {"id": f"c{len(self.claims) + 1}", "kind": kind, "event": event, "anchor": anchor, "status": "asserted"}
        self.claims.append({**row, "chain": [], **more})

    def plain(self) -> Plain:
        return {
            "schema": "reportedly/1",
            "id": self.id,
            "language": "en",
            "sha256": codec.digest(self.text),
            "metadata": {"constructed": True},
            "annotation": {"annotator": "generator", "kind": "system", "pass": "gold", "guidelines": "1"},
            "text": self.text,
            "entities": list(self.entities.values()),
            "events": list(self.events.values()),
            "claims": self.claims,
        }


def document(number: int, chance: random.Random) -> Plain:
    """Write one report: an attack, six to ten counts with their sources, a claim of responsibility."""
    made = _Writer(f"made-{number}")
    made.mention("raiders", "PER", "Raiders")
    made.say(" ")
    made.claim("EVENT", "raid", made.trigger("raid", "ATTACK", "stormed"))
    made.events["raid"]["arguments"] = {"agent": ["raiders"], "target": ["pier"]}
    made.say(" ")
    made.mention("pier", "FAC", "a pier")
    made.say(". ")
    for i in range(chance.randint(6, 10)):
        words, hedge = chance.choice(HEDGES)
        verb, type, metric = chance.choice(VERBS)
        noun, population = chance.choice(PEOPLE)
        n = chance.randint(2, 90)
        start = len(made.text)
        made.say(f"{words}{n}")
        anchor = {"start": start, "end": len(made.text), "text": made.text[start:]}
        made.say(" ")
        if population == "unspecified":
            made.say(noun)
        else:
            made.mention(noun, "PER", noun)
        made.say(" were ")
        made.trigger(f"{type.lower()}-{population}", type, verb, parent="raid")
        chain = []
        speaker, kind, hop = chance.choice(SOURCES)
        made.say(", ")
        if chance.random() < 0.3:
            outlet = made.mention("courier", "ORG", "the Courier")
            cue = (made.say(" "), made.say("quoted"))[1]
            made.say(" ")
            chain.append({"type": "media", "sources": [{"entity": "courier", "span": outlet}], "cue": cue})
            named = made.mention(f"source-{i}", kind, speaker)
            made.say(" as saying. ")
            chain.append({"type": hop, "sources": [{"entity": f"source-{i}", "span": named}]})
        else:
            named = made.mention(f"source-{i}", kind, speaker)
            made.say(" ")
            chain.append({"type": hop, "sources": [{"entity": f"source-{i}", "span": named}], "cue": made.say("said")})
            made.say(". ")
        count = {
            "hedge": hedge,
            "n": [n],
            "metric": metric,
            "population": population,
            "scope": "total",
            "as_of": "current",
        }
        made.claim("COUNT", f"{type.lower()}-{population}", anchor, chain=chain, count=count)
    group = chance.choice(GROUPS)
    made.say("The ")
    named = made.mention("group", "ORG", group)
    made.say(" ")
    cue = made.say("claimed")
    hop = {"type": "claimant", "sources": [{"entity": "group", "span": named}], "cue": cue}
    made.claim("RESP", "raid", cue, chain=[hop], responsibility={"actor": "group", "role": "executed"})
    made.say(" responsibility.")
    return made.plain()


def prediction(gold: Plain, chance: random.Random) -> Plain:
    """Answer a document as a middling system would."""
    entities = []
    for entity in gold["entities"]:
        mentions = [dict(m) for m in entity["mentions"] if chance.random() < 0.9]
        for mention in mentions:
            if chance.random() < 0.1 and " " in mention["text"]:
                words = mention["text"].split(" ", 1)[1]
                mention.update(start=mention["end"] - len(words), text=words)
        if mentions:
            entities.append({**entity, "mentions": mentions})
    kept = {entity["id"] for entity in entities}
    events = [
        {**event, "arguments": {r: [i for i in ids if i in kept] for r, ids in event.get("arguments", {}).items()}}
        for event in gold["events"]
    ]
    for event in events:
        event["arguments"] = {role: ids for role, ids in event["arguments"].items() if ids}
    claims = []
    for claim in gold["claims"]:
        if chance.random() < 0.1:
            continue
        chain = [
            hop for hop in claim["chain"] if all(s["entity"] in kept for s in hop["sources"]) and chance.random() < 0.9
        ]
        spans = {(m["start"], m["end"]) for e in entities for m in e["mentions"]}
        chain = [h for h in chain if all((s["span"]["start"], s["span"]["end"]) in spans for s in h["sources"])]
        claim = {**claim, "chain": chain}
        if "count" in claim and chance.random() < 0.2:
            claim["count"] = {**claim["count"], "n": [claim["count"]["n"][0] + chance.randint(1, 9)]}
        if "responsibility" in claim and claim["responsibility"]["actor"] not in kept:
            continue
        claims.append(claim)
    return {"schema": gold["schema"], "id": gold["id"], "entities": entities, "events": events, "claims": claims}


def pairs(n: int, seed: int = 1) -> Iterator[tuple[Plain, Plain]]:
    """Make n documents with a prediction each."""
    chance = random.Random(seed)
    for number in range(n):
        gold = document(number, chance)
        yield gold, prediction(gold, chance)
