"""Reportedly: what attack reports say, and how well a system reads it.

>>> import reportedly as rp
>>> gold = rp.gold("article")
>>> scored = rp.score(gold, [rp.predict("rules", document) for document in gold])
>>> [str(figure.best) for figure in rp.derive(gold[0])[0].figures if figure.metric == "killed"]
['3', '59']

Names are imported when they are used, so that ``import reportedly`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportedly.agreement import agree
    from reportedly.codec import from_dict, from_text, load, to_dict, validate
    from reportedly.corpus import load as gold
    from reportedly.corpus import variant
    from reportedly.derivation import derive, relations, stance
    from reportedly.intervals import interval
    from reportedly.model import Document, Interval, Invalid, Problem, Template
    from reportedly.pairs import score as score_pairs
    from reportedly.scoring import results, score
    from reportedly.significance import bootstrap, compare
    from reportedly.systems import predict

__version__ = "0.1.0"

__all__ = [
    "Document",
    "Interval",
    "Invalid",
    "Problem",
    "Template",
    "agree",
    "bootstrap",
    "compare",
    "derive",
    "from_dict",
    "from_text",
    "gold",
    "interval",
    "load",
    "predict",
    "relations",
    "results",
    "score",
    "score_pairs",
    "stance",
    "to_dict",
    "validate",
    "variant",
]

_MODULES = {
    "agreement": ("agree",),
    "codec": ("from_dict", "from_text", "load", "to_dict", "validate"),
    "derivation": ("derive", "relations", "stance"),
    "intervals": ("interval",),
    "model": ("Document", "Interval", "Invalid", "Problem", "Template"),
    "corpus": ("variant",),
    "scoring": ("results", "score"),
    "significance": ("bootstrap", "compare"),
    "systems": ("predict",),
}
_WHERE = {name: (module, name) for module, names in _MODULES.items() for name in names} | {
    "gold": ("corpus", "load"),
    "score_pairs": ("pairs", "score"),
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module at first use."""
    if name not in _WHERE:
        raise AttributeError(f"module 'reportedly' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _WHERE[name]
    value = getattr(import_module(f"reportedly.{module}"), attribute)
    globals()[name] = value
    return value
