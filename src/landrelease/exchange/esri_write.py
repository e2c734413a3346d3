"""Esri JSON as ArcGIS takes it in: one feature set, its fields with aliases and coded domains."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from pyproj import CRS

from landrelease.register.schema import Field, RecordType

from .problems import ExchangeError
from .source import Objects

_TYPES = {
    "integer": "esriFieldTypeInteger",
    "decimal": "esriFieldTypeDouble",
    "boolean": "esriFieldTypeSmallInteger",
    "text": "esriFieldTypeString",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

#: The column of row numbers that every layer of ArcGIS has.
OBJECT_ID = "objectid"


def write_esri_json(path: Path, stream: Any) -> None:
    """Write the rows of a :class:`.write._Stream`.

    Raises
    ------
    ExchangeError
        When places are of several kinds: a layer of ArcGIS holds one.
    """
    dates = _date_columns(stream.kind)
    fields: list[dict[str, Any]] = [
        {"name": OBJECT_ID, "type": "esriFieldTypeOID", "alias": OBJECT_ID}
    ]
    for name in stream.columns:
        fields.append(_field(name, stream.types[name], stream.kind, name in dates))
    head = {"objectIdFieldName": OBJECT_ID, "globalIdFieldName": ""}
    if stream.has_geometry:
        point = stream.kind.geometry == "point"
        head["geometryType"] = "esriGeometryPoint" if point else "esriGeometryPolygon"
        head["spatialReference"] = _reference(stream.crs)
    number = 0
    with path.open("wb") as out:
        out.write(orjson.dumps(head)[:-1] + b',"fields":' + orjson.dumps(fields))
        out.write(b',"features":[')
        for batch in stream:
            for row, geometry in _rows(batch, stream, dates):
                out.write(b",\n" if number else b"\n")
                number += 1
                feature: dict[str, Any] = {"attributes": {OBJECT_ID: number, **row}}
                if stream.has_geometry:
                    feature["geometry"] = _geometry(geometry, head["geometryType"], path)
                out.write(orjson.dumps(feature))
        out.write(b"\n]}\n")


def _date_columns(kind: RecordType) -> set[str]:
    return {
        f"{field.name}_{end}"
        for field in kind.fields
        if field.kind == "date"
        for end in ("start", "end")
    }


def _field(name: str, kind: str, record_type: RecordType, date: bool) -> dict[str, Any]:
    found: Field | None = record_type.by_name.get(name)
    field: dict[str, Any] = {
        "name": name,
        "type": "esriFieldTypeDate" if date else _TYPES[kind],
        "alias": name.replace("_", " "),
        "nullable": True,
    }
    if kind == "text" and not date:
        field["length"] = 32_000
    values: list[tuple[Any, str]] = []
    if found is not None and found.kind == "choice":
        values = list((found.choices or {}).items())
    elif kind == "boolean":
        values = [(1, "yes"), (0, "no")]
    if values:
        field["domain"] = {
            "type": "codedValue",
            "name": f"{record_type.name}_{name}",
            "codedValues": [{"code": code, "name": label} for code, label in values],
        }
    return field


def _reference(crs: str) -> dict[str, Any]:
    found = CRS.from_user_input(crs)
    code = found.to_epsg(min_confidence=100)
    if code is not None:
        return {"wkid": code, "latestWkid": code}
    return {"wkt": found.to_wkt("WKT1_ESRI")}


def _rows(batch: Any, stream: Any, dates: set[str]) -> Iterator[tuple[dict[str, Any], Any]]:
    columns = {
        name: [_value(cell, stream.types[name], name in dates) for cell in batch.columns[name]]
        for name in stream.columns
    }
    n = len(next(iter(columns.values()), batch.geometry if batch.geometry is not None else []))
    shapes: Objects = np.full(n, None, dtype=object) if batch.geometry is None else batch.geometry
    for i in range(n):
        yield {name: cells[i] for name, cells in columns.items()}, shapes[i]


def _value(cell: Any, kind: str, date: bool) -> Any:
    if cell is None:
        return None
    if date and _DAY.fullmatch(str(cell)):
        day = dt.datetime.fromisoformat(str(cell)).replace(tzinfo=dt.UTC)
        return int((day - _EPOCH).total_seconds() * 1000)
    if kind == "boolean":
        return int(bool(cell))
    if kind == "decimal":
        return float(cell)
    if kind == "integer":
        return int(cell)
    return ("true" if cell else "false") if isinstance(cell, bool) else str(cell)


def _geometry(shape: Any, wanted: str, path: Path) -> Any:
    if shape is None or shape.is_empty:
        return None
    if wanted == "esriGeometryPoint" and shape.geom_type == "Point":
        return {"x": shape.x, "y": shape.y}
    if wanted == "esriGeometryPolygon" and shape.geom_type in ("Polygon", "MultiPolygon"):
        parts = shape.geoms if shape.geom_type == "MultiPolygon" else [shape]
        rings = []
        for part in parts:
            # Outlines run clockwise, holes the other way round.
            turned = shapely.orient_polygons(part, exterior_cw=True)
            for ring in (turned.exterior, *turned.interiors):
                rings.append(shapely.get_coordinates(ring).tolist())
        return {"rings": rings}
    raise ExchangeError(
        f"{path.name}: a layer of ArcGIS holds one kind of places, and there is a "
        f"{shape.geom_type} beside others; use GeoPackage or GeoJSON"
    )
