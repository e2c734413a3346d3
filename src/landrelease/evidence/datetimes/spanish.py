"""Spanish: words and rules of time."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from importlib.resources import files
from typing import Any

from landrelease.evidence.datetimes.values import Daypart

_UNITS = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
_TEENS = [
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
_TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
_HUNDREDS = [
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]
_ORDINALS = (
    ("primero", "primer", "primera"),
    ("segundo", "segunda"),
    ("tercero", "tercer", "tercera"),
    ("cuarto", "cuarta"),
    ("quinto", "quinta"),
    ("sexto", "sexta"),
    ("séptimo", "séptima"),
    ("octavo", "octava"),
    ("noveno", "novena"),
    ("décimo", "décima"),
    ("undécimo", "undécima"),
    ("duodécimo", "duodécima"),
)
_MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_SHORT_MONTHS = {
    "ene": 1, "feb": 2, "mar": 3, "abr": 4, "may": 5, "jun": 6, "jul": 7, "ago": 8, "sep": 9,
    "sept": 9, "set": 9, "oct": 10, "nov": 11, "dic": 12,
}  # fmt: skip
_WEEKDAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
_SHORT_WEEKDAYS = {
    "lun": 1, "mié": 3, "mie": 3, "miér": 3, "miérc": 3, "jue": 4, "juev": 4, "vie": 5,
    "vier": 5, "sáb": 6, "dom": 7,
}  # fmt: skip
_MORNING, _EVENING = Daypart("MO", 8, 12), Daypart("EV", 16, 20)
_NIGHT, _DAWN = Daypart("NI", 20, 24), Daypart("DA", 4, 8)
_AFTERNOON = Daypart("AF", 12, 16)


def _plain(word: str) -> str:
    """A word without its accents, as many write it; ñ stays where it can."""
    return unicodedata.normalize("NFC", "".join(
        c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn"
    ))  # fmt: skip


def _both(table: dict[str, Any]) -> dict[str, Any]:
    """A table of words with and without accents."""
    return {_plain(word): value for word, value in table.items()} | table


_HOLIDAYS = {
    "año nuevo": "new year", "día de año nuevo": "new year", "nochevieja": "new year eve",
    "noche vieja": "new year eve",
    "día de reyes": "epiphany", "día de martin luther king": "martin luther king",
    "día de san valentín": "valentine", "san valentín": "valentine",
    "día internacional de la mujer": "women", "día de la mujer": "women",
    "día de san patricio": "patrick", "san patricio": "patrick",
    "día de la tierra": "earth", "día del trabajador": "labour international",
    "día del trabajo": "labour international",
    "día internacional de los trabajadores": "labour international",
    "día de los trabajadores": "labour international", "día de la madre": "mother",
    "día del padre": "father", "día de la libertad": "juneteenth",
    "día del jubileo": "juneteenth", "día de independencia": "independence",
    "día de la independencia": "independence", "día de todos los santos": "all saints",
    "día de los muertos": "all souls", "día de muertos": "all souls",
    "halloween": "halloween", "acción de gracias": "thanksgiving",
    "día de acción de gracias": "thanksgiving", "viernes negro": "black friday",
    "lunes cibernético": "cyber monday", "navidad": "christmas", "día de navidad": "christmas",
    "nochebuena": "christmas eve", "día de los derechos humanos": "human rights",
    "viernes santo": "good friday", "semana santa": "easter", "pascua": "easter",
    "domingo de pascua": "easter", "domingo de ramos": "palm sunday",
    "miércoles de ceniza": "ash wednesday", "pentecostés": "pentecost",
}  # fmt: skip

WORDS: dict[str, dict[str, Any]] = {
    "UNITS": {word: k for k, word in enumerate(_UNITS, 1)} | {"un": 1, "una": 1},
    "TEENS": _both({word: k for k, word in enumerate(_TEENS, 10)} | {"veintiún": 21}),
    "TENS": {word: 10 * k for k, word in enumerate(_TENS, 3)},
    "HUNDREDS": {word: 100 * k for k, word in enumerate(_HUNDREDS, 1)} | {"cien": 100},
    "ORD_WORD": _both({name: k for k, names in enumerate(_ORDINALS, 1) for name in names}),
    "ORD_TENS": _both({"vigésimo": 20, "trigésimo": 30}),
    "ORD_MARK": dict.fromkeys(("º", "ª", "°", "ro", "er", "ra", "do", "to", "mo", "vo"), 1),
    "MONTH_NAME": {name: k for k, name in enumerate(_MONTHS, 1)} | {"setiembre": 9},
    "MONTH_SHORT": _SHORT_MONTHS,
    "DAY_NAME": _both({name: k for k, name in enumerate(_WEEKDAYS, 1)}),
    "DAY_SHORT": _both(_SHORT_WEEKDAYS),
    "DAY_WEAK": {"mar": 2, "sa": 6},
    "DECADE_WORD": {
        "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60,
        "setenta": 70, "ochenta": 80, "noventa": 90,
    },
    "SEASON": _both({"primavera": "SP", "verano": "SU", "otoño": "FA", "invierno": "WI"}),
    "LONG_UNIT": _both({
        "día": "D", "días": "D", "noche": "D", "noches": "D", "semana": "W", "semanas": "W",
        "mes": "M", "meses": "M", "año": "Y", "años": "Y", "fin de semana": "WE",
        "fines de semana": "WE", "finde": "WE", "findes": "WE", "trimestre": "Q",
        "trimestres": "Q", "década": "DEC", "décadas": "DEC", "siglo": "C", "siglos": "C",
        "quincena": "F", "quincenas": "F", "días laborables": "BD", "día laborable": "BD",
        "días hábiles": "BD", "día hábil": "BD", "días de trabajo": "BD",
    }),
    "SHORT_UNIT": {
        "hora": "H", "horas": "H", "hra": "H", "hras": "H", "hr": "H", "hrs": "H", "h": "H",
        "minuto": "M1", "minutos": "M1", "min": "M1", "mins": "M1", "segundo": "S",
        "segundos": "S", "seg": "S", "segs": "S",
    },
    "PERIOD": _both({"semana": "W", "mes": "M", "año": "Y"}),
    "ANY_PERIOD": _both({
        "semana": "W", "mes": "M", "año": "Y", "trimestre": "Q", "década": "DEC",
        "decenio": "DEC", "fin de semana": "WE", "finde": "WE", "quincena": "F",
        "año calendario": "Y", "calendario año": "Y", "semana laboral": "WW",
    }),
    "HALF_WORD": {"media": Fraction(1, 2), "medio": Fraction(1, 2), "cuarto": Fraction(1, 4)},
    "VAGUE": {
        "unos": 3, "unas": 3, "algunos": 3, "algunas": 3, "varios": 3, "varias": 3,
        "pocos": 3, "pocas": 3, "unos pocos": 3, "unas pocas": 3, "un par de": 2,
    },
    "ONE": {"un": 1, "una": 1, "uno": 1},
    "NEXT": _both({
        "próximo": 1, "próxima": 1, "próximos": 1, "próximas": 1, "siguiente": 1,
        "siguientes": 1, "venidero": 1, "venideros": 1, "venidera": 1, "venideras": 1,
    }),
    "NEXT_AFTER": _both({
        "próximo": 1, "próxima": 1, "próximos": 1, "próximas": 1, "siguiente": 1,
        "siguientes": 1, "que viene": 1, "que vienen": 1, "venidero": 1, "venidera": 1,
        "venideros": 1, "venideras": 1,
    }),
    "LAST": _both({
        "último": -1, "última": -1, "últimos": -1, "últimas": -1, "pasado": -1, "pasada": -1,
        "pasados": -1, "pasadas": -1,
    }),
    "LAST_AFTER": {
        "pasado": -1, "pasada": -1, "pasados": -1, "pasadas": -1, "anterior": -1,
        "anteriores": -1,
    },
    "DAY_WORD": _both({
        "hoy": 0, "mañana": 1, "ayer": -1, "anteayer": -2, "antier": -2, "antes de ayer": -2,
        "pasado mañana": 2, "hoy día": 0,
    }),
    "DAY_ALONE": _both({"el día anterior": -1, "el día siguiente": 1}),
    "NOW": {"ahora": 0, "ahora mismo": 0, "en este momento": 0, "en este instante": 0},
    "PART": _both({"mañana": _MORNING, "tarde": _EVENING, "noche": _NIGHT,
                   "madrugada": _DAWN}),
    "PAST_NOON": _both({"pasado mediodía": _AFTERNOON, "pasado el mediodía": _AFTERNOON,
                        "pasado medio día": _AFTERNOON}),
    "DAWN": {"madrugada": _DAWN},
    "MEAL": {
        "desayuno": Daypart("MEB", 8, 12, meal=True),
        "almuerzo": Daypart("MEL", 11, 13, meal=True),
        "cena": Daypart("MED", 16, 20, meal=True),
    },
    "NOON": _both({"mediodía": 12, "medio día": 12}),
    "MIDNIGHT": {"medianoche": 0, "media noche": 0},
    "EDGE": _both({
        "principio": "start", "principios": "start", "inicio": "start", "inicios": "start",
        "comienzo": "start", "comienzos": "start", "primeros": "start", "mediados": "mid",
        "medianos": "mid", "fin": "end", "final": "end", "finales": "end", "fines": "end",
        "los últimos": "end", "últimos": "end", "los finales": "end", "los principios": "start",
        "los primeros": "start",
    }),
    "EARLIER": _both({"más temprano": "start", "más tarde": "end"}),
    "EARLY": _both({
        "temprano": "start", "más temprano": "start", "más tarde": "end", "tarde": "end",
        "fin de": "end", "final de": "end",
        "final del": "end",
    }),
    "BEFORE": _both({
        "antes de": "before", "antes del": "before", "anterior de": "before",
        "anterior a": "before", "no más tarde que": "before", "no más tardar a": "before",
        "a más tardar": "before", "hasta": "before", "no después de": "before",
    }),
    "AFTER": _both({
        "después de": "after", "después del": "after", "posterior de": "after",
        "posterior a": "after", "tras": "after",
        "empienzando": "after", "empezando": "after", "comenzando": "after",
        "a primeros de": "after",
    }),
    "SINCE": _both({
        "desde": "since", "a partir de": "since", "a partir del": "since",
        "tan temprano como": "since", "tan pronto como": "since",
        "cualquier tiempo a partir de": "since", "> =": "since", "≥": "since",
    }),
    "UNTIL": {"tan tarde como": "until", "< =": "until", "≤": "until"},
    "MORE_THAN": _both({"más de": "more"}),
    "LESS_THAN": {"menos de": "less"},
    "AROUND": {
        "alrededor de": 1, "alrededor del": 1, "cerca de": 1, "cerca del": 1,
    },
    "ADVERB": _both({
        "diariamente": "P1D", "a diario": "P1D", "semanalmente": "P1W", "semanal": "P1W",
        "quincenal": "P2W",
        "quincenalmente": "P2W", "mensualmente": "P1M", "mensual": "P1M", "bimensual": "P2M",
        "bimensuales": "P2M", "bimestral": "P2M", "trimestral": "P3M", "trimestralmente": "P3M",
        "semestral": "P0.5Y", "semestralmente": "P0.5Y", "anualmente": "P1Y", "anual": "P1Y",
    }),
    "SPECIAL": _both({
        "año fiscal": "FY", "fiscal año": "FY", "ejercicio fiscal": "FY", "año escolar": "SY",
        "escolar año": "SY", "año académico": "SY", "año lectivo": "SY",
        "año calendario": "CY", "calendario año": "CY",
    }),
    "HOLIDAY": _both(_HOLIDAYS),
}  # fmt: skip

FILLERS = frozenset(
    [
        "el",
        "la",
        "los",
        "las",
        "un",
        "uno",
        "unos",
        "unas",
        "de",
        "del",
        "en",
        "a",
        "al",
        "y",
        "o",
        "por",
        "para",
        "con",
        "hasta",
        "desde",
        "entre",
        "hacia",
        "antes",
        "después",
        "despues",
        "tras",
        "que",
        "no",
        "más",
        "mas",
        "menos",
        "este",
        "esta",
        "ese",
        "esa",
        "mismo",
        "misma",
        "otro",
        "otra",
        "todo",
        "toda",
        "todos",
        "todas",
        "cada",
        "algunos",
        "algunas",
        "varios",
        "varias",
        "primer",
        "primera",
        "primero",
        "como",
        "tan",
        "cerca",
        "partir",
        "h",
        "t",
        "m",
        "p",
        "ro",
        "er",
        "do",
        "to",
        "mo",
        "vo",
        "º",
        "ª",
        "°",
        ",",
        ".",
        "-",
        "–",
        "—",
        "/",
        ":",
        "(",
        ")",
        "~",
        "=",
        "<",
        ">",
    ]
)
"""Words that belong to many expressions of time but make none by themselves."""

RULES = (files(__package__) / "spanish.rules").read_text(encoding="utf-8")
