"""The systems that come with the benchmark: two floors and the rules, by name.

They see the text of a report and nothing else, no metadata and no gold.  None needs a model, a
list of names or the net; a system of that kind hands in predictions as a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reportedly.model import LAYERS, Annotation, Document

if TYPE_CHECKING:
    from reportedly.systems.reading import Extraction

    System = Callable[[str], Extraction]


def _nearest_verb(text: str) -> Extraction:
    from reportedly.systems.numbers import nearest_verb

    return nearest_verb(text)


def _first_number(text: str) -> Extraction:
    from reportedly.systems.numbers import first_number

    return first_number(text)


def _rules(text: str) -> Extraction:
    from reportedly.systems.rules import extract

    return extract(text)


# Each is imported when it is run: listing the names must cost nothing.
SYSTEMS: dict[str, System] = {"first-number": _first_number, "nearest-verb": _nearest_verb, "rules": _rules}


def predict(name: str, document: Document) -> Document:
    """Run a system on the text of a document.

    Args:
        name: a key of `SYSTEMS`.
        document: gives id, language and text; what is annotated in it is not looked at.

    Returns:
        The prediction; its ``missing`` names the layers that the system does not produce.

    Raises:
        ValueError: no system has that name; the message lists those that are known.
    """
    if name not in SYSTEMS:
        raise ValueError(f"no system is called {name!r}; known are {', '.join(SYSTEMS)}")
    found = SYSTEMS[name](document.text)
    return Document(
        id=document.id,
        language=document.language,
        annotation=Annotation(annotator=f"reportedly-{name}", kind="system", pass_=name, guidelines="1"),
        text=document.text,
        entities=found.entities or (),
        events=found.events or (),
        claims=found.claims or (),
        missing=tuple(layer for layer in LAYERS if getattr(found, layer) is None),
    )
