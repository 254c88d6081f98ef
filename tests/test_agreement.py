"""Agreement held to hand-worked numbers, and symmetric in the passes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

import reportedly as rp
from reportedly import codec
from reportedly.agreement import agree, alpha
from reportedly.model import Document
from strategies import pairs
from test_cli import run


def test_alpha_is_as_worked_out_by_hand() -> None:
    # Krippendorff's two-coder nominal formula: 1 − (N − 1) · disagreements' share of pairs over chance.
    # Eight items, labels a and b: coder 1 aaaabbbb, coder 2 aaabbbba; two items disagree.
    items = list(zip("aaaabbbb", "aaabbbba", strict=True))
    observed = 2 / 8
    n_a, n_b, n = 8, 8, 16
    expected = 2 * n_a * n_b / (n * (n - 1))
    assert alpha(items) == pytest.approx(1 - observed / expected)


def test_alpha_is_one_for_the_same_and_undefined_for_a_single_label() -> None:
    assert alpha([("a", "a"), ("b", "b")]) == 1.0
    assert alpha([("a", "a"), ("a", "a")]) is None


@settings(max_examples=25)
@given(pairs())
def test_agreement_is_symmetric(pair: tuple[Document, Document]) -> None:
    there = agree({"a": [pair[0]], "b": [pair[1]]}, resamples=0)
    back = agree({"b": [pair[1]], "a": [pair[0]]}, resamples=0)
    for x, y in zip(there.layers, back.layers, strict=True):
        assert x.metric == y.metric
        assert x.f1 == (None if y.f1 is None else pytest.approx(y.f1)), x.metric
    for one, other in zip(there.decisions, back.decisions, strict=True):
        assert (one.name, one.items, one.same) == (other.name, other.items, other.same)
        assert one.alpha == (None if other.alpha is None else pytest.approx(other.alpha))
        assert one.confusion == {(b, a): n for (a, b), n in other.confusion.items()}


@settings(max_examples=25)
@given(pairs())
def test_a_pass_agrees_wholly_with_itself(pair: tuple[Document, Document]) -> None:
    found = agree({"a": [pair[0]], "b": [pair[0]]}, resamples=0)
    assert all(layer.f1 in (None, 1.0) for layer in found.layers)
    assert all(d.same == d.items and d.alpha in (None, 1.0) for d in found.decisions)


def test_three_passes_are_compared_each_with_each() -> None:
    (gold,) = rp.gold("article")
    fewer = msgspec.structs.replace(gold, claims=gold.claims[:20])
    found = agree({"a": [gold], "b": [gold], "c": [fewer]}, resamples=10)
    assert [(a, b) for a, b, _ in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    span = next(layer for layer in found.layers if layer.metric == "counts.span")
    part = 2 * 11 / (13 + 11)  # eleven of thirteen counts stand among the first twenty claims
    assert span.f1 == pytest.approx((1 + 2 * part) / 3)
    assert span.interval is None


def test_passes_of_different_texts_are_refused() -> None:
    (gold,) = rp.gold("article")
    other = msgspec.structs.replace(gold, text=gold.text + ".")
    with pytest.raises(ValueError, match="not of the same texts: quetta"):
        agree({"a": [gold], "b": [other]})
    with pytest.raises(ValueError, match="two passes"):
        agree({"a": [gold]})


def test_the_command_prints_every_disagreement_in_its_sentence(tmp_path: Path) -> None:
    (gold,) = rp.gold("article")
    plain = codec.to_dict(gold)
    toll = next(c for c in plain["claims"] if c["anchor"]["text"] == "At least 59")
    toll["count"]["hedge"], toll["chain"] = "EXACT", []
    for name, value in (("one", codec.to_dict(gold)), ("two", plain)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(value) + "\n", encoding="utf-8")
    done = run("agree", tmp_path / "one.jsonl", tmp_path / "two.jsonl", "--resamples", "20")
    assert done.returncode == 0, done.stderr
    assert "AT_LEAST/EXACT 1" in done.stdout
    assert "At least 59 people including security personnel" in done.stdout
    shown = json.loads(
        run("agree", tmp_path / "one.jsonl", tmp_path / "two.jsonl", "--resamples", "0", "--json").stdout
    )
    assert shown["decisions"]["hedge"]["confusion"].count(["AT_LEAST", "EXACT", 1]) == 1
    assert {row["metric"] for row in shown["disagreements"]} >= {"counts.claim", "attribution.exact"}
    assert run("agree", tmp_path / "one.jsonl").returncode == 2
