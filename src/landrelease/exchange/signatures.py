"""Is a file what its name says? Looked at before any reader of GDAL opens it.

GDAL finds the format of a file by its content. A file called ``areas.gpkg`` that holds a GDAL
virtual data source (VRT) would make it read any other file of this machine, or fetch an address,
and hand the content over as records. So a file is opened only when it begins as its format does,
and XML only when it declares no entities (a bomb, or the content of another file).
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Any
from xml.etree.ElementTree import ParseError  # nosec B405 # names of types only; what is read goes through defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from .problems import ExchangeError

#: An archive that unpacks to more than this many bytes and this many times its size is refused.
BOMB_BYTES = 200_000_000
BOMB_RATIO = 100

_SQLITE = b"SQLite format 3\x00"
_SHAPE = b"\x00\x00\x27\x0a"
_FLATGEOBUF = b"fgb\x03fgb"

#: Name ending to the bytes a file begins with.
_BEGINNINGS = {".gpkg": _SQLITE, ".shp": _SHAPE, ".fgb": _FLATGEOBUF}


def refuse_disguise(path: Path) -> None:
    """Refuse a file that does not begin as its ending says.

    Raises
    ------
    ExchangeError
        Naming the file, and the part of an archive.
    """
    ending = path.suffix.lower()
    if ending in (".zip", ".kmz", ".xlsx", ".xlsm"):
        _refuse_archive(path, ending)
    elif ending == ".kml":
        with path.open("rb") as handle:
            refuse_unless_kml(handle, str(path))
    elif ending in _BEGINNINGS:
        with path.open("rb") as handle:
            _refuse_beginning(handle, ending, str(path))


def _refuse_beginning(handle: IO[bytes], ending: str, name: str) -> None:
    wanted = _BEGINNINGS[ending]
    if handle.read(len(wanted)) != wanted:
        raise ExchangeError(
            f"{name}: is called {ending} but does not begin as such a file does; it is damaged or "
            "something else. Export it anew from the program it comes from"
        )


def refuse_unless_kml(handle: IO[bytes], name: str) -> None:
    """Refuse XML whose first element is not ``kml``, or that has a document type."""
    tag = root_tag(handle, name)
    if tag not in ("kml", "Document", "Folder", "Placemark"):
        raise ExchangeError(f"{name}: is called KML, but its first element is <{tag}>")


def root_tag(handle: IO[bytes], name: str) -> str:
    """Name of the first element of an XML file, without its namespace.

    Raises
    ------
    ExchangeError
        When it is no XML, or has a document type definition: entities can blow up in memory or
        name other files, and no format that is read here needs them.
    """
    try:
        for _, element in iterparse(handle, events=("start",), forbid_dtd=True):
            return str(element.tag).rpartition("}")[2]
    except DefusedXmlException as error:
        raise ExchangeError(
            f"{name}: the XML declares a document type or entities, which is how such a file "
            "reads other files or fills the memory; refused. Export it anew without them"
        ) from error
    except (ParseError, UnicodeDecodeError, LookupError, ValueError) as error:
        raise ExchangeError(f"{name}: no readable XML ({error}); export it again") from error
    raise ExchangeError(f"{name}: an XML file without any element")


def _refuse_archive(path: Path, ending: str) -> None:
    with open_archive(path) as archive:
        for item in archive.infolist():
            inner = PurePosixPath(item.filename).suffix.lower()
            wanted: Callable[[Any, str], Any] | None = None
            if ending == ".kmz" and inner == ".kml":
                wanted = refuse_unless_kml
            elif ending == ".zip" and inner in _BEGINNINGS:

                def wanted(handle: IO[bytes], name: str, inner: str = inner) -> None:
                    _refuse_beginning(handle, inner, name)

            elif ending in (".xlsx", ".xlsm") and inner in (".xml", ".rels"):
                wanted = root_tag
            if wanted is not None:
                name = f"{path}, {item.filename}"
                try:
                    with archive.open(item) as handle:
                        wanted(handle, name)
                except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                    raise ExchangeError(f"{name}: is damaged ({error}); save it again") from error


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open a zip for reading, once it is known to be harmless.

    Raises
    ------
    ExchangeError
        When it is damaged, encrypted, would unpack to an absurd size, or holds a name that leads
        out of it.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise ExchangeError(
            f"{path}: not a readable {path.suffix[1:]} archive ({error}); save it again"
        ) from error
    try:
        _refuse_bomb(path, archive)
        for item in archive.infolist():
            name = item.filename.replace("\\", "/")
            parts = PurePosixPath(name).parts
            if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
                raise ExchangeError(
                    f"{path}: holds the name {item.filename!r}, which leads out of the archive; "
                    "refused. Pack it anew"
                )
            if item.flag_bits & 1:
                raise ExchangeError(f"{path}: is encrypted; unpack it and import the contents")
    except BaseException:
        archive.close()
        raise
    return archive


def _refuse_bomb(path: Path, archive: zipfile.ZipFile) -> None:
    unpacked = sum(item.file_size for item in archive.infolist())
    packed = path.stat().st_size
    if unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * packed:
        raise ExchangeError(
            f"{path}: {packed:,} bytes would unpack to {unpacked:,}; refused as a likely "
            "decompression bomb. If it is genuine, unpack it and import the contents"
        )
