from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reportedly as rp
from reportedly import checks, metrics
from reportedly.metrics import METRICS, TASKS
from reportedly.model import Document, Entity, Span
from reportedly.scoring import Scored, add, empty, read, results, score
from strategies import documents, pairs, renamed


def values(scored: Scored) -> dict[str, float | None]:
    return {r.metric.name: r.value for r in results(scored)}


def near(a: dict[str, float | None], b: dict[str, float | None]) -> bool:
    return all((a[k] is None) == (b[k] is None) and (a[k] is None or a[k] == pytest.approx(b[k])) for k in a)


@given(documents())
def test_generated_documents_break_no_rule(document: Document) -> None:
    assert list(checks.faults(document, prediction=False)) == []


@given(documents())
def test_gold_against_itself_is_one_wherever_it_is_defined(document: Document) -> None:
    for name, value in values(score([document], [document])).items():
        expected = 0.0 if name == "false_fills.rate" else 1.0
        assert value is None or value == expected, name


def test_no_task_is_undefined_on_the_article() -> None:
    gold = rp.gold("article")
    for name, value in values(score(gold, gold)).items():
        assert value == (0.0 if name == "false_fills.rate" else 1.0), name


def test_silence_has_recall_zero_and_no_precision() -> None:
    gold = rp.gold("article")
    scored = score(gold, [])
    assert scored.silent == ("quetta: not predicted at all",)
    for line in results(scored):
        assert line.precision is None, line.metric.name
        assert line.value == 0.0, line.metric.name


@given(documents())
def test_a_left_out_layer_counts_as_empty(document: Document) -> None:
    nothing = empty(document)
    assert values(score([document], [])) == values(score([document], [nothing]))


@given(pairs())
def test_neither_order_nor_names_matter(pair: tuple[Document, Document]) -> None:
    gold, predicted = pair
    # Events of a template stand in file order, and the scores must not show it.
    assert near(values(score([gold], [predicted])), values(score([gold], [renamed(predicted)])))
    assert near(values(score([gold], [predicted])), values(score([renamed(gold)], [predicted])))


SYMMETRIC = [m.name for m in METRICS if m.read == "f1"]


@given(pairs())
def test_precision_and_recall_swap_when_gold_and_prediction_do(pair: tuple[Document, Document]) -> None:
    gold, predicted = pair
    there = {r.metric.name: r for r in results(score([gold], [predicted]))}
    back = {r.metric.name: r for r in results(score([predicted], [gold]))}
    for name in SYMMETRIC:
        if name == "events.parent_relaxed":
            continue  # half for an ancestor in the gold tree: one-sided by its definition
        assert there[name].precision == pytest.approx(back[name].recall), name
        assert there[name].recall == pytest.approx(back[name].precision), name


@given(pairs(), st.data())
def test_leaving_out_a_right_count_never_raises_recall(pair: tuple[Document, Document], data: st.DataObject) -> None:
    gold, predicted = pair
    own = {(c.anchor, c.count, c.status, c.chain) for c in gold.claims if c.count}
    right = [i for i, c in enumerate(predicted.claims) if c.count and (c.anchor, c.count, c.status, c.chain) in own]
    if not right:
        return
    drop = data.draw(st.sampled_from(right))
    fewer = msgspec.structs.replace(predicted, claims=predicted.claims[:drop] + predicted.claims[drop + 1 :])
    before, after = (score([gold], [p], tasks=("counts",)) for p in (predicted, fewer))
    for a, b in zip(results(before), results(after), strict=True):
        # The claim score is left out: populations are resolved from all claims together, so that
        # dropping one can set another's right.
        if a.metric.name == "counts.exact" and a.recall is not None and b.recall is not None:
            assert b.recall <= a.recall + 1e-9


@given(pairs())
def test_a_made_up_mention_never_raises_precision(pair: tuple[Document, Document]) -> None:
    gold, predicted = pair
    made_up = Entity(id="zz", type="PER", mentions=(Span(start=-1, end=-1, text="nowhere"),))
    more = msgspec.structs.replace(predicted, entities=(*predicted.entities, made_up))
    before, after = (results(score([gold], [p], tasks=("mentions", "entities"))) for p in (predicted, more))
    for a, b in zip(before, after, strict=True):
        if a.precision is not None and b.precision is not None:
            assert b.precision <= a.precision + 1e-9, a.metric.name


@given(st.lists(pairs(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_a_corpus_is_the_sum_of_its_documents_in_any_order(
    drawn: list[tuple[Document, Document]], shuffle: random.Random
) -> None:
    named = [
        (msgspec.structs.replace(g, id=f"d{i}"), msgspec.structs.replace(p, id=f"d{i}"))
        for i, (g, p) in enumerate(drawn)
    ]
    one = score([g for g, _ in named], [p for _, p in named])
    shuffled = list(named)
    shuffle.shuffle(shuffled)
    assert near(values(one), values(score([g for g, _ in shuffled], [p for _, p in reversed(shuffled)])))
    parts = [score([g], [p]).total for g, p in named]
    assert {m.name: read(m, one.total) for m in METRICS} == {m.name: read(m, add(parts)) for m in METRICS}


@given(pairs())
def test_sentences_add_up_to_their_document(pair: tuple[Document, Document]) -> None:
    scored = score([pair[0]], [pair[1]])
    inner = add(unit.sums for unit in scored.sentences)
    for metric, labels in scored.total.items():
        for label, counts in labels.items():
            assert tuple(inner[metric][label]) == pytest.approx(tuple(counts))


@given(pairs())
def test_every_score_lies_between_nought_and_one(pair: tuple[Document, Document]) -> None:
    for line in results(score([pair[0]], [pair[1]])):
        for value in (line.value, line.precision, line.recall, line.macro):
            assert value is None or -1e-12 <= value <= 1 + 1e-12, line.metric.name


def test_a_prediction_for_no_document_is_refused() -> None:
    gold = rp.gold("article")
    stranger = msgspec.structs.replace(gold[0], id="elsewhere")
    with pytest.raises(ValueError, match="no document 'elsewhere'"):
        score(gold, [stranger])
    with pytest.raises(ValueError, match="two predictions"):
        score(gold, [gold[0], gold[0]])
    with pytest.raises(ValueError, match="unknown task"):
        score(gold, gold, tasks=("nonsense",))


def test_rows_of_a_dataset_are_predictions_too() -> None:
    gold = rp.gold("article")
    row: dict[str, Any] = {
        "id": "quetta",
        "entities": None,
        "claims": [
            {
                "id": "a",
                "kind": "COUNT",
                "event": None,
                "anchor": {"start": None, "end": None, "text": "At least 59", "occurrence": 1},
                "count": {"hedge": "AT_LEAST", "n": [59], "metric": "killed", "population": "victims"},
            }
        ],
    }
    scored = score(gold, [row])
    assert {r.metric.name: r.precision for r in results(scored)}["counts.exact"] == 1.0
    row["claims"][0]["count"]["hedge"] = "ROUGHLY"
    with pytest.raises(rp.Invalid, match=r"claims\[0\].count.hedge"):
        score(gold, [row])


def test_every_item_belongs_to_a_metric_of_its_task() -> None:
    (gold,) = rp.gold("article")
    from reportedly.align import Comparison

    predicted = rp.predict("rules", gold)
    for task in TASKS:
        named = {m.name for m in METRICS if m.task == task}
        found = {item.metric for item in metrics.items(Comparison(gold, predicted), (task,))}
        assert found, task
        assert found <= named, task
