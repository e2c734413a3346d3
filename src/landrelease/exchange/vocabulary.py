"""Words that people write for the stable codes of :mod:`landrelease.register.codes`.

General terms of mine action and general words of several languages, never the habits of one
file; a file's own words belong into its mapping (``values:``). Words are compared in lower case
without accents, blanks and punctuation, and without a plural "s" at the end.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from landrelease.register import codes


def key(text: object) -> str:
    """Form in which headings and words are compared: lower case letters and digits only."""
    flat = unicodedata.normalize("NFKD", str(text)).casefold()
    return "".join(ch for ch in flat if ch.isalnum() and not unicodedata.combining(ch))


#: Words that state "not recorded". For fields of free text and ids they are left as they are:
#: "NA" is a p-code too.
NOT_RECORDED = frozenset(
    key(word)
    for word in (
        "-", "--", "?", ".", "n/a", "na", "nan", "null", "none", "nil", "nd", "unknown", "unk",
        "not known", "not recorded", "not specified", "unspecified", "not available",
        "not applicable", "no data", "no information", "missing", "undetermined",
        "to be determined", "tbd", "sin informacion", "sin dato", "sin datos", "desconocido",
        "desconocida", "no informa", "inconnu", "inconnue", "non renseigne", "non specifie",
        "desconhecido", "sem informacao", "nepoznato", "неизвестно", "невідомо", "غير معروف",
    )
)  # fmt: skip

#: Sex, in the languages that mine-action programmes report in.
SEX = {
    "female": ("f", "female", "woman", "women", "girl", "w", "mujer", "femenino", "femenina",
               "femme", "feminin", "mulher", "feminino", "zena", "zensko", "женский", "женщина",
               "жіноча", "жінка", "أنثى"),
    "male": ("m", "male", "man", "men", "boy", "hombre", "masculino", "homme", "masculin",
             "homem", "musko", "muskarac", "мужской", "мужчина", "чоловіча", "чоловік", "ذكر"),
}  # fmt: skip

CONSEQUENCE = {
    "killed": ("killed", "dead", "death", "deceased", "fatal", "fatality", "died", "muerto",
               "muerta", "fallecido", "fallecida", "tue", "tuee", "mort", "morte", "decede",
               "morto", "morta", "poginuo", "poginula", "погиб", "убит", "загинув", "قتيل"),
    "injured": ("injured", "wounded", "injury", "hurt", "survivor", "survived", "herido",
                "herida", "blesse", "blessee", "ferido", "ferida", "ranjen", "ranjena",
                "povrijeden", "ранен", "поранений", "جريح"),
}  # fmt: skip

#: Yes and no.
YES = frozenset(
    map(key, ("yes", "y", "true", "t", "1", "si", "oui", "sim", "da", "да", "так", "نعم"))
)
NO = frozenset(map(key, ("no", "n", "false", "f", "0", "non", "nao", "ne", "нет", "ні", "لا")))

CLASSES = {
    "ap": ("ap", "ap mine", "apm", "antipersonnel", "anti-personnel", "anti-personnel mine",
           "anti personnel landmine", "antipersonnel landmine", "a/p mine"),
    "ap_improvised": ("improvised ap", "improvised ap mine", "improvised anti-personnel mine",
                      "improvised mine", "improvised landmine", "apmin",
                      "ap mine of an improvised nature", "anti-personnel mine of an improvised "
                      "nature", "victim-activated ied", "victim operated ied", "voied", "vaied"),
    "av": ("av", "av mine", "avm", "at", "at mine", "atm", "antivehicle", "anti-vehicle",
           "anti-vehicle mine", "antitank", "anti-tank", "anti-tank mine", "anti-vehicle landmine",
           "motapm"),
    "cmr": ("cmr", "cluster", "cluster munition", "cluster munition remnant", "submunition",
            "sub-munition", "cluster submunition", "unexploded submunition", "bomblet",
            "cluster bomb", "cm"),
    "erw": ("erw", "uxo", "axo", "other erw", "explosive remnant of war",
            "unexploded ordnance", "abandoned ordnance", "abandoned explosive ordnance"),
}  # fmt: skip

#: Words per vocabulary, beside its codes and labels. Keyed by the identity of the choices.
_SYNONYMS: list[tuple[dict[str, str], dict[str, tuple[str, ...]]]] = [
    (codes.HAZARD_TYPES, {
        "SHA": ("suspected", "suspect", "suspected area", "suspect area", "suspected hazard area",
                "suspected hazardous area", "suspected mine area", "suspected mined area",
                "suspected minefield"),
        "CHA": ("confirmed", "confirmed area", "confirmed hazard area",
                "confirmed hazardous area", "confirmed mined area", "confirmed minefield"),
    }),
    (codes.CLASSES, CLASSES),
    (codes.HAZARD_STATUS, {
        "open": ("active", "ongoing", "outstanding", "pending"),
        "worked_on": ("in progress", "being worked", "under clearance", "worked on"),
        "closed": ("completed", "finished"),
        "handed_over": ("handover", "handed over to community", "released and handed over"),
    }),
    (codes.ACTIVITY_KINDS, {
        "nts": ("non technical survey", "non-technical survey", "general survey"),
        "ts": ("technical survey",),
        "clearance": ("mine clearance", "demining", "manual clearance", "mechanical clearance",
                      "mine field clearance", "minefield clearance"),
        "bac": ("battlefield area clearance", "battle area clearance", "battle field clearance"),
        "eod_spot": ("eod", "eod spot", "spot task", "eod task", "explosive ordnance disposal",
                     "spot eod"),
    }),
    (codes.ACTIVITY_STATUS, {
        "planned": ("tasked", "not started", "scheduled"),
        "worked": ("ongoing", "in progress", "started", "active"),
        "suspended": ("stopped", "on hold", "paused"),
        "completed": ("complete", "finished", "work completed"),
        "accepted": ("quality control passed", "qc passed", "approved", "certified"),
        "rejected": ("qc failed", "quality control failed", "failed"),
        "handed_over": ("handover",),
    }),
    (codes.REPORT_KINDS, {
        "progress": ("interim", "interim report", "progress reports"),
        "completion": ("completion report", "final", "final report", "completed"),
    }),
    (codes.RESULTS, {
        "cancelled": ("canceled", "cancelled area", "cancelled land", "cancellation",
                      "canceled area", "cancelled by nts", "cancelled through nts"),
        "reduced": ("reduced area", "reduced land", "area reduction", "reduction",
                    "reduced by ts", "reduced through ts"),
        "cleared": ("cleared area", "cleared land", "cleared minefield", "area cleared"),
    }),
    (codes.METHODS, {
        "manual": ("manual clearance", "manual demining"),
        "mechanical": ("mechanical clearance", "machine"),
        "animal": ("dog", "mine detection dog", "mdd", "animal detection system", "rat"),
        "combined": ("mixed", "several"),
        "survey_interview": ("interview", "desk study", "desk assessment"),
        "battle_area_surface": ("surface bac", "surface clearance", "bac surface"),
        "battle_area_subsurface": ("subsurface bac", "sub-surface clearance", "bac subsurface"),
    }),
    (codes.ORGANISATION_KINDS, {
        "authority": ("national authority", "nmaa", "nmac", "mac", "mine action centre",
                      "mine action center"),
        "operator": ("ngo", "clearance operator", "company", "commercial operator",
                     "implementing partner"),
        "un": ("united nations", "un agency"),
        "military": ("army", "armed forces"),
    }),
    (codes.EVIDENCE_KINDS, {
        "ordnance_seen": ("presence of eo", "mine seen", "eo seen", "visible ordnance"),
        "detonation": ("reported detonation", "explosion"),
        "accident": ("incident", "mine accident", "mine/erw accident"),
        "sign_or_marking": ("marking sign", "warning sign", "fencing", "marking", "sign"),
        "military_record": ("minefield record", "mine record", "mine/erw record"),
        "former_combat_zone": ("former combatant zone", "former combat area", "confrontation line"),
        "craters_or_debris": ("crater", "scrap metal", "debris"),
        "damaged_infrastructure": ("damaged building",),
        "unused_land": ("unused productive land", "productive land not in use"),
        "verbal_report": ("verbal", "interview", "informant"),
        "old_survey": ("evidence from old survey",),
        "past_clearance": ("lifted minefield", "past clearance", "lifted mine"),
        "press_or_social_media": ("press", "media", "news", "social media"),
    }),
    (codes.EVIDENCE_CHANNELS, {
        "visual": ("visual", "seen"),
        "verbal": ("verbal", "interview"),
        "records": ("record", "document", "former record"),
        "media": ("press", "news"),
    }),
    (codes.ACCIDENT_KINDS, {
        "mine": ("mine", "landmine", "landmine accident", "mine incident"),
        "demining": ("demining", "deminer accident"),
        "erw": ("erw", "uxo", "erw accident", "uxo accident"),
        "cluster": ("cluster munition", "submunition"),
        "improvised": ("improvised mine",),
    }),
    (codes.CONSEQUENCES, CONSEQUENCE),
    (codes.SEXES, SEX),
    (codes.AGE_BANDS, {
        "child": ("children", "minor", "under 18", "<18", "0-17", "less than 18", "boy", "girl",
                  "menor de 18 anos", "menor", "mineur", "enfant", "dijete"),
        "adult": ("over 18", "18+", ">=18", "18 and over", "18 or over", "adults",
                  "mayor de 18 anos", "mayor de edad", "adulte", "adulto", "odrastao"),
    }),
    (codes.PERSON_STATUS, {
        "civilian": ("civil", "civilians"),
        "military": ("military", "soldier", "security forces", "police", "army", "militar",
                     "fuerza publica", "militaire"),
        "deminer": ("deminers", "demining staff", "desminador"),
    }),
    (codes.ORDNANCE_CONDITIONS, {
        "destroyed": ("destroyed in situ", "demolished"),
        "left": ("left in place", "marked and left"),
    }),
    (codes.VISIT_RESULTS, {
        "passed": ("pass", "conform", "conforming", "accepted"),
        "failed": ("fail", "nonconform", "nonconforming", "rejected"),
    }),
    (codes.EDUCATION_METHODS, {
        "interpersonal": ("direct", "face-to-face", "in person"),
        "mass_media": ("radio", "tv", "television", "social media", "digital"),
        "training": ("training of trainers", "tot"),
        "printed": ("leaflet", "poster", "small media"),
    }),
    (codes.STOCK_PURPOSES, {
        "retained": ("retained for training", "retained for development", "article 3"),
        "transferred": ("transfer",),
    }),
    (codes.DOCUMENT_KINDS, {"news": ("press", "article", "news article")}),
    (codes.LOCATION_ORIGINS, {
        "measured": ("gps", "gnss", "field measurement"),
        "traverse": ("bearing and distance", "bearings and distances"),
        "digitised": ("digitized", "map", "from map"),
        "centroid": ("community centre", "village centre", "centre of community"),
    }),
]  # fmt: skip


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def word_key(text: object) -> str:
    """Form in which words of a vocabulary are compared: :func:`key` without a plural "s".

    Signs that :func:`key` drops but that carry the meaning ("<18", "18+") are spelt out first.
    """
    spelt = str(text).replace("<", " under ").replace(">=", " over ").replace("+", " over ")
    return _singular(key(spelt))


def words(choices: dict[str, str]) -> dict[str, str]:
    """Word (see :func:`word_key`) to code: codes, labels and general synonyms."""
    return _words(id(choices)) if id(choices) in _KNOWN else _spelt(choices, {})


def _spelt(choices: dict[str, str], synonyms: dict[str, tuple[str, ...]]) -> dict[str, str]:
    table: dict[str, str] = {}
    for code, names in synonyms.items():
        table.update({word_key(name): code for name in names})
    table.update({word_key(label): code for code, label in choices.items()})
    table.update({word_key(code): code for code in choices})
    return table


_KNOWN = {id(choices): (choices, synonyms) for choices, synonyms in _SYNONYMS}


@cache
def _words(identity: int) -> dict[str, str]:
    return _spelt(*_KNOWN[identity])


#: Between the classes of a list: "AP mines, AV mines and CMR".
CLASS_SEPARATOR = re.compile(r"[,;|&\n]|\s\+\s|\s/\s|\band\b|(?<!\b[aA])/(?![pP]\b)")
