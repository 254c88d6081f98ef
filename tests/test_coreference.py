"""Coreference held to the numbers of the reference scorers.

CASES: corpora of random clusters, with precision, recall and F1 in per cent as the CoNLL 8.01 reference
scorer prints them (MUC, B³, CEAFe; cut off after two decimals) and as coval computes LEA.  The last three
have singletons.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportedly.metrics.coreference import Cluster, Score, b_cubed, ceaf_e, lea, muc

SCORES: dict[str, Score] = {"muc": muc, "b3": b_cubed, "ceafe": ceaf_e, "lea": lea}
Docs = Sequence[Sequence[Sequence[Sequence[int]]]]

# fmt: off
CASES: list[tuple[Docs, dict[str, tuple[float, float, float]]]] = [
    ([[[[1, 2, 8, 11], [3, 5, 6, 7], [4, 9]], [[0, 2, 3, 4, 5, 6, 9, 11]]], [[[0, 1, 2, 5, 6, 7, 8, 10, 11]], [[0, 9], [2, 5, 8, 10], [4, 11], [6, 7]]], [[[0, 1, 4, 5, 6, 7, 8, 10, 11]], [[0, 1, 3, 4, 5, 6, 7, 8, 9, 10]]]],
     {"muc": (68.18, 65.21, 66.66), "b3": (55.44, 52.87, 54.13), "ceafe": (32.62, 39.14, 35.59), "lea": (48.75, 47.92, 48.33)}),
    ([[[[2, 5, 10], [3, 6, 9, 11], [7, 8]], [[1, 6, 8, 9, 11], [3, 4, 5], [7, 10]]], [[[0, 2, 8, 9, 10, 11], [3, 4, 5, 7]], [[0, 1, 2, 3, 4, 5, 6, 8, 9, 10]]], [[[0, 1, 3, 4, 5, 6, 8, 10], [2, 9, 11]], [[0, 1, 3], [2, 8, 9, 11], [4, 6, 10]]]],
     {"muc": (60.86, 60.86, 60.86), "b3": (51.88, 53.19, 52.53), "ceafe": (50.39, 50.39, 50.39), "lea": (41.3, 42.38, 41.83)}),
    ([[[[1, 2, 8, 11], [3, 5, 6, 7], [4, 9]], [[0, 2, 3, 4, 5, 6, 9, 11]]], [[[0, 1, 2, 5, 6, 7, 8, 10, 11]], [[0, 9], [2, 5, 8, 10], [4, 11], [6, 7]]], [[[0, 1, 4, 5, 6, 7, 8, 10, 11]], [[0, 1, 3, 4, 5, 6, 7, 8, 9, 10]]]],
     {"muc": (68.18, 65.21, 66.66), "b3": (55.44, 52.87, 54.13), "ceafe": (32.62, 39.14, 35.59), "lea": (48.75, 47.92, 48.33)}),
    ([[[[2, 5, 10], [3, 6, 9, 11], [7, 8]], [[1, 6, 8, 9, 11], [3, 4, 5], [7, 10]]], [[[0, 2, 8, 9, 10, 11], [1], [3, 4, 5, 7]], [[0, 1, 2, 3, 4, 5, 6, 8, 9, 10]]], [[[0, 1, 3, 4, 5, 6, 8, 10], [2, 9, 11]], [[0, 1, 3], [2, 8, 9, 11], [4, 6, 10]]]],
     {"muc": (60.86, 60.86, 60.86), "b3": (52.22, 54.7, 53.43), "ceafe": (50.39, 44.09, 47.03), "lea": (41.3, 41.01, 41.15)}),
    ([[[[0, 2, 3, 8, 9], [1, 4, 5, 10, 11]], [[0, 8], [1, 6, 9, 10], [4, 5, 7]]], [[[0, 2, 6, 10], [1, 3, 5, 7, 8, 9, 11]], [[0, 1, 8, 10], [2, 4, 5, 6, 9], [3, 7]]], [[[0, 4, 6], [1], [2, 5, 7, 8, 9, 10, 11]], [[0, 4, 5, 6, 11], [1, 3, 7, 9]]]],
     {"muc": (57.14, 48.0, 52.17), "b3": (48.39, 35.8, 41.15), "ceafe": (39.57, 45.22, 42.21), "lea": (36.78, 23.44, 28.63)}),
]
# fmt: on


def clusters(rows: Sequence[Sequence[int]]) -> list[Cluster]:
    return [frozenset(row) for row in rows]


def percent(score: Score, docs: Docs) -> tuple[float, float, float]:
    recall, precision = [0.0, 0.0], [0.0, 0.0]
    for gold, predicted in docs:
        for total, side in zip((recall, precision), score(clusters(gold), clusters(predicted)), strict=True):
            total[0] += sum(num for num, _ in side)
            total[1] += sum(den for _, den in side)
    r, p = (num / den if den else 0.0 for num, den in (recall, precision))
    return 100 * p, 100 * r, 200 * p * r / (p + r) if p + r else 0.0


def more() -> Iterator[tuple[Docs, dict[str, tuple[float, float, float]]]]:
    """Read further reference vectors from the folder that REPORTEDLY_ANCHORS names, if it is set."""
    if folder := os.environ.get("REPORTEDLY_ANCHORS"):
        for row in json.loads((Path(folder) / "vectors" / "coreference_conll801.json").read_bytes()):
            printed = row["conll_v8.01_PRF_truncated_2dp"]
            expected = {
                "muc": printed["muc"],
                "b3": printed["bcub"],
                "ceafe": printed["ceafe"],
                "lea": row["coval_lea_PRF"],
            }
            yield row["docs_key_sys"], expected


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize(("docs", "expected"), [*CASES, *more()])
def test_the_reference_scorers_give_the_same_numbers(
    docs: Docs, expected: dict[str, tuple[float, float, float]], name: str
) -> None:
    # The reference cuts off after two decimals; a hair more than 0.01 is allowed for that.
    assert percent(SCORES[name], docs) == pytest.approx(expected[name], abs=0.011)


def test_singletons_are_kept() -> None:
    gold, predicted = clusters([[1], [2], [3, 4]]), clusters([[1], [2, 3], [4]])
    assert percent(muc, [([[1], [2]], [[1], [2]])]) == (0, 0, 0)  # no links at all: undefined, summed as nothing
    assert lea(gold, predicted)[0] == [(1.0, 1), (0.0, 1), (0.0, 2)]
    assert b_cubed(gold, predicted)[0] == [(1.0, 1), (1.0, 1), (1.0, 2)]
    assert sum(num for num, _ in ceaf_e(gold, predicted)[0]) == pytest.approx(1 + 2 / 3 + 2 / 3)


partitions = st.lists(st.integers(0, 4), min_size=1, max_size=10).map(
    lambda owners: [frozenset(i for i, o in enumerate(owners) if o == owner) for owner in sorted(set(owners))]
)


@given(partitions, partitions)
def test_optimal_pairing_equals_trying_every_pairing(gold: list[Cluster], predicted: list[Cluster]) -> None:
    from itertools import permutations

    def phi(g: Cluster, p: Cluster) -> float:
        return 2 * len(g & p) / (len(g) + len(p))

    small, large = sorted((gold, predicted), key=len)
    best = max(sum(phi(a, b) for a, b in zip(small, order, strict=True)) for order in permutations(large, len(small)))
    assert sum(num for num, _ in ceaf_e(gold, predicted)[0]) == pytest.approx(best)


@given(partitions)
def test_a_partition_against_itself_is_perfect(gold: list[Cluster]) -> None:
    for name, score in SCORES.items():
        for side in score(gold, gold):
            assert all(num == pytest.approx(den) for num, den in side), name
