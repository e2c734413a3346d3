"""How values are stored: ids, and one geometry field for both databases.

On SQLite the column holds WKB; an R*Tree beside it, kept by plain-SQL triggers over the bounding
box columns of the row, answers box queries (see :mod:`.triggers`). On PostgreSQL it is a PostGIS
``geometry`` with a GiST index, so that QGIS reads the tables as they are. Coordinates are
longitude and latitude in degrees (EPSG:4326). No spatial SQL beyond the box query is ever used:
geometry is computed in one engine, Shapely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely
from django.db import models

SRID = 4326

#: Characters of the id of a record.
UID_LENGTH = 32


class GeometryField(models.Field):
    """A Shapely geometry in longitude and latitude."""

    description = "Geometry in EPSG:4326"

    def db_type(self, connection: Any) -> str:
        return "geometry(Geometry, 4326)" if connection.vendor == "postgresql" else "BLOB"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else shapely.from_wkb(value)

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or isinstance(value, (bytes, str)):
            return value
        return to_database(value, connection.vendor)

    def to_python(self, value: Any) -> Any:
        return shapely.from_wkb(value) if isinstance(value, (bytes, str)) else value

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else shapely.to_wkb(value, hex=True)


def to_database(geometries: Any, vendor: str) -> Any:
    """Write geometries the way a column takes them: EWKB text (PostGIS) or WKB bytes (SQLite)."""
    if vendor == "postgresql":
        return shapely.to_wkb(shapely.set_srid(geometries, SRID), hex=True, include_srid=True)
    return shapely.to_wkb(geometries, hex=False)


@GeometryField.register_lookup
class BoxOverlaps(models.Lookup):
    """``geometry__box=(min_lon, min_lat, max_lon, max_lat)``: whose boxes overlap the box."""

    lookup_name = "box"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "", list(value)

    def as_sqlite(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[float]]:
        table = self.lhs.target.model._meta.db_table
        return in_box("sqlite", table, self.rhs, number=f'"{self.lhs.alias}"."id"')

    def as_postgresql(
        self, compiler: Any, connection: Any, **kwargs: Any
    ) -> tuple[str, list[float]]:
        lhs, params = self.process_lhs(compiler, connection)
        sql, box = in_box("postgresql", "", self.rhs, place=lhs)
        return sql, [*params, *box]


def in_box(
    vendor: str,
    table: str,
    box: Sequence[float],
    *,
    number: str = '"id"',
    place: str = '"geometry"',
) -> tuple[str, list[float]]:
    """Condition of a query for the rows whose boxes overlap a box, and its values.

    Parameters
    ----------
    table
        Name of the table; SQLite keeps the boxes in an index beside it.
    box
        West, south, east, north; degrees.
    number, place
        How the query calls the number and the displayed geometry of a row.
    """
    min_lon, min_lat, max_lon, max_lat = box
    if vendor == "postgresql":
        return f"{place} && ST_MakeEnvelope(%s, %s, %s, %s, {SRID})", list(box)
    sql = (
        f'{number} IN (SELECT id FROM "{table}_rtree" '  # nosec B608 # names are of our own schema, values are bound
        "WHERE max_lon >= %s AND min_lon <= %s AND max_lat >= %s AND min_lat <= %s)"
    )
    return sql, [min_lon, max_lon, min_lat, max_lat]
