"""The systems: what the rules read off sentences of our own, and that any text comes out well-formed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportedly import checks, codec, contract, corpus
from reportedly.derivation import derive, stance
from reportedly.model import LAYERS, Claim, Document
from reportedly.systems import SYSTEMS, lexicon, predict


def rules(text: str) -> Document:
    return predict("rules", Document(id="own", text=text))


def counts(text: str) -> list[Claim]:
    return rules(text).of_kind("COUNT")


def count(text: str) -> Claim:
    found = counts(text)
    assert len(found) == 1, [c.anchor.text for c in found]
    return found[0]


def hops(claim: Claim) -> list[tuple[str, tuple[str, ...]]]:
    return [(h.type, tuple(s.span.text for s in h.sources if s.span)) for h in claim.chain]


def faults(prediction: Document) -> list[codec.Fault]:
    gold = {prediction.id: Document(id=prediction.id, text=prediction.text)}
    return codec.build(json.loads(json.dumps(codec.to_dict(prediction))), gold)[1]


# --- numbers ------------------------------------------------------------------------------------

HEDGES: list[tuple[str, str, str, tuple[int, ...], str | None]] = [
    ("Forty-eight people were killed.", "Forty-eight", "EXACT", (48,), None),
    ("The blast killed 1,204 people.", "1,204", "EXACT", (1204,), None),
    ("Two hundred and fifty people were injured.", "Two hundred and fifty", "EXACT", (250,), None),
    ("At least 61 people were killed.", "At least 61", "AT_LEAST", (61,), None),
    ("No fewer than nine people died.", "No fewer than nine", "AT_LEAST", (9,), None),
    ("Sixty or more people were killed.", "Sixty or more", "AT_LEAST", (60,), None),
    ("More than 100 people were wounded.", "More than 100", "MORE_THAN", (100,), None),
    ("Over 40 people were injured.", "Over 40", "MORE_THAN", (40,), None),
    ("Up to 30 people were killed.", "Up to 30", "AT_MOST", (30,), None),
    ("As many as 12 people died.", "As many as 12", "AT_MOST", (12,), None),
    ("Fewer than ten people were hurt.", "Fewer than ten", "LESS_THAN", (10,), None),
    ("Almost 60 people were killed.", "Almost 60", "ALMOST", (60,), None),
    ("Nearly 200 hostages were rescued.", "Nearly 200", "ALMOST", (200,), None),
    ("About 70 people were injured.", "About 70", "APPROX", (70,), None),
    ("Some 70 people were injured.", "Some 70", "APPROX", (70,), None),
    ("An estimated 20 people were killed.", "An estimated 20", "APPROX", (20,), None),
    ("Five to six people were killed.", "Five to six", "RANGE", (5, 6), None),
    ("Between 50 and 60 people were killed.", "Between 50 and 60", "RANGE", (50, 60), None),
    ("From 20 to 30 people were wounded.", "From 20 to 30", "RANGE", (20, 30), None),
    ("20-30 people were wounded.", "20-30", "RANGE", (20, 30), None),
    ("Around 30 to 35 hostages were freed.", "Around 30 to 35", "APPROX_RANGE", (30, 35), None),
    ("Two to three dozen people were hurt.", "Two to three dozen", "RANGE", (24, 36), "dozen"),
    ("Dozens of people were killed.", "Dozens", "VAGUE", (), "dozens"),
    ("Several hundred people were injured.", "Several hundred", "VAGUE", (), "several hundred"),
    ("Scores of villagers were abducted.", "Scores", "VAGUE", (), "scores"),
    ("A handful of people were injured.", "A handful", "VAGUE", (), "a handful"),
    ("More than two dozen people were killed.", "More than two dozen", "MORE_THAN", (24,), "dozen"),
    ("Half a dozen people were wounded.", "Half a dozen", "EXACT", (6,), "dozen"),
    ("More than several hundred people were injured.", "More than several hundred", "MORE_THAN", (), "several hundred"),
    ("No one was injured.", "No one", "NONE", (), None),
    ("None of the hostages was hurt.", "None", "NONE", (), None),
    ("All the hostages were freed.", "All", "ALL", (), None),
    ("Both attackers were killed.", "Both", "ALL", (2,), None),
    ("A soldier was killed.", "A", "EXACT", (1,), None),
    ("The blast killed a night watchman.", "a", "EXACT", (1,), None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "anchor", "hedge", "n", "word"), HEDGES)
def test_hedge_and_number_are_read_as_they_are_written(
    text: str, anchor: str, hedge: str, n: tuple[int, ...], word: str | None
) -> None:
    claim = count(text)
    assert claim.count is not None
    assert (claim.anchor.text, claim.count.hedge, claim.count.n, claim.count.word) == (anchor, hedge, n, word)


@pytest.mark.parametrize(
    "cue", [c for r in contract.hedges().values() for c in r.cues if r.n == (1,) and re.fullmatch(r"[a-z ]+", c)]
)
def test_every_hedge_cue_of_the_contract_is_known(cue: str) -> None:
    if " n " in f" {cue} ":
        return
    claim = count(f"The blast killed {cue} 40 people.")
    assert claim.count is not None
    assert cue in contract.hedges()[claim.count.hedge].cues


@pytest.mark.parametrize(
    "text",
    [
        "Ruben Alt, 25, watched the street.",
        "The 19-year-old recruit was asleep.",
        "The siege ended on 24 March.",
        "The siege lasted five hours.",
        "The village lies 60 km from the border.",
        "Damage was put at $4,000 by the insurer.",
        "About 70 percent of the shops were shut.",
        "The shooting began at 9:30 pm.",
        "The attack was the third in two weeks.",
        "The school was built in 1987.",
        "Police seized 12 rifles and three grenades.",
        "Five police vehicles were destroyed.",
        "He was held in room 14.",
        "The 60th battalion was there.",
        "The suspects, aged 25 and 30, were arrested.",
        "Four blasts were heard.",
        "One cadet told a reporter what he saw.",
    ],
)
def test_a_number_that_counts_no_persons_is_left_alone(text: str) -> None:
    assert counts(text) == []


@pytest.mark.parametrize(
    ("text", "metric", "population"),
    [
        ("The death toll rose to 61.", "killed", "unspecified"),
        ("Hospital staff counted 17 bodies.", "killed", "unspecified"),
        ("The attack left 61 dead.", "killed", "unspecified"),
        ("Sixty cadets were killed.", "killed", "victims"),
        ("Soldiers killed three gunmen.", "killed", "perpetrators"),
        ("Some 120 people were hurt.", "injured", "unspecified"),
        ("About 90 people were killed or wounded.", "casualties", "unspecified"),
        ("The gunmen took 40 people hostage.", "hostage", "victims"),
        ("Twenty guests are still being held hostage.", "held", "victims"),
        ("Commandos freed 30 hostages.", "freed", "victims"),
        ("At least 200 trainees were evacuated.", "evacuated", "victims"),
        ("Six people are still missing.", "missing", "victims"),
        ("Police arrested five men.", "arrested", "perpetrators"),
        ("Some 250 trainees were inside the hostel.", "present", "victims"),
        ("Four attackers stormed the hotel.", "participating", "perpetrators"),
        ("More than 500 soldiers were deployed.", "participating", "victims"),
        ("Sixty people, including the attackers, were killed.", "killed", "all"),
    ],
)
def test_metric_and_population_follow_from_the_words_beside_the_number(text: str, metric: str, population: str) -> None:
    found = count(text).count
    assert found is not None
    assert (found.metric, found.population) == (metric, population)


def test_two_numbers_of_one_sentence_have_each_their_own_predicate() -> None:
    found = [c.count.metric for c in counts("At least 61 people were killed and 120 injured.") if c.count]
    assert found == ["killed", "injured"]


def test_attackers_who_also_died_make_the_other_toll_the_victims() -> None:
    found = [c.count.population for c in counts("Sixty people were killed. Three gunmen were also killed.") if c.count]
    assert found == ["victims", "perpetrators"]


def test_a_number_under_including_is_a_part_and_names_its_kind() -> None:
    _, part = counts("At least 30 people were killed, including seven children.")
    assert part.count is not None
    assert part.count.scope == "partial"
    assert part.count.subset is not None
    assert (part.count.metric, part.count.subset.text) == ("killed", "children")


def test_a_rise_is_an_earlier_and_a_current_figure_and_no_range() -> None:
    found = [(c.count.n, c.count.as_of) for c in counts("The death toll rose from 40 to 61.") if c.count]
    assert found == [((40,), "earlier"), ((61,), "current")]


# --- sources ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("At least 20 people were killed.", []),
        ("At least 20 people were killed, officials said.", [("gov", ("officials",))]),
        ("At least 20 people were killed, said a doctor.", [("medical", ("a doctor",))]),
        ("Police said 20 people were killed.", [("gov", ("Police",))]),
        ("According to a survivor, 20 people were killed.", [("witness", ("a survivor",))]),
        ("Hospital sources said 20 people were killed.", [("medical", ("Hospital sources",))]),
        ("Officials and residents said 20 people were killed.", [("gov", ("Officials", "residents"))]),
        ("The minister told reporters that 20 people were killed.", [("gov", ("The minister",))]),
        (
            "A doctor told the Velmora Times that 20 people were killed.",
            [("media", ("Velmora Times",)), ("medical", ("a doctor",))],
        ),
        (
            "The Lantern News Agency, citing police, said 20 people were killed.",
            [("media", ("Lantern News Agency",)), ("gov", ("police",))],
        ),
        (
            "According to police cited by the Lantern News Agency, 20 people were killed.",
            [("media", ("Lantern News Agency",)), ("gov", ("police",))],
        ),
        (
            "State television quoted a witness as saying 20 people were killed.",
            [("media", ("State television",)), ("witness", ("a witness",))],
        ),
        ("Reportedly 20 people were killed.", [("unspecified", ())]),
        ("At least 20 people were reportedly killed.", [("unspecified", ())]),
        ("Analysts said 20 people were killed.", [("other", ("Analysts",))]),
        (
            "Colonel Ivo Lantz, a spokesman for the border guard, said 20 people were killed.",
            [("gov", ("Ivo Lantz",))],
        ),
    ],
)
def test_a_chain_runs_from_the_outermost_source_to_the_origin(
    text: str, chain: list[tuple[str, tuple[str, ...]]]
) -> None:
    found = [(kind, tuple(s.lower() for s in names)) for kind, names in hops(count(text))]
    assert found == [(kind, tuple(s.lower() for s in names)) for kind, names in chain]


def test_each_part_of_a_sentence_has_its_own_source() -> None:
    first, second = counts("Police said 14 people were killed, while a doctor said 17 people were killed.")
    assert (hops(first), hops(second)) == ([("gov", ("Police",))], [("medical", ("a doctor",))])


def test_a_relay_goes_on_while_the_same_origin_speaks() -> None:
    text = "Colonel Ivo Lantz told the Velmora Times the hotel was attacked. Lantz said 20 people were killed."
    (claim,) = rules(text).of_kind("COUNT")
    assert [(h.type, h.inherited) for h in claim.chain] == [("media", True), ("gov", False)]


def test_a_relay_named_behind_the_outlet_is_the_origin() -> None:
    (claim,) = counts(
        "The Karsholm Post reported that two policemen had been killed, citing an unnamed security source."
    )
    assert [h.type for h in claim.chain] == ["media", "gov"]


def test_quoted_speech_that_goes_on_keeps_its_speaker() -> None:
    found = rules('"We heard shooting," a survivor said. "Six people were killed."')
    (claim,) = found.of_kind("COUNT")
    assert [(h.type, h.inherited) for h in claim.chain] == [("witness", True)]


def test_a_pronoun_that_speaks_is_who_spoke_before() -> None:
    found = rules("Colonel Ivo Lantz said the hotel was attacked. He said 20 people were killed.")
    (claim,) = found.of_kind("COUNT")
    (source,) = claim.chain[0].sources
    assert found.entity[source.entity or ""].name == "Ivo Lantz"


# --- status -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Twenty people were killed.", "asserted"),
        ("Twenty people were reportedly killed.", "asserted"),
        ("As many as 20 people could be trapped inside.", "possible"),
        ("Twenty people are feared dead.", "possible"),
        ("Twenty people may have been killed.", "possible"),
        ("Police denied that 20 people were killed.", "negated"),
        ("The gunmen planned to kill 20 officers.", "unreal"),
        ("Normally 700 cadets are housed in the hostel.", "generic"),
        ("No one was killed.", "asserted"),
    ],
)
def test_status_is_read_off_the_clause(text: str, status: str) -> None:
    assert count(text).status == status


# --- responsibility -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "actor", "role", "how"),
    [
        ("The Dawn Brigade claimed responsibility for the attack.", "Dawn Brigade", "executed", "claimed"),
        ("Responsibility for the attack was claimed by no one. No group has claimed responsibility.", None, "executed",
         "unclaimed"),
        ("Police blamed the Dawn Brigade for the attack.", "Dawn Brigade", "executed", "blamed_by_authority"),
        ("Analysts blamed the attack on the Dawn Brigade.", "Dawn Brigade", "executed", "blamed"),
        ("The Dawn Brigade denied involvement in the attack.", "Dawn Brigade", "executed", "denied"),
        ("The Dawn Brigade was behind the attack.", "Dawn Brigade", "executed", "stated"),
        ("The attack was orchestrated by the Dawn Brigade, police said.", "Dawn Brigade", "directed",
         "blamed_by_authority"),
        ("The minister accused the Dawn Brigade of financing the attack.", "Dawn Brigade", "supported",
         "blamed_by_authority"),
    ],
)  # fmt: skip
def test_who_is_held_responsible_and_by_whose_word(text: str, actor: str | None, role: str, how: str) -> None:
    found = rules(text)
    claim = found.of_kind("RESP")[-1]
    assert claim.responsibility is not None
    named = found.entity[claim.responsibility.actor].name if claim.responsibility.actor else None
    assert (named, claim.responsibility.role, stance(found, claim)) == (actor, role, how)


def test_a_reported_self_claim_ends_in_the_claimant() -> None:
    (claim,) = rules("The Dawn Brigade reportedly claimed responsibility for the attack.").of_kind("RESP")
    assert [h.type for h in claim.chain] == ["unspecified", "claimant"]


def test_unnamed_militants_are_nobody_to_hold_responsible() -> None:
    assert rules("Police blamed militants for the attack.").of_kind("RESP") == []


# --- entities and events ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("The Free Selvian Front (FSF) spoke. The FSF is old.", {"Free Selvian Front", "FSF"}),
        ("Anna Koriv arrived. Later Koriv left the hall.", {"Anna Koriv", "Koriv"}),
        ("Gunmen attacked a hotel. The attackers fled.", {"Gunmen", "The attackers"}),
        ("They hit Harbour Training College. The college was shut.", {"Harbour Training College", "The college"}),
        ("It began on Monday night. By Monday night it was over.", {"Monday night"}),
    ],
)
def test_mentions_of_one_are_one_entity(text: str, mentions: set[str]) -> None:
    found = [{m.text for m in e.mentions} for e in rules(text).entities if len(e.mentions) > 1]
    assert mentions in found


def test_unnamed_speakers_of_two_sentences_are_two() -> None:
    found = rules("An official said the hotel was attacked. An official said it was over.")
    assert sum(e.mentions[0].text == "An official" for e in found.entities) == 2


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("They came to Harbour Training College.", "Harbour Training College", "FAC"),
        ("The blast was in Velmora.", "Velmora", "PLACE"),
        ("The Ministry of Works spoke.", "Ministry of Works", "ORG"),
        ("It was seen by President Anna Koriv.", "Anna Koriv", "PER"),
        ("He asked the Lantern News Agency.", "Lantern News Agency", "ORG"),
    ],
)
def test_the_type_of_a_name_follows_from_its_company(text: str, name: str, kind: str) -> None:
    assert {e.name: e.type for e in rules(text).entities}[name] == kind


@pytest.mark.parametrize(
    ("text", "timex"),
    [
        ("It began on Monday night.", "XXXX-WXX-1TNI"),
        ("It began on Friday.", "XXXX-WXX-5"),
        ("It began on 4 May 2031.", "2031-05-04"),
        ("It began on May 4, 2031.", "2031-05-04"),
        ("It began at 9:30 pm.", "XXXX-XX-XXT21:30"),
    ],
)
def test_a_time_has_the_value_that_the_text_gives(text: str, timex: str) -> None:
    assert [e.timex for e in rules(text).entities if e.type == "TIME"] == [timex]


@pytest.mark.parametrize(
    ("trigger", "kind"),
    [
        ("attack", "ATTACK"), ("siege", "ATTACK"), ("opened fire", "FIRE"), ("shooting", "FIRE"), ("exploded", "EXPLODE"),
        ("blew up", "EXPLODE"), ("abducted", "HOSTAGE"), ("killed", "KILL"), ("wounded", "INJURE"), ("rescued", "FREE"),
        ("planned", "PLAN"), ("cordoned off", "RESPOND"), ("condemned", "REACT"), ("fled", "MOVE"),
    ],
)  # fmt: skip
def test_a_trigger_has_the_type_of_its_test(trigger: str, kind: str) -> None:
    text = (
        "The siege followed the attack. They opened fire, and the shooting went on. A bomb exploded and a man blew up."
        " They abducted him and killed her and wounded us. We rescued them. They planned it. Police cordoned off a road."
        " The president condemned it. Villagers fled."
    )
    assert kind in {v.type for v in rules(text).events if trigger in {t.text for t in v.triggers}}


def test_one_report_has_one_incident_and_every_part_hangs_on_it() -> None:
    found = rules(
        "Gunmen attacked a hotel in Velmora on Friday. They killed a guard. The siege ended. Police arrested him."
    )
    roots = [v for v in found.events if v.parent is None]
    assert [v.type for v in roots] == ["ATTACK"]
    assert {v.parent for v in found.events if v not in roots} == {roots[0].id}
    assert {found.entity[i].mentions[0].text for i in roots[0].arguments["target"]} == {"a hotel"}


def test_another_incident_in_passing_has_a_root_of_its_own() -> None:
    found = rules("Gunmen attacked a hotel on Friday. In 2014, an attack on a bridge killed eight soldiers.")
    assert [v.background for v in found.events if v.parent is None] == [False, True]
    (claim,) = found.of_kind("COUNT")
    assert found.event[found.root(claim.event) or ""].background


# --- any text -----------------------------------------------------------------------------------

NUMBERS = ("61", "1,200", "a dozen", "two", "no", "all", "99999999999999", "0", "²", "٣", "5-6", "1.5 million")
PIECES = (
    *(case[0] for case in HEDGES), "According to", "said", "told", ",", "citing", "X", "the", "(", ")", "«", "“", "”", '"',
    "he said", "Monday night", "31 February", "May", "blamed", "claimed responsibility", "denied", "rose from 40 to",
    "including", "killed", "people", "gunmen", "hostages", "blew himself up", "\n", "\u200d", "é", "e\u0301", "😀", "İ",
    "ß", "\u2028", "\x00", "’s", "'", "-", "Ministry of", "in 2014 an attack", "Dr", "A.B.", "of the", "them", "25", ".",
)  # fmt: skip


REPORT = """
Dozens feared dead in Velmora hotel siege
VELMORA: Masked gunmen attacked a hotel in the coastal city of Velmora on Friday, killing at least 17 people, including
three foreigners and two policemen, authorities said. Hospital sources said they had received 17 bodies, while police put
the death toll at 14. "There were four attackers," said Major Ivo Lantz, who led the operation. "All of them were killed,"
he added. Up to 40 guests were held hostage for nine hours. Around 30 to 35 hostages were freed, according to the Lantern
News Agency, which cited a security official. Several people are still missing, and no one knows how many had no
A previously unknown faction, the Red Path (RP), claimed responsibility, state television reported. The government has
blamed the Dawn Brigade, and the Dawn Brigade denied involvement. Colonel Hadri accused Ostria of backing the Red Path.
Reuben Kal, 25, a waiter, told the Velmora Times: "I saw two gunmen shoot a guard." The toll rose from 12 to 17. Last
month, 18 people were killed in a similar bombing claimed by the Red Path. A 23-year-old student blew himself up at 9:30 pm
on 4 May 2031. Normally some 700 cadets live there. Two attackers may have planned to kill half a dozen officers, every one
"""


@st.composite
def cut_reports(draw: st.DrawFn) -> str:
    """Draw a stretch of a report with other words thrown in: what is half a phrase must be survived too."""
    words = REPORT.split(" ")
    start = draw(st.integers(0, len(words) - 1))
    words = words[start : start + draw(st.integers(1, 60))]
    for at in draw(st.lists(st.integers(0, len(words) - 1), max_size=5)):
        words[at] = draw(st.sampled_from((*PIECES, *NUMBERS)))
    return draw(st.sampled_from((" ", " ", ""))).join(words) or "."


@given(
    st.one_of(
        cut_reports(),
        st.text(min_size=1, max_size=200),
        st.lists(st.sampled_from((*PIECES, *NUMBERS)), min_size=1, max_size=40).map(" ".join),
        st.lists(st.sampled_from((*PIECES, *NUMBERS)), min_size=1, max_size=40).map("".join),
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_the_text_a_prediction_passes_the_door(text: str) -> None:
    for name in SYSTEMS:
        prediction = predict(name, Document(id="any", text=text))
        assert not list(checks.faults(prediction, prediction=True))
        if not any("\ud800" <= c <= "\udfff" for c in text):
            assert faults(prediction) == []
        derive(prediction)


def test_a_prediction_names_the_layers_that_its_system_leaves_out() -> None:
    text = "Sixty people were killed."
    assert predict("nearest-verb", Document(id="own", text=text)).missing == ("entities", "events")
    assert rules(text).missing == ()
    assert set(codec.to_dict(rules(text))) >= set(LAYERS)


def test_the_floors_read_every_number_and_the_first_of_each_metric() -> None:
    text = "At least 61 people were killed and 120 injured. The toll was 59."
    both = {name: predict(name, Document(id="own", text=text)) for name in ("nearest-verb", "first-number")}
    assert {name: [c.anchor.text for c in p.claims] for name, p in both.items()} == {
        "nearest-verb": ["61", "120", "59"],
        "first-number": ["61", "120"],
    }


def test_a_system_sees_the_text_only() -> None:
    text = "Gunmen attacked a hotel. Sixty people were killed, police said."
    bare = Document(id="own", text=text)
    assert predict("rules", rules(text)) == predict("rules", bare)


def test_an_unknown_system_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="nearest-verb"):
        predict("oracle", Document(id="own", text="x"))


SAMPLE = " ".join(case[0] for case in HEDGES) + " Police said so, according to Anna Koriv, who told the Lantern News.\n"


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize(
    "piece",
    [
        SAMPLE,
        "a",
        "A ",
        "said ",
        "1,",
        "the ",
        "X of ",
        "killed 5 ",
        ", ",
        '"',
        "Monday ",
        "two hundred and ",
        "Last year an attack killed 5 men. ",
        "(Ab) ",
        "\n",
    ],
)
def test_a_long_text_of_awkward_pieces_is_read_to_its_end(name: str, piece: str) -> None:
    # 100,000 characters: a step that grows with the square of the text would not come to an end here.
    text = piece * (100_000 // len(piece))
    assert predict(name, Document(id="long", text=text)).text == text


def test_the_same_text_gives_the_same_prediction() -> None:
    assert codec.line(rules(SAMPLE)) == codec.line(rules(SAMPLE))


def test_the_lexicon_holds_no_proper_name_of_the_article() -> None:
    """Words that are only ever written with a capital inside a sentence are names; calendar words are not."""
    calendar = lexicon.MONTHS.keys() | lexicon.WEEKDAYS.keys()
    known = set(re.findall(r"[a-z-]+", Path(lexicon.__file__).read_text(encoding="utf-8").lower()))
    texts = [document.text for document in corpus.load("article")]
    for text in texts:
        inner = {w.lower() for w in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}", text)}
        common = set(re.findall(r"\b[a-z]{4,}", text))
        found = sorted((inner - common - calendar - lexicon.TITLES - HEADS) & known)
        assert found == []


# Common nouns that are written large as parts of names: "… Hospital", "Ministry of …".
HEADS = lexicon.ORG_HEADS | lexicon.FAC_HEADS | lexicon.PLACE_HEADS | lexicon.HOP_WORDS.keys()
