from __future__ import annotations

import random
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportedly import metrics, totals
from reportedly.align import Comparison
from reportedly.fingerprint import fingerprint
from reportedly.metrics import METRICS, TASKS
from reportedly.model import Document
from reportedly.scoring import count, read, score, scored
from reportedly.significance import bootstrap
from reportedly.totals import Block, Totals, exact_parts, exactly, reduced, samples, tables, values, weights
from strategies import documents, pairs

ALL = tuple(TASKS)


def named(drawn: list[tuple[Document, Document]]) -> list[tuple[Document, Document]]:
    return [
        (msgspec.structs.replace(g, id=f"d{i}"), msgspec.structs.replace(p, id=f"d{i}"))
        for i, (g, p) in enumerate(drawn)
    ]


def added(rows: list[tuple[Document, Document]], keep: float = 10) -> Totals:
    made = Totals(ALL, resamples=20, seed=3, keep=keep)
    for gold, predicted in rows:
        made.add(count(gold, predicted, ALL))
    return made


@given(pairs())
def test_the_short_way_to_the_sums_gives_those_of_the_items(drawn: tuple[Document, Document]) -> None:
    comparison = Comparison(*drawn)
    assert totals.unit("d", metrics.sums(comparison)).sums == totals.unit("d", metrics.items(comparison)).sums


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-9), max_size=30))
def test_parts_are_together_the_sum_without_an_error(parts: list[float]) -> None:
    assert sum(map(Fraction, exactly(parts))) == sum(map(Fraction, parts))


@given(st.lists(pairs(), min_size=3, max_size=6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_totals_of_parts_in_any_order_are_the_totals_of_all_to_the_last_digit(
    drawn: list[tuple[Document, Document]], cut: int, shuffle: random.Random
) -> None:
    rows = named(drawn)
    for keep in (2, 100):
        whole = added(rows, keep)
        mixed = rows.copy()
        shuffle.shuffle(mixed)
        parts = added(mixed[:cut], keep)
        parts.merge(Totals.unpack(added(mixed[cut:], keep).pack()))
        parts = Totals.unpack(parts.pack())
        a, b = scored(whole), scored(parts)
        assert bool(a.documents) == (len(rows) <= keep)
        assert a._replace(samples={}) == b._replace(samples={})
        assert a.samples.keys() == b.samples.keys()
        assert bool(a.samples) == (len(rows) > keep)
        for cell, sums in a.samples.items():
            assert np.array_equal(sums, b.samples[cell]), cell


@given(st.lists(pairs(), min_size=2, max_size=4))
def test_means_are_those_of_the_documents_read_one_by_one(drawn: list[tuple[Document, Document]]) -> None:
    found = score(*zip(*named(drawn), strict=True))
    for metric in METRICS:
        each = [value for unit in found.documents if (value := read(metric, unit.sums)) is not None]
        assert found.means.get(metric.name) == (pytest.approx(sum(each) / len(each)) if each else None), metric.name


@given(pairs())
def test_a_table_without_the_labels_that_nobody_reads_gives_the_same_numbers(pair: tuple[Document, Document]) -> None:
    (table,) = tables(score([pair[0]], [pair[1]]).documents)
    small = reduced(table)
    for metric in METRICS:
        one, other = (values(metric, each.matrix, each.columns) for each in (table, small))
        assert np.allclose(one, other, equal_nan=True), metric.name


def test_weights_are_those_of_the_document_and_like_poisson() -> None:
    assert np.array_equal(weights("quetta", 1000, 1), weights("quetta", 1000, 1))
    assert not np.array_equal(weights("quetta", 1000, 1), weights("quetta", 1000, 2))
    assert not np.array_equal(weights("quetta", 1000, 1), weights("selmouth-1", 1000, 1))
    assert len(weights("quetta", 1001, 1)) == 1001
    drawn = weights("quetta", 200_000, 1)
    assert abs(drawn.mean() - 1) < 0.01
    assert abs(drawn.var() - 1) < 0.02
    assert abs((drawn == 0).mean() - np.exp(-1)) < 0.005


@given(st.lists(pairs(), min_size=2, max_size=3))
def test_samples_are_weighted_sums_of_the_documents(drawn: list[tuple[Document, Document]]) -> None:
    units = score(*zip(*named(drawn), strict=True)).documents
    found = samples(units, 7, 5)
    for sample in range(7):
        for (metric, label), sums in found.items():
            slow = np.zeros(4)
            for unit in units:
                weight = weights(unit.name, 7, 5)[sample]
                rows = unit.sums.get(metric, {})
                slow += weight * sum((np.array(rows[k]) for k in rows if not label or k == label), np.zeros(4))
            assert np.allclose(sums[sample] * totals._GRID, slow, atol=1e-3), metric


def test_both_bootstraps_tell_the_same_of_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    import reportedly as rp
    from reportedly import scoring

    (article,) = rp.gold("article")
    answers = [rp.predict(name, article) for name in ("rules", "first-number")]
    gold = [msgspec.structs.replace(article, id=f"d{i}") for i in range(300)]
    predicted = [msgspec.structs.replace(answers[i % 3 == 0], id=f"d{i}") for i in range(300)]
    found = score(gold, predicted)
    one = bootstrap(found, resamples=2000)
    monkeypatch.setattr(scoring, "KEPT", 100)
    other = bootstrap(found, resamples=2000)
    assert one != other
    for name, limits in one.items():
        assert other[name] == pytest.approx(limits, abs=0.01), name


def without_what_no_score_reads(document: Document) -> Document:
    replace = msgspec.structs.replace
    return replace(
        document,
        entities=tuple(replace(e, geo=e.geo and replace(e.geo, path=(), precision="")) for e in document.entities),
        claims=tuple(
            replace(c, chain=tuple(replace(hop, cue=None, inherited=False) for hop in c.chain)) for c in document.claims
        ),
    )


@given(documents(), documents())
def test_the_fingerprint_is_of_what_is_said_and_not_of_how_it_is_written(one: Document, other: Document) -> None:
    assert fingerprint(one) == fingerprint(msgspec.json.decode(msgspec.json.encode(one), type=Document))
    assert (fingerprint(one) == fingerprint(other)) == (
        without_what_no_score_reads(one) == without_what_no_score_reads(other)
    )
    turned = [msgspec.structs.replace(v, arguments=dict(reversed(v.arguments.items()))) for v in one.events]
    assert fingerprint(one) == fingerprint(msgspec.structs.replace(one, events=tuple(turned)))


@given(st.lists(pairs(), min_size=1, max_size=3))
def test_a_block_is_taken_apart_into_its_documents(drawn: list[tuple[Document, Document]]) -> None:
    units = list(score(*zip(*named(drawn), strict=True)).documents)
    (table,) = tables(units)
    which = [table.cells.index(cell) for unit in units for cell in unit.cells]
    ends = np.cumsum([0, *(len(unit.cells) for unit in units)])
    counts = np.concatenate([np.array(unit.counts).reshape(-1, 4) for unit in units])
    block = Block([unit.name for unit in units], table.cells, ends, np.array(which, np.int64), counts, 0, [])
    assert block.units() == units
    assert np.array_equal(block.table().matrix, table.matrix)
    assert block.table()[1:] == table[1:]


@given(
    st.lists(
        st.tuples(*[st.sampled_from((0.0, 1.0, 3.0, 1 / 3, 2 / 7, 1e-9, 1e-300, 2.0**-30 / 3, 2.0**40 / 3))] * 3),
        max_size=8,
    )
)
def test_columns_are_added_without_rounding(rows: list[tuple[float, ...]]) -> None:
    values = np.array(rows, float).reshape(-1, 3)
    parts = exact_parts(values)
    for part, column in zip(parts.T.tolist(), values.T.tolist(), strict=True):
        assert sum(map(Fraction, part)) == sum(map(Fraction, column))
