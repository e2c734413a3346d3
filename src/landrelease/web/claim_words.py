"""What claims say, in words: kinds, ways of saying, quantities, places, states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from landrelease.evidence.slots import name_of
from landrelease.register import codes

KINDS: dict[str, Any] = {
    "contamination": gettext_lazy("Contamination"),
    "casualties": gettext_lazy("Casualties"),
    "use": gettext_lazy("Use"),
    "transfer": gettext_lazy("Transfer"),
    "stockpile": gettext_lazy("Stockpile"),
    "production": gettext_lazy("Production"),
    "destruction": gettext_lazy("Destruction of stocks"),
    "clearance": gettext_lazy("Survey and clearance"),
    "device_behaviour": gettext_lazy("How devices behave"),
    "treaty_position": gettext_lazy("Position on a treaty"),
    "humanitarian_concern": gettext_lazy("Humanitarian concern"),
    "other": gettext_lazy("Other"),
}

MODALITIES: dict[str, Any] = {
    "asserted": gettext_lazy("asserted"),
    "alleged": gettext_lazy("alleged"),
    "denied": gettext_lazy("denied"),
    "announced": gettext_lazy("announced"),
    "conditional": gettext_lazy("conditional"),
}

STANCES: dict[str, Any] = {
    "stated": gettext_lazy("stated as fact"),
    "judged": gettext_lazy("judged"),
    "believed": gettext_lazy("believed"),
    "wished": gettext_lazy("wished"),
    "planned": gettext_lazy("planned"),
}

STATES: dict[str, Any] = {
    "proposed": gettext_lazy("proposed"),
    "accepted": gettext_lazy("accepted"),
    "rejected": gettext_lazy("rejected"),
    "withdrawn": gettext_lazy("withdrawn"),
}

VERDICTS: dict[str, Any] = {
    "contradicts": gettext_lazy("contradicts"),
    "revised": gettext_lazy("revised"),
    "agrees": gettext_lazy("agrees"),
    "imprecise": gettext_lazy("imprecise"),
    "unknown": gettext_lazy("cannot be checked"),
}

RELATIONS: dict[str, Any] = {
    "first": gettext_lazy("earliest known here"),
    "copy": gettext_lazy("copy"),
    "near_copy": gettext_lazy("near copy"),
    "partial": gettext_lazy("partial copy"),
    "rewritten": gettext_lazy("rewritten"),
    "merged": gettext_lazy("merged from several stories"),
    "unclear": gettext_lazy("like several stories, which may be one"),
}

ORIGINS: dict[str, Any] = {
    "agency": gettext_lazy("news agency"),
    "publisher": gettext_lazy("publisher"),
    "document": gettext_lazy("document drawn on"),
    "unknown": gettext_lazy("origin not established"),
}

ROLES: dict[str, Any] = {
    "named": gettext_lazy("named in it"),
    "mentioned": gettext_lazy("mentioned"),
    "speaks": gettext_lazy("speaks"),
    "user": gettext_lazy("uses"),
    "supplier": gettext_lazy("supplies"),
    "recipient": gettext_lazy("receives"),
    "producer": gettext_lazy("produces"),
    "holder": gettext_lazy("holds stocks"),
    "clearer": gettext_lazy("surveys or clears"),
    "destroyer": gettext_lazy("destroys"),
    "treaty_party": gettext_lazy("acts on a treaty"),
    "accuser": gettext_lazy("accuses"),
    "accused": gettext_lazy("is accused"),
    "denier": gettext_lazy("denies"),
    "target": gettext_lazy("is targeted"),
    "affected": gettext_lazy("is affected"),
}

APART: dict[str, Any] = {
    "bullet_summary": gettext_lazy("summary in points"),
    "caption": gettext_lazy("caption"),
    "comments": gettext_lazy("readers' comments"),
    "date_line": gettext_lazy("date line"),
    "editorial_note": gettext_lazy("editorial note"),
    "end_mark": gettext_lazy("end mark"),
    "place_line": gettext_lazy("place line"),
    "read_original": gettext_lazy("pointer to another article"),
    "reader_appeal": gettext_lazy("appeal to readers"),
    "title_repeat": gettext_lazy("repeated title"),
    "widget": gettext_lazy("control of a web page"),
}

DEVICES = {**codes.CLASSES, "mine_unspecified": "Mines, class not said"}
_QUANTITIES = {
    "duration": gettext_lazy("duration"),
    "length": gettext_lazy("length"),
    "area": gettext_lazy("area"),
    "mass": gettext_lazy("mass"),
    "money": gettext_lazy("money"),
    "count": gettext_lazy("number"),
    "denial": gettext_lazy("denial"),
}
_PROPERTIES = {
    "self_deactivation_period": gettext_lazy("said to become inert after"),
    "self_destruction_period": gettext_lazy("said to destroy itself after"),
    "effect_radius": gettext_lazy("radius of effect"),
}
_FORMS = {
    "direct": gettext_lazy("direct speech"),
    "indirect": gettext_lazy("indirect speech"),
    "mixed": gettext_lazy("direct and indirect speech"),
}
_NBSP = "\N{NO-BREAK SPACE}"
#: Sizes of the units a bound is written in, the largest first. Months and weeks are left out:
#: "six months" is 180 d here, as it is computed with, and stands beside its own words.
_UNITS: dict[str, tuple[tuple[float, Any], ...]] = {
    "s": (
        (31_536_000.0, gettext_lazy("years")), (86_400.0, gettext_lazy("d")),
        (3_600.0, gettext_lazy("h")), (60.0, gettext_lazy("min")), (1.0, gettext_lazy("s")),
    ),
    "m": ((1_000.0, "km"), (1.0, "m"), (0.01, "cm"), (0.001, "mm")),
    "m2": ((1e6, "km²"), (1e4, "ha"), (1.0, "m²")),
    "kg": ((1_000.0, "t"), (1.0, "kg"), (0.001, "g")),
}  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """One thing that a claim says, as a reader sees it.

    Attributes
    ----------
    label
        What it is.
    text
        It in words.
    quoted
        The words of the text it was read from; empty where they add nothing.
    note
        What must be known beside it.
    link
        Where it leads.
    """

    label: str
    text: str
    quoted: str = ""
    note: str = ""
    link: str = ""


def word(words: Mapping[str, Any], code: str) -> str:
    """Call a code by its words; one that has none as it is written."""
    return str(words.get(code, code.replace("_", " ")))


def slot_name(name: str) -> str:
    """Call the slot of a comparison by its words: "count of people" becomes "number of people"."""
    first, _, rest = name.partition(" of ")
    called = word(_QUANTITIES, first)
    return gettext("number of %s") % rest if rest else called


def state_name(code: str) -> str:
    """The English name of a state by its code."""
    return name_of(code) or code


def slots(claim: Mapping[str, Any]) -> list[Slot]:
    """Say the slots of a claim in words.

    Parameters
    ----------
    claim
        In the shape of ``evidence.Claim.to_json``. A slot that this page does not know is said as
        it is written, never left out.

    Returns
    -------
    list of Slot
    """
    given = dict(claim.get("slots") or {})
    found = [_quantity(one) for one in given.pop("quantities", ())]
    found += [_money(one) for one in given.pop("money", ())]
    found += _together(
        gettext("place"), [_place(one) for one in given.pop("places", ()) if not _is_who_acts(one)]
    )
    found += _together(
        gettext("who acts"), _parties(given.pop("parties", ()), given.pop("states", ()))
    )
    found += [_time(one) for one in given.pop("speaks_of", ())]
    devices = given.pop("devices", ())
    if devices:
        said = ", ".join(gettext(DEVICES.get(code, code)) for code in devices)
        found.append(Slot(gettext("devices"), said))
    for known in ("form", "quotations", "time_basis", "continued"):
        given.pop(known, None)  # said elsewhere on the page, or marked in the text
    found += [Slot(name.replace("_", " "), _plain(value)) for name, value in sorted(given.items())]
    return found


def form(claim: Mapping[str, Any]) -> list[str]:
    """Say in which form a claim is given: direct or indirect speech, with or without a cue."""
    given = claim.get("slots") or {}
    said = [word(_FORMS, str(given["form"]))] if given.get("form") else []
    if given.get("continued"):
        said.append(gettext("goes on from the sentence before"))
    return said


def _together(label: str, several: list[Slot]) -> list[Slot]:
    """The same thing said twice is said once; the label stands on the first alone."""
    once = list(dict.fromkeys(replace(one, label="") for one in several))
    return [replace(one, label=label if place == 0 else "") for place, one in enumerate(once)]


def quantity(slot: Mapping[str, Any]) -> str:
    """Write a quantity with its bounds, each in the unit that reads best.

    Parameters
    ----------
    slot
        ``quantity``, ``unit``, ``lower`` and ``upper`` (SI, None where the text sets no bound),
        ``exact``, ``of`` (what is counted).

    Returns
    -------
    str
        "4 h – 14 d", "up to 15.2 m", "about 20 people", "at least US$ 3,000,000".
    """
    unit, lower, upper = str(slot.get("unit") or ""), slot.get("lower"), slot.get("upper")
    if lower is None and upper is None:
        return str(slot.get("text") or "")
    about = "" if slot.get("exact", True) else gettext("about") + _NBSP
    if lower is None:
        said = gettext("up to %s") % (about + _bound(upper, unit))
    elif upper is None:
        said = gettext("at least %s") % (about + _bound(lower, unit))
    elif lower == upper:
        said = about + _bound(lower, unit)
    else:
        said = about + _range(lower, upper, unit)
    return f"{said} {slot['of']}" if slot.get("of") else said


def _range(lower: float, upper: float, unit: str) -> str:
    low, high = _bound(lower, unit), _bound(upper, unit)
    first, _, measure = low.rpartition(_NBSP)
    if first and high.endswith(_NBSP + measure):
        low = first  # "1.8 – 2.5 km", not "1.8 km – 2.5 km"
    return f"{low} – {high}"


def _bound(value: float, unit: str) -> str:
    if unit in _UNITS:
        size, name = _unit(abs(value), _UNITS[unit], whole=unit == "s")
        return f"{_number(value / size)}{_NBSP}{name}"
    if unit in ("1", ""):
        return _number(value)
    return f"{unit}{_NBSP}{_number(value)}"


def _unit(value: float, units: tuple[tuple[float, Any], ...], *, whole: bool) -> tuple[float, Any]:
    """The largest unit that is not larger than a value; if asked, of which it is a whole number."""
    fitting = [unit for unit in units if value >= unit[0]] or [units[-1]]
    for size, name in fitting if whole else ():
        if abs(value / size - round(value / size)) < 1e-9:
            return size, name
    return fitting[0]


def _number(value: float) -> str:
    """Three figures of a fraction; whole numbers in full."""
    if abs(value - round(value)) < 1e-9:
        return number_format(round(value), use_l10n=True, force_grouping=True)
    short = f"{value:.3g}"
    if "e" in short:
        return number_format(round(value), use_l10n=True, force_grouping=True)
    decimals = len(short.partition(".")[2])
    return number_format(round(value, decimals), decimals, use_l10n=True, force_grouping=True)


def _quantity(slot: Mapping[str, Any]) -> Slot:
    label = word(_PROPERTIES, str(slot["property"])) if slot.get("property") else ""
    label = label or word(_QUANTITIES, str(slot.get("quantity") or "quantity"))
    return Slot(label, quantity(slot), str(slot.get("text") or ""))


def _money(sum_: Mapping[str, Any]) -> Slot:
    unit = str(sum_.get("currency") or sum_.get("unit") or "")
    return Slot(
        gettext("money"), quantity({**sum_, "unit": unit or "1"}), str(sum_.get("text") or "")
    )


def _time(slot: Mapping[str, Any]) -> Slot:
    """A time that a claim speaks of, as far as its words can be fixed."""
    value, until = slot.get("value"), slot.get("until")
    said = str(value or gettext("not fixed to a day"))
    if until:
        said = f"{said} – {until}"
    mod = str(slot.get("mod") or "").replace("_", " ")
    return Slot(gettext("speaks of"), f"{mod} {said}".strip(), str(slot.get("text") or ""))


def is_whole_country(place: Mapping[str, Any]) -> bool:
    """Whether a place is so large that a point for it would say nothing."""
    return str(place.get("feature") or place.get("kind") or "") in (
        "country",
        "continent",
        "region",
    )


def _is_who_acts(place: Mapping[str, Any]) -> bool:
    """Whether a place stands among those who act already: the name of a state as its government."""
    return is_government(place) and is_whole_country(place)


def is_government(place: Mapping[str, Any]) -> bool:
    """Whether the name stands for who acts, not for a place."""
    return place.get("kind") == "government"


def percent(share: float) -> str:
    """A share as a percentage; never 100 % for what is nearly certain."""
    return gettext("over 99 %") if share > 0.99 else f"{round(100 * share)}{_NBSP}%"


def _place(place: Mapping[str, Any]) -> Slot:
    name = str(place.get("name") or place.get("text") or "")
    country = str(place.get("country") or "")
    given, confidence = str(place.get("text") or ""), place.get("confidence")
    located = place.get("latitude") is not None and place.get("longitude") is not None
    drawn = located and not is_whole_country(place) and not is_government(place)
    notes = []
    if is_government(place):
        notes.append(gettext("the name stands for who acts there"))
    if place.get("within") == "sentence":
        notes.append(gettext("beside what is said; perhaps only where it was said"))
    if not located:
        notes.append(gettext("no point known"))
    elif confidence is not None:
        notes.append(gettext("%s sure that it is meant") % percent(confidence))
    link = ""
    if drawn:
        link = f"{reverse('claim_map')}?at={place['longitude']:.4f},{place['latitude']:.4f}"
    text = f"{name}, {country}" if country and not is_whole_country(place) else name
    return Slot("", text, "" if given == name else given, "; ".join(notes), link)


def _parties(parties: Sequence[Mapping[str, Any]], states: Sequence[Any]) -> list[Slot]:
    """Who plays which part; states that are named without one."""
    found, named = [], set()
    for party in parties:
        code, role = str(party.get("code") or ""), str(party.get("role") or "")
        named.add(code)
        text = " ".join(str(party.get("text") or "").split())
        called = state_name(code) if code else text
        found.append(Slot("", called, "", word(ROLES, role), _positions(code)))
    for state in states:
        code, role = (
            (state, "") if isinstance(state, str)
            else (str(state.get("code") or state.get("state") or ""), str(state.get("role") or ""))
        )  # fmt: skip
        if code not in named:
            found.append(
                Slot("", state_name(code), "", word(ROLES, role or "named"), _positions(code))
            )
    return found


def _positions(code: str) -> str:
    return reverse("positions_of", args=[code]) if len(code) == 3 and code.isalpha() else ""


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)
