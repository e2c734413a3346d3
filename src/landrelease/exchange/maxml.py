"""maXML, the XML in which IMSMA New Generation exchanges its data entry forms, read tolerantly.

What is *verified*, from the public documentation of the IMSMA wiki (GICHD, pages "IMSMA and
maXML", "MineActionFieldReport", "FieldReportInfo Artifact", "DocumentHeader Element", revisions of
2017 to 2019): forms lie in ``MineActionFieldReport/FieldReport``; a report holds a
``FieldReportInfo`` (with ``ReportingDate``, the date of information, ``ReportingOrg`` and others)
and an item, one of :data:`ITEMS`; a ``DocumentHeader`` may name datum and coordinate system.
Programmes add elements of their own, and what IMSMA exports differs from the general schema.

What is *not verified* is every name inside an item. So none is relied on: each element with a text
becomes a column named by its path, and the headings that a mapping knows are found by the last name
of the path where it is unique. What no field takes is kept with the record. A place is taken where
two elements side by side are called latitude and longitude; an outline only where such points lie
in an element called polygon and none of them calls itself a reference point, landmark or benchmark.
All else is said, and kept without a place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # nosec B405 # names of types only; what is read goes through defusedxml

import numpy as np
import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from . import signatures
from .problems import ExchangeError, Problem, shorten
from .source import RawBatch, Source, objects

#: Items of IMSMA NG, and the record type that each is imported as.
ITEMS = {
    "Hazard": "hazards",
    "HazardReduction": "activities",
    "Accident": "accidents",
    "Victim": "victims",
    "MREActivity": "education_sessions",
    "QAActivity": "quality_visits",
    "Location": "",
    "VictimAssistance": "",
}

_INFO, _HEADER = "FieldReportInfo", "DocumentHeader"

#: Elements that name persons; they stay in the kept file and are not read into records.
_PERSONAL = re.compile(
    r"reportingperson|reportingposition|verifiedby|reportedby|approvedby|informant|interviewee|"
    r"respondent|phone|email|enteredby|surveyor",
    re.IGNORECASE,
)
_LATITUDE = re.compile(r"lat(itude)?", re.IGNORECASE)
_LONGITUDE = re.compile(r"lon(g|gitude)?", re.IGNORECASE)
_POLYGON = re.compile("polygon", re.IGNORECASE)
_NO_CORNER = re.compile(r"reference|landmark|bench\s*mark|intermediate", re.IGNORECASE)
_WGS84 = re.compile(r"wgs\W*(19)?84", re.IGNORECASE)


def open_maxml(path: Path, *, layer: str | None = None) -> Source:
    """Open the items of one kind; see :func:`.read.open_source`.

    Parameters
    ----------
    layer
        The item: ``Hazard``, ``HazardReduction``, …; needed when the file holds several.
    """
    with path.open("rb") as handle:
        root = signatures.root_tag(handle, str(path))
    kinds: Counter[str] = Counter()
    columns: dict[str, dict[str, None]] = {}
    personal: set[str] = set()
    datum = ""
    for tag, element in _elements(path):
        if tag == _HEADER:
            found = next((e.text for e in element.iter() if _name(e) == "Datum"), None)
            datum = (found or "").strip() or datum
            continue
        for item in _items(element):
            kinds[_name(item)] += 1
            names = columns.setdefault(_name(item), {})
            names.update(dict.fromkeys(_cells(element, item, personal)))
    if not kinds:
        raise ExchangeError(
            f"{path}: holds no FieldReport with an item (its first element is <{root}>); only "
            "maXML of IMSMA's data entry forms is read"
        )
    chosen = _choose(path, kinds, layer)
    problems = _about(personal, datum)
    usable = not datum or bool(_WGS84.search(datum))
    names = list(columns[chosen])

    def read(size: int) -> Iterator[RawBatch]:
        block: list[dict[str, str]] = []
        first = 1
        for tag, element in _elements(path):
            if tag == _HEADER:
                continue
            for item in _items(element):
                if _name(item) == chosen:
                    block.append(_cells(element, item, set()))
            while len(block) >= size:
                yield _batch(block[:size], first, names, usable)
                first += size
                block = block[size:]
        if block:
            yield _batch(block, first, names, usable)

    ends = Counter(_last(name) for name in names)
    return Source(
        path, "maXML", chosen, list(kinds), names, "EPSG:4326", kinds[chosen], read,
        encoding="utf-8", problems=problems,
        # A pair of degrees is read here, where datum and kind of point are known.
        aliases={
            name: _last(name)
            for name in names
            if ends[_last(name)] == 1
            and not (_LATITUDE.fullmatch(_last(name)) or _LONGITUDE.fullmatch(_last(name)))
        },
    )  # fmt: skip


def _elements(path: Path) -> Iterator[tuple[str, Element]]:
    """Headers and field reports, each forgotten once it was looked at."""
    try:
        for _, element in iterparse(path, events=("end",), forbid_dtd=True):
            tag = _name(element)
            if tag in ("FieldReport", _HEADER):
                yield tag, element
                _forget(element)
    except DefusedXmlException as error:
        raise ExchangeError(
            f"{path}: the XML declares a document type or entities; refused. Export it without"
        ) from error
    except (ParseError, UnicodeDecodeError, LookupError, ValueError) as error:
        raise ExchangeError(
            f"{path}: the XML is cut off or damaged ({error}); export it again"
        ) from error


def _forget(element: Element) -> None:
    for child in list(element):
        element.remove(child)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _last(column: str) -> str:
    return re.sub(r"\[\d+\]$", "", column.rpartition("/")[2])


def _items(report: Element) -> list[Element]:
    return [child for child in report if _name(child) in ITEMS]


def _choose(path: Path, kinds: Counter[str], wanted: str | None) -> str:
    if wanted is not None and wanted not in kinds:
        raise ExchangeError(f"{path}: has no item {wanted!r}; there are: {', '.join(kinds)}")
    if wanted is None and len(kinds) > 1:
        told = ", ".join(f"{name} ({number})" for name, number in kinds.items())
        raise ExchangeError(f"{path}: has several kinds of items ({told}); name one with --layer")
    return wanted or next(iter(kinds))


def _about(personal: set[str], datum: str) -> list[Problem]:
    problems = []
    if personal:
        problems.append(
            Problem(
                "personal_left_out", "info",
                f"elements that name persons were not read: {', '.join(sorted(personal))}",
                "they stay in the file as received",
            )
        )  # fmt: skip
    if datum and not _WGS84.search(datum):
        problems.append(
            Problem(
                "datum_not_wgs84", "error",
                f"the file states the datum {datum!r}; no place was taken from it",
                "convert the coordinates to WGS 84 in the program it comes from",
            )
        )  # fmt: skip
    return problems


# --- columns -------------------------------------------------------------------------------------


def _cells(report: Element, item: Element, personal: set[str]) -> dict[str, str]:
    """Every text of an item and of what its report says about itself, by path."""
    cells: dict[str, str] = {}
    for child in report:
        if _name(child) == _INFO:
            _collect(child, f"{_INFO}/", cells, personal)
    _collect(item, "", cells, personal)
    return cells


def _collect(element: Element, prefix: str, cells: dict[str, str], personal: set[str]) -> None:
    seen: Counter[str] = Counter()
    for child in element:
        name = _name(child)
        seen[name] += 1
        path = prefix + name + (f"[{seen[name]}]" if seen[name] > 1 else "")
        if _PERSONAL.search(name):
            personal.add(name)
            continue
        text = (child.text or "").strip()
        if text:
            cells[path] = text
        for attribute, value in child.attrib.items():
            if not attribute.startswith("{") and value.strip():
                cells[f"{path}/@{attribute}"] = value.strip()
        _collect(child, f"{path}/", cells, personal)


def _batch(block: list[dict[str, str]], first: int, names: list[str], usable: bool) -> RawBatch:
    problems: list[Problem] = []
    shapes = np.full(len(block), None, dtype=object)
    for i, cells in enumerate(block):
        if usable:
            shapes[i] = _place(cells, first + i, problems)
    columns = {name: objects([cells.get(name) for cells in block]) for name in names}
    rows = np.arange(first, first + len(block), dtype=np.int64)
    return RawBatch(rows, columns, shapes, "EPSG:4326", problems)


# --- places --------------------------------------------------------------------------------------


def _place(cells: dict[str, str], row: int, problems: list[Problem]) -> Any:
    """Place of an item, from pairs of elements side by side."""
    points: dict[str, dict[str, str]] = {}
    for path, text in cells.items():
        parent, _, name = path.rpartition("/")
        if _LATITUDE.fullmatch(name):
            points.setdefault(parent, {})["lat"] = text
        elif _LONGITUDE.fullmatch(name):
            points.setdefault(parent, {})["lon"] = text
    found: list[tuple[str, tuple[float, float]]] = []
    for parent, pair in points.items():
        position = _position(pair)
        if position is None:
            problems.append(
                _no_place(row, f"{parent or 'the item'} holds no pair of degrees: {pair}")
            )
            return None
        found.append((parent, position))
    outlines: dict[str, list[tuple[str, tuple[float, float]]]] = {}
    alone = []
    for parent, position in found:
        steps = parent.split("/")
        at = next((n for n, step in enumerate(steps) if _POLYGON.search(step)), None)
        if at is None:
            alone.append(position)
        else:
            outlines.setdefault("/".join(steps[: at + 1]), []).append((parent, position))
    if outlines:
        return _outline(outlines, cells, row, problems)
    if len(alone) > 1:
        problems.append(
            _no_place(row, f"{len(alone)} points that are no outline; which is meant is not said")
        )
        return None
    return shapely.Point(alone[0]) if alone else None


def _outline(
    outlines: dict[str, list[tuple[str, tuple[float, float]]]],
    cells: dict[str, str],
    row: int,
    problems: list[Problem],
) -> Any:
    parts = []
    for where, corners in outlines.items():
        for parent, _ in corners:
            odd = [
                text
                for path, text in cells.items()
                if path.startswith(f"{parent}/") and _NO_CORNER.search(text)
            ]
            if odd:
                problems.append(
                    _no_place(row, f"a point of {where} is called {odd[0]!r}, which is no corner")
                )
                return None
        positions = [position for _, position in corners]
        if len(set(positions)) < 3:
            problems.append(_no_place(row, f"{where} has fewer than three different corners"))
            return None
        parts.append(shapely.Polygon(positions))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _position(pair: dict[str, str]) -> tuple[float, float] | None:
    try:
        lon, lat = float(pair["lon"]), float(pair["lat"])
    except (KeyError, ValueError):
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _no_place(row: int, message: str) -> Problem:
    return Problem(
        "place_not_understood", "error", shorten(message),
        "the record is kept without a place, its coordinates beside it; enter the outline by hand",
        row, "geometry",
    )  # fmt: skip
