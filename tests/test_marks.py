"""What the pages are laid out from: cuts of a text, ends of ranges, and faults above and below the words."""

from __future__ import annotations

import math
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reportedly as rp
from reportedly.align import Comparison
from reportedly.derivation import derive
from reportedly.intervals import interval
from reportedly.model import Document, Span
from reportedly.pages import bars, faults
from reportedly.pages.marks import Mark, cut, paragraphs
from strategies import documents, pairs, texts


@given(texts(), st.data())
def test_pieces_are_the_text_and_the_pieces_of_a_mark_are_its_words(text: str, data: st.DataObject) -> None:
    ends = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True).map(sorted)
    spans = [Span(start=a, end=b, text=text[a:b]) for a, b in data.draw(st.lists(ends, max_size=8))]
    pieces = cut(text, [Mark(span, "x", i) for i, span in enumerate(spans)])
    assert "".join(piece.text for piece in pieces) == text
    for i, span in enumerate(spans):
        assert "".join(p.text for p in pieces if i in [m.key for m in p.marks]) == span.text


@given(texts())
def test_paragraphs_are_the_text(text: str) -> None:
    assert "".join(text[a:b] for a, b in paragraphs(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\nTwo.\n", ["One.\n", "Two.\n"]),
        ("One\nline.\n\nTwo\r\n \r\nThree", ["One\nline.\n\n", "Two\r\n \r\n", "Three"]),
        ("\n\nOne.\nTwo.\n\n", ["\n", "\n", "One.\n", "Two.\n", "\n"]),
        ("", []),
    ],
)
def test_empty_lines_part_paragraphs_where_there_are_any(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in paragraphs(text)] == expected


def test_a_string_that_is_not_in_the_text_has_no_mark() -> None:
    (piece,) = cut("Nine fled.", [Mark(Span(start=-1, end=-1, text="Ten"), "x", 0)])
    assert piece.marks == ()


def figure(document: Document, metric: str, people: str) -> bars.Bar:
    (template, *_) = derive(document)
    scale = bars.of(document, template.figures)
    (found,) = [f for f in template.figures if (f.metric, f.population) == (metric, people)]
    return scale.figure(found, document)


@pytest.mark.parametrize(
    ("id", "metric", "people", "low", "high"),
    [
        ("quetta", "killed", "victims", "hard", "open"),  # at least 59
        ("quetta", "hostage", "victims", "soft", "soft"),  # hundreds
        ("quetta", "participating", "perpetrators", "hard", "hard"),  # at least five; five to six
        ("quetta", "evacuated", "victims", "", ""),  # some of them: nothing bounds it
        ("selmouth-2", "killed", "victims", "hard", "hard"),  # thirteen against fifteen
        ("selmouth-1", "killed", "victims", "hard", "open"),
        ("selmouth-1", "present", "victims", "soft", "hard"),  # up to 60
    ],
)
def test_the_end_of_a_bar_is_that_of_the_claim_it_comes_from(
    id: str, metric: str, people: str, low: str, high: str
) -> None:
    (document,) = [d for split in ("article", "dossier") for d in rp.gold(split) if d.id == id]
    bar = figure(document, metric, people)
    assert (bar.low, bar.high) == (low, high)
    assert bar.best is not None


@pytest.mark.parametrize(
    ("id", "low", "high"),
    [("c6", "hard", "open"), ("c4", "soft", "soft"), ("c18", "hard", "hard"), ("c1", "soft", "soft")],
)
def test_the_bar_of_a_claim_is_its_interval(id: str, low: str, high: str) -> None:
    (document,) = rp.gold("article")
    (count,) = [c.count for c in document.claims if c.id == id and c.count]
    span = interval(count)
    scale = bars.of(document, [])
    bar = scale.interval(span)
    assert span is not None
    assert bar is not None
    assert (bar.low, bar.high) == (low, high)
    assert bar.left == pytest.approx(87.5 * math.log10(1 + span.low) / math.log10(1 + 999))
    assert bar.right == (100 if span.high is None else scale.at(span.high))


@given(documents())
def test_bars_stay_on_their_scale_and_keep_the_order_of_the_numbers(document: Document) -> None:
    templates = derive(document)
    scale = bars.of(document, [f for t in templates for f in t.figures])
    places = [at for _, at in scale.ticks()]
    assert places == sorted(places)
    for template in templates:
        for found in template.figures:
            bar = scale.figure(found, document)
            assert all(0 <= end <= 100 for end in (bar.left, bar.right, bar.best) if end is not None)
            assert (bar.left is None) == (found.low is None)
            assert bar.left is None or bar.right is None or bar.left <= bar.right


def layers(gold: Document, predicted: Document) -> dict[str, list[faults.Answer]]:
    (scored,) = rp.score([gold], [predicted], keep_items=True).items
    found = {"claims": list(faults.claim_answers(gold, predicted))}
    for task, metric in faults.SPANS.items():
        found[task] = list(faults.span_answers(item for item in scored[2] if item.metric == metric))
    return found


@given(pairs())
def test_lines_stand_above_gold_and_below_what_was_predicted(both: tuple[Document, Document]) -> None:
    gold, predicted = both
    (laid,) = faults.documents(rp.score([gold], [predicted], keep_items=True))
    for layer in laid["layers"]:
        answers = layers(gold, predicted)[layer["name"]]
        shown = [cell for line in layer["lines"] for cell in line["parts"] if "pieces" in cell]
        wrong = [answer for answer in answers if answer.verdict != faults.RIGHT]
        assert sum(len(cell["above"]) for cell in shown) == sum(bool(answer.above) for answer in wrong)
        assert sum(len(cell["below"]) for cell in shown) == sum(bool(answer.below) for answer in wrong)
        assert sum(layer["counts"].values()) == len(answers)
        if layer["name"] == "claims":
            comparing = Comparison(gold, predicted)
            full = [(g, p) for g, p in comparing.counts if g and p and comparing.count_score(g, p) == 1]
            faultless = {(a.gold, a.predicted) for a in answers if a.verdict == faults.RIGHT}
            counts = {(g.anchor, p.anchor) for g, p in comparing.counts if g and p}
            assert faultless & counts <= {(g.anchor, p.anchor) for g, p in full}
        for answer in wrong:
            for side, span in (("gold", answer.gold), ("predicted", answer.predicted)):
                lined = ("".join(unescape(p["text"]) for p in cell["pieces"] if side in p["lines"]) for cell in shown)
                assert span is None or any(span.text in words for words in lined), (layer["name"], answer)
        for line in layer["lines"]:
            said = "".join(unescape(p["text"]) for part in line["parts"] for p in part.get("pieces", [part]))
            assert gold.text.count(said) >= 1


@given(documents())
def test_gold_against_itself_has_no_fault_to_show(document: Document) -> None:
    scored = rp.score([document], [document], keep_items=True)
    (laid,) = faults.documents(scored)
    assert all(layer["lines"] == [] for layer in laid["layers"])
    assert all(not layer["pairs"] for one in faults.differences(scored, scored) for layer in one["layers"])
