"""Writers whose output depends on nothing but their input, byte by byte.

Dates of creation, program names and the order of keys are fixed, so that the same seed gives the
same files.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
import xlsxwriter

from .place import TITLE, UTM, to_degrees

_CREATED = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def geojson(path: Path, features: Iterable[tuple[Mapping[str, Any], Any]]) -> int:
    """Write a GeoJSON file in longitude and latitude, one feature a line.

    Parameters
    ----------
    path
        File to write.
    features
        Pairs of properties and geometry; the geometry is None, a plane geometry (EPSG:32727),
        or a GeoJSON mapping that is written as it stands (for rings that no library would build).

    Returns
    -------
    int
        Number of features written.
    """
    lines = []
    for properties, geometry in features:
        if geometry is not None and not isinstance(geometry, Mapping):
            geometry = shapely.geometry.mapping(to_degrees(geometry))
        feature = {"type": "Feature", "properties": dict(properties), "geometry": geometry}
        lines.append(json.dumps(feature, ensure_ascii=False))
    head = {"type": "FeatureCollection", "name": path.stem, "description": TITLE}
    opening = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n'
    path.write_text(opening + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    return len(lines)


def table(
    path: Path, headings: Sequence[str], rows: Sequence[Sequence[Any]], tags: Sequence[str] = ()
) -> int:
    """Write a CSV file (UTF-8, comma), None as an empty cell, with an HXL tag row if given.

    Returns
    -------
    int
        Number of data rows written.
    """
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(headings)
        if tags:
            writer.writerow(tags)
        writer.writerows(rows)
    return len(rows)


def workbook(
    path: Path, sheet: str, title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]
) -> int:
    """Write an XLSX workbook as offices keep them: a title line, a blank line, then the table.

    Returns
    -------
    int
        Number of data rows written.
    """
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": TITLE, "created": _CREATED.replace(tzinfo=None)})
        page = book.add_worksheet(sheet)
        page.write_string(0, 0, title)
        page.write_row(2, 0, headings)
        for number, row in enumerate(rows, start=3):
            page.write_row(number, 0, row)
    return len(rows)


def geopackage(
    path: Path, columns: Mapping[str, Sequence[Any]], geometry: Sequence[Any], *, crs: str
) -> int:
    """Write a GeoPackage of one layer (multipolygons), named after the file.

    Parameters
    ----------
    path
        File to write; an older one is replaced.
    columns
        Column name to values; text columns hold str or None, number columns float with NaN.
    geometry
        Plane geometries (EPSG:32727) or None.
    crs
        ``EPSG:4326`` or ``EPSG:32727``: the coordinate system of the file.

    Returns
    -------
    int
        Number of features written.
    """
    shown = [g if g is None or crs == UTM else to_degrees(g) for g in geometry]
    if crs == UTM:
        shown = [None if g is None else shapely.transform(g, lambda xy: xy.round(2)) for g in shown]
    wkb = shapely.to_wkb([_as_multi(g) for g in shown])
    path.unlink(missing_ok=True)
    with _fixed_clock():
        pyogrio.raw.write(
            path,
            np.asarray(wkb, dtype=object),
            [
                np.asarray(values, dtype=float)
                if all(isinstance(value, float) for value in values)
                else np.asarray(values, dtype=object)
                for values in columns.values()
            ],
            list(columns),
            layer=path.stem,
            driver="GPKG",
            geometry_type="MultiPolygon",
            crs=crs,
            dataset_options={"VERSION": "1.2"},
        )
    return len(shown)


def _as_multi(geometry: Any) -> Any:
    if geometry is None or geometry.geom_type == "MultiPolygon":
        return geometry
    return shapely.MultiPolygon([geometry])


@contextmanager
def _fixed_clock() -> Any:
    """Make GDAL write one fixed moment as the date of change."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _CREATED.strftime("%Y-%m-%dT%H:%M:%SZ")})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
