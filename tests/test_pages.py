"""The pages in a real browser: nothing is asked for, nothing is run, and text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reportedly as rp
from environments import ROOT, npm_package
from label_studio import chromium
from reportedly import agreement, codec, corpus, pages, pairs, scoring, significance
from reportedly.cli import main
from reportedly.model import Document
from reportedly.report import agreement_json
from strategies import documents

SCRIPT = "<script>document.title = 'run'</script><b>bold</b> & \"quoted\""
DOSSIER = rp.gold("dossier")[:2]
SCREENS = {"phone": (390, "dark"), "desk": (1280, "light")}
# What a page shows of each span and claim: the words of all the pieces that are said to be of it.
SHOWN = """() => [...document.querySelectorAll('article')].map(article => {
  const of = {};
  const put = (key, words) => of[key] = (of[key] ?? '') + words;
  for (const piece of article.querySelectorAll('[data-of]'))
    for (const key of piece.dataset.of.split(' ')) put(key, piece.textContent);
  for (const link of article.querySelectorAll('.text a.claim'))
    for (const id of link.dataset.ids.split(' ')) put('claim:' + id, link.textContent);
  return {text: article.querySelector('.text').textContent, of};
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield running
        running.close()


class Opened:
    """A page as a reader has it, with what it asked for and what it complained of."""

    def __init__(self, browser: Any, path: Path, width: int = 1280, **context: Any) -> None:
        self.page = browser.new_context(viewport={"width": width, "height": 800}, **context).new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())

    def shot(self, name: str) -> None:
        folder = ROOT / ".pytest_cache" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def cards(self) -> list[str]:
        """List the claims whose cards are to be seen."""
        found: list[str] = self.page.eval_on_selector_all(
            ".card section", "all => all.filter(c => c.checkVisibility()).map(c => c.ariaLabel.slice(6))"
        )
        return found


def two_passes() -> dict[str, list[Document]]:
    gold = rp.gold("article")
    path = ROOT / "corpus" / "passes" / "a" / "quetta.json"
    return {"a": rp.load(path, gold=gold), "gold": gold}


def document(id: str) -> Document:
    (found,) = [d for split in corpus.splits() for d in rp.gold(split) if d.id == id]
    return found


def predicted(system: str, gold: list[Document]) -> scoring.Scored:
    return rp.score(gold, [rp.predict(system, d) for d in gold], keep_items=True)


def contrast(system: str) -> pairs.Contrast:
    """Score a system on two families of variants."""
    gold = rp.gold("article")
    variants = [v for v in corpus.contrast(["quetta"]) if v.family in ("number", "hedge")][::3]
    answers = [rp.predict(system, d) for d in (*gold, *(v.document for v in variants))]
    return pairs.score(gold, variants, answers, record={}, resamples=50, seed=1)


def scored_and_compared() -> tuple[str, str]:
    gold = rp.gold("article")
    a, b = (predicted(system, gold) for system in ("rules", "nearest-verb"))
    contrasts = [contrast("rules"), contrast("nearest-verb")]
    limits = [rp.bootstrap(side, resamples=50) for side in (a, b)]
    lines = significance.compare(a, b, samples=50)
    return (
        pages.score(a, rp.results(a), limits[0], "signed", "rules", contrasts[0]),
        pages.comparison(a, b, lines, limits, ["rules", "nearest-verb"], "signed", contrasts),
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "agreement": pages.agreement(agreement.agree(two_passes(), resamples=50, seed=1)),
        "article": pages.article([document("quetta")]),
        "articles": pages.article(DOSSIER),
    }
    made["score"], made["compare"] = scored_and_compared()
    for name, page in made.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8", newline="")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def axe() -> str:
    return (npm_package("axe-core@^4.10") / "axe.min.js").read_text(encoding="utf-8")


def faults(opened: Opened, axe: str) -> list[str]:
    """List what axe finds serious or worse, with what else there is to see opened first."""
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true); location.hash = 'g0'")
    opened.page.evaluate(axe)
    found = opened.page.evaluate("axe.run()")["violations"]
    return [
        f"{v['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


# --- every page -------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", ["agreement", "article", "articles", "score", "compare"])
def test_a_page_opens_alone_fits_and_can_be_read_by_everybody(
    browser: Any, written: dict[str, Path], axe: str, name: str, screen: str
) -> None:
    width, scheme = SCREENS[screen]
    opened = Opened(browser, written[name], width, color_scheme=scheme)
    opened.shot(f"{name}-{screen}")
    assert opened.asked == [written[name].as_uri()]
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.page.locator("script").count() == 0
    assert faults(opened, axe) == []


@pytest.mark.parametrize("name", ["agreement", "article", "score", "compare"])
def test_a_page_prints_dark_on_white_as_wide_as_the_paper(browser: Any, written: dict[str, Path], name: str) -> None:
    opened = Opened(browser, written[name], 680, color_scheme="dark")
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # What is folded away on a screen is on the paper.
    rows = opened.page.locator("details tr")
    assert all(rows.nth(i).is_visible() for i in range(0, rows.count(), 7))
    assert opened.page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser: Any, written: dict[str, Path], scheme: str) -> None:
    opened = Opened(browser, written["agreement"], color_scheme=scheme)
    ink, ground = (
        sum(map(int, opened.page.evaluate(f"getComputedStyle(document.body).{name}").strip("rgb()").split(",")))
        for name in ("color", "backgroundColor")
    )
    assert abs(ink - ground) > 500
    assert (ground > ink) == (scheme == "light")


# --- a document -------------------------------------------------------------------------------


def spans(of: Document) -> dict[str, str]:
    return {
        **{f"entity:{e.id}:{i}": m.text for e in of.entities for i, m in enumerate(e.mentions)},
        **{f"event:{v.id}:{i}": t.text for v in of.events for i, t in enumerate(v.triggers)},
        **{f"claim:{c.id}": c.anchor.text for c in of.claims},
    }


def test_marks_cover_exactly_the_words_that_were_marked(browser: Any, written: dict[str, Path], tmp_path: Path) -> None:
    odd = codec.load(ROOT / "schema" / "examples" / "valid" / "unicode.json")
    path = tmp_path / "odd.html"
    codec.write(path, pages.article(odd))
    for page, shown in ((path, odd), (written["article"], [document("quetta")]), (written["articles"], DOSSIER)):
        found = Opened(browser, page).page.evaluate(SHOWN)
        assert [row["text"] for row in found] == [d.text for d in shown]
        assert [row["of"] for row in found] == [spans(d) for d in shown]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(documents(), min_size=4, max_size=4))
def test_marks_that_cross_and_nest_cover_their_words_too(browser: Any, tmp_path: Path, drawn: list[Document]) -> None:
    path = tmp_path / "drawn.html"
    codec.write(path, pages.article(drawn))
    opened = Opened(browser, path)
    found = opened.page.evaluate(SHOWN)
    assert opened.complaints == []
    assert [row["of"] for row in found] == [spans(d) for d in drawn]
    assert [row["text"] for row in found] == [d.text for d in drawn]
    opened.page.context.close()


def test_the_keyboard_reaches_every_claim_and_shows_whose_word_it_is(browser: Any, written: dict[str, Path]) -> None:
    opened = Opened(browser, written["article"])
    reached: dict[str, str] = {}
    for _ in range(90):
        opened.page.keyboard.press("Tab")
        if opened.page.evaluate("document.activeElement.matches('.text a.claim')"):
            for id in opened.cards():
                reached[id] = opened.page.locator(f".card:visible section[aria-label='claim {id}']").inner_text()
    claims = {c.id: c for c in document("quetta").claims}
    assert set(reached) == set(claims)
    shown = " ".join(reached["c6"].split())
    assert "media Reuters → gov" not in shown
    assert re.search(r"media Reuters.*medical health officials", shown)
    assert "AT_LEAST 59" in shown
    assert "[59, ∞)" in shown
    assert "claims it" in reached["c5"]


def test_a_claim_stays_open_after_enter_and_its_cross_leads_back_to_it(browser: Any, written: dict[str, Path]) -> None:
    opened = Opened(browser, written["article"])
    link = opened.page.locator("a.claim", has_text="At least 59")
    link.focus()
    at = opened.page.evaluate("scrollY")
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("Tab")
    assert opened.cards() == ["c6"]
    assert opened.page.evaluate("document.activeElement.className") == "close"
    opened.page.keyboard.press("Enter")
    assert opened.cards() == []
    assert opened.page.evaluate("scrollY") == at
    opened.page.keyboard.press("Tab")
    assert opened.cards() == ["c6"]


def test_pointing_at_a_claim_shows_it_alone_and_frames_its_sources(browser: Any, written: dict[str, Path]) -> None:
    opened = Opened(browser, written["article"])
    opened.page.goto(written["article"].as_uri() + "#t0")  # one is pinned already
    opened.page.locator("a.claim", has_text="At least 59").hover()
    assert opened.cards() == ["c6"]
    framed = opened.page.eval_on_selector_all(
        ".text span", "all => all.filter(s => getComputedStyle(s).outlineStyle == 'solid').map(s => s.textContent)"
    )
    (claim,) = [c for c in document("quetta").claims if c.id == "c6"]
    told_by = [s.text for hop in claim.chain for s in (*(source.span for source in hop.sources), hop.cue) if s]
    assert "Reuters" in told_by
    assert sorted(" ".join(framed).split()) == sorted(" ".join(told_by).split())


def test_a_tap_opens_a_sheet_on_a_phone_where_the_reader_is(browser: Any, written: dict[str, Path]) -> None:
    opened = Opened(browser, written["article"], 390, has_touch=True, is_mobile=True)
    link = opened.page.locator("a.claim", has_text="Five to six")
    link.scroll_into_view_if_needed()
    at = opened.page.evaluate("scrollY")
    link.tap()
    assert opened.cards() == ["c18"]
    assert opened.page.evaluate("scrollY") == at
    sheet = opened.page.locator(".card:visible").bounding_box()
    assert sheet["x"] == 0
    assert sheet["width"] == 390
    assert sheet["y"] + sheet["height"] == pytest.approx(800, abs=1)
    opened.page.locator(".card:visible .close").tap()
    opened.page.locator("h1").tap(force=True)
    assert opened.cards() == []


def test_conflicts_contested_responsibility_and_other_incidents_are_told_apart(
    browser: Any, written: dict[str, Path]
) -> None:
    page = Opened(browser, written["articles"]).page
    articles = {
        name: page.locator("article", has=page.locator("h1", has_text=name)) for name in ("selmouth-1", "selmouth-2")
    }
    assert articles["selmouth-1"].locator(".glance").count() == 0
    glance = articles["selmouth-2"].locator(".glance").inner_text()
    assert "Responsibility is contested" in glance
    assert "“Thirteen”" in glance
    assert "“Fifteen”" in glance
    marked = articles["selmouth-2"].locator(".text .against").all_inner_texts()
    assert [re.sub(r"\W", "", words) for words in marked] == ["Thirteen", "Fifteen"]
    assert "killed" in articles["selmouth-2"].locator(".figures tr.conflict").inner_text()
    passing = articles["selmouth-1"].locator(".passing").inner_text()
    assert "2031" in passing
    assert articles["selmouth-2"].locator(".passing").count() == 0


def test_claims_are_in_tables_with_all_that_they_say(browser: Any, written: dict[str, Path]) -> None:
    page = Opened(browser, written["article"]).page
    rows = {row.split("\t")[0]: row for row in page.locator(".claims tbody tr").all_inner_texts()}
    assert set(rows) == {c.id for c in document("quetta").claims}
    for word in ("“At least 59”", "AT_LEAST", "59", "[59, ∞)", "killed, victims", "Reuters", "asserted"):
        assert word in rows["c6"]
    assert "generic" in rows["c20"]
    assert "Lashkar-e-Jhangvi al-Alami" in rows["c32"]
    figures = {" ".join(row.split()) for row in page.locator(".figures tbody tr").all_inner_texts()}
    assert any(row.startswith("killed victims 59 59 open") for row in figures)


# --- scores -----------------------------------------------------------------------------------


def test_the_page_of_scores_has_the_numbers_of_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = rp.gold("dossier")
    predictions = tmp_path / "rules.jsonl"
    predictions.write_text("".join(codec.line(rp.predict("rules", d)) + "\n" for d in gold), encoding="utf-8")
    target = tmp_path / "rules.html"
    words = ["--split", "dossier", "--resamples", "200", "--html", str(target)]
    assert main(["score", str(predictions), *words]) == 0
    printed = capsys.readouterr().out
    page = re.sub(r"<[^>]*>", " ", target.read_text(encoding="utf-8"))
    numbers = [line.split() for line in printed.splitlines() if re.match(r"[a-z_]+\.[a-z0-9_]+ ", line)]
    assert len(numbers) == len(rp.metrics.METRICS) + 5
    for name, *cells in numbers:
        at = [found.start() for found in re.finditer(rf" {name} ", page)]
        near = [set(page[start : start + 900].split()) for start in at]
        values = {cell for cell in cells if re.fullmatch(r"\d\.\d{3}(–\d\.\d{3})?", cell)}
        assert any(values <= words for words in near), (name, values)
    assert printed.splitlines()[-1] in page


def test_two_systems_are_compared_with_their_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = rp.gold("article")
    for name in ("rules", "nearest-verb"):
        lines = "".join(codec.line(rp.predict(name, d)) + "\n" for d in gold)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    target = tmp_path / "both.html"
    both = [str(tmp_path / f"{name}.jsonl") for name in ("rules", "nearest-verb")]
    assert main(["compare", *both, "--resamples", "200", "--html", str(target)]) == 0
    page = " ".join(re.sub(r"<[^>]*>", " ", target.read_text(encoding="utf-8")).split())
    for line in capsys.readouterr().out.splitlines():
        if found := re.match(r"(counts\.claim|attribution\.chain) +(\S+) +(\S+) +(\S+) +(\S+)( \*)?", line):
            name, a, b, gap, p = found.groups()[:5]
            assert re.search(rf"{name} [\w ,]*{a} {b} .*?{re.escape(gap)} {p}", page), line
    assert "A is rules, B is nearest-verb" in page


def test_faults_stand_above_and_below_the_words_they_are_about(browser: Any, written: dict[str, Path]) -> None:
    page = Opened(browser, written["score"]).page
    cell = page.locator(".cell.near", has_text="Forty eight").first
    above, words, below = (cell.locator(f".{part}").bounding_box() for part in ("above", "words", "below"))
    assert above["y"] + above["height"] <= words["y"] + 1
    assert words["y"] + words["height"] <= below["y"] + 1
    assert above["x"] == pytest.approx(words["x"], abs=1)
    assert below["x"] == pytest.approx(words["x"], abs=1)
    assert "as_of earlier" in cell.locator(".above").inner_text()
    assert "as_of current" in cell.locator(".below").inner_text()
    missed = page.locator(".cell.missed", has_text="guard").first
    assert missed.locator(".piece.gold").inner_text() == "guard"
    assert missed.locator(".below").count() == 0


def test_contrast_families_are_drawn_with_their_intervals(browser: Any, written: dict[str, Path]) -> None:
    rows = Opened(browser, written["score"]).page.locator(".families tbody tr")
    found = {row.split("\t")[0]: rows.nth(i) for i, row in enumerate(rows.all_inner_texts())}
    assert {"number", "hedge", "all"} <= set(found)
    shown = re.search(r"(\d\.\d+) (\d\.\d+)–(\d\.\d+)", found["all"].inner_text())
    assert shown is not None
    value, low, high = map(float, shown.groups())
    assert low <= value <= high
    cell = found["all"].locator("td.bar").first
    whole, span, dot = (cell.locator(part).bounding_box() for part in (".range", ".span", ".best"))
    assert (span["x"] - whole["x"]) / whole["width"] == pytest.approx(low, abs=0.02)
    assert (dot["x"] + dot["width"] / 2 - whole["x"]) / whole["width"] == pytest.approx(value, abs=0.02)


# --- agreement --------------------------------------------------------------------------------


def test_the_page_of_agreement_shows_every_disagreement_that_the_text_has(written: dict[str, Path]) -> None:
    found = agreement.agree(two_passes(), resamples=0)
    page = written["agreement"].read_text(encoding="utf-8")
    assert "How far a and gold agree" in page
    rows = [row for row in agreement_json(found)["disagreements"] if row["metric"] != "false_fills.rate"]
    assert rows
    for row in rows:
        for side in ("gold", "predicted"):
            assert row[side] is None or escape(row[side]).replace("&quot;", "&#34;") in page, row
    assert "Nowhere." not in page
    assert "Nowhere." in pages.agreement(
        agreement.agree({"x": rp.gold("article"), "y": rp.gold("article")}, resamples=0)
    )


# --- what is not trusted ----------------------------------------------------------------------


def odd(n: int) -> Document:
    """Make a document whose text, names and sources are markup."""
    text = f"{SCRIPT} killed nine guards, </style><i>they</i> said."
    at, they = text.index("nine"), text.index("</style>")
    row = {
        "id": "odd",
        "entities": [
            {
                "id": "e",
                "type": "ORG",
                "name": SCRIPT,
                "mentions": [{"start": they, "end": they + len("</style><i>they</i>")}],
            }
        ],
        "events": [{"id": "v", "type": "ATTACK", "triggers": [{"text": SCRIPT}]}],
        "claims": [
            {
                "id": "c1",
                "kind": "COUNT",
                "event": "v",
                "anchor": {"start": at, "end": at + 4},
                "count": {"metric": "killed", "n": [n], "hedge": "EXACT"},
                "chain": [{"type": "media", "sources": [{"entity": "e"}]}],
            },
            {"id": "c2", "kind": "RESP", "event": "v", "anchor": {"text": SCRIPT}, "responsibility": {"actor": "e"}},
        ],
    }
    return codec.from_dict(row, {"odd": Document(id="odd", text=text)})


@pytest.mark.parametrize("kind", ["agreement", "article", "score", "compare"])
def test_markup_in_a_text_stays_text(browser: Any, tmp_path: Path, kind: str) -> None:
    gold, other = odd(9), odd(8)
    scored = rp.score([gold], [other], keep_items=True)
    again = rp.score([gold], [gold], keep_items=True)
    found = rp.results(scored)
    made = {
        "agreement": lambda: pages.agreement(agreement.agree({SCRIPT: [gold], "b": [other]}, resamples=0)),
        "article": lambda: pages.article([gold]),
        "score": lambda: pages.score(scored, found, {}, SCRIPT, SCRIPT),
        "compare": lambda: pages.comparison(
            scored, again, significance.compare(scored, again, samples=0), ({}, {}), (SCRIPT, "b"), SCRIPT
        ),
    }
    path = tmp_path / f"{kind}.html"
    codec.write(path, made[kind]())
    opened = Opened(browser, path)
    assert opened.complaints == []
    assert opened.page.title() != "run"
    assert opened.page.locator("script").count() == 0
    assert opened.page.locator("b", has_text=re.compile("^bold$")).count() == 0
    assert SCRIPT in " ".join(opened.page.locator("main").inner_text().split())


# --- commands ---------------------------------------------------------------------------------


def test_the_commands_write_pages_without_an_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    passes = [str(ROOT / "corpus" / "passes" / name / "quetta.json") for name in "ab"]
    for words in (["agree", *passes, "--resamples", "0"], ["show", "selmouth-2"]):
        target = tmp_path / f"{words[0]}.html"
        assert main([*words, "--html", str(target)]) == 0
        assert capsys.readouterr().out
        page = target.read_text(encoding="utf-8")
        assert page.startswith("<!doctype html>")
        assert "src=" not in page
        assert set(re.findall(r'href="(?!#)([^"]*)"', page)) == {"data:,"}
        assert "url(" not in page
    predictions = tmp_path / "rules.jsonl"
    predictions.write_text(codec.line(rp.predict("rules", document("quetta"))) + "\n", encoding="utf-8")
    words = ["score", str(predictions), "--tasks", "counts", "--resamples", "0", "--html", str(tmp_path / "s.html")]
    assert main(words) == 0
    capsys.readouterr()
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    assert "At least 3" in page  # a near miss; and of the other tasks' claims, none
    assert "<i>event</i>" not in page
    assert main(["score", "--as", "gtt", "--gold", "g", "p", "--html", "x.html"]) == 2
    assert "--html" in capsys.readouterr().err
