"""Edits of names: a responsible group, a place, a facility, renamed wherever the text names it.

All new names are invented.  Countries keep theirs: a country that is not there has no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportedly.contrast.rewriting import Draft, Replacement, Site
from reportedly.model import Document, Entity

GROUPS = ("Iron Tide", "Saltmarsh Column", "Ninth Lantern", "Grey Heron Brigade")
PLACES = ("Zarkhel", "Marwand", "Tolgar", "Veshin")
SITES = ("Saltgate", "Lowmere", "Kestrel Hill", "Ninewells")


def group(document: Document) -> Iterator[Site]:
    """Rename a group that is claimed or blamed to be behind it, its short forms too."""
    actors = [c.responsibility.actor for c in document.of_kind("RESP") if c.responsibility]
    for id in dict.fromkeys(a for a in actors if a):
        entity = document.entity[id]
        if entity.name is None:
            continue
        shorts = [m.text for m in entity.mentions if m.text.isupper() and " " not in m.text]
        for new in GROUPS:
            initials = "".join(word[0] for word in new.split())
            renamed = {entity.name: new}
            for short, tail in zip(dict.fromkeys(shorts), ("", "F", "M", "U"), strict=False):
                renamed[short] = initials + tail
            last = entity.name.split()[-1]
            if any(m.text.split()[-1] == last and entity.name not in m.text for m in entity.mentions):
                renamed[last] = new.split()[-1]  # "the Red Lantern Front … the Front"
            yield from _renamed(document, id, renamed)


def place(document: Document) -> Iterator[Site]:
    """Rename a city or a province, also where it is part of other names."""
    for entity in document.entities:
        if entity.type == "PLACE" and entity.name and entity.geo and entity.geo.precision != "country":
            for new in PLACES:
                renamed = {entity.name: new}
                if entity.name.upper() in document.text:
                    renamed[entity.name.upper()] = new.upper()
                yield from _renamed(document, entity.id, renamed)


def facility(document: Document) -> Iterator[Site]:
    """Rename a site; the word for what it is stays."""
    for entity in document.entities:
        named = [m.text for m in entity.mentions if re.search(r"[A-Z]", m.text.removeprefix("The "))]
        if entity.name is None or not named or not _site(document, entity):
            continue
        core = re.sub(r"^[Tt]he ", "", min(named, key=len))
        if not all(core in mention for mention in named) or " " not in core:
            continue
        # A place that only this name tells must stay.
        rest = document.text.replace(core, "")
        if entity.geo and any(step in core and step not in rest for step in entity.geo.path):
            continue
        kind = re.search(r"(?:(?:Police|Military|Teaching) )?\S+$", core)
        for new in SITES:
            yield from _renamed(document, entity.id, {core: f"{new} {kind.group() if kind else ''}"})


def _site(document: Document, entity: Entity) -> bool:
    """Tell whether an entity is a site; one that speaks is ORG (M18), and a site by its last word."""
    return entity.type == "FAC" or bool(
        entity.name and re.search(r"\b(?:Hospital|College|School|Clinic)$", entity.name)
    )


def _renamed(document: Document, id: str, renamed: dict[str, str]) -> Iterator[Site]:
    words = "|".join(re.escape(old) for old in sorted(renamed, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")
    if any(new in document.text for new in renamed.values() if len(new) > 3):
        return
    found = [Replacement(m.start(), m.end(), renamed[m.group()]) for m in pattern.finditer(document.text)]
    if not found or any(re.search(r"\b[Aa]n? $", document.text[: edit.start]) for edit in found):
        return
    # A name that a mention of somebody else shares in part must not be half renamed.
    if any(m.start < e.start < m.end < e.end for e in found for x in document.entities for m in x.mentions):
        return

    def effect(draft: Draft) -> None:
        def put(value: str) -> str:
            return pattern.sub(lambda m: renamed[m.group()], value)

        for entity in draft.plain["entities"]:
            if "name" in entity:
                entity["name"] = put(entity["name"])
            if "path" in entity.get("geo", {}):
                entity["geo"]["path"] = [put(step) for step in entity["geo"]["path"]]

    yield Site(id, tuple(found), effect)
