"""Mutation testing: break the modules that give the numbers, one small way at a time, and see who notices.

A mutant is one module with one operator, number, condition or loop changed, as Cosmic Ray's operators change
it.  Each is tried in a process forked from one that has the libraries loaded, which reads the mutated module
from memory: no file of the tree is touched, and a mutant costs what its tests cost.  Cosmic Ray's own runner
starts a Python a mutant and writes into the tree; mutmut leaves out decorated functions, and here every rule
of `checks` and every pairing of `align` is one.

Not mutated, since no test should notice: annotations, and what stands inside an f-string (words for people;
tests hold rules and places, not wording).  A string as such is never mutated, so neither is a message.  Not
counted: a mutant that cannot even be imported.

Survivors are explained in ``survivors.toml``, by their text and not by their line, so that an explanation
outlives a line that moves; one that is not explained is a failure.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import os
import re
import resource
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from types import CodeType
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "benchmarks" / "reportedly"
WANTED = 0.9  # of the mutants that can be imported

# Module → the tests that hold it, the quickest to notice first.
DERIVED = ("test_derivation.py", "test_timeline.py", "test_metrics.py", "test_contract.py", "test_scoring.py")
SCORED = ("test_metrics.py", "test_scoring.py")
TESTS: dict[str, tuple[str, ...]] = {
    "intervals": DERIVED,
    "derivation": DERIVED,
    "align": SCORED,
    "checks": ("test_checks.py", "test_contract.py", "test_codec.py"),
    "metrics/__init__": SCORED,
    "metrics/base": SCORED,
    "metrics/claims": SCORED,
    "metrics/coreference": ("test_coreference.py", *SCORED),
    "metrics/events": SCORED,
    "metrics/spans": SCORED,
    "metrics/template": SCORED,
}
# Left out: what starts programs or builds everything, reads only prose, or writes hundreds of megabytes.
NOT_HERE = " and ".join(
    f"not {name}"
    for name in (
        "the_command_says",
        "the_command_prints",
        "what_is_generated",
        "200_megabytes",
        "a_directory_or_no_file",
        "through_the_door",
        "taken_from_the_article",
        "six_words_in_a_row",
    )
)

# To its neighbour and to its opposite; Cosmic Ray would try every operator in place of every other.
OPERATORS = re.compile(
    r"core/(ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul|Pow_Mul|BitOr_BitAnd|BitAnd_BitOr)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE|GtE_Gt|GtE_Lt|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_(USub_UAdd|Delete_USub|Delete_Not|Delete_Invert)"
    r"|AddNot|Replace(True|False|And|Or|Break|Continue)With\w+|NumberReplacer|RemoveDecorator|ExceptionReplacer"
    r"|ZeroIterationForLoop)"
)
OPPOSITE = {"min": "max", "max": "min", "any": "all", "all": "any", "in": "not in", "not in": "in"}


class Opposites(Operator):  # type: ignore[misc]
    """What Cosmic Ray has no operator for and scores are made of: min and max, any and all, in, and filters."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Yield the places of a node that can be turned around."""
        if node.type == "comp_if":
            yield node.children[1].start_pos, node.children[1].end_pos
        elif self._word(node) in OPPOSITE:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Turn it around."""
        if node.type == "comp_if":
            node.children[1] = get_ast(f" not ({node.children[1].get_code().strip()})")
            return node
        return get_ast(f"{' ' * (node.type != 'name')}{OPPOSITE[self._word(node)]}")

    @staticmethod
    def _word(node: Any) -> str:
        if node.type == "name" and node.parent.type in ("power", "atom_expr") and node is node.parent.children[0]:
            return str(node.value)
        if node.parent is not None and node.parent.type == "comparison" and node.type in ("keyword", "comp_op"):
            return " ".join(node.get_code().split())
        return ""

    @classmethod
    def examples(cls) -> tuple[()]:
        """Give none; Cosmic Ray asks only to test its own."""
        return ()


@dataclass(frozen=True)
class Mutant:
    """One change of one module: by which operator, and the how manieth place it can change."""

    module: str
    operator: str
    occurrence: int


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: killed, slow (killed by the clock), survived or stillborn; and its text."""

    mutant: Mutant
    verdict: str
    text: str


def operator(name: str) -> Operator:
    """Give an operator by its name."""
    return Opposites() if name == "opposites" else plugins.get_operator(name)()


def silent(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """List where nothing is mutated: annotations and f-strings, as ((line, column), (line, column))."""
    found = []
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.AnnAssign | ast.arg):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            parts = [node.returns]
        elif isinstance(node, ast.JoinedStr):
            parts = [node]
        for part in parts:
            if part is not None and part.end_lineno is not None and part.end_col_offset is not None:
                found.append(((part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)))
    return found


def mutants(module: str) -> Iterator[Mutant]:
    """List every mutant of a module."""
    source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
    # ast counts columns in bytes, parso in characters; they differ only to the right of the odd letter.
    quiet = silent(source)
    nodes = list(ast_nodes(get_ast(source)))
    for name in [*filter(OPERATORS.fullmatch, plugins.operator_names()), "opposites"]:
        places = (place for node in nodes for place in operator(name).mutation_positions(node))
        for occurrence, (start, end) in enumerate(places):
            if not any(first <= start and end <= last for first, last in quiet):
                yield Mutant(module, name, occurrence)


def told(module: str, before: str, after: str) -> str:
    """Write a mutant as its module, the lines it changes and what becomes of them: the key of an explanation."""
    old, new = before.splitlines(), after.splitlines()
    changed = [c for c in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if c[0] != "equal"]
    first, last = changed[0], changed[-1]
    was, is_ = old[first[1] : last[2]], new[first[3] : last[4]]
    return f"{module}: {' '.join(map(str.strip, was))} → {' '.join(map(str.strip, is_)) or 'nothing'}"


class _FromMemory(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module, with a source that is not that of its file."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self.name, self.path, self.source = name, path, source

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != self.name:
            return None
        package = [str(self.path.parent)] if self.path.stem == "__init__" else None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=package
        )

    def get_source(self, fullname: str) -> str:
        return self.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, str(self.path), "exec")


def judged(module: str, source: str) -> str:
    """Import the package with this module's source and run the tests that hold it; for a process of its own."""
    import pytest

    name = f"reportedly.{module}".replace("/", ".").removesuffix(".__init__")
    sys.meta_path.insert(0, _FromMemory(name, PACKAGE / f"{module}.py", source))
    try:
        importlib.import_module(name)
    except Exception:
        return "stillborn"
    files = [str(ROOT / "tests" / file) for file in TESTS[module]]
    # What is loaded before pytest starts cannot be rewritten, and need not be.
    options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    done = pytest.main([*options, "-k", NOT_HERE, "--rootdir", str(ROOT), *files])
    return "survived" if done == pytest.ExitCode.OK else "killed"


def forked(module: str, mutant: Mutant | None, seconds: int) -> tuple[int, int]:
    """Judge a mutant, or the module as it is, in a forked process; returns its id and a pipe to read from.

    Args:
        module: as in `TESTS`.
        mutant: None for the module as it is.
        seconds: of processor time, after which the process is ended.
    """
    reader, writer = os.pipe()
    if process := os.fork():
        os.close(writer)
        return process, reader
    try:
        os.close(reader)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
        changed = source if mutant is None else mutate_code(source, operator(mutant.operator), mutant.occurrence)
        os.write(writer, (told(module, source, changed) if mutant else module).encode() + b"\0")
        # A loop that never ends is ended by its own processor time: a busy machine kills no mutant.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        os.write(writer, judged(module, changed).encode())
    finally:
        os._exit(0)


def collected(mutant: Mutant, process: int, reader: int) -> Outcome:
    """Wait for a forked process and read what it found."""
    with os.fdopen(reader, "rb") as stream:
        text, _, verdict = stream.read().decode().partition("\0")
    _, status = os.waitpid(process, 0)
    if not verdict and not os.WIFSIGNALED(status):
        raise RuntimeError(f"mutation testing itself broke at {mutant}")
    return Outcome(mutant, verdict or "slow", text)


def campaign(modules: Sequence[str], jobs: int) -> Iterator[Outcome]:
    """Judge every mutant of the modules, several at a time, as they get done.

    Raises:
        RuntimeError: the tests fail without any mutant.
    """
    for module in modules:
        begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        if collected(Mutant(module, "", 0), *forked(module, None, 600)).verdict != "survived":
            raise RuntimeError(f"the tests of {module} fail as it is: {' '.join(TESTS[module])}")
        seconds = int(2 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begun)) + 10
        waiting: dict[int, tuple[Mutant, int]] = {}
        todo = list(mutants(module))
        while todo or waiting:
            while todo and len(waiting) < jobs:
                mutant = todo.pop(0)
                process, reader = forked(module, mutant, seconds)
                waiting[process] = mutant, reader
            # The pipe holds what a process writes, so that it ends before it is read.
            process = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT).si_pid  # type: ignore[union-attr]
            mutant, reader = waiting.pop(process)
            yield collected(mutant, process, reader)


def explained() -> dict[str, str]:
    """Read why each survivor that is known is equivalent or harmless."""
    with (Path(__file__).parent / "survivors.toml").open("rb") as stream:
        groups = tomllib.load(stream)["survivor"]
    return {text: group["reason"] for group in groups for text in group["mutants"]}


def report(outcomes: Sequence[Outcome], known: dict[str, str]) -> tuple[str, bool]:
    """Write the table and the survivors that nobody has explained; and whether all is as it should be."""
    tried = [o for o in outcomes if o.verdict != "stillborn"]
    rows = ["| module | mutants | killed | of them by the clock | survived | killed, % |", "|---|---|---|---|---|---|"]
    for module in [*dict.fromkeys(o.mutant.module for o in tried), "all"]:
        verdicts = Counter(o.verdict for o in tried if module in ("all", o.mutant.module))
        total, survived = verdicts.total(), verdicts["survived"]
        share = f"{100 * (total - survived) / total:.1f}"
        rows.append(f"| `{module}` | {total} | {total - survived} | {verdicts['slow']} | {survived} | {share} |")
    survivors = [o.text for o in tried if o.verdict == "survived"]
    new = sorted(set(survivors) - set(known))
    judged_modules = {o.mutant.module for o in tried}
    gone = sorted(t for t in set(known) - set(survivors) if t.split(":")[0] in judged_modules)
    rows += ["", f"{len(survivors)} survivors, {len(new)} of them not explained in tests/survivors.toml"]
    rows += [f"  {text}" for text in new]
    if gone:
        rows += ["explained, but killed or no longer there:", *(f"  {text}" for text in gone)]
    killed = 1 - len(survivors) / len(tried)
    return "\n".join(rows), killed >= WANTED and not new


def warm() -> None:
    """Load the libraries, once for all forked processes; the package itself each loads with its mutant."""
    for name in ("hypothesis.strategies", "jsonschema", "pytest", "scipy.optimize", "sklearn.metrics"):
        importlib.import_module(name)
