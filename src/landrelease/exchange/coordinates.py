"""Places from the columns of a table: points, outlines and surveyed traverses.

How a table gives its places is stated by a :class:`Place`; :func:`build` turns the columns of a
batch into geometries. Tables with one row per vertex (or per leg) are first put together to one
row per record by :func:`gather`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import mgrs
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from . import geojson, values
from .problems import ExchangeError, Problem, shorten
from .source import Objects, RawBatch, objects

TRAVERSE_OPTIONS = ("north", "declination", "convergence", "start_legs", "closes")

#: Kind of place -> columns it needs, columns it may have, options (constants) it may have.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "lonlat": (("lon", "lat"), (), ("crs",)),
    "utm": (("easting", "northing"), ("zone", "hemisphere"), ("zone", "hemisphere")),
    "xy": (("x", "y"), (), ("crs",)),
    "mgrs": (("mgrs",), (), ()),
    "wkt": (("wkt",), (), ("crs",)),
    "geojson": (("geojson",), (), ("crs",)),
    "vertices": (("vertices",), (), ("order", "shape", "crs")),
    "vertex_rows": (("id", "x", "y"), ("sequence", "part"), ("crs", "shape")),
    "traverse": (("lon", "lat", "legs"), (), TRAVERSE_OPTIONS),
    "traverse_rows": (
        ("id", "lon", "lat", "bearing", "distance"),
        ("sequence",),
        TRAVERSE_OPTIONS,
    ),
}


@dataclass(frozen=True)
class Place:
    """How a table gives its places.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    columns
        Role (``lon``, ``lat``, ``easting``, …) to column name.
    options
        Constants: ``crs``; ``zone`` and ``hemisphere``; ``order`` of a vertex list (``latlon``
        as ODK writes it, or ``lonlat``); ``shape`` (``polygon``, ``line``, ``point``); ``north``
        (``true``, ``grid``, ``magnetic``) and ``declination`` in degrees, east positive;
        ``convergence`` of the grid; ``start_legs``, how many legs lead from the reference point
        to the start of the outline (1 when not stated); ``closes``, whether the last leg leads
        back to the start, which must be stated.
    """

    kind: str
    columns: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ExchangeError(
                f"geometry: kind {self.kind!r} is not known; there are: {', '.join(KINDS)}"
            )
        needed, optional, options = KINDS[self.kind]
        for role in needed:
            if role not in self.columns:
                raise ExchangeError(
                    f"geometry of kind {self.kind}: the column for {role} is missing"
                )
        for role in self.columns:
            if role not in (*needed, *optional):
                raise ExchangeError(f"geometry of kind {self.kind}: has no column {role!r}")
        for name in self.options:
            if name not in options:
                raise ExchangeError(f"geometry of kind {self.kind}: has no option {name!r}")
        if self.kind in ("xy", "vertex_rows") and "crs" not in self.options:
            raise ExchangeError(f"geometry of kind {self.kind}: state crs: EPSG:…")
        if self.kind == "utm":
            given = {*self.columns, *self.options}
            if "zone" not in given:
                raise ExchangeError("geometry of kind utm: state the zone (33N) or its column")
        if self.kind.startswith("traverse"):
            north = self.options.get("north")
            if north not in ("true", "grid", "magnetic"):
                raise ExchangeError(
                    "geometry of kind traverse: state north: true, grid or magnetic; "
                    "the wrong one turns every outline"
                )
            for name, of in (("declination", "magnetic"), ("convergence", "grid")):
                if north != of and name in self.options:
                    raise ExchangeError(
                        f"geometry of kind traverse: {name} belongs to {of} north, not to {north}"
                    )
                if north == of and name not in self.options:
                    raise ExchangeError(
                        f"geometry of kind traverse: {of} north needs {name}: (degrees, east +)"
                    )
            if not isinstance(self.options.get("closes"), bool):
                raise ExchangeError(
                    "geometry of kind traverse: state closes: true when the last leg leads back "
                    "to the start (its end then shows the misclosure), or closes: false"
                )


@dataclass
class Built:
    """Geometries of a batch in ``crs``; ``failed`` marks rows whose cells gave none."""

    geometry: Objects
    crs: str
    failed: NDArray[np.bool_]
    problems: list[Problem]


def build(batch: RawBatch, place: Place) -> Built:
    """Build the geometry of each row; a row whose cells are empty has none."""
    found = _BUILDERS[place.kind](batch, place)
    used = [batch.columns[name] for role, name in place.columns.items() if role != "id"]
    filled = np.zeros(len(batch), dtype=bool)
    for cells in used:
        filled |= np.array([c is not None for c in cells], dtype=bool)
    missing = np.array([g is None for g in found.geometry], dtype=bool)
    found.failed = missing & filled
    return found


# --- angles and numbers -------------------------------------------------------------------------

_ANGLE = re.compile(
    r"""\s*(?P<before>[NSEW])?\s*(?P<sign>[+-])?\s*
        (?P<deg>\d+(?:[.,]\d+)?)\s*(?:°|º|deg|d|:|\s|$)?\s*
        (?:(?P<min>\d+(?:[.,]\d+)?)\s*(?:'|′|’|min|m|:|\s|$)?\s*
        (?:(?P<sec>\d+(?:[.,]\d+)?)\s*(?:"|″|”|''|sec|s|$)?\s*)?)?
        (?P<after>[NSEW])?\s*""",
    re.VERBOSE | re.IGNORECASE,
)


def angle(cell: Any, axis: str) -> float:
    """Degrees of a longitude or latitude: decimal (point or comma) or degrees, minutes, seconds.

    Parameters
    ----------
    cell
        ``17.5``, ``"17,5"``, ``"17°30'00\\"E"``, ``"45 30 N"``.
    axis
        ``lon`` or ``lat``.

    Raises
    ------
    ValueError
        When it is not such an angle, its letter belongs to the other axis, or it lies outside
        ±180 or ±90.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        degrees = float(cell)
    else:
        match = _ANGLE.fullmatch(values.as_text(cell))
        if not match:
            raise ValueError(f"{cell!r} is no angle")
        letter = (match["before"] or match["after"] or "").upper()
        if match["before"] and match["after"]:
            raise ValueError(f"{cell!r} has two letters")
        if letter and letter not in {"lon": "EW", "lat": "NS"}[axis]:
            raise ValueError(f"{cell!r} is no {'longitude' if axis == 'lon' else 'latitude'}")
        parts = [float((match[p] or "0").replace(",", ".")) for p in ("deg", "min", "sec")]
        if parts[1] >= 60 or parts[2] >= 60:
            raise ValueError(f"{cell!r} has 60 or more minutes or seconds")
        degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
        if match["sign"] == "-" or letter in ("S", "W"):
            degrees = -degrees
    limit = 180.0 if axis == "lon" else 90.0
    if not abs(degrees) <= limit:
        raise ValueError(f"{cell!r} lies outside ±{limit:.0f}°; are the two columns swapped?")
    return degrees


def length(cell: Any) -> float:
    """A coordinate or distance in metres: a number, or its text with point or comma decimals.

    Raises
    ------
    ValueError
        When it is no number, or has two readings ("512,345").
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    text = values.as_text(cell).strip().removesuffix("m").strip()
    sign = -1.0 if text.startswith("-") else 1.0
    plain, why = values.plain_number(text.lstrip("+-"))
    if plain is None or not re.fullmatch(r"\d+(\.\d+)?", plain):
        raise ValueError(f"{cell!r} is no plain number" + (f" ({why})" if why else ""))
    return sign * float(plain)


def _column(batch: RawBatch, name: str, read: Any, problems: list[Problem]) -> NDArray[np.float64]:
    """Read one column; NaN where a cell is empty or (named in ``problems``) unreadable."""
    cells = batch.columns[name]
    out = np.full(len(cells), np.nan)
    seen: dict[Any, float | str] = {}
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        value = seen.get(cell)
        if value is None:
            try:
                value = read(cell)
                if not np.isfinite(value):
                    value = f"{cell!r} is no number"
            except ValueError as error:
                value = str(error)
            seen[cell] = value
        if isinstance(value, str):
            problems.append(
                Problem(
                    "bad_coordinate", "error", value, "the record is kept without a place",
                    int(batch.rows[i]), name, shorten(cell),
                )
            )  # fmt: skip
        else:
            out[i] = value
    return out


def _pairs(
    batch: RawBatch, x_name: str, y_name: str, read_x: Any, read_y: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], list[Problem]]:
    problems: list[Problem] = []
    x = _column(batch, x_name, read_x, problems)
    y = _column(batch, y_name, read_y, problems)
    for i in np.flatnonzero(np.isnan(x) ^ np.isnan(y)):
        missing = x_name if np.isnan(x[i]) else y_name
        if batch.columns[missing][i] is None:
            problems.append(
                Problem(
                    "half_coordinate", "error", f"only one coordinate is given, {missing} is empty",
                    "the record is kept without a place", int(batch.rows[i]), missing,
                )
            )  # fmt: skip
    zero = (x == 0) & (y == 0)
    problems.extend(
        Problem(
            "zero_coordinates", "error", "both coordinates are 0, which programs write for none",
            "the record is kept without a place", int(batch.rows[i]), x_name, "0, 0",
        )
        for i in np.flatnonzero(zero)
    )  # fmt: skip
    usable = ~(np.isnan(x) | np.isnan(y) | zero)
    return x, y, usable, problems


def _points(x: Any, y: Any, usable: Any) -> Objects:
    out = np.full(len(x), None, dtype=object)
    if usable.any():
        out[usable] = shapely.points(x[usable], y[usable])
    return out


def _done(geometry: Objects, crs: str, problems: list[Problem]) -> Built:
    return Built(geometry, crs, np.zeros(len(geometry), dtype=bool), problems)


# --- points -------------------------------------------------------------------------------------


def _lon(cell: Any) -> float:
    return angle(cell, "lon")


def _lat(cell: Any) -> float:
    return angle(cell, "lat")


def _lonlat(batch: RawBatch, place: Place) -> Built:
    x, y, usable, problems = _pairs(batch, place.columns["lon"], place.columns["lat"], _lon, _lat)
    return _done(_points(x, y, usable), place.options.get("crs", "EPSG:4326"), problems)


def _xy(batch: RawBatch, place: Place) -> Built:
    crs = place.options["crs"]
    degrees = CRS.from_user_input(crs).is_geographic
    readers = (_lon, _lat) if degrees else (length, length)
    x, y, usable, problems = _pairs(batch, place.columns["x"], place.columns["y"], *readers)
    return _done(_points(x, y, usable), crs, problems)


_ZONE = re.compile(r"\s*(?:zone\s*|utm\s*)*0?(\d{1,2})\s*([C-HJ-NP-X]|north|south)?\s*", re.I)


def utm_crs(zone: Any, hemisphere: Any = None) -> str:
    """EPSG code of a UTM zone on WGS 84.

    Parameters
    ----------
    zone
        ``33``, ``"33N"``, ``"33T"`` (a latitude band), ``"zone 33 south"``. A bare letter S can
        be the hemisphere or the band, and they differ: then ``hemisphere`` must be stated.
    hemisphere
        ``N``, ``S``, ``north`` or ``south`` when the zone does not say it.

    Raises
    ------
    ValueError
        When the zone is not 1 to 60 or the hemisphere is not stated.
    """
    match = _ZONE.fullmatch(values.as_text(zone))
    if not match or not 1 <= int(match[1]) <= 60:
        raise ValueError(f"{zone!r} is no UTM zone (1 to 60, such as 33N)")
    said = match[2] or ""
    stated = "" if hemisphere is None else values.as_text(hemisphere).strip()
    if stated and (not said or said.upper() == "S"):
        said = {"N": "north", "S": "south"}.get(stated[0].upper(), stated)
    elif said.upper() == "S":
        raise ValueError(
            f"zone {zone!r}: S can mean south, or band S, which is north; state the hemisphere"
        )
    if not said:
        raise ValueError(f"zone {zone!r}: north or south is not stated")
    letter = said[0].upper()
    if len(said) == 1 and letter not in "NS":
        north = letter > "M"
    elif letter in "NS":
        north = letter == "N"
    else:
        raise ValueError(f"{said!r} is neither north nor south")
    return f"EPSG:{(32600 if north else 32700) + int(match[1])}"


def _utm(batch: RawBatch, place: Place) -> Built:
    x, y, usable, problems = _pairs(
        batch, place.columns["easting"], place.columns["northing"], length, length
    )
    n = len(batch)

    def cells(role: str) -> Iterable[Any]:
        name = place.columns.get(role)
        return [place.options.get(role)] * n if name is None else batch.columns[name]

    systems = np.full(n, "", dtype=object)
    known: dict[tuple[Any, Any], str] = {}
    for i, pair in enumerate(zip(cells("zone"), cells("hemisphere"), strict=True)):
        if not usable[i]:
            continue
        if pair not in known:
            try:
                known[pair] = utm_crs(*pair)
            except ValueError as error:
                known[pair] = "!" + str(error)
        system = known[pair]
        if system.startswith("!"):
            usable[i] = False
            problems.append(
                Problem(
                    "bad_zone", "error", system[1:], "the record is kept without a place",
                    int(batch.rows[i]), place.columns.get("zone", "zone"), shorten(pair),
                )
            )  # fmt: skip
        systems[i] = system
    different = sorted(set(systems[usable]))
    if len(different) <= 1:
        return _done(_points(x, y, usable), (different or ["EPSG:4326"])[0], problems)
    lon, lat = np.full(n, np.nan), np.full(n, np.nan)
    for system in different:
        here = usable & (systems == system)
        to_degrees = Transformer.from_crs(system, "EPSG:4326", always_xy=True)
        lon[here], lat[here] = to_degrees.transform(x[here], y[here])
    good = usable & np.isfinite(lon) & np.isfinite(lat)
    return _done(_points(lon, lat, good), "EPSG:4326", problems)


_GRID = mgrs.MGRS()


def mgrs_point(text: Any) -> tuple[float, float, float]:
    """Longitude, latitude (WGS 84) of the middle of an MGRS square, and its side in metres.

    A reference names a square by its south-west corner; the middle is the best single position.

    Raises
    ------
    ValueError
        When it is no MGRS reference.
    """
    bare = re.sub(r"[\s,;]", "", values.as_text(text)).upper()
    match = re.fullmatch(r"(\d{1,2})([C-HJ-NP-X])([A-HJ-NP-Z]{2})((?:\d\d){1,5})", bare)
    if not match:
        raise ValueError(
            f"{text!r} is no MGRS reference (such as 33TXK1234567890); "
            "an even number of digits, at least two, must follow the letters"
        )
    try:
        zone, hemisphere, easting, northing = _GRID.MGRSToUTM(bare)
    except (mgrs.core.MGRSError, ValueError) as error:
        raise ValueError(f"{text!r} is no MGRS reference ({error})") from error
    side = 10.0 ** (5 - len(match[4]) // 2)
    system = utm_crs(zone, hemisphere)
    lon, lat = Transformer.from_crs(system, "EPSG:4326", always_xy=True).transform(
        easting + side / 2, northing + side / 2
    )
    return lon, lat, side


def _mgrs(batch: RawBatch, place: Place) -> Built:
    name = place.columns["mgrs"]
    out = np.full(len(batch), None, dtype=object)
    problems = []
    for i, cell in enumerate(batch.columns[name]):
        if cell is None:
            continue
        row = int(batch.rows[i])
        try:
            lon, lat, side = mgrs_point(cell)
        except ValueError as error:
            problems.append(_no_place(error, row, name, cell))
            continue
        out[i] = shapely.Point(lon, lat)
        if side > 100:
            problems.append(
                Problem(
                    "coarse_position", "warning",
                    f"the reference names a square of {side:,.0f} m; its middle is taken",
                    "", row, name, shorten(cell),
                )
            )  # fmt: skip
    return _done(out, "EPSG:4326", problems)


def _no_place(error: object, row: int, name: str, cell: Any) -> Problem:
    return Problem(
        "bad_coordinate", "error", str(error), "the record is kept without a place",
        row, name, shorten(cell),
    )  # fmt: skip


# --- text of a geometry -------------------------------------------------------------------------


def _wkt(batch: RawBatch, place: Place) -> Built:
    name = place.columns["wkt"]
    texts = np.array([None if c is None else str(c) for c in batch.columns[name]], dtype=object)
    # Extended WKT says its system before a semicolon.
    srids = {t.partition(";")[0].upper() for t in texts if t and t[:5].upper() == "SRID="}
    crs = place.options.get("crs")
    problems: list[Problem] = []
    if srids and crs is None:
        if len(srids) > 1 or any(t and t[:5].upper() != "SRID=" for t in texts):
            raise ExchangeError(f"column {name}: several coordinate systems in one column")
        crs = "EPSG:" + srids.pop()[5:]
    bare = np.array(
        [t.partition(";")[2] if t and t[:5].upper() == "SRID=" else t for t in texts], dtype=object
    )
    geometry = shapely.from_wkt(bare, on_invalid="ignore")
    for i, (text, built) in enumerate(zip(bare, geometry, strict=True)):
        if text is not None and built is None:
            row = int(batch.rows[i])
            problems.append(_no_place("the text is no well-known geometry", row, name, text))
    return _done(objects(geometry), crs or "EPSG:4326", problems)


def _geojson(batch: RawBatch, place: Place) -> Built:
    import orjson

    name = place.columns["geojson"]
    out = np.full(len(batch), None, dtype=object)
    problems: list[Problem] = []
    for i, cell in enumerate(batch.columns[name]):
        if cell is None:
            continue
        row = int(batch.rows[i])
        try:
            out[i] = geojson.single(orjson.loads(str(cell)), row, problems)
        except orjson.JSONDecodeError as error:
            problems.append(_no_place(f"the text is no JSON ({error})", row, name, cell))
    return _done(out, place.options.get("crs", "EPSG:4326"), problems)


def vertex_list(text: str, order: str = "latlon") -> NDArray[np.float64]:
    """Positions (n, 2) as x, y of a text such as "lat lon;lat lon" or "lat lon alt acc; …".

    This is how ODK writes a geotrace or geoshape. Altitude and accuracy are not taken over.

    Raises
    ------
    ValueError
        When a vertex has fewer than two or more than four numbers.
    """
    if order not in ("latlon", "lonlat"):
        raise ExchangeError(f"geometry of kind vertices: order {order!r} is latlon or lonlat")
    out = []
    for n, vertex in enumerate((v for v in text.split(";") if v.strip()), 1):
        parts = vertex.split() if " " in vertex.strip() else vertex.split(",")
        parts = [part.strip().removesuffix(",") for part in parts]
        if not 2 <= len(parts) <= 4:
            raise ValueError(
                f"vertex {n} ({vertex.strip()!r}) is not 'lat lon' or 'lat lon alt acc'"
            )
        first, second = ("lat", "lon") if order == "latlon" else ("lon", "lat")
        pair = {first: angle(parts[0], first), second: angle(parts[1], second)}
        out.append((pair["lon"], pair["lat"]))
    return np.array(out, dtype=float).reshape(-1, 2)


def outline(xy: NDArray[np.float64], shape: str = "polygon") -> Any:
    """Point, line or polygon of positions; a polygon is closed by its first vertex.

    Raises
    ------
    ValueError
        When there are too few different vertices for the shape.
    """
    if shape == "point":
        if len(xy) != 1:
            raise ValueError(f"a point has one vertex, not {len(xy)}")
        return shapely.Point(xy[0])
    different = len(np.unique(xy, axis=0))
    if shape == "line":
        if different < 2:
            raise ValueError("a line needs at least two different vertices")
        return shapely.LineString(xy)
    if shape != "polygon":
        raise ExchangeError(f"geometry: shape {shape!r} is polygon, line or point")
    if different < 3:
        raise ValueError("a polygon needs at least three different vertices")
    return shapely.Polygon(xy)


def _vertices(batch: RawBatch, place: Place) -> Built:
    name = place.columns["vertices"]
    order = place.options.get("order", "latlon")
    shape = place.options.get("shape", "polygon")
    out = np.full(len(batch), None, dtype=object)
    problems = []
    for i, cell in enumerate(batch.columns[name]):
        if cell is None:
            continue
        try:
            out[i] = outline(vertex_list(str(cell), order), shape)
        except ValueError as error:
            problems.append(_no_place(error, int(batch.rows[i]), name, cell))
    return _done(out, place.options.get("crs", "EPSG:4326"), problems)


# --- traverses ----------------------------------------------------------------------------------


def leg_list(text: str) -> list[tuple[float, float]]:
    """Legs (bearing in degrees, distance in metres) of a text such as "45/120; 135.5/80".

    Raises
    ------
    ValueError
        When a leg is not a bearing from 0 to 360 and a distance above zero.
    """
    legs = []
    for n, leg in enumerate((part for part in re.split(r"[;\n]", text) if part.strip()), 1):
        parts = [p for p in re.split(r"[/|]|(?<=\d)\s+(?=\d)", leg.strip()) if p.strip()]
        if len(parts) != 2:
            raise ValueError(f"leg {n} ({leg.strip()!r}) is not 'bearing/distance'")
        legs.append(_leg(parts[0].strip().rstrip("°"), parts[1], n))
    if not legs:
        raise ValueError("there is no leg")
    return legs


def _leg(bearing: Any, distance: Any, n: int) -> tuple[float, float]:
    try:
        pair = (length(bearing), length(distance))
    except ValueError as error:
        raise ValueError(f"leg {n}: {error}") from error
    if not 0 <= pair[0] <= 360:
        raise ValueError(f"leg {n}: the bearing {bearing} is not between 0 and 360 degrees")
    if not pair[1] > 0:
        raise ValueError(f"leg {n}: the distance {distance} is not above zero")
    return pair


#: Misclosure above this share of the perimeter is a warning (1 in 100: compass and tape).
MISCLOSURE_SHARE = 0.01


def _run_traverse(
    lon: float, lat: float, legs: list[tuple[float, float]], place: Place, row: int, name: str
) -> tuple[Any, Problem]:
    from landrelease.land.traverse import traverse

    given = place.options
    result = traverse(
        lon,
        lat,
        legs,
        north=given["north"],
        declination_deg=_degrees(given.get("declination")),
        convergence_deg=_degrees(given.get("convergence")),
        start_legs=int(given.get("start_legs", 1)),
        closes=given["closes"],
    )
    if result.misclosure_m is None:
        return result.polygon, Problem(
            "misclosure",
            "info",
            f"the outline of {result.perimeter_m:,.1f} m has no closing leg, so nothing checks it",
            row=row,
            field=name,
        )
    wide = result.misclosure_m > MISCLOSURE_SHARE * result.perimeter_m
    return result.polygon, Problem(
        "misclosure",
        "warning" if wide else "info",
        f"the outline of {result.perimeter_m:,.1f} m misses its start by "
        f"{result.misclosure_m:,.1f} m",
        "more than 1 in 100: check bearings and distances" if wide else "",
        row,
        name,
    )


def _degrees(given: Any) -> float | None:
    return None if given is None else float(given)


def _traverse(batch: RawBatch, place: Place) -> Built:
    return _traverses(batch, place, "legs", lambda cell: leg_list(str(cell)))


def _traverse_rows(batch: RawBatch, place: Place) -> Built:
    # `gather` has put the legs of a record into the column of its bearings.
    return _traverses(batch, place, "bearing", list)


def _traverses(batch: RawBatch, place: Place, role: str, read: Any) -> Built:
    name = place.columns[role]
    x, y, usable, problems = _pairs(batch, place.columns["lon"], place.columns["lat"], _lon, _lat)
    out = np.full(len(batch), None, dtype=object)
    for i, cell in enumerate(batch.columns[name]):
        if cell is None or not usable[i]:
            continue
        row = int(batch.rows[i])
        try:
            out[i], said = _run_traverse(float(x[i]), float(y[i]), read(cell), place, row, name)
            problems.append(said)
        except (ValueError, ProjError) as error:
            problems.append(_no_place(error, row, name, cell))
    return _done(out, "EPSG:4326", problems)


# --- one row per vertex -------------------------------------------------------------------------


def _vertex_rows(batch: RawBatch, place: Place) -> Built:
    # `gather` has put the outline of a record into the column of its x.
    name = place.columns["x"]
    return _done(objects(list(batch.columns[name])), place.options["crs"], [])


def gather(batches: Iterable[RawBatch], place: Place, size: int = 20_000) -> Iterator[RawBatch]:
    """Put tables with one row per vertex or leg together: one row per record.

    Holds the table in memory, since the rows of a record need not stand together. The first row
    of a record gives its other columns; where later rows differ, a finding says so. Rows without
    an id are handed on as records of their own, without a place.
    """
    if not place.kind.endswith("_rows"):
        yield from batches
        return
    blocks = list(batches)
    if not blocks:
        return
    names = list(blocks[0].columns)
    columns = {name: np.concatenate([b.columns[name] for b in blocks]) for name in names}
    rows = np.concatenate([b.rows for b in blocks])
    groups: dict[Any, list[int]] = {}
    for i, cell in enumerate(columns[place.columns["id"]]):
        groups.setdefault(("row", i) if cell is None else values.as_text(cell), []).append(i)
    problems = [problem for block in blocks for problem in block.problems]
    table = RawBatch(rows, columns)
    members = []
    target = place.columns["bearing" if place.kind == "traverse_rows" else "x"]
    joined: list[Any] = []
    for group in groups.values():
        ordered = _ordered(table, place, group, problems)
        members.append(rows[np.array(ordered)])
        joined.append(_join(table, place, ordered, problems))
    first = np.array([group[0] for group in groups.values()])
    _differing(table, place, list(groups.values()), problems)
    whole = table.take(first)
    whole.columns[target] = objects(joined)
    whole.merged = members
    whole.problems = problems
    for start in range(0, len(whole), size):
        part = whole.take(np.arange(start, min(start + size, len(whole))))
        here = {int(row) for rows_of in part.merged or [] for row in rows_of}
        part.problems = [
            p for p in problems if (p.row in here if p.row is not None else start == 0)
        ]
        yield part


def _ordered(table: RawBatch, place: Place, group: list[int], problems: list[Problem]) -> list[int]:
    """Rows of one record in the order of their sequence numbers, or as they stand."""
    name = place.columns.get("sequence")
    if name is None or len(group) == 1:
        return group
    try:
        numbers = {i: length(table.columns[name][i]) for i in group}
    except ValueError as error:
        problems.append(
            Problem(
                "bad_sequence", "error", f"the order of the vertices is not clear: {error}",
                "they are taken as they stand in the file", int(table.rows[group[0]]), name,
            )
        )  # fmt: skip
        return group
    if len(set(numbers.values())) < len(group):
        problems.append(
            Problem(
                "repeated_sequence", "error", "two vertices have the same sequence number",
                "these are taken as they stand in the file", int(table.rows[group[0]]), name,
            )
        )  # fmt: skip
    return sorted(group, key=lambda i: numbers[i])


def _join(table: RawBatch, place: Place, group: list[int], problems: list[Problem]) -> Any:
    """Outline or legs of one record; ``None`` when one of its rows cannot be read."""
    row = int(table.rows[group[0]])
    id_name = place.columns["id"]
    if table.columns[id_name][group[0]] is None:
        problems.append(
            Problem(
                "vertex_without_id", "error", "the row says no record to which it belongs",
                "fill in the id", row, id_name,
            )
        )  # fmt: skip
        return None
    try:
        if place.kind == "traverse_rows":
            bearing, distance = (table.columns[place.columns[r]] for r in ("bearing", "distance"))
            return tuple(_leg(bearing[i], distance[i], n) for n, i in enumerate(group, 1))
        degrees = CRS.from_user_input(place.options["crs"]).is_geographic
        read_x, read_y = (_lon, _lat) if degrees else (length, length)
        x, y = (table.columns[place.columns[r]] for r in "xy")
        parts: dict[Any, list[tuple[float, float]]] = {}
        part_name = place.columns.get("part")
        for i in group:
            part = None if part_name is None else table.columns[part_name][i]
            parts.setdefault(part, []).append((read_x(x[i]), read_y(y[i])))
        shape = place.options.get("shape", "polygon")
        built = [outline(np.array(positions), shape) for positions in parts.values()]
        return built[0] if len(built) == 1 else shapely.MultiPolygon(built)
    except ValueError as error:
        problems.append(
            Problem(
                "bad_coordinate", "error", f"the place of this record cannot be built: {error}",
                "the record is kept without a place", row, id_name,
            )
        )  # fmt: skip
        return None


def _differing(
    table: RawBatch, place: Place, groups: list[list[int]], problems: list[Problem]
) -> None:
    """Say where the rows of one record differ in a column that should be the same in all."""
    special = set(place.columns.values())
    if place.kind == "traverse_rows":  # the reference point belongs to the record
        special -= {place.columns["lon"], place.columns["lat"]}
    for name, cells in table.columns.items():
        if name in special:
            continue
        for group in groups:
            for i in group[1:]:
                if cells[i] is not None and cells[i] != cells[group[0]]:
                    problems.append(
                        Problem(
                            "rows_differ", "warning",
                            f"differs from row {table.rows[group[0]]} of the same record, "
                            "which is taken", "", int(table.rows[i]), name, shorten(cells[i]),
                        )
                    )  # fmt: skip


_BUILDERS = {
    "lonlat": _lonlat,
    "utm": _utm,
    "xy": _xy,
    "mgrs": _mgrs,
    "wkt": _wkt,
    "geojson": _geojson,
    "vertices": _vertices,
    "vertex_rows": _vertex_rows,
    "traverse": _traverse,
    "traverse_rows": _traverse_rows,
}
