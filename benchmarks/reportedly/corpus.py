"""The corpus in the repository or the installed package: documents by split, their variants, the public record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from reportedly import codec, contract
from reportedly.contrast import Edit, Variant
from reportedly.model import Document, Invalid, Noun, Problem

# What lies under corpus/ and is no document of its own.
_OTHER = {"splits.json", "croissant.json", "checkpoints.json", "record.json", "edits.jsonl"}
_DERIVED = {"passes", "rows"}


def splits() -> dict[str, list[str]]:
    """Read which documents each split has, by id."""
    loaded: dict[str, list[str]] = json.loads((contract.folder("corpus") / "splits.json").read_bytes())
    return loaded


def path(document: str) -> Path:
    """Name the file of a document's gold annotation."""
    return contract.folder("corpus") / "articles" / f"{document}.json"


def load(split: str = "article") -> list[Document]:
    """Load the gold documents of a split.

    Raises:
        ValueError: there is no such split.
        Invalid: a document has a fault.
    """
    known = splits()
    if split not in known:
        raise ValueError(f"there is no split {split!r}; splits are {', '.join(known)}")
    return codec.load(*(path(document) for document in known[split]))


# --- variants ---------------------------------------------------------------------------------


class Edited(Noun, frozen=True, kw_only=True, omit_defaults=False):
    """How a document came from another one: a line of ``edits.jsonl``."""

    id: str
    of: str
    family: str
    families: tuple[str, ...]
    edits: tuple[Edit, ...]


def variant(row: Mapping[str, Any]) -> Variant:
    """Make a variant of a released row of the contrast set, as a dataset or a file has it.

    Raises:
        Invalid: its document breaks a rule; every fault is in it.
    """
    how = ("of", "family", "families", "edits")
    edits = msgspec.convert(row["edits"], tuple[Edit, ...])
    document = codec.from_dict({name: value for name, value in row.items() if name not in how})
    return Variant(row["of"], tuple(row["families"]), edits, document)


def contrast(documents: Iterable[str]) -> list[Variant]:
    """Load the released variants of documents, by their ids."""
    wanted = set(documents)
    found = []
    for path in sorted((contract.folder("corpus") / "rows" / "contrast").glob("*.jsonl")):
        with path.open("rb") as lines:
            found += [variant(row) for row in map(msgspec.json.decode, lines) if row["of"] in wanted]
    return found


def edited(path: Path, documents: Iterable[Document]) -> list[Variant]:
    """Read which documents are variants of which, as `reportedly contrast` writes it.

    Raises:
        Invalid: a line is not what it writes, or names a document that is not there; with every fault.
    """
    known = {document.id: document for document in documents}
    found: list[Variant] = []
    problems = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):

        def fault(message: str, rule: str, at: str = "", id: str = "", number: int = number) -> Problem:
            return Problem(file=str(path), line=number, document=id, where=at, message=message, rule=rule)

        try:
            how = msgspec.json.decode(line, type=Edited)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problems.append(fault(f"not a line of edits: {error}", "record-json"))
            continue
        missing = [name for name in ("id", "of") if getattr(how, name) not in known]
        problems += [fault(f"there is no document {getattr(how, n)!r}", "reference", n, how.id) for n in missing]
        if not missing:
            found.append(Variant(how.of, how.families, how.edits, known[how.id]))
    if problems:
        raise Invalid(problems)
    return found


def how(variant: Variant) -> str:
    """Write how a variant came about, as a line that `edited` reads."""
    id, of, family = variant.document.id, variant.of, variant.family
    row = Edited(id=id, of=of, family=family, families=variant.families, edits=variant.edits)
    return json.dumps(msgspec.to_builtins(row), ensure_ascii=False)


class Gold(Mapping[str, Document]):
    """Gold documents by id, and their variants: loaded when an id is asked for that only a variant can have."""

    def __init__(self, documents: Iterable[Document], variants: Callable[[], list[Variant]]) -> None:
        """Hold the documents, and know where the variants come from."""
        self.documents = {document.id: document for document in documents}
        self._load = variants
        self.variants: list[Variant] = []
        self._variants: dict[str, Document] | None = None

    def __getitem__(self, id: str) -> Document:
        """Find a document or a variant."""
        if id in self.documents:
            return self.documents[id]
        if self._variants is None:
            if id.split(".")[0] not in {known.split(".")[0] for known in self.documents}:
                raise KeyError(id)
            self.variants = self._load()
            self._variants = {variant.document.id: variant.document for variant in self.variants}
        return self._variants[id]

    def __iter__(self) -> Iterator[str]:
        """List the documents, variants left out."""
        return iter(self.documents)

    def __len__(self) -> int:
        """Count the documents, variants left out."""
        return len(self.documents)


# --- the public record ------------------------------------------------------------------------


def record() -> dict[str, dict[str, list[int]]]:
    """Load what later reports of the same events gave: document id → metric → numbers.

    Never gold and never annotated: by it a system is found out that answers from memory.
    """
    found: dict[str, dict[str, list[int]]] = {}
    for id, entries in json.loads((contract.folder("corpus") / "record.json").read_bytes()).items():
        for entry in entries:
            found.setdefault(id, {}).setdefault(entry["metric"], []).append(entry["n"])
    return found


# --- files ------------------------------------------------------------------------------------


def files(paths: Iterable[str | Path]) -> list[Path]:
    """Expand directories to the documents in them, sorted: ``*.json`` and ``*.jsonl``, but no splits.

    Annotators' passes, which are read against their documents, and the released rows, which repeat them, are left out;
    so is what is hidden: a folder that was being written when its writer was killed.
    """
    found: list[Path] = []
    for each in map(Path, paths):
        if each.is_dir():
            inner = (p for p in each.rglob("*") if p.suffix in (".json", ".jsonl"))
            shown = (p for p in inner if not any(part.startswith(".") for part in p.relative_to(each).parts))
            found.extend(sorted(p for p in shown if p.name not in _OTHER and not _DERIVED & set(p.parts)))
        else:
            found.append(each)
    return found
