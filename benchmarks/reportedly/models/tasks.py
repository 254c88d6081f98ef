"""Tasks for Inspect: ``reportedly/article`` and ``reportedly/contrast``, and a solver that reads a file.

Inspect asks and keeps the log; the numbers come from the same functions as those of ``reportedly score``
and equal them to the last digit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, ModelOutput, ResponseSchema
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver
from inspect_ai.util import JSONSchema

from reportedly import corpus, pairs, scoring
from reportedly.model import Document
from reportedly.models import answer, prompt


@task
def article(split: str = "article") -> Task:
    """Annotate the reports of a split and score every task."""
    return _task(corpus.load(split), _scored(split))


@task
def contrast(split: str = "article") -> Task:
    """Annotate the reports of a split and their variants, and score them in pairs."""
    gold = corpus.load(split)
    variants = corpus.contrast(document.id for document in gold)
    return _task([*gold, *(variant.document for variant in variants)], _paired(split))


def _task(documents: Sequence[Document], by: Scorer) -> Task:
    samples = [Sample(id=document.id, input=_asked(document)) for document in documents]
    named = ResponseSchema(name="annotation", json_schema=JSONSchema(**prompt.schema()), strict=True)
    return Task(
        dataset=MemoryDataset(samples),
        solver=generate(),
        scorer=by,
        config=GenerateConfig(temperature=0, response_schema=named),
    )


def _asked(document: Document) -> list[Any]:
    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser}
    return [kinds[each["role"]](content=each["content"]) for each in prompt.messages(document)]


@solver
def predictions(file: str) -> Solver:
    """Answer with the lines of a predictions file instead of a model's, for scoring without one."""
    lines = {}
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        if line.strip():
            lines[json.loads(line)["id"]] = line

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        content = lines.get(str(state.sample_id), "")
        state.output = ModelOutput.from_content(model="predictions", content=content)
        return state

    return solve


def _answers(scores: Sequence[SampleScore]) -> list[answer.Answer]:
    """Read the answers that the scorer kept, each against its gold."""
    known = _known()
    return [answer.read(each.score.answer, known[str(each.sample_id)]) for each in scores]


@cache
def _known() -> dict[str, Document]:
    gold = [document for split in corpus.splits() for document in corpus.load(split)]
    variants = corpus.contrast(document.id for document in gold)
    return {document.id: document for document in [*gold, *(variant.document for variant in variants)]}


def _counted(answers: Sequence[answer.Answer]) -> dict[str, float]:
    """Count what had to be mended and what was scored as empty."""
    return {
        "answers.mended": float(sum(bool(each.repairs) and not each.fault for each in answers)),
        "answers.empty": float(sum(each.fault is not None for each in answers)),
    }


@metric
def every_metric(split: str) -> Metric:
    """Read every metric off the sums, as `reportedly score` does; what is undefined is left out."""

    def measured(scores: list[SampleScore]) -> dict[str, float]:
        answers = _answers(scores)
        found = scoring.results(scoring.score(corpus.load(split), [each.document for each in answers]))
        values = {line.metric.name: line.value for line in found if line.value is not None}
        return {**values, **_counted(answers)}

    return measured


@metric
def every_family(split: str) -> Metric:
    """Score the pairs, in all and by family, as `reportedly score` does; what is undefined is left out."""

    def measured(scores: list[SampleScore]) -> dict[str, float]:
        answers, gold = _answers(scores), corpus.load(split)
        variants = corpus.contrast(document.id for document in gold)
        predicted = [each.document for each in answers]
        found = pairs.score(gold, variants, predicted, record=corpus.record(), resamples=0)
        values = {
            measure if row.family == "all" else f"{measure}/{row.family}": rate
            for row in found.rows
            for measure, rate in row.rates.items()
            if rate is not None
        }
        return {**values, **_counted(answers)}

    return measured


def _keeping() -> Any:
    """Make the scorer of one sample: it keeps the answer and what became of it; the metrics score."""

    async def score(state: TaskState, target: Target) -> Score:
        raw = state.output.completion
        read = answer.read(raw, _known()[str(state.sample_id)])
        return Score(
            value=float(read.fault is None), answer=raw, metadata={"mended": read.repairs, "fault": read.fault}
        )

    return score


def _scored(split: str) -> Scorer:
    @scorer(metrics=[every_metric(split)], name="reportedly")
    def whole() -> Scorer:
        return _keeping()

    return whole()


def _paired(split: str) -> Scorer:
    @scorer(metrics=[every_family(split)], name="reportedly")
    def whole() -> Scorer:
        return _keeping()

    return whole()
