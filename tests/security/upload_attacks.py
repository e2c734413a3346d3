"""Files that are made to harm, one function an attack: what is handed in, in each format.

An attack gives the file for a format, or None where the format has no place for it (a text table
has no entities). Every file is otherwise a plain delivery of one area, or one short report, so that
what is refused is refused for what was put into it.
"""

from __future__ import annotations

import functools
import io
import json
import sqlite3
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import xlsxwriter

from landrelease.exchange import OutBatch, write
from made_up_pdf import pdf_of

sys.path.insert(0, str(Path(__file__).parent.parent / "evidence"))
import samples

#: What stands in files that no upload may reach.
SECRET = "made-up-content-of-another-file"
#: What no page may hold as markup.
SCRIPT = "<script>alert('uploaded')</script>"
#: What no export may hold at the beginning of a cell.
FORMULAS = ("=1+cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1")
#: A name that would lie outside of the place it is unpacked or written to.
ESCAPED = "escaped"
PATHS = (f"../../{ESCAPED}", f"/tmp/{ESCAPED}", f"C:\\{ESCAPED}", f"..\\..\\{ESCAPED}")
OVERRIDE = "\u202egnp.exe\u2066"
SQUARE = [[-20.0, -20.0], [-19.999, -20.0], [-19.999, -19.999], [-20.0, -19.999], [-20.0, -20.0]]

MAPS = (
    "csv",
    "xlsx",
    "geojson",
    "geojsonl",
    "esrijson",
    "maxml",
    "gpkg",
    "shp",
    "zip",
    "kml",
    "kmz",
    "fgb",
)
REPORTS = ("txt", "html", "pdf", "eml", "mbox", "warc", "jsonl", "json", "rss", "atom")
XML = ("maxml", "kml", "kmz", "xlsx", "rss", "atom", "html", "xform")
JSON = ("geojson", "geojsonl", "esrijson", "jsonl", "json", "rows")


@dataclass(frozen=True)
class Traps:
    """What the attacks try to reach: a file, and an address of this machine."""

    secret: Path
    address: str


@dataclass(frozen=True)
class File:
    """A file as it is handed in.

    Attributes
    ----------
    name
        Without folders.
    parts
        Other files that belong to it (of a Shapefile), by name.
    """

    name: str
    data: bytes
    parts: tuple[tuple[str, bytes], ...] = ()


# --- plain files ----------------------------------------------------------------------------------


def area(
    kind: str,
    name: str = "North field",
    *,
    ring: Any = None,
    head: str = "",
    crs: str | None = None,
    more: dict[str, Any] | None = None,
    text: str = "",
    stem: str = "areas",
) -> File:
    """One area in a format that maps and tables are read from.

    Parameters
    ----------
    name
        Of the area.
    ring
        Its outline.
    head
        Put before the first element of XML.
    crs
        What the file says of its coordinate system.
    more
        Further columns.
    text
        JSON or XML put where a further value may stand, as it is.
    """
    ring = SQUARE if ring is None else ring
    cells = {"source_id": "N1", "name": name, "type": "SHA", **(more or {})}
    made = _AREAS[kind](cells, ring, head, crs, text)
    data, parts = made if isinstance(made, tuple) else (made, ())
    ending = {"rows": "geojson", "xform": "xml"}.get(kind, kind)
    return File(f"{stem}.{ending}", data, parts)


def _csv(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    cells = {**cells, "geometry": shapely.Polygon(ring).wkt}

    def quoted(cell: Any) -> str:
        return '"' + str(cell).replace('"', '""') + '"'

    lines = [",".join(map(quoted, cells)), ",".join(map(quoted, cells.values()))]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


def _xlsx(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("areas")
        for column, (heading, cell) in enumerate(cells.items()):
            sheet.write_string(0, column, str(heading))
            sheet.write_string(1, column, str(cell))
        sheet.write_string(0, len(cells), "geometry")
        sheet.write_string(1, len(cells), shapely.Polygon(ring[:50]).wkt)
    return out.getvalue() if not head else changed(out.getvalue(), "xl/sharedStrings.xml", head)


def changed(data: bytes, part: str, head: str) -> bytes:
    """A workbook with ``head`` before the first element of one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            text = old.read(item).decode()
            if item.filename == part:
                start = text.index("?>") + 2
                text = text[:start] + head + text[start:].replace("North field", "&i;")
            new.writestr(item.filename, text)
    return out.getvalue()


def _feature(cells: Any, ring: Any, text: str) -> str:
    feature = {
        "type": "Feature",
        "properties": cells,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    written = json.dumps(feature)
    return (
        written.replace('"properties": {', f'"properties": {{"remarks": {text}, ')
        if text
        else (written)
    )


def _geojson(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    named = (
        ""
        if crs is None
        else (f'"crs": {{"type": "name", "properties": {{"name": {json.dumps(crs)}}}}}, ')
    )
    feature = _feature(cells, ring, text)
    return f'{{"type": "FeatureCollection", {named}"features": [{feature}]}}'.encode()


def _geojsonl(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    return (_feature(cells, ring, text) + "\n").encode()


def _esrijson(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    written = json.dumps(
        {
            "geometryType": "esriGeometryPolygon",
            "spatialReference": {"wkid": 4326} if crs is None else {"wkt": crs},
            "features": [{"attributes": cells, "geometry": {"rings": [ring[::-1]]}}],
        }
    )
    return (
        written.replace('"attributes": {', f'"attributes": {{"remarks": {text}, ').encode()
        if (text)
        else written.encode()
    )


def _escaped(cell: Any) -> str:
    return str(cell).replace("&", "&amp;").replace("<", "&lt;") if cell != "&i;" else "&i;"


def _maxml(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    corners = "".join(
        f"<Point><Longitude>{x}</Longitude><Latitude>{y}</Latitude></Point>" for x, y in ring
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<MineActionFieldReport><FieldReport>'
        f"<Hazard><HazardName>{_escaped(cells['name'])}</HazardName><HazardLocalId>N1"
        f"</HazardLocalId>{text}<Polygon>{corners}</Polygon></Hazard>"
        "</FieldReport></MineActionFieldReport>"
    ).encode()


def _kml(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    corners = " ".join(f"{x},{y}" for x, y in ring)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document>{text}<Placemark><name>{_escaped(cells['name'])}</name><Polygon>"
        f"<outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon></Placemark></Document></kml>"
    ).encode()


def _kmz(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    return packed({"doc.kml": _kml(cells, ring, head, crs, text)})


def _written(ending: str, cells: Any, ring: Any) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"areas.{ending}"
        columns = {name: [value] for name, value in cells.items()}
        write(path, "hazards", [OutBatch(columns, np.array([shapely.Polygon(ring)]))])
        return {one.name: one.read_bytes() for one in Path(folder).iterdir()}


def _gpkg(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    data = _written("gpkg", cells, ring)["areas.gpkg"]
    return (
        data
        if crs is None
        else altered(
            data,
            "UPDATE gpkg_spatial_ref_sys SET definition = ?, organization = 'NONE', "
            "organization_coordsys_id = 0 WHERE srs_id > 0",
            crs,
        )
    )


def altered(data: bytes, statement: str, *values: Any) -> bytes:
    """A GeoPackage on which a statement was run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "areas.gpkg"
        path.write_bytes(data)
        with sqlite3.connect(path) as database:
            database.create_function("ST_IsEmpty", 1, lambda _: 0)
            for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
                database.create_function(name, 1, lambda _: 0.0)
            database.execute(statement, values)
        database.close()
        return path.read_bytes()


def _shp(cells: Any, ring: Any, head: str, crs: Any, text: str) -> tuple[bytes, Any]:
    made = _written("shp", cells, ring)
    if crs is not None:
        made["areas.prj"] = crs.encode()
    return made.pop("areas.shp"), tuple(made.items())


def _zip(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    data, parts = _shp(cells, ring, head, crs, text)
    return packed({"areas.shp": data, **dict(parts)})


def _fgb(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    return _written("fgb", cells, ring)["areas.fgb"]


def _xform(cells: Any, ring: Any, head: str, crs: Any, text: str) -> bytes:
    import answering

    shape = ";".join(f"{y} {x} 0 4" for x, y in ring)
    # What a form holds that knows neither units nor organisations nor national fields.
    left_out = ("about/organisation", "about/owner", "about/houses", "place/unit")
    values = {k: v for k, v in answering.HAZARD.items() if not k.startswith(left_out)}
    values |= {"about/name": "NAME-HERE", "place/shape": shape}
    filled = answering.answer("hazard", values, instance_id=f"uuid:{uuid.uuid4()}")
    root = filled.decode().partition("?>")[2]
    root = root.replace("NAME-HERE", _escaped(cells["name"]))
    end = root.rindex("</")
    return f'<?xml version="1.0" encoding="utf-8"?>{head}{root[:end]}{text}{root[end:]}'.encode()


_AREAS: dict[str, Callable[..., Any]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "geojson": _geojson,
    "rows": _geojson,
    "geojsonl": _geojsonl,
    "esrijson": _esrijson,
    "maxml": _maxml,
    "gpkg": _gpkg,
    "shp": _shp,
    "zip": _zip,
    "kml": _kml,
    "kmz": _kmz,
    "fgb": _fgb,
    "xform": _xform,
}


def packed(parts: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    """A zip; ``links`` are symbolic links in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            archive.writestr(info, target)
    return out.getvalue()


def report(kind: str, text: str = samples.NEWS, *, head: str = "", name: str = "news") -> File:
    """One report in a format that reports come in; ``head`` stands before the first element."""
    entity = "&i;" if head else ""
    match kind:
        case "txt":
            data = text.encode()
        case "html":
            data = head.encode() + samples.page(text)
        case "pdf":
            shown = text.encode("latin-1", "replace").replace(b"(", b"[").replace(b")", b"]")
            data = pdf_of(b"BT /F1 12 Tf (" + shown.replace(b"\\", b"/") + b") Tj ET")
        case "eml":
            data = samples.mail(text)
        case "mbox":
            data = samples.mailbox(samples.mail(text))
        case "warc":
            data = samples.warc(("https://coast.example/1", samples.page(text), "text/html"))
        case "jsonl":
            data = samples.json_lines({"text": text, "date": "2021-03-04"})
        case "json":
            data = json.dumps([{"text": text, "date": "2021-03-04"}]).encode()
        case "rss":
            start = samples.RSS.index(b"?>") + 2
            data = (
                samples.RSS[:start]
                + head.encode()
                + samples.RSS[start:].replace(
                    samples.NEWS.encode(), entity.encode() + _escaped(_escaped(text)).encode()
                )
            )
        case "atom":
            data = head.encode() + samples.ATOM.replace(
                samples.NEWS.encode(), entity.encode() + _escaped(text).encode()
            )
        case _:
            raise AssertionError(kind)
    return File(f"{name}.{kind}", data)


def either(kind: str, text: str, **options: Any) -> File:
    """An area of this name, or a report of this text."""
    return area(kind, text, **options) if kind in _AREAS else report(kind, text, **options)


# --- attacks --------------------------------------------------------------------------------------

Attack = Callable[[str, Traps], list[File] | None]
ATTACKS: dict[str, Attack] = {}


def attack(function: Attack) -> Attack:
    ATTACKS[function.__name__] = function
    return function


@attack
def plain(kind: str, traps: Traps) -> list[File]:
    """No attack: that the way in works at all."""
    return [area(kind) if kind in _AREAS else report(kind)]


@functools.cache
def _zeros(name: str, size: int = 210_000_000) -> bytes:
    out = io.BytesIO()
    packing = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
    with packing as archive, archive.open(name, "w") as handle:
        for _ in range(size // 1_000_000):
            handle.write(bytes(1_000_000))
    return out.getvalue()


@attack
def zip_bomb(kind: str, traps: Traps) -> list[File] | None:
    """An archive of some kilobytes that unpacks to hundreds of megabytes."""
    parts = {"xlsx": "xl/sharedStrings.xml", "zip": "areas.shp", "kmz": "doc.kml"}
    return [File(f"areas.{kind}", _zeros(parts[kind]))] if kind in parts else None


@attack
def nested_zip(kind: str, traps: Traps) -> list[File] | None:
    """An archive in an archive, the inner one a bomb."""
    if kind not in ("xlsx", "zip", "kmz"):
        return None
    return [File(f"areas.{kind}", packed({f"inner.{kind}": _zeros("areas.shp")}))]


@functools.cache
def _gzip_bomb() -> bytes:
    return samples.bomb(100_000_000)


@attack
def gzip_bomb(kind: str, traps: Traps) -> list[File] | None:
    """A gzip file that expands two thousandfold."""
    return [File(f"news.{kind}.gz", _gzip_bomb())] if kind in REPORTS else None


ENTITIES = "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(7))
BOMB = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}<!ENTITY i "&h;">]>'


def _with_head(kind: str, head: str) -> list[File] | None:
    if kind not in XML:
        return None
    return [
        area(kind, "&i;" if kind != "xlsx" else "North field", head=head)
        if kind in _AREAS
        else report(kind, head=head)
    ]


@attack
def entity_bomb(kind: str, traps: Traps) -> list[File] | None:
    """Entities that hold entities: gigabytes of text from a kilobyte."""
    return _with_head(kind, BOMB)


@attack
def entity_file(kind: str, traps: Traps) -> list[File] | None:
    """An entity that stands for a file of the machine."""
    return _with_head(kind, f'<!DOCTYPE x [<!ENTITY i SYSTEM "file://{traps.secret}">]>')


@attack
def entity_address(kind: str, traps: Traps) -> list[File] | None:
    """A document type and entities at an address."""
    at = traps.address
    heads = (
        f'<!DOCTYPE x [<!ENTITY i SYSTEM "{at}/entity">]>',
        f'<!DOCTYPE x SYSTEM "{at}/x.dtd" [<!ENTITY i "y">]>',
        f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{at}/parameter"> %p; <!ENTITY i "y">]>',
    )
    made = [_with_head(kind, head) for head in heads]
    return None if made[0] is None else [file for files in made for file in files or []]


@attack
def formula(kind: str, traps: Traps) -> list[File]:
    """Texts that a spreadsheet would run."""
    if kind in _AREAS:
        texts = FORMULAS if kind in ("csv", "geojson", "rows") else FORMULAS[:4]
        return [area(kind, text, more={"source_id": f"F{n}"}) for n, text in enumerate(texts)]
    return [
        report(kind, f"{text} {samples.NEWS}", name=f"f{n}") for n, text in enumerate(FORMULAS[:1])
    ]


@attack
def path_name(kind: str, traps: Traps) -> list[File]:
    """Names that lead out of a folder: in archives, and as texts that may be used as such."""
    if kind in ("zip", "kmz"):
        inner = "shp" if kind == "zip" else "kml"
        return [
            File(f"areas.{kind}", packed({f"{name}.{inner}": area(inner).data})) for name in PATHS
        ]
    if kind in _AREAS:
        return [area(kind, name, more={"source_id": name}) for name in PATHS[:2]]
    if kind == "warc":
        return [
            File("news.warc", samples.warc((f"file:///{PATHS[0]}", samples.page(), "text/html")))
        ]
    if kind in ("eml", "mbox"):
        mail = (
            samples.mail(id_=f"{PATHS[0]}@x").replace(
                b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
                b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
                b"Content-Type: text/plain"
                b'\r\nContent-Disposition: attachment; filename="../../escaped.txt"\r\n\r\n',
            )
            + b"\r\n--b--\r\n"
        )
        return [File(f"news.{kind}", mail if kind == "eml" else samples.mailbox(mail))]
    return [report(kind, f"{PATHS[0]} {samples.NEWS}")]


@attack
def odd_name(kind: str, traps: Traps) -> list[File]:
    """Names of files and texts with marks of direction, control characters, and of great length."""
    texts = [OVERRIDE, "x" * 5_000]
    if kind in ("csv", "geojson", "rows", "jsonl", "json", "txt"):
        texts.append("a\0b\x1b[2J")
    made = [either(kind, text if kind in _AREAS else f"{text} {samples.NEWS}") for text in texts]
    if kind in ("rows", "xform"):
        return made
    stems = (OVERRIDE, "n" * 200, "-rf", "a\nb")
    return made + [
        File(
            f"{stem}{Path(one.name).suffix}",
            one.data,
            tuple((f"{stem}{Path(n).suffix}", d) for n, d in one.parts),
        )
        for stem, one in zip(
            stems, [either(kind, f"Field {n} {samples.NEWS[:40]}") for n in range(4)], strict=True
        )
    ]


@attack
def link(kind: str, traps: Traps) -> list[File] | None:
    """A symbolic link in an archive that leads to a file of the machine."""
    target = str(traps.secret)
    if kind == "zip":
        parts = dict(area("shp").parts)
        return [
            File("areas.zip", packed({}, {"areas.shp": target})),
            File(
                "areas.zip",
                packed(
                    {"areas.shp": area("shp").data, "areas.shx": parts["areas.shx"]},
                    {"areas.dbf": target, "areas.prj": target},
                ),
            ),
        ]
    if kind == "kmz":
        return [File("areas.kmz", packed({}, {"doc.kml": target}))]
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(area("xlsx").data)) as book:
            parts = {n: book.read(n) for n in book.namelist() if "sharedStrings" not in n}
        return [File("areas.xlsx", packed(parts, {"xl/sharedStrings.xml": target}))]
    return None


@attack
def script(kind: str, traps: Traps) -> list[File]:
    """Markup that a browser would run, as a text of a record or of a report."""
    return (
        [either(kind, f"{SCRIPT} <svg onload=alert(1)> Field")]
        if kind in _AREAS
        else [report(kind, f"{samples.NEWS} {SCRIPT} He said: {SCRIPT}")]
    )


@attack
def gdal_name(kind: str, traps: Traps) -> list[File] | None:
    """Names by which GDAL fetches an address, where a format names other files or addresses."""
    fetched = f"/vsicurl/{traps.address}/areas.shp"
    if kind in ("kml", "kmz"):
        other = (
            f"<NetworkLink><Link><href>{traps.address}/x.kml</href></Link></NetworkLink>"
            f"<Style><IconStyle><Icon><href>{fetched}</href></Icon></IconStyle></Style>"
            f'<Schema parent="{fetched}"/>'
        )
        return [area(kind, text=other)]
    if kind == "zip":
        return [
            File("areas.zip", packed({fetched.lstrip("/").replace("//", "/"): area("shp").data})),
            File("areas.zip", packed({f"{{{fetched.lstrip('/')}}}.shp": area("shp").data})),
        ]
    if kind == "gpkg":
        data = area("gpkg").data
        return [
            File("areas.gpkg", altered(data, "UPDATE gpkg_contents SET table_name = ?", fetched)),
            File(
                "areas.gpkg", altered(data, f'CREATE VIEW v AS SELECT load_extension("{fetched}")')
            ),
        ]
    return [area(kind, fetched)] if kind in ("csv", "geojson", "esrijson") else None


@attack
def virtual(kind: str, traps: Traps) -> list[File] | None:
    """A virtual source of GDAL, which reads other files and addresses, under another ending."""
    if kind not in _AREAS or kind in ("rows", "xform"):
        return None
    made = [
        f'<OGRVRTDataSource><OGRVRTLayer name="areas"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>".encode()
        for source in (traps.secret, f"/vsicurl/{traps.address}/a.csv")
    ]
    if kind == "zip":
        made = [packed({"areas.shp": data}) for data in made]
    elif kind == "kmz":
        made = [packed({"doc.kml": data}) for data in made]
    return [File(f"areas.{kind}", data) for data in made]


@attack
def crs_file(kind: str, traps: Traps) -> list[File] | None:
    """A coordinate system that names a file, which PROJ would open."""
    if kind not in ("geojson", "esrijson", "gpkg", "shp", "zip"):
        return None
    named = (
        f'PROJCS["x",GEOGCS["y",DATUM["d",SPHEROID["s",6378137,298.257]],PRIMEM["Greenwich",0],'
        f'UNIT["degree",0.0174532925]],PROJECTION["Mercator_1SP"],UNIT["metre",1],'
        f'EXTENSION["PROJ4","+proj=merc +nadgrids={traps.secret} +units=m"]]'
    )
    return [area(kind, crs=named)]


@attack
def deep(kind: str, traps: Traps) -> list[File] | None:
    """Lists in lists, or elements in elements, a hundred thousand times."""
    depth = 100_000
    if kind in ("geojson", "geojsonl", "esrijson", "rows"):
        return [
            area(kind, text="[" * depth + "]" * depth),
            area(kind, text='{"a":' * depth + "1" + "}" * depth),
        ]
    if kind in ("json", "jsonl"):
        return [File(f"news.{kind}", b'{"text": ' + b"[" * depth + b"]" * depth + b"}\n")]
    if kind in ("maxml", "kml", "kmz", "xform"):
        return [area(kind, text="<a>" * depth + "</a>" * depth)]
    if kind in ("rss", "atom"):
        nested = "<a>" * depth + "</a>" * depth
        tag = b"<item>" if kind == "rss" else b"<entry>"
        data = report(kind).data.replace(tag, tag + nested.encode(), 1)
        return [File(f"news.{kind}", data)]
    if kind in ("html", "eml", "warc"):
        nested = "<div>" * 20_000
        return [report(kind, nested + samples.NEWS)]
    return None


@attack
def digits(kind: str, traps: Traps) -> list[File] | None:
    """A number of a million digits."""
    number = "9" * 1_000_000
    if kind in ("geojson", "geojsonl", "esrijson", "rows"):
        return [area(kind, text=number)]
    if kind in ("csv",):
        return [area(kind, more={"declared_m2": number, "date": number})]
    if kind in ("kml", "kmz", "maxml", "xform"):
        return [area(kind, number)]
    if kind == "gpkg":
        return [area(kind, more={"declared_m2": number})]
    if kind in ("json", "jsonl"):
        return [File(f"news.{kind}", b'{"text": "x y", "date": ' + number.encode() + b"}\n")]
    if kind == "txt":
        return [report(kind, f"The mayor said that {number} people left. " + samples.NEWS)]
    return None


def _circle(count: int) -> list[list[float]]:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    ring = np.round(np.column_stack([-20 + 0.01 * np.cos(turn), -20 + 0.01 * np.sin(turn)]), 9)
    return [*ring.tolist(), ring[0].tolist()]


@functools.cache
def _large(kind: str) -> File:
    count = 250_000 if kind == "geojson" else 100_000
    return area(kind, ring=_circle(count))


@functools.cache
def _star() -> File:
    """A ring whose every edge crosses half of the others."""
    count, step = 3_001, 1_500
    turn = np.arange(count) * step * 2 * np.pi / count
    ring = np.column_stack([-20 + 0.01 * np.cos(turn), -20 + 0.01 * np.sin(turn)]).tolist()
    return area("geojson", ring=[*ring, ring[0]])


@attack
def vertices(kind: str, traps: Traps) -> list[File] | None:
    """An outline of 250,000 vertices (a million takes 25 s and ends as well), and one whose edges
    cross each other two million times.
    """
    if kind == "geojson":
        return [_large(kind), _star()]
    return [_large(kind)] if kind in ("csv", "gpkg", "kml", "esrijson", "xform") else None


@functools.cache
def _wide_book(far: bool) -> bytes:
    with zipfile.ZipFile(io.BytesIO(area("xlsx").data)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    sheet = parts[name].decode()
    start = sheet.index("<dimension")
    sheet = (
        sheet[:start] + '<dimension ref="A1:XFD1048576"/>' + sheet[sheet.index("/>", start) + 2 :]
    )
    if far:
        rows = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(3, 100_000))
        sheet = sheet.replace("</sheetData>", rows + "</sheetData>")
    parts[name] = sheet.encode()
    return packed(parts)


@attack
def cells(kind: str, traps: Traps) -> list[File] | None:
    """A table that declares, or implies, a billion cells."""
    if kind == "xlsx":
        return [File("areas.xlsx", _wide_book(True))]
    if kind == "csv":
        return [File("areas.csv", b"a" + b"," * 1_000_000 + b"\n" + b"b\n" * 1_000)]
    if kind in ("geojson", "geojsonl"):
        many = [
            {"type": "Feature", "geometry": None, "properties": {f"c{n}_{m}": 1 for m in range(50)}}
            for n in range(2_000)
        ]
        if kind == "geojsonl":
            return [File("areas.geojsonl", b"\n".join(json.dumps(one).encode() for one in many))]
        collection = {"type": "FeatureCollection", "features": many}
        return [File("areas.geojson", json.dumps(collection).encode())]
    if kind == "esrijson":
        many = [{"attributes": {f"c{n}_{m}": 1 for m in range(50)}} for n in range(2_000)]
        return [
            File(
                "areas.esrijson",
                json.dumps({"geometryType": "esriGeometryPolygon", "features": many}).encode(),
            )
        ]
    if kind == "maxml":
        columns = "".join(f"<c{n}>1</c{n}>" for n in range(5_000))
        return [area(kind, text=columns)]
    return None


@attack
def yaml_alias(kind: str, traps: Traps) -> list[File] | None:
    """Parts that stand for parts, and names of programs, in settings; see :mod:`upload_ways`."""
    return None


@attack
def bad_text(kind: str, traps: Traps) -> list[File] | None:
    """Bytes that are no UTF-8, and halves of characters in JSON."""
    marked = b"North\xff\xfe\xed\xa0\x80field"
    if kind in ("csv", "geojson", "geojsonl", "esrijson", "maxml", "kml", "kmz"):
        if kind == "kmz":
            return [
                File(
                    "areas.kmz",
                    packed({"doc.kml": area("kml").data.replace(b"North field", marked)}),
                )
            ]
        made = [File(f"areas.{kind}", area(kind).data.replace(b"North field", marked))]
        if kind in JSON:
            made.append(File(f"areas.{kind}", area(kind).data.replace(b"North field", b"\\ud800x")))
        return made
    if kind == "rows":
        return [File("areas.geojson", area("rows").data.replace(b"North field", b"\\ud800x"))]
    if kind == "gpkg":
        return [
            File(
                "areas.gpkg",
                altered(area("gpkg").data, "UPDATE areas SET name = CAST(? AS TEXT)", marked),
            )
        ]
    if kind in ("shp", "zip"):
        made = area("shp")
        parts = {n: d.replace(b"North field", marked[:11]) for n, d in made.parts}
        if kind == "shp":
            return [File(made.name, made.data, tuple(parts.items()))]
        return [File("areas.zip", packed({"areas.shp": made.data, **parts}))]
    if kind == "xform":
        return [File("form.xml", area("xform", "North field").data.replace(b"North field", marked))]
    if kind in ("pdf", "xlsx", "fgb"):
        return None
    one = report(kind, "MARKED " + samples.NEWS)
    made = [File(one.name, one.data.replace(b"MARKED", marked))]
    if kind in ("json", "jsonl"):
        made.append(File(one.name, one.data.replace(b"MARKED", b"\\ud800x")))
    return made


#: Of a header that says to whom a message goes: groups and comments in each other, an address that
#: is looked for behind each of its characters, and headers without number.
TRYING_HEADERS = (
    b"x@y.example, " + b"g:" * 9_000 + b"x@y.example" + b";" * 900,
    b"x@y.example " + b"(" * 19_000,
    b"<" * 19_000 + b"x@y.example",
    b"\r\nTo: ".join([b"@," + b"a" * 19_900] * 50),
    b"\r\nTo: ".join(b"p%d@x.example" % number for number in range(20_000)),
)


def _to(header: bytes) -> bytes:
    return samples.mail(f"{samples.NEWS} {len(header)}").replace(
        b"To: list@x.example", b"To: " + header
    )


@attack
def endless(kind: str, traps: Traps) -> list[File] | None:
    """Parts that have no end, or that are looked for over and over: a time that grows with the
    square of the size.
    """
    if kind in ("eml", "mbox"):
        # Every line is held against the boundary of each part that is open.
        nested = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200)
        )
        head = b"From: a@coast.example\nMessage-ID: <a@coast.example>\nMIME-Version: 1.0\n"
        mail = head + nested + b"Content-Type: text/plain\n\n" + b"--\n" * 50_000
        mails = [mail, *map(_to, TRYING_HEADERS), _to(b"somebody, " * 5_000_000)]
        return [
            File(f"news.{kind}", one if kind == "eml" else samples.mailbox(one)) for one in mails
        ]
    if kind in ("rss", "atom"):
        one, tag = report(kind), b"<item>" if kind == "rss" else b"<entry>"
        begins = b"<!--" + tag * 200_000 + b"-->"
        at = one.data.index(tag.rstrip(b">"))
        return [File(one.name, one.data[:at] + begins + one.data[at:])]
    if kind == "jsonl":
        return [File("news.jsonl", b"{}\n" * 20_000)]
    if kind == "json":
        return [File("news.json", b"[" + b"{}," * 20_000 + b"{}]")]
    if kind == "warc":
        told = report("warc").data
        at = told.index(b"Content-Length: ")
        end = told.index(b"\r\n", at)
        return [File("news.warc", told[:at] + b"Content-Length: 999999999999" + told[end:])]
    return None
