from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given

import reportedly as rp
from reportedly.metrics import METRICS
from reportedly.model import Document
from reportedly.scoring import read, score
from reportedly.significance import bootstrap, compare
from reportedly.totals import tables, values
from strategies import pairs


@given(pairs())
def test_the_matrix_reads_the_same_number_as_the_sums(pair: tuple[Document, Document]) -> None:
    scored = score([pair[0]], [pair[1]])
    (table,) = tables(scored.documents)
    sums = table.matrix.sum(axis=0)[None]
    for metric in METRICS:
        slow, fast = read(metric, scored.total), float(values(metric, sums, table.columns)[0])
        assert (slow is None) == np.isnan(fast), metric.name
        assert slow is None or fast == pytest.approx(slow), metric.name


def corpus(size: int, wrong: int) -> tuple[list[Document], list[Document]]:
    """Make documents of which the first few are answered by silence."""
    (article,) = rp.gold("article")
    gold = [msgspec.structs.replace(article, id=f"d{i}") for i in range(size)]
    return gold, gold[wrong:]


def test_the_same_seed_gives_the_same_interval_and_it_holds_the_score() -> None:
    gold, predicted = corpus(12, 4)
    scored = score(gold, predicted)
    first, again, other = (bootstrap(scored, resamples=40, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    low, high = first["counts.claim"]
    assert low < 0.8 < high  # 8 of 12 right: recall 2/3, precision 1, F1 0.8
    assert scored.unit == "documents"


def test_the_interval_of_a_mean_is_that_of_a_plain_bootstrap() -> None:
    gold, predicted = corpus(30, 10)
    scored = score(gold, predicted)
    low, high = bootstrap(scored, resamples=4000, seed=1)["attribution.origin"]
    random = np.random.default_rng(5)
    right = np.array([0] * 10 + [1] * 20)
    slow = [right[random.integers(0, 30, 30)].mean() for _ in range(4000)]
    assert (low, high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.04)


def test_one_document_is_resampled_by_its_sentences() -> None:
    gold = rp.gold("article")
    scored = score(gold, [rp.predict("rules", gold[0])])
    assert scored.unit == "sentences"
    assert len(scored.units) > 10
    for name, (low, high) in bootstrap(scored, resamples=200).items():
        assert 0 <= low <= high <= 1, name


def test_a_system_does_not_differ_from_itself() -> None:
    gold, predicted = corpus(8, 3)
    a = score(gold, predicted)
    for line in compare(a, a, samples=200):
        assert line.difference in (None, 0.0)
        assert line.p in (None, 1.0)


def test_a_clear_difference_is_significant_and_a_single_document_is_not() -> None:
    gold, better = corpus(16, 0)
    _, worse = corpus(16, 12)
    _, nearly = corpus(16, 1)
    a, b, c = (score(gold, p) for p in (worse, better, nearly))
    clear = {d.metric.name: d for d in compare(a, b, samples=2000)}["counts.claim"]
    assert clear.difference is not None
    assert clear.difference > 0
    assert clear.p is not None
    assert clear.p < 0.01
    slight = {d.metric.name: d for d in compare(c, b, samples=2000)}["counts.claim"]
    assert slight.p is not None
    assert slight.p > 0.5  # swapping one document either way: as far apart in every sample


def test_the_p_value_is_that_of_trying_every_swap() -> None:
    from itertools import product

    gold, better = corpus(6, 0)
    _, worse = corpus(6, 4)
    a, b = score(gold, worse), score(gold, better)
    metric = next(m for m in METRICS if m.name == "attribution.origin")
    observed = abs((read(metric, b.total) or 0) - (read(metric, a.total) or 0))
    right = [0] * 4 + [1] * 2, [1] * 6
    every = [
        abs(sum((y - x) * (1 - 2 * s) for x, y, s in zip(*right, swap, strict=True)) / 6)
        for swap in product((0, 1), repeat=6)
    ]
    exact = sum(gap >= observed - 1e-12 for gap in every) / len(every)
    found = {d.metric.name: d for d in compare(a, b, samples=20_000)}["attribution.origin"]
    assert found.p == pytest.approx(exact, abs=0.01)


def test_systems_on_different_gold_are_not_compared() -> None:
    gold, predicted = corpus(4, 1)
    with pytest.raises(ValueError, match="same gold"):
        compare(score(gold, predicted), score(gold[:3], predicted[:2]))
