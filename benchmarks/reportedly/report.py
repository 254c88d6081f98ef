"""Words and tables for people: scores, explanations, comparisons, and a document's claims.

Every function returns text; nothing here computes a score or decides what is right.  Undefined is
printed as a dash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from reportedly import __version__
from reportedly.agreement import Agreement, Decision, Labels, decisions
from reportedly.align import Comparison
from reportedly.contrast import FAMILIES, PAIR, Variant
from reportedly.derivation import derive, populations, relations, stance
from reportedly.intervals import interval
from reportedly.metrics import HEADLINE, METRICS, TASKS, Item
from reportedly.metrics.template import Slot
from reportedly.model import Claim, Document, Entity, Event, Figure, Hop, Span, Template
from reportedly.pairs import MEASURES, Contrast, Pair
from reportedly.scoring import Result, Scored, digest, read
from reportedly.significance import Difference
from reportedly.text import sentence_at, sentences
from reportedly.timeline import Entry

# One metric a task to explain: its items are the ones that tell a developer most.
EXPLAINED = (
    "mentions.relaxed",
    "entities.ceafe",
    "events.trigger_relaxed",
    "events.argument_relaxed",
    "events.parent_relaxed",
    "counts.claim",
    "attribution.exact",
    "status.macro",
    "responsibility.relaxed",
    "conflict.relation",
    "template.slots",
    "template.lists_relaxed",
    "false_fills.rate",
)


def number(value: float | None, digits: int = 3) -> str:
    """Print a score, or a dash for an undefined one."""
    return "–" if value is None else f"{value:.{digits}f}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = (), width: int = 100) -> str:
    """Lay rows out in columns; ``right`` are the columns of numbers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="", padding=(0, 2, 0, 0))
    for i, column in enumerate(columns):
        grid.add_column(column, justify="right" if i in right else "left", no_wrap=i in right)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out = StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(grid)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


# --- scores -----------------------------------------------------------------------------------


def signature(
    scored: Scored, gold: str, *, resamples: int, seed: int, variants: Sequence[Variant] | None = None
) -> str:
    """Write everything that is needed to get the same numbers again, in one line."""
    tasks = "all" if scored.tasks == tuple(TASKS) else "+".join(scored.tasks).replace(" ", "_")
    parts = {
        "reportedly": __version__,
        "gold": f"{gold}@{scored.digest}",
        "tasks": tasks,
        "matching": "exact+relaxed",
        "units": f"{len(scored.units)}_{scored.unit}",
        "resamples": resamples,
        "seed": seed,
    }
    if variants:
        parts["contrast"] = f"{len(variants)}@{digest(v.document for v in variants)}"
    return "|".join(f"{key}:{value}" for key, value in parts.items())


def _span(limits: tuple[float, float] | None) -> str:
    return f"{limits[0]:.3f}–{limits[1]:.3f}" if limits else "–"


def score(
    scored: Scored, found: Sequence[Result], limits: dict[str, tuple[float, float]], signed: str, width: int = 100
) -> str:
    """Write a score report: what was left out, the headline, every metric, the signature."""
    by_name = {result.metric.name: result for result in found}
    parts = []
    if scored.silent:
        parts.append("LEFT OUT, scored as empty:\n" + "\n".join(f"  {line}" for line in scored.silent))
    if scored.unlocated:
        lines = [f"  {document}: {at}: {text!r}" for document, at, text in scored.unlocated]
        parts.append("NOT IN THE TEXT, counted as wrong:\n" + "\n".join(lines))
    headline = [
        [r.metric.name, number(r.value), _span(limits.get(r.metric.name)), r.metric.means]
        for r in (by_name[name] for name in HEADLINE if name in by_name)
    ]
    if headline:
        parts.append(table(("headline", "score", "95 %", ""), headline, right=(1, 2), width=width))
    rows: list[list[str]] = []
    task = ""
    for r in found:
        if r.metric.task != task:
            if task:
                rows.append([""] * 7)
            task = r.metric.task
        cells = (
            number(r.precision),
            number(r.recall),
            number(r.value),
            _span(limits.get(r.metric.name)),
            number(r.macro),
        )
        rows.append([r.metric.name, *cells, r.metric.means])
    heads = ("metric", "P", "R", "score", "95 %", "macro", "")
    parts.append(table(heads, rows, right=(1, 2, 3, 4, 5), width=width))
    notes = ["score is micro, macro the mean over documents; false_fills.rate is better when lower."]
    if limits and scored.unit == "sentences":
        notes.append(
            f"One document: an interval over documents does not exist. The intervals resample its "
            f"{len(scored.sentences)} sentences and tell how much the score hangs on single sentences, "
            f"not how it would be on other reports."
        )
    parts.append("\n".join(notes))
    parts.append(signed)
    return "\n\n".join(parts) + "\n"


def families(made: Mapping[str, Sequence[Variant]], width: int = 100) -> str:
    """Write how many variants of each family a document has, and what a document lacks that has none."""
    rows = []
    for family in (*FAMILIES, None):
        name = family.name if family else PAIR
        numbers = [sum(v.family == name for v in variants) for variants in made.values()]
        lacks = [id for id, n in zip(made, numbers, strict=True) if not n] if family else []
        why = f"no {family.wants}" + (f" in {', '.join(lacks)}" if len(made) > 1 else "") if family and lacks else ""
        rows.append([name, family.says if family else "two of them at once", *map(str, numbers), why])
    total = [str(len(variants)) for variants in made.values()]
    rows.append(["all", "", *total, ""])
    heads = ("family", "what changes", *made, "why not")
    return table(heads, rows, right=range(2, 2 + len(made)), width=width) + "\n"


def contrast(found: Contrast, width: int = 100) -> str:
    """Write the table of a contrast set: a line a family, and all of them together."""
    parts = []
    if found.silent:
        parts.append(f"LEFT OUT of the contrast set, scored as empty: {_few(found.silent)}")
    rows = [
        [
            row.family,
            str(row.variants),
            *(cell for m in MEASURES for cell in (number(row.rates[m]), _span(row.limits[m]))),
        ]
        for row in found.rows
    ]
    heads = ("contrast", "n", *(head for measure in MEASURES for head in (measure, "95 %")))
    parts.append(table(heads, rows, right=range(1, len(heads)), width=width))
    notes = [f"{measure}: {says}." for measure, says in MEASURES.items()]
    notes.append("Intervals resample the variants of a family; a dash is a family without anything to measure.")
    if found.recorded:
        said = _few([f"{n} {metric} in {id}" for id, metric, n in found.recorded])
        notes.append(f"From the public record and not from the text: {said}.")
    parts.append("\n".join(notes))
    return "\n\n".join(parts) + "\n"


def _few(names: Sequence[str], shown: int = 5) -> str:
    """List some names, and say how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def contrast_json(found: Contrast) -> dict[str, Any]:
    """Give the same table as plain data, with every variant."""

    def tallies(pair: Pair) -> dict[str, list[float]]:
        return {m: list(getattr(pair, m)) for m in MEASURES}

    return {
        "families": {
            row.family: {
                "variants": row.variants,
                **{m: {"value": row.rates[m], "interval": limits and list(limits)} for m, limits in row.limits.items()},
            }
            for row in found.rows
        },
        "variants": {pair.id: {"family": pair.family, **tallies(pair)} for pair in found.pairs},
        "silent": list(found.silent),
        "recorded": [list(row) for row in found.recorded],
    }


def score_json(
    scored: Scored, found: Sequence[Result], limits: dict[str, tuple[float, float]], signed: str
) -> dict[str, Any]:
    """Give the same report as plain data, with the counts of every label."""
    total = scored.total
    return {
        "signature": signed,
        "silent": list(scored.silent),
        "unlocated": [list(row) for row in scored.unlocated],
        "headline": {r.metric.name: r.value for r in found if r.metric.name in HEADLINE},
        "metrics": {
            r.metric.name: {
                "value": r.value,
                "precision": r.precision,
                "recall": r.recall,
                "macro": r.macro,
                "interval": list(limits[r.metric.name]) if r.metric.name in limits else None,
                "counts": r.counts._asdict(),
                "labels": {
                    label: counts._asdict() for label, counts in sorted(total.get(r.metric.name, {}).items()) if label
                },
            }
            for r in found
        },
        "documents": {
            unit.name: {m.name: read(m, unit.sums) for m in METRICS if m.task in scored.tasks}
            for unit in scored.documents
        },
    }


def comparison(lines: Sequence[Difference], a: str, b: str, signed: str, unit: str, width: int = 100) -> str:
    """Write the paired test of two systems."""
    rows = [
        [
            d.metric.name,
            number(d.a),
            number(d.b),
            "–" if d.difference is None else f"{d.difference:+.3f}",
            "–" if d.p is None else f"{d.p:.4f}",
            "*" if d.p is not None and d.p < 0.05 else "",
        ]
        for d in lines
    ]
    heads = ("metric", "A", "B", "B − A", "p", "")
    note = (
        f"A is {a}, B is {b}. Paired approximate randomisation over {unit}; * p < 0.05, not corrected for many metrics."
    )
    return f"{table(heads, rows, right=(1, 2, 3, 4), width=width)}\n\n{note}\n{signed}\n"


# --- explanations -----------------------------------------------------------------------------


def chain(hops: Sequence[Hop], document: Document) -> str:
    """Write a chain from the outermost source to the origin: ``media Reuters → medical officials``."""

    def who(hop: Hop) -> str:
        return f"{hop.type} {speakers(hop, document)}".strip() + (" (inherited)" if hop.inherited else "")

    return " → ".join(map(who, hops)) or "the narrator"


def speakers(hop: Hop, document: Document) -> str:
    """Name who speaks at a hop in the words of the report; an unnamed one by the words that tell of it."""
    names = []
    for source in hop.sources:
        entity = document.entity.get(source.entity or "")
        names.append(source.span.text if source.span else (entity.name or entity.mentions[0].text) if entity else "?")
    return " and ".join(names) or (f"“{hop.cue.text}”" if hop.cue else "")


def _claim(claim: Claim, document: Document) -> str:
    said = f"{claim.kind} “{claim.anchor.text}”"
    if claim.count:
        c = claim.count
        n = " to ".join(map(str, c.n)) or c.word or ""
        said += f" {c.hedge} {n} {c.metric}, {c.population}".replace("  ", " ")
        said += ", partial" if c.scope == "partial" else ""
        said += ", earlier" if c.as_of == "earlier" else ""
    if claim.responsibility:
        actor = document.entity.get(claim.responsibility.actor or "")
        said += f" {_entity(actor) if actor else 'nobody'} {claim.responsibility.role} ({stance(document, claim)})"
    return f"{said}, {claim.status}; from {chain(claim.chain, document)}"


def _entity(entity: Entity) -> str:
    mentions = " | ".join(m.text for m in entity.mentions)
    return f"{entity.type} {mentions}"


def describe(thing: Any, document: Document) -> str:
    """Write anything an item compares in words; ``document`` is the side it comes from."""
    match thing:
        case Span():
            return f"“{thing.text}”"
        case Claim():
            return _claim(thing, document)
        case Entity():
            return _entity(thing)
        case Event():
            parent = document.event.get(thing.parent or "")
            under = f" under {parent.type} “{parent.triggers[0].text}”" if parent else ""
            return f"{thing.type} “{thing.triggers[0].text}”{under}"
        case Slot(name, value):
            if isinstance(value, Entity | Event):
                return f"{name}: {describe(value, document)}"
            if isinstance(value, tuple):
                return f"{name}: {' to '.join('open' if v is None else str(v) for v in value)}"
            return f"{name}: {'open' if value is None else value}"
        case (Event(), str(role), Entity()):
            return f"{thing[0].type} “{thing[0].triggers[0].text}” {role}: {thing[2].mentions[0].text}"
        case list():
            return " / ".join(f"“{c.anchor.text}”" for c in thing)
        case _:
            return str(thing)


def _told(thing: Any, label: str, document: Document) -> str | None:
    if thing is None:
        return None
    return f"{label} {describe(thing, document)}" if isinstance(thing, Span) else describe(thing, document)


def differing(comparison: Comparison, gold: Claim, predicted: Claim) -> Iterator[tuple[str, str, str]]:
    """List what two claims say differently, as (field, what gold says, what is predicted)."""
    if gold.count and predicted.count:
        for name in ("hedge", "n", "metric", "population", "scope", "as_of"):
            a, b = getattr(gold.count, name), getattr(predicted.count, name)
            if a != b:
                yield name, _plain(a), _plain(b)
        x, y = interval(gold.count), interval(predicted.count)
        if x != y:
            yield "interval", str(x), str(y)
    if gold.status != predicted.status:
        yield "status", gold.status, predicted.status
    if not comparison.chain_equal(gold, predicted):
        yield "chain", chain(gold.chain, comparison.gold), chain(predicted.chain, comparison.predicted)


def _plain(value: object) -> str:
    return "–".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def faults(scored: Scored) -> Iterator[dict[str, Any]]:
    """List what was missed, made up, wrong or nearly right, in the order of tasks and text.

    Needs counts with items (``keep_items=True``).  Each row has document, metric, verdict, credit,
    sentence, gold and predicted in words, and the differences of two claims.
    """
    for gold, predicted, found in scored.items:
        bounds = sentences(gold.text)
        comparing = Comparison(gold, predicted)
        rows = [item for item in found if item.metric in EXPLAINED]
        rows.sort(key=lambda item: (EXPLAINED.index(item.metric), item.at))
        for item in rows:
            verdict = _verdict(item)
            if verdict is None:
                continue
            start, end = bounds[sentence_at(bounds, item.at)] if bounds else (0, 0)
            two = isinstance(item.gold, Claim) and isinstance(item.predicted, Claim)
            yield {
                "document": gold.id,
                "metric": item.metric,
                "label": item.label,
                "verdict": verdict,
                "credit": item.counts.r_num if item.gold is not None else 0.0,
                "sentence": gold.text[start:end],
                "gold": _told(item.gold, item.label, gold),
                "predicted": _told(item.predicted, item.label, predicted),
                "differences": [
                    f"{field} {theirs} for {own}"
                    for field, own, theirs in differing(comparing, item.gold, item.predicted)
                ]
                if two
                else [],
            }


def _verdict(item: Item) -> str | None:
    c = item.counts
    if item.metric == "false_fills.rate":
        return "false fill" if c.r_num else None
    if item.metric == "entities.ceafe":
        # φ4 of the paired entity: 1 is the same set of mentions.  A pair is told once, from gold's side.
        if item.gold is None:
            return None if c.p_num else "spurious"
        return None if c.r_num == 1 else ("near miss" if c.r_num else "missed")
    if item.gold is not None and item.predicted is not None:
        if item.metric == "status.macro":
            return "wrong" if c.r_den and not c.r_num else None
        return None if c.r_num == c.r_den else ("near miss" if c.r_num else "wrong")
    return "missed" if item.gold is not None else "spurious"


def explain(scored: Scored) -> str:
    """Write every fault with its sentence, and classification reports of the decisions on paired claims."""
    out: list[str] = []
    last = ("", "")
    sentence = ""
    for row in faults(scored):
        if (row["document"], row["metric"]) != last:
            last, sentence = (row["document"], row["metric"]), ""
            out.append(f"\n== {row['document']} · {row['metric']} ==")
        if row["sentence"] != sentence:
            sentence = row["sentence"]
            out.append(f"\n  {sentence}")
        head = row["verdict"] + (f" {row['credit']:.2f}" if row["verdict"] == "near miss" else "")
        out.append(f"    {head:<15} {row['gold'] or row['predicted']}")
        if row["gold"] and row["predicted"]:
            out.append(f"      predicted     {row['predicted']}")
        out.extend(f"      differs       {line}" for line in row["differences"])
    return "\n".join(out).strip() + "\n" + _decisions(scored)


def _decisions(scored: Scored) -> str:
    from sklearn.metrics import classification_report, cohen_kappa_score

    found: Labels = {}
    for document, answer, _ in scored.items:
        for name, pairs in decisions(Comparison(document, answer)).items():
            found.setdefault(name, []).extend(pairs)
    out = []
    for name, pairs in sorted(found.items()):
        gold, predicted = zip(*pairs, strict=True)
        one = len(set(gold) | set(predicted)) < 2
        # With a single label on both sides chance agreement is 1 and kappa is 0/0.
        kappa = None if one else float(cohen_kappa_score(gold, predicted))
        out.append(f"\n== {name}, where both have the claim ({len(gold)}) · kappa {number(kappa)} ==\n")
        out.append(classification_report(gold, predicted, zero_division=0, digits=3).rstrip())
    return "\n".join(out) + "\n" if out else ""


# --- agreement --------------------------------------------------------------------------------


def agreement(found: Agreement, width: int = 100) -> str:
    """Write how far passes agree: F1 by layer, alpha by decision with its confusions, every disagreement."""
    names = ", ".join(found.passes)
    parts = [f"Agreement of {names} on {', '.join(found.documents)}"]
    means = {metric.name: metric.means for metric in METRICS}
    rows = [[layer.metric, number(layer.f1), _span(layer.interval), means[layer.metric]] for layer in found.layers]
    parts.append(table(("what was found", "F1", "95 %", ""), rows, right=(1, 2), width=width))
    rows = [
        [d.name, str(d.items), f"{d.same / d.items:.3f}", number(d.alpha), _span(d.interval), _confused(d)]
        for d in found.decisions
    ]
    heads = ("what was decided", "items", "same", "alpha", "95 %", "confusions")
    parts.append(table(heads, rows, right=(1, 2, 3, 4), width=width))
    parts.append(
        "F1 is symmetric in the passes, alpha is Krippendorff's over what both found (a dash: one label only, nothing "
        "to decide). Intervals resample sentences or documents for F1, items for alpha."
    )
    for a, b, scored in found.pairs:
        parts.append("\n".join(_disagreements(a, b, scored)))
    return "\n\n".join(parts) + "\n"


def _confused(decision: Decision) -> str:
    wrong = sorted(
        ((n, a, b) for (a, b), n in decision.confusion.items() if a != b), key=lambda row: (-row[0], row[1:])
    )
    return ", ".join(f"{a}/{b} {n}" for n, a, b in wrong)


def _disagreements(a: str, b: str, scored: Scored) -> Iterator[str]:
    last, sentence = "", ""
    for row in faults(scored):
        if row["metric"] == "false_fills.rate":
            continue  # passes fill no template
        if (head := f"{row['document']} · {row['metric']}") != last:
            last, sentence = head, ""
            yield f"\n== {head} =="
        if row["sentence"] != sentence:
            sentence = row["sentence"]
            yield f"\n  {sentence}"
        if row["gold"] and row["predicted"]:
            yield f"    {a:<15} {row['gold']}"
            yield f"    {b:<15} {row['predicted']}"
            yield from (f"      {line}" for line in row["differences"])
        else:
            yield f"    only {a if row['gold'] else b:<10} {row['gold'] or row['predicted']}"


def agreement_json(found: Agreement) -> dict[str, Any]:
    """Give the same as plain data."""
    return {
        "passes": list(found.passes),
        "documents": list(found.documents),
        "layers": {x.metric: {"f1": x.f1, "interval": list(x.interval) if x.interval else None} for x in found.layers},
        "decisions": {
            d.name: {
                "items": d.items,
                "same": d.same,
                "alpha": d.alpha,
                "interval": list(d.interval) if d.interval else None,
                "confusion": [[a, b, n] for (a, b), n in sorted(d.confusion.items())],
            }
            for d in found.decisions
        },
        "disagreements": [{"passes": [a, b], **row} for a, b, scored in found.pairs for row in faults(scored)],
    }


# --- a document -------------------------------------------------------------------------------


def show(document: Document, width: int = 100) -> str:
    """Write a document's claims, its incident templates and why each bound is what it is."""
    sizes = f"{len(document.entities)} entities, {len(document.events)} events, {len(document.claims)} claims"
    parts = [f"{document.id}: {sizes}"]
    people = populations(document)
    rows = []
    for claim in sorted(document.claims, key=lambda c: (c.anchor.start, c.id)):
        span = interval(claim.count) if claim.count else None
        what = claim.anchor.text
        if claim.count:
            whom = claim.count.population
            whom = whom if whom == people[claim.id] else f"{people[claim.id]}?"
            marks = [m for m in (claim.count.scope, claim.count.as_of) if m in ("partial", "earlier")]
            what += f" · {claim.count.metric}, {', '.join([whom, *marks])}"
        elif claim.responsibility:
            actor = document.entity.get(claim.responsibility.actor or "")
            who = (actor.name or actor.mentions[0].text) if actor else "nobody"
            what += f" · {who} {claim.responsibility.role}, {stance(document, claim)}"
        elif claim.event:
            what += f" · {document.event[claim.event].type}"
        said = str(span) if span else ("unknown" if claim.count else "")
        rows.append([claim.id, claim.kind, what, said, claim.status, chain(claim.chain, document)])
    if rows:
        heads = ("claim", "kind", "what", "interval", "status", "sources, outermost first")
        parts.append(table(heads, rows, right=(3,), width=width))
        parts.append("[ ] are asserted ends, ( ) soft ones; a population with ? is assumed, not said.")
    for template in derive(document):
        parts.append(_template(template, document, width))
    pairs = [(a, b, label) for a, b, label in relations(document)]
    if pairs:
        parts.append("Counts of one metric\n" + "\n".join(f"  {a} – {b}: {label}" for a, b, label in pairs))
    return "\n\n".join(parts) + "\n"


def _template(template: Template, document: Document, width: int) -> str:
    def names(ids: Iterable[str]) -> str:
        return ", ".join(document.entity[i].name or document.entity[i].mentions[0].text for i in ids) or "–"

    head = "Incident" + (" in passing" if template.background else "")
    lines = [
        f"{head} {template.root or ''}: {', '.join(template.incident_types) or '–'}",
        f"  perpetrators  {names(template.perpetrators)}",
        f"  target        {names(template.target)}",
        f"  place         {names(template.place)}",
        f"  time          {names(template.time)}  (calendar date: {template.date or 'not in the text'})",
        f"  instruments   {names(template.instruments)}",
        f"  responsibility: {template.responsibility_status}",
    ]
    for held in template.responsibility:
        who = names([held.actor]) if held.actor else "nobody"
        lines.append(f"    {who}: {held.role}, {held.stance}; from {' → '.join(held.hops) or 'the narrator'}")
    rows = []
    for f in template.figures:
        whom = f.population + ("?" if f.assumed else "")
        ends = [_end(f.low, "–"), _end(f.best, "–"), _end(f.high, "open" if f.low_from or f.high_from else "–")]
        rows.append([f"{f.metric}, {whom}", *ends, _why(f)])
    grid = table(("figure", "low", "best", "high", "why"), rows, right=(1, 2, 3), width=width) if rows else "no figures"
    found = "".join(f"\n  check: {line}" for line in template.diagnostics)
    return "\n".join(lines) + "\n\n" + grid + found


def timeline(entries: Sequence[Entry], width: int = 100) -> str:
    """Write a dossier's timeline: report by report, each figure, what it does to the last one, and by whose word."""
    parts = []
    for document, template, changes in entries:
        source = document.metadata.publisher or "publisher unknown"
        rows = []
        for slot, kind, before, after, by in changes:
            was = f"{_range(before)}" if before and kind != "same" else ""
            word = chain(by.chain, document) if by else ""
            rows.append([", ".join(slot) + ("?" if after.assumed else ""), _range(after), kind, was, word])
        heads = ("figure", "low · best · high", "", "before", "best by")
        grid = table(heads, rows, width=width) if rows else "no figures"
        held = "; ".join(f"{_actor(h.actor, document)} {h.role} ({h.stance})" for h in template.responsibility)
        parts.append(
            f"{document.metadata.published} · {document.id} · {source}\n\n{grid}\n\n"
            f"responsibility: {template.responsibility_status}{'; ' + held if held else ''}"
        )
    return "\n\n\n".join(parts) + "\n"


def timeline_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Give the same as plain data."""

    def ends(figure: Figure | None) -> dict[str, int | None] | None:
        return None if figure is None else {"low": figure.low, "best": figure.best, "high": figure.high}

    return [
        {
            "document": document.id,
            "published": document.metadata.published,
            "figures": [
                {
                    "metric": change.slot[0],
                    "population": change.slot[1],
                    "kind": change.kind,
                    "before": ends(change.before),
                    "after": ends(change.after),
                    "by": chain(change.by.chain, document) if change.by else None,
                }
                for change in changes
            ],
            "responsibility_status": template.responsibility_status,
        }
        for document, template, changes in entries
    ]


def _range(figure: Figure) -> str:
    top = _end(figure.high, "open" if figure.low_from or figure.high_from else "–")
    return f"{_end(figure.low, '–')} · {_end(figure.best, '–')} · {top}"


def _actor(id: str | None, document: Document) -> str:
    entity = document.entity.get(id or "")
    return (entity.name or entity.mentions[0].text) if entity else "nobody"


def _end(value: int | None, without: str) -> str:
    return without if value is None else str(value)


def _why(figure: Figure) -> str:
    parts = []
    if figure.conflict:
        parts.append("CONFLICT: no number satisfies all; the ends show how far apart they are")
    if figure.low is not None:
        parts.append(f"low from {', '.join(figure.low_from)}")
    if figure.high is not None:
        parts.append(f"high from {', '.join(figure.high_from)}")
    elif figure.high_from:
        parts.append(f"left open by {', '.join(figure.high_from)}")
    if figure.best_from:
        parts.append(f"best from {figure.best_from}")
    if figure.superseded:
        parts.append(f"earlier and superseded: {', '.join(figure.superseded)}")
    return "; ".join(parts)
