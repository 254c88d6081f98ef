"""The words that the rule systems know: hedges, numbers, people, sources, triggers.

Written from general knowledge of English news and from the guidelines, never from a text of the
corpus: it holds common words only, no name of a country, city, group or outlet, so that a score
of these systems says how far common words carry and not what somebody looked up.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from reportedly import contract


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _sequence(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _map(**groups: str) -> dict[str, str]:
    return {word: name for name, words in groups.items() for word in words.split()}


# --- function words ---------------------------------------------------------------------------

QUOTES = _words('" “ ” „ « »')
PUNCTUATION = QUOTES | _words(", ; : . ! ? ( ) [ ] – — … ' ‘ ’")
DETERMINERS = _words("a an the this that these those its his her their our another some any each every")
ARTICLES = _words("a an the this these those its his her their")
PREPOSITIONS = _words(
    "of in at on for from by with to into inside outside near during since against about through across around over"
    " under after before between among within amid behind as"
)
CONJUNCTIONS = _words("and or but while when where although though because if that which who whom whose as so than")
BE = _words("is are was were be been being 's 're get gets got")
HAVE = _words("has have had having")
MODAL = _words("will would can could may might must should shall")
VERBAL = BE | HAVE | MODAL | _words("do does did not remain remains remained")
ADVERBS = _words(
    "also later earlier then now still already initially meanwhile reportedly allegedly however previously only just"
    " immediately separately subsequently quickly eventually either not never yet repeatedly"
)
PRONOUNS = _words("he she they it we i you him them who whom himself herself themselves")
CLAUSE_ENDS = _words("; : – — but while when after before because although though if that until where as since")
NOT_IN_NAMES = (
    DETERMINERS
    | PREPOSITIONS
    | CONJUNCTIONS
    | VERBAL
    | ADVERBS
    | PRONOUNS
    | _words(
        "there no none nobody all both most many few several hundreds dozens scores thousands one two three four"
        " five six"
        " seven eight nine ten eleven twelve some officials witnesses residents authorities according citing here"
        " what how"
        " why such other others more local security survivors doctors medics troops soldiers gunmen attackers militants"
        " people earlier nearly almost about roughly approximately up more fewer less even last next early late today"
        " yesterday tomorrow tonight unidentified unknown armed masked senior eyewitnesses reports rescuers hostages"
        " between until despite following armed once further my your yes well let"
    )
)
NAME_LINKS = _words("of for and the e ul al el de la du bin ibn van von")

# --- hedges and numbers -----------------------------------------------------------------------

_MORE_CUES = {
    "AT_LEAST": ("no less than", "not less than", "not fewer than", "a total of at least", "as few as"),
    "MORE_THAN": (
        "well over",
        "just over",
        "a little over",
        "slightly over",
        "well above",
        "in excess of",
        "well more than",
        "slightly more than",
        "upward of",
    ),
    "AT_MOST": ("not more than", "a maximum of", "as much as", "maximum", "at the most"),
    "LESS_THAN": ("just below", "well under"),
    "ALMOST": ("just under", "very nearly", "just short of", "approaching"),
    "APPROX": ("an estimated", "estimated", "somewhere around", "in the region of", "circa", "more or less", "some"),
    "EXACT": ("exactly", "precisely", "a total of", "only", "just"),
}
_AFTER_CUES = {
    "AT_LEAST": ("or more", "or above", "and more"),
    "MORE_THAN": ("plus",),
    "AT_MOST": ("or fewer", "or less", "at most"),
    "APPROX": ("or so", "or thereabouts"),
}
ROUNDING = _words("about around roughly approximately some estimated circa")


@cache
def hedge_phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Map a first word to the hedge phrases that begin with it, the longest first."""
    phrases: dict[tuple[str, ...], str] = {}
    for label, cues in _MORE_CUES.items():
        phrases.update({tuple(cue.split()): label for cue in cues})
    for label in ("AT_LEAST", "MORE_THAN", "AT_MOST", "LESS_THAN", "ALMOST", "APPROX"):
        for cue in contract.hedges()[label].cues:
            words = tuple(re.sub(r"\(.*?\)", "", cue).split())
            if words and "n" not in words:
                phrases.setdefault(words, label)
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for words, label in sorted(phrases.items(), key=lambda item: (-len(item[0]), item[0])):
        table.setdefault(words[0], []).append((words, label))
    return table


AFTER_PHRASES = {tuple(cue.split()): label for label, cues in _AFTER_CUES.items() for cue in cues}

ONES = {
    word: n
    for n, word in enumerate(
        _sequence(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
            " seventeen eighteen nineteen"
        )
    )
}
TENS = {word: 10 * n for n, word in enumerate(_sequence("twenty thirty forty fifty sixty seventy eighty ninety"), 2)}
POWERS = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "dozen": 12}
# Phrases to the word of the vague lexicon that they stand for; the longest is tried first.
VAGUE = {
    tuple(phrase.split()): word
    for word, phrases in {
        "a couple": ("a couple",),
        "a few": ("a few", "few", "quite a few"),
        "a handful": ("a handful", "handful"),
        "several": ("several", "a number of", "a group of"),
        "some": ("some",),
        "many": ("many", "numerous", "a large number of", "large numbers of", "countless"),
        "most": ("most", "almost all", "nearly all"),
        "dozens": ("dozens", "many dozens"),
        "several dozen": ("several dozen", "a few dozen", "several dozens"),
        "scores": ("scores",),
        "hundreds": ("hundreds", "many hundreds"),
        "several hundred": ("several hundred", "a few hundred"),
        "thousands": ("thousands", "many thousands"),
        "several thousand": ("several thousand", "a few thousand"),
        "tens of thousands": ("tens of thousands", "hundreds of thousands"),
    }.items()
    for phrase in phrases
}
# "some", "many" and the like count persons only under a predicate that says what became of them.
WEAK_VAGUE = frozenset({"a couple", "a few", "a handful", "several", "some", "many", "most"})
NONE = {("none",), ("nobody",), ("no", "one"), ("no-one",), ("no",)}
ALL = {("all",), ("every", "one"), ("each",), ("both",)}

NOT_PERSONS = _words(
    "year years month months week weeks day days night nights hour hours minute minutes second seconds decade decades"
    " km kms kilometre kilometres kilometer kilometers mile miles metre metres meter meters yards feet foot inches"
    " acres"
    " hectares kg kilograms kilogram tonnes tons pounds dollars dollar euros euro rupees cents percent % per cent"
    " am pm a.m"
    " p.m o'clock gmt local times time percentage degrees vehicle vehicles car cars truck trucks bus buses motorcycle"
    " motorcycles motorbikes ambulance ambulances helicopter helicopters aircraft plane planes tank tanks room"
    " rooms floor"
    " floors storey storeys building buildings house houses home homes shop shops school schools hospital hospitals"
    " church"
    " churches mosque mosques village villages town towns city cities country countries province provinces district"
    " districts"
    " attack attacks bombing bombings blast blasts explosion explosions bomb bombs grenade grenades rocket rockets"
    " rifle"
    " rifles gun guns weapon weapons vest vests shot shots round rounds bullet bullets missile missiles incident"
    " incidents"
    " gate gates entrance entrances checkpoint checkpoints bed beds side sides part parts case cases phase phases stage"
    " stages point points thing things way ways place places group groups team teams unit units organisation"
    " organisations"
    " party parties statement statements report reports account accounts version versions call calls operation"
    " operations"
    " raid raids wave waves locations location site sites area areas page chapter article goats sheep cattle horses"
    " dogs"
    " direction directions occasion occasions charge charges hand hands barrage window windows door doors block blocks"
)
MONTHS = {
    month: n
    for n, month in enumerate(
        _sequence("january february march april may june july august september october november december"), 1
    )
}
WEEKDAYS = {day: n for n, day in enumerate(_sequence("monday tuesday wednesday thursday friday saturday sunday"), 1)}
DAYPARTS = {"morning": "TMO", "afternoon": "TAF", "evening": "TEV", "night": "TNI", "noon": "TMI", "midday": "TMI"}
DEICTIC = {
    "yesterday": "XXXX-XX-XX",
    "today": "XXXX-XX-XX",
    "tonight": "XXXX-XX-XXTNI",
    "overnight": "XXXX-XX-XXTNI",
    "midnight": "XXXX-XX-XXT24:00",
    "noon": "XXXX-XX-XXT12:00",
}
LONG_AGO = frozenset({
    "last year", "last month", "days earlier", "days ago",
    "years ago", "months ago", "weeks ago", "years earlier", "months earlier", "weeks earlier",
    "a similar attack", "previous attack", "earlier attack",
    "earlier this year", "earlier this month", "year earlier", "month earlier", "year ago", "month ago",
    "a separate attack", "an earlier attack",
})  # fmt: skip

# --- people -----------------------------------------------------------------------------------


class Person(NamedTuple):
    """A common noun for people: its singular, whether this form is plural, and whose side it names."""

    lemma: str
    plural: bool
    side: str


def _people(side: str, pairs: str) -> dict[str, Person]:
    words = pairs.split()
    singular = {one: Person(one, False, side) for one in words[::2]}
    return singular | {many: Person(one, True, side) for one, many in zip(words[::2], words[1::2], strict=True)}


PERSONS = {
    **_people(
        "perpetrators",
        "gunman gunmen attacker attackers assailant assailants militant militants terrorist terrorists insurgent"
        " insurgents"
        " rebel rebels bomber bombers suspect suspects extremist extremists raider raiders kidnapper kidnappers"
        " abductor"
        " abductors captor captors jihadist jihadists fighter fighters shooter shooters bandit bandits guerrilla"
        " guerrillas"
        " hijacker hijackers hostage-taker hostage-takers perpetrator perpetrators intruder intruders arsonist"
        " arsonists"
        " separatist separatists islamist islamists pirate pirates accomplice accomplices killer killers infiltrator"
        " infiltrators robber robbers",
    ),
    **_people(
        "victims",
        "victim victims civilian civilians cadet cadets recruit recruits trainee trainees student students pupil pupils"
        " teacher teachers child children woman women girl girls boy boys soldier soldiers policeman policemen"
        " policewoman"
        " policewomen officer officers guard guards troop troops trooper troopers serviceman servicemen constable"
        " constables"
        " paramilitary paramilitaries commando commandos marine marines hostage hostages captive captives worshipper"
        " worshippers villager villagers resident residents passenger passengers tourist tourists guest guests worker"
        " workers employee employees nurse nurses doctor doctors lawyer lawyers journalist journalists reporter"
        " reporters"
        " driver drivers shopper shoppers shopkeeper shopkeepers farmer farmers fisherman fishermen miner miners"
        " pilgrim"
        " pilgrims refugee refugees bystander bystanders passer-by passers-by pedestrian pedestrians customer customers"
        " diner diners sailor sailors firefighter firefighters medic medics paramedic paramedics rescuer rescuers"
        " patient"
        " patients visitor visitors prisoner prisoners inmate inmates commuter commuters schoolgirl schoolgirls"
        " schoolboy"
        " schoolboys schoolchild schoolchildren baby babies infant infants teenager teenagers foreigner foreigners"
        " national"
        " nationals peacekeeper peacekeepers diplomat diplomats clerk clerks cook cooks watchman watchmen vendor"
        " vendors"
        " trader traders protester protesters staff staffers professor professors priest priests imam imams herder"
        " herders",
    ),
    **_people(
        "unspecified",
        "person people man men body bodies corpse corpses individual individuals adult adults other others life lives"
        " casualty casualties fatality fatalities death deaths youth youths survivor survivors relative relatives"
        " member"
        " members dead dead injured injured wounded wounded missing missing killed killed leader leaders commander"
        " commanders brother brothers son sons daughter daughters father fathers mother mothers wife wives"
        " family-member"
        " family-members citizen citizens local locals",
    ),
    "personnel": Person("personnel", True, "victims"),
    "forces": Person("forces", True, "victims"),
    "police": Person("police", True, "victims"),
}
UNBORNE = _words(
    "person people body bodies corpse corpses individual individuals adult adults other others life lives casualty"
    " casualties"
    " fatality fatalities death deaths dead injured wounded missing killed man men member members local locals"
)  # bearers of a count, no entity of their own (M6)
# The attackers are one group under any of these names as long as the text gives no other (M7).
SAME_ATTACKERS = _words(
    "gunman attacker assailant militant terrorist insurgent raider extremist hostage-taker kidnapper abductor captor"
    " perpetrator intruder shooter"
)
TITLES = _words(
    "mr mrs ms dr prof professor president minister premier chancellor king queen prince general gen colonel col"
    " major maj"
    " lieutenant lt captain capt sergeant sgt brigadier admiral inspector superintendent commissioner chief"
    " governor gov mayor"
    " senator sen deputy commander commandant secretary ambassador judge sheriff director spokesman spokeswoman"
    " spokesperson"
    " constable officer imam father sister bishop rev archbishop mullah maulana sheikh leader sir lord prime"
    " foreign interior"
    " defence defense home health vice"
)
LAST_TITLES = TITLES - _words("prime foreign interior defence defense home health vice deputy")

# --- institutions, sites, weapons -------------------------------------------------------------

ORG_HEADS = _words(
    "ministry army navy force forces police group news agency front movement party brigade brigades council court"
    " office"
    " department bureau committee commission corps guards authority authorities organisation organization union network"
    " television tv radio times post herald tribune press media service services league faction foundation society"
    " board"
    " parliament assembly senate cabinet government rangers battalion regiment militia alliance federation association"
    " nations fighters daily gazette guardian broadcasting monitor observatory watch cross crescent command wing cell"
)
FAC_HEADS = _words(
    "hospital school college academy hostel mosque church temple hotel checkpoint airport building compound"
    " barracks station"
    " market mall university camp base bridge tower gate dormitory embassy consulate cafe café restaurant theatre"
    " theater"
    " stadium prison jail centre center clinic complex plant factory palace museum shrine shop store warehouse"
    " house villa"
    " headquarters outpost cathedral monastery synagogue port harbour station bakery bazaar arena campus library"
    " morgue mortuary institute"
)
FAC_NOUNS = (FAC_HEADS - _words("house port post shop store")) | _words(
    "schools hospitals hostels dormitories checkpoints buildings mosques churches hotels barrack classroom classrooms"
    " courtyard rooftop roof watchtower hall room rooms canteen premises facility site entrance wall highway road"
    " boundary corridor basement office offices"
)
# "the building" with no word of its own is the attacked site, whatever that is called (M9).
ANY_SITE = _words(
    "building compound complex facility premises site campus centre center academy college school hostel hotel mosque"
    " church university market mall base camp barracks"
)
PLACE_HEADS = _words(
    "province district city state county region valley republic island islands kingdom town village territory peninsula"
    " mountains desert coast river lake governorate prefecture municipality suburb"
)
PLACE_NOUNS = _words("province district city state county region town village capital country valley border suburb")
WEAPON_NOUNS = _words(
    "rifle rifles gun guns grenade grenades bomb bombs explosive explosives vest vests knife knives pistol pistols"
    " rocket"
    " rockets mortar mortars machete machetes belt belts handgun handguns missile missiles launcher launchers shotgun"
    " shotguns sword swords dynamite weapon weapons device devices"
)
WEAPON_CUES = _words(
    "suicide explosive assault automatic hand machine petrol car truck roadside nail home-made homemade"
    " explosives-laden"
    " rocket-propelled sniper heavy semi-automatic improvised bomb"
)
ROLE_ORGS = {
    "police": "police", "army": "army", "military": "military", "government": "government",
    "authorities": "authorities",
    "ministry": "ministry", "navy": "navy", "parliament": "parliament",
    "group": "group", "faction": "group", "organisation": "group", "organization": "group", "militia": "group",
    "television": "television", "broadcaster": "broadcaster", "newspaper": "newspaper", "media": "media",
    "channel": "channel", "radio": "radio", "agency": "agency", "tv": "television", "daily": "newspaper",
    "charity": "charity", "court": "court", "company": "company", "outlet": "outlet",
    "outlets": "outlet", "forces": "forces",
    "observatory": "observatory",
}  # fmt: skip
MEDIA_HEADS = _words("television broadcaster newspaper media channel radio agency tv daily outlet outlets")
PREMODIFIERS = _words(
    "armed masked unidentified unknown local senior provincial young security police army government military"
    " hospital health"
    " medical state federal national regional heavily several other suspected islamist paramilitary private"
    " intelligence"
    " interior defence defense foreign rescue emergency district city village traffic border special counter-terrorism"
    " anti-terrorism anti-terror elite new former top chief female male elderly injured wounded surviving remaining"
    " fellow"
    " school college training university main nearby military-run public teaching old central news television"
    " tv radio"
    " newspaper media online bomb suicide car truck assault automatic hand machine grenade explosive explosives"
    " explosives-laden"
    " rocket-propelled improvised small large high heavy unnamed lone second third first two-storey multi-storey dead"
    " militant rebel separatist insurgent terrorist splinter little-known hardline banned outlawed extremist"
    " jihadist aid"
    " human-rights rights eye-witness official unarmed off-duty plain-clothes uniformed retired duty street shop"
    " hotel prison"
    " bus taxi lorry church mosque market ambulance forensic administrative presidential municipal ruling"
    " opposition domestic"
    " petrol roadside sniper nail homemade home-made semi-automatic shopping bazaar railway bus train power"
)

# --- sources ----------------------------------------------------------------------------------

SPEECH = _words(
    "said says say saying told tells tell reported reports report reporting confirmed confirms confirm announced"
    " announces"
    " stated states claimed claims claim added adds insisted insists declared declares explained estimated"
    " estimates recalled"
    " acknowledged acknowledges put puts tweeted wrote writes described describes admitted admits maintained maintains"
    " believe believes alleged denied denies suggested suggests revealed reveals noted notes vowed warned"
)
CITING = _words("citing cites cited quoting quotes quoted")
UNNAMED = _words("reportedly allegedly purportedly")
AUDIENCE = _words("reporters journalists media press conference parliament lawmakers us me")
SOURCE_NOUNS = _map(
    gov="official officials authorities minister commander governor mayor prosecutor prosecutors lawmaker lawmakers"
    " judge"
    " spokesman spokeswoman spokesperson chief president commissioner superintendent inspector investigator"
    " investigators"
    " policeman policemen officer officers soldier soldiers general colonel",
    medical="doctor doctors medic medics surgeon surgeons nurse nurses paramedic paramedics physician physicians"
    " coroner",
    media="reporter reporters journalist journalists correspondent correspondents",
    witness="witness witnesses eyewitness eyewitnesses survivor survivors resident residents relative relatives"
    " villager"
    " villagers neighbour neighbours neighbor neighbors bystander bystanders shopkeeper shopkeepers passer-by"
    " father mother"
    " brother sister uncle cousin son daughter wife husband student students cadet cadets hostage hostages recruit"
    " recruits"
    " driver teacher teachers pupil pupils guard guest guests worker workers worshipper worshippers passenger"
    " passengers",
    claimant="militants rebels insurgents militant rebel",
    other="source sources analyst analysts expert experts activist activists observer observers monitor monitors lawyer"
    " rescuers rescuer volunteer volunteers employer researcher researchers diplomat diplomats negotiator negotiators",
)
WEAK_HEADS = _words(
    "official officials spokesman spokeswoman spokesperson source sources chief head director staff member members"
    " commander leader representative worker workers employee negotiator negotiators"
)
HOP_WORDS = _map(
    medical="hospital hospitals doctor doctors medical health ambulance medic medics paramedic paramedics surgeon"
    " clinic morgue"
    " infirmary nurse nurses",
    media="news television tv radio newspaper media broadcaster channel press reporter reporters correspondent"
    " journalist"
    " journalists outlet outlets daily times herald tribune gazette broadcasting website",
    other="aid charity rights monitor monitors observatory analyst analysts expert experts activists company"
    " airline union"
    " institute cross crescent watch foundation",
    gov="police army military government ministry minister authorities security interior defence defense"
    " intelligence state"
    " provincial federal official officials court prosecutor mayor governor president commissioner superintendent"
    " navy border"
    " paramilitary presidential municipal district cabinet parliament inspector general colonel major captain brigadier"
    " lieutenant sergeant rangers guards corps command department senator premier chancellor fire prison embassy"
    " brigade",
    claimant="group militants militant rebels rebel faction insurgents insurgent separatist front militia movement"
    " jihadist",
    witness="witness witnesses eyewitness eyewitnesses survivor survivors resident residents relative relatives"
    " villager"
    " villagers bystander bystanders neighbours cadet cadets student students shopkeeper hostage hostages survived",
)
HOP_ORDER = ("medical", "media", "other", "gov", "claimant", "witness")

# --- status -----------------------------------------------------------------------------------

POSSIBLE = _words(
    "could might likely feared possibly perhaps probably believed thought presumed apparently maybe suspected"
)
NEGATION = _words(
    "not never n't without didn't wasn't weren't hasn't haven't denied denies deny cannot isn't don't neither nor"
)
PLANNED = _words(
    "planned planning planning plan plans ordered order orders wanted tried attempted intended threatened vowed"
    " plotted plotting"
    " sought aimed hoped ready preparing prepared supposed instructed directed foiled thwarted prevented averted"
)
MANAGED = _words("managed able began continued started used failed came went forced helped happened")
GENERIC = _words("normally usually generally typically often regularly routinely habitually ordinarily")
EARLIER = _words("earlier initial initially previously previous first preliminary")

# --- predicates of counts ---------------------------------------------------------------------

METRIC_WORDS = _map(
    killed="killed kill kills killing dead died die dies dying deaths death fatalities toll slain martyred murdered"
    " murdering"
    " massacred executed perished beheaded bodies corpses slaughtered lives assassinated gunned",
    injured="injured injure injures injuring wounded wound wounds wounding hurt injuries hospitalised hospitalized"
    " treated"
    " treating maimed",
    casualties="casualties",
    hostage="hostage hostages kidnapped kidnapping abducted abducting captives captive seized seizing",
    held="held holding trapped captivity",
    freed="freed freeing rescued rescuing released releasing escaped escaping rescue",
    evacuated="evacuated evacuating evacuate",
    missing="missing unaccounted",
    arrested="arrested arresting detained detaining apprehended captured capturing",
    participating="stormed attacked entered raided involved participated deployed took ambushed opened stormed"
    " burst targeted"
    " infiltrated carried participating armed dispatched rushed wearing disguised arrived surrounded broke scaled"
    " launched",
    present="present inside attending attended asleep sleeping staying living lived housed enrolled aboard"
    " stationed housing"
    " gathered resting undergoing accommodates houses",
)
HARM = frozenset({"killed", "injured", "arrested"})
STRONG = HARM | {"casualties", "hostage", "held", "freed", "evacuated", "missing"}
# Told of what somebody does, they are no predicate of the number to their left: "five men stormed in, killing 20".
ACTIVE = _words(
    "killing injuring wounding murdering seizing freeing rescuing releasing evacuating arresting detaining kill"
    " kills holding"
    " capturing abducting treating kidnapping rescue evacuate"
)
SECURITY = _words(
    "police army military forces soldiers troops commandos policemen officers guards authorities government rangers"
)
SENT = _words("deployed dispatched rushed participated took involved arrived surrounded participating launched")
INCREMENT = _words("more another further additional")
KINDS = _words("including among included include includes them whom")
RISING = _words("rose risen rise rises rising climbed climbs jumped raised increased up revised grew updated")

# --- events -----------------------------------------------------------------------------------

TRIGGERS = _map(
    ATTACK="attack attacks attacked attacking siege standoff stand-off battle assault assaulted raid raided"
    " raiding stormed storming storm ambush ambushed massacre rampage onslaught incident carnage bloodshed targeted",
    FIRE="shooting shootout shoot-out gunfire firefight gunfight crossfire fired firing shelling sniping shot shots"
    " gunned",
    EXPLODE="explosion explosions blast blasts exploded explode exploding detonated detonate detonating detonation"
    " blew blown"
    " bombing bombings",
    HOSTAGE="hostage-taking abducted abduction kidnapped kidnapping kidnap seized captivity abductions",
    KILL="killed kill killing kills died die dead deaths death murdered slain executed massacred martyred perished"
    " beheaded"
    " shot-dead fatalities toll",
    INJURE="injured injuring injure injuries wounded wounding wound hurt maimed",
    FREE="freed rescued rescue released release evacuated evacuation escaped escape freeing rescuing releasing"
    " evacuating"
    " evacuate",
    PLAN="planned orchestrated masterminded directed financed plotted planning",
    RESPOND="cordoned sealed arrested detained treated treating deployed operation responded responding counter-attack"
    " surrounded retook counterattack apprehended clearance secured searched repelled operating",
    REACT="condemned condemns condemning mourned mourning vowed denounced condolences pledged urged ordered"
    " ordering offered"
    " expressed deplored summoned",
    MOVE="brought transported fled flee fleeing rushed shifted transferred airlifted moved taken flown",
)
PARTICLES = {
    "opened": "fire", "open": "fire", "opening": "fire", "blew": "up", "blown": "up", "sealed": "off",
    "cordoned": "off",
    "gunned": "down", "broke": "in", "burst": "in", "shot": "dead", "taken": "hostage", "took": "hostage",
    "taking": "hostage",
    "held": "hostage", "holding": "hostage",
}  # fmt: skip
PARTICLE_TYPES = {"fire": "FIRE", "hostage": "HOSTAGE", "dead": "KILL"}
# Nouns are triggers; only a verb, or a noun after "there was", says that it happened.
EVENT_NOUNS = _words(
    "attack attacks siege standoff stand-off battle assault raid ambush massacre rampage onslaught incident carnage"
    " bloodshed"
    " shooting shootout shoot-out gunfire firefight gunfight crossfire shots explosion explosions blast blasts"
    " detonation"
    " bombing bombings hostage-taking abduction kidnapping captivity deaths death fatalities toll"
    " injuries rescue"
    " release evacuation escape operation clearance counter-attack counterattack condolences planning shelling"
    " abductions wounds"
)
SPLIT_BY_WORD = frozenset({"FREE", "RESPOND", "REACT", "MOVE"})  # they corefer only with the same agent and means (E6)

# --- responsibility ---------------------------------------------------------------------------

DENIED = _words("involvement responsibility role any carrying being having link links part accusation accusations")
ROLES = {
    **dict.fromkeys(
        _sequence(
            "orchestrated masterminded directed planned ordered plotted orchestrating masterminding directing planning"
            " ordering plotting"
        ),
        "directed",
    ),
    **dict.fromkeys(
        _sequence(
            "backed financed supported sheltered trained armed funded harboured backing financing supporting sheltering"
            " training arming funding harbouring aiding"
        ),
        "supported",
    ),
}
DEEDS = _words(
    "attack attacks siege assault raid ambush massacre bombing bombings blast explosion killings killing shooting"
    " violence"
    " incident abduction kidnapping operation"
)
