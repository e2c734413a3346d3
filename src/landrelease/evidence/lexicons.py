"""The word lists on which extraction rests, in one place so that a person can read and judge them.

They are ordinary English words of reporting and of mine action, written by hand. Nothing here
was learnt from a collection of texts.
"""

from __future__ import annotations

import re


def word_set(listed: str) -> frozenset[str]:
    """Make a set of a written list of words.

    Parameters
    ----------
    listed : str
        Words with spaces between them.

    Returns
    -------
    frozenset of str
        The words.
    """
    return frozenset(listed.split())


# --- words of attribution with a modality of their own (all cues stand in `cues`) --------------
ALLEGED = word_set(
    "claimed claims claim claiming alleged alleges allege alleging allegation allegations "
    "allegedly accused accuses accuse accusing accusation accusations blamed blames blame blaming "
    "charged suspected suspects suspect suspicion suspicions speculated speculates rumor rumors "
    "rumour rumours reportedly purportedly supposedly"
)
DENIED = word_set(
    "denied denies deny denying denial denials rejected rejects reject rejecting dismissed "
    "dismisses dismiss disputed disputes dispute refuted refutes rebutted rebuts"
)
ANNOUNCED = word_set(
    "announced announces announce announcing unveiled pledged pledges vowed vows promised promises "
    "declared declares promise pledge vow announcement"
)

# --- small words ------------------------------------------------------------------------------
FINITE = word_set(
    "is are was were am be been being has have had do does did will would can could shall should "
    "may might must said says told added came went made took gave got began fell rose left killed "
    "wounded injured hit fired laid used sent struck destroyed found saw shows became become "
    "becomes remains remained appears appeared seems seemed continues continued plans planned "
    "claims claimed wants include includes included need needs stems marks comes follows followed "
    "fled died lost lies"
)
DETERMINERS = word_set(
    "the a an this that these those its his her their our my some any one two three four several "
    "many most few another other both all no each every more less"
)
PRONOUNS = word_set("he she they it we i you who")
CONJUNCTIONS = word_set(
    "that which but because if when while as although though whereas where after before until "
    "unless since whether so than or yet nor what how why who whom whose and"
)
PREPOSITIONS = word_set(
    "in on at during after before since for from by to with about under over of into following "
    "despite amid through against between among within without according as upon via near ahead "
    "throughout until when while because last next this speaking citing earlier later meanwhile "
    "however yesterday today tomorrow separately asked although though if unlike like instead"
)
TIME_WORDS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow tonight "
    "morning afternoon evening night week month year earlier later last this next on in late "
    "early january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ADVERBS = word_set("however but and meanwhile still yet also then so separately")

# --- who speaks ---------------------------------------------------------------------------------
ROLES = word_set(
    "secretary minister president spokesperson spokesman spokeswoman director deputy official "
    "officials general scholar expert experts ambassador chief head commander governor mayor "
    "analyst analysts researcher researchers professor deminer deminers de-miner de-miners farmer "
    "farmers coordinator manager chairman chairwoman chair adviser advisor envoy representative "
    "resident residents villager villagers officer officers soldier soldiers doctor surgeon nurse "
    "teacher lawyer lawmaker senator congressman congresswoman witness witnesses survivor "
    "survivors source sources diplomat diplomats activist activists founder executive leader "
    "leaders member members colonel major captain lieutenant sergeant admiral brigadier vice "
    "prime premier chancellor king queen judge prosecutor journalist historian economist engineer "
    "specialist instructor trainer sapper sappers police policeman authorities troops people "
    "critics supporters advocates campaigner campaigners author authors investigator "
    "investigators mother father brother sister neighbour neighbor elder shepherd driver "
    "administrator undersecretary counsel superintendent inspector fighter fighters refugee "
    "refugees worker workers medic medics campaign-manager programme-manager president-elect rep "
    "sen gov pastor priest bishop pope imam student students supervisor surveyor surveyors"
)
HONORIFICS = word_set("mr mrs ms dr prof gen col maj capt lt sgt sir lady rev hon sheikh adm")
ORGANISATION_WORDS = word_set(
    "watch international ministry department trust group campaign university institute committee "
    "nations agency organization organisation center centre foundation council office army forces "
    "house union party authority service police network coalition association federation "
    "commission court parliament congress senate pentagon kremlin government administration "
    "company corporation bureau mission command board society league alliance programme program "
    "fund bank hospital school times post news press tribune herald guardian journal monitor "
    "media television radio insider report reports study survey statement unicef unmas icrc nato "
    "kremlin ngo charity navy force directorate division brigade battalion cabinet embassy "
    "consulate secretariat crescent cross"
)
GENERIC_SOURCES = ROLES | word_set(
    "report study survey statement document documents group groups organization organization's "
    "organisation organisations organizations agency agencies ministry government administration "
    "army military charity ngo ngos monitor monitors company department office embassy newspaper "
    "website letter email e-mail post law article coalition campaign country side city council "
    "court team man woman boy girl child family one others both some many community communities "
    "operator operators centre center authority union party press media outlet paper"
)
ORGANISATION_ANAPHORA = word_set(
    "group organization organisation agency ministry charity campaign coalition ngo department "
    "watchdog trust institute commission authority"
)
REPORT_WORDS = word_set("report study survey statement document letter article dossier assessment")

# --- what a claim is about ----------------------------------------------------------------------
DEVICE_CLASSES: dict[str, re.Pattern[str]] = {
    "ap_improvised": re.compile(
        r"\b(?:improvised (?:explosive|anti-?\s?personnel|land|mine)\w*|ieds?\b|booby[- ]traps?)",
        re.I,
    ),
    "ap": re.compile(
        r"\banti-?\s?personnel (?:land)?mines?\b|\bantipersonnel\b|\bAP mines?\b|"
        r"\bPOM-?\s?\d\b|\bPMN-?\s?\d?\b",
        re.I,
    ),
    "av": re.compile(r"\banti-?\s?(?:tank|vehicle) (?:land)?mines?\b|\bTM-?\s?\d\d\b", re.I),
    "cmr": re.compile(
        r"\bcluster (?:munition|bomb|submunition)\w*|\bsubmunitions?\b|\bbomblets?\b", re.I
    ),
    "erw": re.compile(
        r"\bunexploded (?:ordnance|bombs?|shells?)\b|\buxos?\b|\berw\b|"
        r"\bexplosive remnants? of war\b"
        r"|\babandoned (?:explosive )?(?:ordnance|ammunition)\b",
        re.I,
    ),
}
MINES_UNSPECIFIED = re.compile(r"\b(?:land)?mines?\b(?!\s+(?:ban|action)\b)|\bminefields?\b", re.I)

# In order: the first kind whose words occur most, ties to the earlier one.
KINDS: dict[str, re.Pattern[str]] = {
    "casualties": re.compile(
        r"\b(?:killed|kills?|killing|died|dead|deaths?|wounded|injur\w+|casualt\w+|maim\w*|amput\w+"
        r"|lost (?:his|her|their|a|both) (?:leg|foot|hand|arm|eye)\w*)\b", re.I),
    "device_behaviour": re.compile(
        r"\b(?:self-?\s?(?:destruct|deactivat|neutrali)\w*|non-?\s?persistent|inert|inactive|"
        r"battery|detonat\w+|lifespan|radius|up to [\d,.]+ (?:feet|met(?:re|er)s)|"
        r"deactivat\w*)\b", re.I),
    "treaty_position": re.compile(
        r"\b(?:treat(?:y|ies)|convention|signator\w+|ratif\w+|state party|states parties|accede\w*|"
        r"accession|withdraw(?:al|s|ing)? from the|violat\w+|obligation\w*|"
        r"international law|contravene\w*|"
        r"prohibit\w*|ban(?:s|ning)?)\b", re.I),
    "clearance": re.compile(
        r"\b(?:clear(?:ed|ing|ance|s)?|de-?min(?:e|ed|ers?|ing)|mine action|survey(?:ed|s|ing)?|"
        r"(?<!ordnance )disposal|released land|cancelled)\b", re.I),
    "contamination": re.compile(
        r"\b(?:contaminat\w+|mined|minefields?|littered|hazardous|suspected areas?|remnants|"
        r"unexploded|riddled|discover\w*|located|found)\b", re.I),
    "transfer": re.compile(
        r"\b(?:suppl(?:y|ies|ied|ying)|transfer\w*|send(?:ing|s)?|sent|"
        r"provid\w+(?! (?:\w+ )?(?:details?|information|evidence|proof|figures|reasons?|comment))"
        r"|provision|deliver\w*|export\w*|"
        r"import\w*|ship(?:ped|ment|ments)|aid package|donat\w+)\b", re.I),
    "stockpile": re.compile(
        r"\b(?:stockpil\w+|stocks?|stored|retain\w*|"
        r"arsenal\w*|depots?)\b", re.I),
    "production": re.compile(
        r"\b(?:produc(?:e|es|ed|ing|tion|er|ers)|"
        r"manufactur\w+|develop (?:or|new))\b", re.I),
    "destruction": re.compile(r"\b(?:destroy(?:ed|ing|s)?|destruction|demolish\w*)\b", re.I),
    "use": re.compile(
        r"\b(?:us(?:e|es|ed|ing)|laid|lay(?:s|ing)?|plant(?:ed|ing|s)?|emplac\w+|deploy\w*|"
        r"scatter\w*|placing|placed|mining)\b", re.I),
    "humanitarian_concern": re.compile(
        r"\b(?:civilians?|humanitarian|indiscriminate\w*|risks?|dangers?|dangerous|threat\w*|concern\w*|"
        r"reckless|irresponsible|unacceptable|tragic|alarming|disappoint\w*|"
        r"displaced|returnees?|harvest|fields|farm\w*|children|unsafe|"
        r"inadequate|insufficient|not enough|"
        r"appalling|horrif\w+|shameful)\b", re.I),
}  # fmt: skip

CONDITIONAL = re.compile(r"\b(?:would|could|might|if|unless)\b", re.I)
FUTURE = re.compile(r"\b(?:will|plans? to|intends? to|going to|pledged?|promised?|vowed?)\b", re.I)
ALLEGING = re.compile(
    r"\b(?:alleg\w+|reportedly|purported\w*|accus\w+|unconfirmed|suspected of)\b", re.I
)
_ACTS = (
    r"(?:us(?:e|es|ed|ing)|laid|lay|plant\w*|emplac\w*|deploy\w*|scatter\w*|transfer\w*|suppl\w+|"
    r"sen[dt]|provid\w+|export\w*|produc\w+|manufactur\w+|stockpil\w+|kill\w*|target\w*|attack\w*|"
    r"violat\w+|breach\w*)\b"
)
# What is said not to be so. A negation must stand there: "the army has used mines" denies nothing.
DENYING = re.compile(
    rf"^\W*(?:that )?(?:[\w'’.-]+ ){{0,7}}?"
    rf"(?:(?:has|have|had|did|do|does|is|are|was|were)(?: not| never|n['’]t)|never)"
    rf"(?: (?:been|ever|yet|also|\w+ly))* {_ACTS}"
    rf"|\b(?:no|neither|none|nobody|no one)\b (?!longer|doubt|one knows|knows)(?:[\w'’-]+ ){{0,4}}?"
    rf"(?:(?:has|have|had|was|were|is|are|been|ever) )*{_ACTS}"
    r"|\b(?:has|have|had|holds?|keeps?) no (?:\w+ ){0,2}?(?:stocks?|stockpiles?|mines|landmines)\b"
    r"|\bno evidence\b"
    r"|\b(?:allegations?|accusations?|claims?|charges?|reports?) (?:is|are|was|were) "
    r"(?:\w+ )?(?:false|untrue|baseless|unfounded|fabricated|wrong|lies)\b",
    re.I,
)
