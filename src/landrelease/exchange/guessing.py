"""Which column is which field, guessed from headings, HXL tags and the titles of a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from landrelease.register.schema import Field

from . import vocabulary
from .cells import Parts
from .coordinates import Place
from .problems import Problem

#: Headings of places, compared by :func:`.vocabulary.key`.
PLACE_NAMES = {
    "lon": ("longitude", "lon", "long", "lng", "longitud", "xlon", "pointx", "geolon"),
    "lat": ("latitude", "lat", "latitud", "ylat", "pointy", "geolat"),
    "easting": ("easting", "utmeasting", "utme", "utmx"),
    "northing": ("northing", "utmnorthing", "utmn", "utmy"),
    "zone": ("zone", "utmzone", "utmgridzone"),
    "hemisphere": ("hemisphere", "utmhemisphere"),
    "mgrs": ("mgrs", "mgrscoordinate", "mgrscoordinates", "mgrsreference", "usng"),
    "wkt": ("wkt", "geometrywkt", "geomwkt", "geometry", "geom", "thegeom"),
    "vertices": ("geoshape", "vertices"),
}

#: Headings of the parts of a date.
YEAR, MONTH, DAY = {"year", "ano", "annee", "godina"}, {"month", "mes", "mois"}, {"day", "dia"}


class Headings:
    """Columns of a source that no field has taken yet, by heading and by HXL tag.

    Parameters
    ----------
    columns
        Headings in the order of the source.
    hxl
        Column to HXL tag.
    aliases
        Column to the title that its source gives it beside the name.
    taken
        Columns that stand for something already.
    """

    def __init__(
        self,
        columns: Sequence[str],
        hxl: Mapping[str, str],
        aliases: Mapping[str, str],
        taken: Iterable[str],
    ) -> None:
        used = set(taken)
        self.by_key: dict[str, list[str]] = {}
        for name in columns:
            if name not in used:
                self.by_key.setdefault(vocabulary.key(name), []).append(name)
        # A title counts as a heading where no column bears it as its name.
        for name, alias in aliases.items():
            if name not in used and vocabulary.key(alias) not in self.by_key:
                self.by_key[vocabulary.key(alias)] = [name]
        self.by_tag: dict[str, list[str]] = {}
        for name, tag in hxl.items():
            if name not in used:
                self.by_tag.setdefault(_tag_key(tag), []).append(name)

    def take(self, names: Iterable[str]) -> None:
        """Take columns away: each stands for one thing only."""
        for name in list(names):
            for index in (self.by_key, self.by_tag):
                for found in index.values():
                    if name in found:
                        found.remove(name)

    def called(self, keys: Iterable[str]) -> list[str]:
        """Columns with one of these headings, as :func:`.vocabulary.key` gives them."""
        return [name for key in keys for name in self.by_key.get(key, [])]

    def tagged(self, tags: Iterable[str]) -> list[str]:
        """Columns with one of these HXL tags."""
        return [name for tag in tags for name in self.by_tag.get(_tag_key(tag), [])]


def place(headings: Headings, crs: str | None) -> Place | None:
    """The columns that give the places, and how; they are taken. None where there are none."""
    found = {role: next(iter(headings.called(names)), None) for role, names in PLACE_NAMES.items()}
    for role in ("lon", "lat"):
        tagged = headings.tagged([f"#geo+{role}"])
        if tagged:
            found[role] = tagged[0]
    options = {} if crs is None else {"crs": crs}
    for kind, roles, given in (
        ("wkt", ("wkt",), options),
        ("vertices", ("vertices",), {}),
        ("lonlat", ("lon", "lat"), options),
        ("utm", ("easting", "northing", "zone"), {}),
        ("mgrs", ("mgrs",), {}),
    ):
        if all(found[role] for role in roles):
            columns: dict[str, str] = {role: str(found[role]) for role in roles}
            if kind == "utm" and found["hemisphere"]:
                columns["hemisphere"] = str(found["hemisphere"])
            headings.take(columns.values())
            return Place(kind, columns, given)
    return None


def fields(
    known: Mapping[str, Field], columns: dict[str, str | Parts], headings: Headings
) -> list[Problem]:
    """Find the fields that have no column yet.

    Parameters
    ----------
    known
        Fields by name.
    columns
        Field to column; what is found is written into it.

    Returns
    -------
    list of Problem
        Where several columns could be the same field.
    """
    problems: list[Problem] = []
    open_fields = [item for item in known.values() if item.name not in columns]
    _intervals(open_fields, columns, headings)
    for named in (
        lambda item: headings.called([vocabulary.key(item.name)]),
        lambda item: headings.tagged(item.hxl),
        lambda item: headings.called(vocabulary.key(word) for word in item.synonyms),
    ):
        for item in open_fields:
            if item.name in columns:
                continue
            found = list(dict.fromkeys(named(item)))
            if found:
                columns[item.name] = found[0]
                headings.take(found[:1])
                if len(found) > 1:
                    problems.append(
                        Problem(
                            "several_columns", "info",
                            f"{', '.join(found)} could all be {item.name}; {found[0]} is "
                            "taken, the others are kept as extra", "state it in a mapping",
                            field=item.name,
                        )
                    )  # fmt: skip
    _months(known, columns, headings)
    return problems


def _intervals(
    open_fields: list[Field], columns: dict[str, str | Parts], headings: Headings
) -> None:
    """Take ``x_start`` with ``x_end``, as our own exports write them, for a date ``x``.

    Only when every date of the record type is there so (or it has one only): in other
    files ``date_start`` and ``date_end`` are two dates of an activity.
    """
    dates = [item for item in open_fields if item.kind == "date"]
    pairs: dict[str, Parts] = {}
    for item in dates:
        starts, ends = (
            headings.called([vocabulary.key(f"{item.name}_{end}")]) for end in ("start", "end")
        )
        if starts and ends:
            pairs[item.name] = {"start": starts[0], "end": ends[0]}
    if len(pairs) == len(dates):
        for name, parts in pairs.items():
            columns[name] = parts
            headings.take(parts.values())


def _months(
    known: Mapping[str, Field], columns: dict[str, str | Parts], headings: Headings
) -> None:
    """A date found as a year only, beside a column of months, is the month."""
    for name, column in list(columns.items()):
        if (
            known[name].kind != "date"
            or not isinstance(column, str)
            or vocabulary.key(column) not in YEAR
        ):
            continue
        parts = {"year": column}
        for role, names in (("month", MONTH), ("day", DAY)):
            found = headings.called(names)
            if len(found) != 1:
                break
            parts[role] = found[0]
        if len(parts) > 1:
            columns[name] = parts
            headings.take(parts.values())


def _tag_key(tag: str) -> str:
    """HXL tag with its attributes in order, without those for language and version."""
    name, *attributes = tag.lower().replace(" ", "").split("+")
    kept = sorted(a for a in attributes if not a.startswith(("i_", "v_")) and a != "en")
    return "+".join([name, *kept])
