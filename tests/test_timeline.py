"""Three short reports of one incident: what each does to the figures of the last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportedly import codec
from reportedly.model import Document
from reportedly.timeline import timeline
from test_cli import run


def report(id: str, published: str | None, text: str, *counts: tuple[str, str, int, dict[str, Any]]) -> Document:
    """Make a report whose first "raid" is the incident and in which somebody died."""

    def span(words: str) -> dict[str, Any]:
        start = text.index(words)
        return {"start": start, "end": start + len(words), "text": words}

    claims: list[dict[str, Any]] = [
        {
            "id": f"said-{event}",
            "kind": "EVENT",
            "event": event,
            "anchor": span(word),
            "chain": [],
            "status": "asserted",
        }
        for event, word in (("raid", "raid"), ("kill", "died"))
    ]
    for i, (anchor, hedge, n, more) in enumerate(counts):
        count = {
            "hedge": hedge,
            "n": [n],
            "metric": "killed",
            "population": "victims",
            "scope": "total",
            "as_of": "current",
        }
        claims.append(
            {
                "id": f"c{i}",
                "kind": "COUNT",
                "event": "kill",
                "anchor": span(anchor),
                "chain": [],
                "status": "asserted",
                "count": {**count, **more},
            }
        )
    events = [
        {"id": "raid", "type": "ATTACK", "triggers": [span("raid")]},
        {"id": "kill", "type": "KILL", "triggers": [span("died")], "parent": "raid"},
    ]
    value = {
        "schema": "reportedly/1",
        "id": id,
        "language": "en",
        "sha256": codec.digest(text),
        "metadata": {"published": published, "publisher": "The Ardby Courier", "constructed": True},
        "annotation": {"annotator": "example", "kind": "rule", "pass": "example", "guidelines": "1"},
        "text": text,
        "entities": [],
        "events": events,
        "claims": claims,
    }
    return codec.from_dict(value, None) if published else codec.from_dict({**value, "metadata": {}}, None)


FIRST = report("first", "2031-05-07", "At least 9 died in a raid.", ("At least 9", "AT_LEAST", 9, {}))
SECOND = report("second", "2031-05-08", "In the raid 13 died.", ("13", "EXACT", 13, {}))
THIRD = report(
    "third",
    "2031-05-14",
    "In the raid 12 died, not 13 as was said.",
    ("12", "EXACT", 12, {}),
    ("13", "EXACT", 13, {"as_of": "earlier"}),
)
SILENT = report("silent", "2031-05-10", "The raid, in which people died, is looked into.")
LOWER = report("lower", "2031-05-20", "In the raid 8 died.", ("8", "EXACT", 8, {}))


def kinds(*documents: Document) -> list[list[str]]:
    return [[change.kind for change in entry.changes] for entry in timeline(documents)]


def test_reports_stand_in_the_order_of_publication_whatever_the_order_given() -> None:
    found = [entry.document.id for entry in timeline([THIRD, FIRST, SECOND])]
    assert found == ["first", "second", "third"]


def test_a_figure_is_new_then_consistent_then_corrected() -> None:
    assert kinds(FIRST, SECOND, THIRD) == [["new"], ["consistent"], ["corrected"]]


def test_a_report_that_says_nothing_of_a_figure_leaves_it_standing() -> None:
    (*_, (change,)) = (entry.changes for entry in timeline([SECOND, SILENT, LOWER]))
    assert change.before is not None
    assert (change.before.best, change.after.best, change.kind) == (13, 8, "replaced")


def test_the_same_figure_is_the_same() -> None:
    again = report("second-again", "2031-05-09", SECOND.text, ("13", "EXACT", 13, {}))
    assert kinds(SECOND, again) == [["new"], ["same"]]


def test_a_report_without_date_or_incident_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no publication date in the metadata of undated"):
        timeline([FIRST, report("undated", None, FIRST.text, ("At least 9", "AT_LEAST", 9, {}))])
    nothing = codec.load(Path(__file__).parent.parent / "schema" / "examples" / "valid" / "minimal.json")
    with pytest.raises(ValueError, match="minimal"):
        timeline([FIRST, *nothing])


def test_the_command_prints_what_each_report_does(tmp_path: Path) -> None:
    for document in (FIRST, SECOND, THIRD):
        (tmp_path / f"{document.id}.json").write_text(codec.page(document), encoding="utf-8")
    done = run("timeline", tmp_path)
    assert done.returncode == 0, done.stderr
    for part in (
        "2031-05-07 · first · The Ardby Courier",
        "9 · 9 · open",
        "corrected",
        "13 · 13 · 13",
        "responsibility: none",
    ):
        assert part in done.stdout, part
    plain = json.loads(run("timeline", "--json", tmp_path).stdout)
    assert [row["figures"][0]["kind"] for row in plain] == ["new", "consistent", "corrected"]
    refused = run("timeline", "schema/examples/valid/minimal.json", cwd=Path(__file__).parent.parent)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
