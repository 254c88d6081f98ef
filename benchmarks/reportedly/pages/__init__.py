"""Pages to look at: one self-contained HTML file each, without scripts and without a request to anywhere.

Everything that comes from data is escaped by the template engine; text stays text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportedly import __version__
from reportedly.agreement import Agreement
from reportedly.metrics import HEADLINE, METRICS
from reportedly.model import Document
from reportedly.pairs import MEASURES, Contrast
from reportedly.report import agreement_json, number
from reportedly.scoring import Result, Scored
from reportedly.significance import Difference


def _render(template: str, **values: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("reportedly", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["number"] = number
    return found.get_template(template).render(version=__version__, **values) + "\n"


def article(documents: Sequence[Document]) -> str:
    """Lay out annotated reports: each text with its marks, its claims, and what follows from them."""
    from reportedly.pages import documents as laying

    laid: list[dict[str, Any]] = []
    for document in documents:
        laid.append(laying.lay_out(document, sum(len(other["groups"]) for other in laid)))
    return _render("article.html", articles=laid)


def score(
    scored: Scored,
    found: Sequence[Result],
    limits: Mapping[str, tuple[float, float]],
    signed: str,
    system: str,
    contrast: Contrast | None = None,
) -> str:
    """Lay out a system's scores: the headline, every metric, the contrast set, and its faults in the text.

    Args:
        scored: counts with items (``keep_items=True``).
        found: the numbers read off them.
        limits: intervals by metric.
        signed: the signature of the report.
        system: what to call the system.
        contrast: its contrast set, if it has answered one.
    """
    from reportedly.pages import faults

    return _render(
        "score.html",
        system=system,
        scored=scored,
        headline=[r for name in HEADLINE for r in found if r.metric.name == name],
        tasks=_by_task(found),
        limits=limits,
        contrast=contrast,
        measures=MEASURES,
        documents=faults.documents(scored),
        signed=signed,
    )


def comparison(
    a: Scored,
    b: Scored,
    lines: Sequence[Difference],
    limits: Sequence[Mapping[str, tuple[float, float]]],
    names: Sequence[str],
    signed: str,
    contrasts: Sequence[Contrast] = (),
) -> str:
    """Lay out two systems side by side: the headline, every metric with its paired test, where their faults differ.

    Args:
        a: counts of one system with items (``keep_items=True``).
        b: the other's.
        lines: the paired tests.
        limits: intervals by metric of the one and of the other.
        names: what to call the two.
        signed: the signature of the report.
        contrasts: their contrast sets, if both have answered one.
    """
    from reportedly.pages import faults

    return _render(
        "compare.html",
        names=names,
        scored=a,
        headline=[line for name in HEADLINE for line in lines if line.metric.name == name],
        tasks=_by_task(lines),
        limits=limits,
        contrasts=contrasts,
        measures=MEASURES,
        documents=faults.differences(a, b),
        signed=signed,
    )


def _by_task(lines: Sequence[Any]) -> dict[str, list[Any]]:
    tasks: dict[str, list[Any]] = {}
    for line in lines:
        tasks.setdefault(line.metric.task, []).append(line)
    return tasks


def agreement(found: Agreement) -> str:
    """Lay out how far annotation passes agree: by layer, by decision with its confusions, and case by case."""
    plain = agreement_json(found)
    means = {metric.name: metric.means for metric in METRICS}
    decisions = []
    for name, row in plain["decisions"].items():
        labels = sorted({label for a, b, _ in row["confusion"] for label in (a, b)})
        counts = {(a, b): n for a, b, n in row["confusion"]}
        grid = [[counts.get((a, b), 0) for b in labels] for a in labels]
        decisions.append({"name": name, **row, "labels": labels, "grid": grid})
    cases: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in plain["disagreements"]:
        if row["metric"] != "false_fills.rate":  # passes fill no template
            head = f"{row['document']} · {row['passes'][0]} and {row['passes'][1]}"
            cases.setdefault(head, {}).setdefault(row["sentence"], []).append(row)
    return _render(
        "agreement.html",
        passes=plain["passes"],
        documents=plain["documents"],
        layers=[{"metric": name, "means": means[name], **row} for name, row in plain["layers"].items()],
        decisions=decisions,
        cases=cases,
    )
