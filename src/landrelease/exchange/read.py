"""Open a file of any supported format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import esri, geojson, maxml, signatures, tables, vectors
from .problems import ExchangeError, Problem
from .source import RawBatch, Source, refuse_half_characters

__all__ = ["ExchangeError", "Problem", "RawBatch", "Source", "open_source"]

#: Reader by file name ending.
FORMATS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSON",
    ".geojsonseq": "GeoJSON",
    ".ndjson": "GeoJSON",
    ".esrijson": "Esri JSON",
    ".xml": "maXML",
    ".maxml": "maXML",
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".zip": "ESRI Shapefile",
    ".kml": "KML",
    ".kmz": "KML",
    ".fgb": "FlatGeobuf",
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".xlsx": "XLSX",
    ".xlsm": "XLSX",
}


def open_source(
    path: str | Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Source:
    """Open a file for reading.

    Parameters
    ----------
    path
        GeoJSON (also one feature a line), Esri JSON (answers of a feature service), GeoPackage,
        Shapefile (also zipped), KML, KMZ, FlatGeobuf, maXML, CSV or XLSX.
    layer, sheet
        Layer or sheet to read; needed when a file has several (nothing is chosen silently).
    crs
        Coordinate system to use instead of, or in the absence of, the one in the file
        (``EPSG:32633``).
    encoding
        Of text tables and DBF files; found out when not given.

    Raises
    ------
    ExchangeError
        When the file is missing, of an unknown format, damaged, has several layers and none is
        named, is an archive that would unpack to an absurd size or leads out of itself, has
        thousands of columns, or is not what its name says.
    """
    path = Path(path)
    source = _opened(path, layer=layer, crs=crs, encoding=encoding, sheet=sheet)
    tables.refuse_too_wide(path, len(source.columns))
    if source.format in ("GeoJSON", "Esri JSON"):
        for name in source.columns:
            refuse_half_characters(f"{path}: the name of a column", name)
        source._read = _whole(path, source._read)
    return source


def _whole(path: Path, read: Callable[[int], Iterator[RawBatch]]) -> Callable[[int], Any]:
    """Batches whose texts can all be kept: JSON alone can hold half of a character."""

    def batches(size: int) -> Iterator[RawBatch]:
        for batch in read(size):
            for name, cells in batch.columns.items():
                for row, cell in zip(batch.rows, cells, strict=True):
                    if type(cell) is str:
                        refuse_half_characters(f"{path}, row {row}, {name}", cell)
            for problem in batch.problems:
                where = f"{path}, row {problem.row}, {problem.field}"
                refuse_half_characters(where, f"{problem.message}{problem.value or ''}")
            yield batch

    return batches


def _opened(
    path: Path, *, layer: str | None, crs: str | None, encoding: str | None, sheet: str | None
) -> Source:
    if not path.is_file():
        raise ExchangeError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise ExchangeError(f"{path}: the file is empty (0 bytes); ask for it to be sent again")
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        known = ", ".join(sorted(FORMATS))
        raise ExchangeError(f"{path}: unknown format {path.suffix!r}; known endings: {known}")
    signatures.refuse_disguise(path)
    if form == "CSV":
        return tables.open_csv(path, encoding=encoding)
    if form == "XLSX":
        return tables.open_xlsx(path, sheet=sheet or layer)
    if form == "GeoJSON":
        if esri.is_esri_json(path):
            return esri.open_esri_json(path, crs=crs)
        return geojson.open_geojson(path, crs=crs)
    if form == "Esri JSON":
        return esri.open_esri_json(path, crs=crs)
    if form == "maXML":
        return maxml.open_maxml(path, layer=layer)
    return vectors.open_vector(path, form, layer=layer, crs=crs, encoding=encoding)
