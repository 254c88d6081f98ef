"""Coreference held to the numbers of the reference scorers.

CASES: corpora of random clusters, with precision, recall and F1 in per cent as the CoNLL 8.01 reference
scorer prints them (MUC, B³, CEAFe; cut off after two decimals) and as coval computes LEA.  The last three
have singletons.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportedly.metrics.coreference import Cluster, Side, b_cubed, ceaf_e, lea, muc

Score = Callable[[Sequence[Cluster], Sequence[Cluster]], tuple[Side, Side]]
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


# Cases that papers work out: gold, predicted, and (recall, precision) of each metric, None where nothing was to be found.
PUBLISHED = [
    # Luo 2005, "On coreference resolution performance metrics", table 1, systems (a) to (d).
    (["12345", "67", "89abc"], ["12345", "6789abc"], {"muc": (1, Fraction(9, 10)), "b3": (1, Fraction(16, 21)), "ceafe": (Fraction(11, 18), Fraction(11, 12))}),
    (["12345", "67", "89abc"], ["1234589abc", "67"], {"muc": (1, Fraction(9, 10)), "b3": (1, Fraction(7, 12)), "ceafe": (Fraction(5, 9), Fraction(5, 6))}),
    (["12345", "67", "89abc"], ["123456789abc"], {"muc": (1, Fraction(9, 11)), "b3": (1, Fraction(3, 8)), "ceafe": (Fraction(10, 51), Fraction(10, 17))}),
    (["12345", "67", "89abc"], list("123456789abc"), {"muc": (0, None), "b3": (Fraction(1, 4), 1), "ceafe": (Fraction(4, 9), Fraction(1, 9))}),
    # Pradhan et al. 2014, "Scoring coreference partitions of predicted mentions", section 4; LEA of the same
    # partitions in Moosavi & Strube 2016, section 4.
    (["abc", "defg"], ["ab", "cd", "fghi"], {"muc": (Fraction(2, 5), Fraction(2, 5)), "b3": (Fraction(5, 12), Fraction(1, 2)), "ceafe": (Fraction(13, 20), Fraction(13, 30)), "lea": (Fraction(5, 21), Fraction(1, 3))}),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "predicted", "expected"), PUBLISHED)
def test_cases_that_papers_work_out_come_to_the_same_fractions(
    gold: list[str], predicted: list[str], expected: dict[str, tuple[Fraction | None, Fraction | None]]
) -> None:
    for name, ratios in expected.items():
        sides = SCORES[name](list(map(frozenset, gold)), list(map(frozenset, predicted)))
        for side, ratio in zip(sides, ratios, strict=True):
            found, whole = (sum(column) for column in zip(*side, strict=True))
            assert (whole == 0) if ratio is None else (found / whole == pytest.approx(float(ratio))), name


def links(cluster: Cluster) -> set[frozenset[object]]:
    """List the links of an entity; a singleton's only one is to itself."""
    return {frozenset(pair) for pair in combinations(cluster, 2)} or {frozenset(cluster)}


def slow_lea(these: list[Cluster], others: list[Cluster]) -> list[tuple[float, float]]:
    known = set().union(*map(links, others)) if others else set()
    return [(len(c) * len(links(c) & known) / len(links(c)), len(c)) for c in these]


def slow_b_cubed(these: list[Cluster], others: list[Cluster]) -> list[tuple[float, float]]:
    side = []
    for cluster in these:
        shares = [len(cluster & next((o for o in others if m in o), frozenset())) / len(cluster) for m in cluster]
        side.append((sum(shares), float(len(cluster))))
    return side


def slow_muc(these: list[Cluster], others: list[Cluster]) -> list[tuple[float, float]]:
    """Count the links that survive by walking: an entity's mentions, joined wherever another entity holds two of them."""
    side = []
    for cluster in these:
        left, parts = set(cluster), 0
        while left:
            first = left.pop()
            parts += 1
            left -= next((o for o in others if first in o), frozenset())
        side.append((float(len(cluster) - parts), float(len(cluster) - 1)))
    return side


shifted = st.tuples(partitions, st.integers(0, 4)).map(
    lambda drawn: [frozenset(m + drawn[1] for m in cluster) for cluster in drawn[0]]
)


@given(partitions, shifted)
def test_slow_and_obvious_versions_give_the_same(gold: list[Cluster], predicted: list[Cluster]) -> None:
    for fast, slow in ((muc, slow_muc), (b_cubed, slow_b_cubed), (lea, slow_lea)):
        recall, precision = fast(gold, predicted)
        for found, expected in ((recall, slow(gold, predicted)), (precision, slow(predicted, gold))):
            assert [tuple(row) for row in found] == [pytest.approx(row) for row in expected], fast.__name__
