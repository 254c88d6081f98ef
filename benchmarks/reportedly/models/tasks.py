"""Tasks for Inspect: ``reportedly/article`` and ``reportedly/contrast``, and a solver that reads a file.

Inspect asks and keeps the log; the numbers come from the same functions as those of ``reportedly score``
and equal them to the last digit.  A report without an answer, for whatever reason, is scored as empty.
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

from reportedly import codec, corpus, pairs, scoring
from reportedly.contrast import Variant
from reportedly.model import Document, Invalid
from reportedly.models import answer, prompt


@task
def article(split: str = "article", gold: str | None = None, structured: bool = True) -> Task:
    """Annotate reports, and score what was said of them.

    Args:
        split: of the corpus.
        gold: a file or folder of annotated documents instead.
        structured: send the schema of the answer along.
    """
    return _task(_gold(split, gold), every_metric(split, gold), structured)


@task
def contrast(split: str = "article", structured: bool = True) -> Task:
    """Annotate the reports of a split and their variants, and score them in pairs.

    Args:
        split: of the corpus.
        structured: send the schema of the answer along.
    """
    documents = [*_gold(split), *(variant.document for variant in _variants(split))]
    return _task(documents, every_family(split), structured)


@cache
def _gold(split: str, gold: str | None = None) -> list[Document]:
    return codec.load(*corpus.files([gold])) if gold else corpus.load(split)


@cache
def _variants(split: str) -> list[Variant]:
    return corpus.contrast(document.id for document in _gold(split))


def _task(documents: Sequence[Document], measured: Metric, structured: bool) -> Task:
    named = ResponseSchema(name="annotation", json_schema=JSONSchema(**prompt.schema()), strict=True)
    return Task(
        dataset=MemoryDataset([Sample(id=d.id, input=_asked(d), target=codec.line(d)) for d in documents]),
        setup=once(),
        solver=generate(),
        scorer=annotation(),
        metrics=[measured],
        config=GenerateConfig(temperature=0, response_schema=named if structured else None),
    )


def _asked(document: Document) -> list[Any]:
    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser}
    return [kinds[each["role"]](content=each["content"]) for each in prompt.messages(document)]


@solver
def once() -> Solver:
    """Refuse a second epoch: Inspect would average answers, and metrics here are of one answer a report."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.epoch > 1:
            raise ValueError("one answer a report is scored: run the task again instead of giving it epochs")
        return state

    return solve


@solver
def predictions(file: str) -> Solver:
    """Answer with a predictions file instead of a model, as strictly as ``reportedly score`` reads it.

    Args:
        file: a ``.jsonl`` file of predictions; those for other documents are not looked at.

    Raises:
        Invalid: the file has a fault of form; one in a prediction fails its sample.
    """
    found, problems = codec.values(Path(file))
    if problems:
        raise Invalid(problems)
    said = {row.value["id"]: row.value for row in found if isinstance(row.value, dict) and "id" in row.value}

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        value = said.get(str(state.sample_id))
        if value is not None:
            gold = _of(state.target.text)
            codec.from_dict(value, {gold.id: gold})
        state.output = ModelOutput.from_content("predictions", json.dumps(value) if value is not None else "")
        return state

    return solve


@cache
def _of(target: str) -> Document:
    return codec.from_dict(json.loads(target))


# Inspect asks for the metrics again and again while it runs: each answer is read once.
@cache
def _answer(raw: str | None, target: str) -> answer.Answer:
    return answer.read(raw, _of(target))


@scorer(metrics=[])
def annotation() -> Scorer:
    """Keep the answer and what became of it; a value of 1 is an answer that could be read.  The metrics score."""

    async def score(state: TaskState, target: Target) -> Score:
        raw = state.output.completion
        read = _answer(raw, target.text)
        became = {"mended": read.repairs, "left out": read.left_out, "fault": read.fault}
        return Score(value=float(read.fault is None), answer=raw, metadata=became)

    return score


def _read(scores: Sequence[SampleScore], documents: Sequence[Document]) -> list[answer.Answer]:
    raw = {str(each.sample_id): each.score.answer for each in scores}
    return [_answer(raw.get(document.id), codec.line(document)) for document in documents]


def _counted(answers: Sequence[answer.Answer]) -> dict[str, float]:
    """Count the answers that had to be mended, the parts that were left out, and the reports scored as empty."""
    return {
        "answers.mended": float(sum(bool(each.repairs) and not each.fault for each in answers)),
        "answers.left_out": float(sum(len(each.left_out) for each in answers)),
        "answers.empty": float(sum(each.fault is not None for each in answers)),
    }


@metric
def every_metric(split: str, gold: str | None = None) -> Metric:
    """Read every metric off the sums, as `reportedly score` does; what is undefined is left out."""

    def measured(scores: list[SampleScore]) -> dict[str, float]:
        documents = _gold(split, gold)
        answers = _read(scores, documents)
        found = scoring.results(scoring.score(documents, [each.document for each in answers]))
        return {line.metric.name: line.value for line in found if line.value is not None} | _counted(answers)

    return measured


@metric
def every_family(split: str) -> Metric:
    """Score the pairs, in all and by family, as `reportedly score` does; what is undefined is left out."""

    def measured(scores: list[SampleScore]) -> dict[str, float]:
        documents, variants = _gold(split), _variants(split)
        answers = _read(scores, [*documents, *(variant.document for variant in variants)])
        predicted = [each.document for each in answers]
        found = pairs.score(documents, variants, predicted, record=corpus.record(), resamples=0)
        values = {
            measure if row.family == "all" else f"{measure}/{row.family}": rate
            for row in found.rows
            for measure, rate in row.rates.items()
            if rate is not None
        }
        return values | _counted(answers)

    return measured
