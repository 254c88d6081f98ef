"""One incident through several reports: each figure as of each report, what replaced what, who corrected whom.

A dossier is a list of reports of one incident.  Nothing is merged: each report's template is derived
from its own claims, and the timeline sets them side by side in the order of publication.  It does
not decide who is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reportedly.derivation import derive, populations
from reportedly.intervals import interval
from reportedly.model import Claim, Document, Figure, Template

Slot = tuple[str, str]  # metric, population


class Change(NamedTuple):
    """What a report does to a figure.

    ``kind`` is new, same, consistent (the ends moved and the intervals still meet), replaced (they do
    not meet), or corrected (replaced, and the report itself tells the earlier number as superseded).
    ``before`` is the last report's figure, ``by`` the claim whose number is the new best.
    """

    slot: Slot
    kind: str
    before: Figure | None
    after: Figure
    by: Claim | None


class Entry(NamedTuple):
    """A report in the timeline: its date, what it changes, and who is held responsible."""

    document: Document
    template: Template
    changes: tuple[Change, ...]


def timeline(documents: Iterable[Document]) -> list[Entry]:
    """Set the reports of one incident in the order of publication.

    Args:
        documents: reports with a publication date in their metadata; the main incident of each is taken.

    Returns:
        An entry a report, the earliest first; reports of one day in the order of their ids.

    Raises:
        ValueError: a report has no publication date or no main incident; all such reports are named.
    """
    rows = list(documents)
    undated = [d.id for d in rows if d.metadata.published is None]
    if undated:
        raise ValueError(f"no publication date in the metadata of {', '.join(undated)}")
    templates = {d.id: next((t for t in derive(d) if not t.background), None) for d in rows}
    if without := [id for id, template in templates.items() if template is None]:
        raise ValueError(f"no incident in {', '.join(without)}")
    latest: dict[Slot, Figure] = {}
    entries = []
    for document in sorted(rows, key=lambda d: (d.metadata.published or "", d.id)):
        template = templates[document.id]
        assert template is not None
        claims = {c.id: c for c in document.claims}
        changes = []
        for figure in template.figures:
            slot = (figure.metric, figure.population)
            before = latest.get(slot)
            kind = _kind(document, before, figure)
            changes.append(Change(slot, kind, before, figure, claims.get(figure.best_from or "")))
            if (figure.low, figure.best, figure.high) != (None, None, None):
                latest[slot] = figure
        entries.append(Entry(document, template, tuple(changes)))
    return entries


def _kind(document: Document, before: Figure | None, after: Figure) -> str:
    if before is None:
        return "new"
    if (before.low, before.best, before.high) == (after.low, after.best, after.high):
        return "same"
    if not (_above(before, after) or _above(after, before)):
        return "consistent"
    return "corrected" if _told_as_earlier(document, before, after) else "replaced"


def _told_as_earlier(document: Document, before: Figure, after: Figure) -> bool:
    """Tell whether the report itself gives the last best number as an earlier figure of the slot."""
    resolved = populations(document)
    for claim in document.claims:
        count = claim.count
        if (
            count
            and count.as_of == "earlier"
            and (count.metric, resolved[claim.id]) == (after.metric, after.population)
        ):
            found = interval(count)
            if before.best in count.n or (found and found.low == before.low):
                return True
    return False


def _above(a: Figure, b: Figure) -> bool:
    return a.low is not None and b.high is not None and a.low > b.high
