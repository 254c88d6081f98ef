"""Reports and their variants scored together, by hand and by systems whose score is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportedly import codec, contrast, corpus, pairs, systems
from reportedly.cli import main
from reportedly.contrast import Variant
from reportedly.model import Document
from reportedly.pairs import Contrast

(ARTICLE,) = corpus.load("article")


@pytest.fixture(scope="module")
def variants() -> list[Variant]:
    return corpus.contrast(["quetta"])


@pytest.fixture(scope="module")
def known(variants: list[Variant]) -> dict[str, Document]:
    return {ARTICLE.id: ARTICLE, **{v.document.id: v.document for v in variants}}


def by_heart(variants: list[Variant], known: dict[str, Document]) -> list[Document]:
    return [ARTICLE, *(codec.from_dict(contrast.recalled(ARTICLE, v.document), known) for v in variants)]


def rates(found: Contrast, family: str = "all") -> dict[str, float | None]:
    return next(row.rates for row in found.rows if row.family == family)


def one(variants: list[Variant], words: str) -> Variant:
    return next(v for v in variants if words in v.document.text)


def test_gold_gets_every_pair_and_leaks_nothing(variants: list[Variant], known: dict[str, Document]) -> None:
    found = pairs.score([ARTICLE], variants, known.values(), resamples=0, record=corpus.record())
    assert rates(found) == {"pair": 1, "direction": 1, "stability": 1, "leak": 0}
    assert (found.silent, found.recorded) == ((), ())


def test_who_knows_the_article_by_heart_gets_no_pair_and_leaks_everything(
    variants: list[Variant], known: dict[str, Document]
) -> None:
    found = pairs.score([ARTICLE], variants, by_heart(variants, known), resamples=0)
    measured = rates(found)
    assert (measured["pair"], measured["direction"], measured["leak"]) == (0, 0, 1)
    assert measured["stability"] is not None
    assert measured["stability"] > 0.95


def test_who_says_nothing_gets_no_pair_and_leaks_nothing(variants: list[Variant]) -> None:
    found = pairs.score([ARTICLE], variants, [], resamples=0)
    assert rates(found) == {"pair": 0, "direction": 0, "stability": 1, "leak": 0}
    assert len(found.silent) == len(variants) + 1


def test_an_edit_that_touches_nothing_is_for_stability_alone(
    variants: list[Variant], known: dict[str, Document]
) -> None:
    found = pairs.score([ARTICLE], variants, known.values(), resamples=0)
    for family in ("distractor", "reordered", "indirect"):
        assert rates(found, family) == {"pair": None, "direction": None, "stability": 1, "leak": None}


def test_a_pair_needs_the_original_right_as_well(variants: list[Variant]) -> None:
    variant = one(variants, "At least 42 people")
    wrong = codec.from_dict({"schema": "reportedly/1", "id": "quetta", "claims": []}, {"quetta": ARTICLE})
    found = pairs.score([ARTICLE], [variant], [wrong, variant.document], resamples=0)
    assert rates(found)["pair"] == 0
    assert rates(found)["leak"] == 0


def test_the_right_way_is_not_yet_the_right_number(variants: list[Variant]) -> None:
    variant = one(variants, "At least 42 people")
    changed = codec.line(variant.document).replace('"n": [42]', '"n": [40]')
    near = codec.from_dict(_prediction(json.loads(changed)), {variant.document.id: variant.document})
    measured = rates(pairs.score([ARTICLE], [variant], [ARTICLE, near], resamples=0))
    assert (measured["pair"], measured["direction"]) == (0, 1)


def test_the_wrong_way_is_wrong(variants: list[Variant]) -> None:
    variant = one(variants, "At least 42 people")
    changed = codec.line(variant.document).replace('"n": [42]', '"n": [70]')
    far = codec.from_dict(_prediction(json.loads(changed)), {variant.document.id: variant.document})
    assert rates(pairs.score([ARTICLE], [variant], [ARTICLE, far], resamples=0))["direction"] == 0


def test_what_is_answered_otherwise_without_a_reason_is_unstable(variants: list[Variant]) -> None:
    variant = one(variants, "At least 42 people")
    plain = _prediction(json.loads(codec.line(variant.document)))
    (told,) = [c for c in plain["claims"] if c["id"] == "c34"]  # "condemned", far from the edit
    told["status"] = "negated"
    moody = codec.from_dict(plain, {variant.document.id: variant.document})
    found = pairs.score([ARTICLE], [variant], [ARTICLE, moody], resamples=0)
    (pair,) = found.pairs
    assert pair.stability.of - pair.stability.right == 1
    assert pair.pair == (1, 1)


def test_a_number_of_the_public_record_is_found_out(variants: list[Variant]) -> None:
    variant = one(variants, "At least 42 people")
    changed = codec.line(variant.document).replace('"n": [42]', '"n": [61]')
    knowing = codec.from_dict(_prediction(json.loads(changed)), {variant.document.id: variant.document})
    found = pairs.score([ARTICLE], [variant], [ARTICLE, knowing], resamples=0, record=corpus.record())
    assert found.recorded == ((variant.document.id, "killed", 61),)
    assert rates(found)["leak"] == 1
    without = pairs.score([ARTICLE], [variant], [ARTICLE, knowing], resamples=0)
    assert rates(without)["leak"] == 0


def test_no_number_of_the_record_stands_in_the_article_it_is_of() -> None:
    for id, by_metric in corpus.record().items():
        (document,) = [d for split in corpus.splits() for d in corpus.load(split) if d.id == id]
        assert not {str(n) for numbers in by_metric.values() for n in numbers} & set(document.text.split())


def test_intervals_are_the_same_for_the_same_seed_and_hold_the_rate(
    variants: list[Variant], known: dict[str, Document]
) -> None:
    predicted = [systems.predict("rules", document) for document in known.values()]
    first, again = (pairs.score([ARTICLE], variants, predicted, resamples=300, seed=5) for _ in range(2))
    assert first == again
    for row in first.rows:
        for measure, rate in row.rates.items():
            if limits := row.limits[measure]:
                assert limits[0] <= (rate or 0) <= limits[1]


def test_the_report_adds_the_contrast_set_when_variants_are_predicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone, both = tmp_path / "alone.jsonl", tmp_path / "both.jsonl"
    assert main(["predict", "rules", "-o", str(alone)]) == 0
    assert main(["predict", "rules", "--contrast", "-o", str(both)]) == 0
    printed = {}
    for path in (alone, both):
        assert main(["score", str(path), "--json", "--resamples", "200"]) == 0
        printed[path] = json.loads(capsys.readouterr().out)
    assert "contrast" not in printed[alone]
    found = printed[both].pop("contrast")
    assert set(found["families"]) >= {family.name for family in contrast.FAMILIES}
    signature = printed[both].pop("signature")
    assert signature.startswith(printed[alone].pop("signature") + "|contrast:")
    assert printed[both] == printed[alone]
    assert main(["score", str(both), "--resamples", "200"]) == 0
    assert "two-edits" in capsys.readouterr().out
    assert main(["compare", str(alone), str(both), "--resamples", "200"]) == 0


def test_variants_of_your_own_documents_are_scored_from_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, path = tmp_path / "made", tmp_path / "rules.jsonl"
    assert main(["contrast", "selmouth-3", "--each", "1", "--pairs", "1", "-o", str(folder)]) == 0
    assert main(["predict", "rules", str(folder / "documents.jsonl"), "-o", str(path)]) == 0
    capsys.readouterr()
    assert main(["score", str(path), "--gold", str(folder), "--json", "--resamples", "0"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert list(plain["documents"]) == ["selmouth-3"]
    assert plain["contrast"]["families"]["all"]["variants"] == len(plain["contrast"]["variants"]) > 10


def test_an_id_that_no_variant_has_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"schema": "reportedly/1", "id": "quetta.number.99"}\n', encoding="utf-8")
    assert main(["score", str(path)]) == 1
    assert 'the gold has no document "quetta.number.99" [document-unknown]' in capsys.readouterr().err


def _prediction(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: plain[name] for name in ("schema", "id", "entities", "events", "claims")}
