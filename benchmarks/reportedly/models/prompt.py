"""What a model is asked: the guidelines, what an answer must keep to, one worked example, and the report.

Nothing of the gold is in it.  The guidelines' examples are invented and none is from the corpus; the worked
example is one of the schema's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from reportedly import checks, codec, contract
from reportedly.model import LAYERS, Document

Message = dict[str, str]

_TASK = """\
You annotate a news report of an attack: who and what is mentioned, what happened, and above all what is claimed:
how many, exactly or about, of whom, according to whom, and who is said to be behind it. Follow the guidelines below
to the letter. Everything follows from the text alone; what you may know of the event from elsewhere does not count.

Answer with one JSON object and nothing else: {"entities": [...], "events": [...], "claims": [...]}.
A span is {"text": the words exactly as they stand in the report, "occurrence": which occurrence of these words in the
report it is, counted from 1}; it neither begins nor ends with punctuation that is not part of the word.
Ids are yours to choose. What does not apply is null or left out.

A part of the answer that breaks one of these is not counted:
"""
# What to mark; how to work, what is derived and what a validator checks are not for a model.
_PARTS = ("Entities", "Events", "Claims")
_EXAMPLE = "background.json"
# What an answer in words cannot break, since it has no offsets, metadata or templates.
_NOT_ITS_OWN = ("metadata-date", "span-bounds", "span-text", "template-derived")


@cache
def instructions() -> str:
    """Write what is the same for every report: the task, rules of form, the guidelines, a worked example."""
    guidelines = (contract.folder("schema") / "GUIDELINES.md").read_text(encoding="utf-8")
    parts = re.split(r"^(?=## )", guidelines, flags=re.MULTILINE)
    rules = "".join(part for part in parts if part.startswith(tuple(f"## {name}\n" for name in _PARTS)))
    rules = re.sub(r"<!-- table:annotator_kind -->.*?<!-- /table:annotator_kind -->\n*", "", rules, flags=re.DOTALL)
    rules = re.sub(r"<!--.*?-->\n?", "", rules)
    held = [f"- {rule.says}" for rule in checks.RULES.values() if rule.predictions and rule.id not in _NOT_ITS_OWN]
    (example,) = codec.load(contract.folder("schema") / "examples" / "valid" / _EXAMPLE)
    answer = json.dumps(codec.in_words(example), ensure_ascii=False)
    task = _TASK + "\n".join(held)
    return f"{task}\n\n# Guidelines\n\n{rules}\n# Example\n\nReport:\n{example.text}\n\nAnswer:\n{answer}\n"


def messages(document: Document) -> list[Message]:
    """Write what a model is asked about a report; only the text and the metadata of the document go in."""
    known = document.metadata
    given = [f"{name}: {value}" for name in ("publisher", "published") if (value := getattr(known, name))]
    report = "\n".join([*given, "Report:", document.text])
    return [{"role": "system", "content": instructions()}, {"role": "user", "content": report}]


@cache
def schema() -> dict[str, Any]:
    """Give the JSON Schema of an answer, in the form that strict structured output takes.

    It is the prediction schema with every reference written out, every field required and what may be left
    out null instead; limits and conditions, which no server takes in full, are left to the reader.
    """
    whole = contract.schema("prediction")
    definitions = contract.with_labels(whole)["$defs"]

    def closed(node: Mapping[str, Any]) -> dict[str, Any]:
        if "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[1]
            if name == "span":
                fields = definitions[name]["properties"]
                return _object({"text": closed(fields["text"]), "occurrence": closed(fields["occurrence"])})
            return closed(definitions[name])
        if "anyOf" in node:
            return {"anyOf": [closed(each) for each in node["anyOf"]]}
        if "enum" in node:
            return {"type": "string", "enum": list(node["enum"])}
        if node["type"] == "array":
            return {"type": "array", "items": closed(node["items"])}
        if node["type"] != "object":
            return {"type": node["type"]}
        fields = node.get("properties") or dict.fromkeys(
            contract.labels(node["propertyNames"]["$ref"].rsplit("/", 1)[1]), node["additionalProperties"]
        )
        required = node.get("required", ())
        return _object(
            {name: closed(each) if name in required else _or_null(closed(each)) for name, each in fields.items()}
        )

    return _object({layer: closed(whole["properties"][layer]) for layer in LAYERS})


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _or_null(node: dict[str, Any]) -> dict[str, Any]:
    return node if {"type": "null"} in node.get("anyOf", ()) else {"anyOf": [node, {"type": "null"}]}


def digest() -> str:
    """Name what is the same in every question: the first 12 digits of its SHA-256."""
    return sha256(json.dumps([instructions(), schema()]).encode("utf-8")).hexdigest()[:12]
