"""Files that go out to be edited and come back: GeoPackages for QGIS and QField, workbooks.

A file for editing holds the records of one type in one layer or sheet, and beside it

* ``landrelease_export``: which version of which record was exported, so that rows deleted in the
  file can be named;
* in a GeoPackage ``layer_styles``: how QGIS shows the form, with a list of choices for each coded
  field and the marks of a row read-only; in a workbook drop-down lists, and the marks hidden.

A workbook holds no places: what is no column is not spoken of, and the outline of a record stays.

What came of the rows is told by :mod:`landrelease.register.returned`, which reads the exported
values from the register's own journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from landrelease.evidence.reading_process import Limits
from landrelease.register.progress import Progress
from landrelease.register.schema import Field, RecordType
from landrelease.register.schema import record_type as find_record_type

from . import qgis_form, records, tables, template
from .cells import Parts
from .confined import LIMITS, layers, open_source
from .mapping import Mapping, TypedBatch
from .problems import ExchangeError, Problem
from .source import RawBatch, Source
from .vectors import FAILURES
from .write import OutBatch, Written, write

#: Layers of a file for editing that hold no records.
LIST_LAYER, STYLE_LAYER = tables.EXPORT_SHEET, "layer_styles"
GEOPACKAGE, WORKBOOK = ".gpkg", ".xlsx"

_LIST = ("record_type", "layer", "ref", "record_uid", "record_version", "record_base")


@dataclass
class Edited:
    """A file that came back.

    Attributes
    ----------
    source
        The layer of records.
    record_type
        As the list of what was exported says; None where the file has lost it.
    exported
        Ids to short references of what was exported; None where the file has lost the list.
    """

    source: Source
    record_type: RecordType | None
    exported: dict[str, str] | None = None
    lists: list[str] = field(default_factory=list)


# --- out -----------------------------------------------------------------------------------------


def write_for_editing(
    path: Path,
    record_type: RecordType,
    progress: Progress,
    *,
    crs: str = "EPSG:4326",
    national: Sequence[Field] = (),
) -> Written:
    """Write the records of one type for editing.

    Parameters
    ----------
    path
        A GeoPackage, or a workbook (.xlsx), which holds no places.
    record_type
        Which records. Hazards that were voided, merged or split stay out.
    progress
        Told after each batch.
    crs
        Coordinate system of the layer.
    national
        Fields of the national profile.

    Raises
    ------
    ExchangeError
        When the file is to be neither, or records of this type are not edited in files.
    """
    from landrelease.register import canonical, returned

    ending = path.suffix.lower()
    if ending not in (GEOPACKAGE, WORKBOOK):
        raise ExchangeError(
            f"{path}: a file for editing is a GeoPackage or a workbook; call it .gpkg or .xlsx"
        )
    if record_type.name in returned.NOT_EDITED:
        raise ExchangeError(
            f"{record_type.plural} are not edited in files: {returned.NOT_EDITED[record_type.name]}"
        )
    among = returned.among(record_type)
    listed: list[tuple[str, ...]] = []

    def national_value(record: Any, name: str) -> Any:
        return canonical.loads(record.extra).get(name) if record.extra else None

    more: dict[str, records.Extra] = {
        returned.UID: lambda record: record.uid,
        returned.VERSION: lambda record: str(record.version),
        returned.BASE: lambda record: record.content,
    }
    for item in national:
        more[item.name] = lambda record, name=item.name: national_value(record, name)
    found = records.batches(record_type, progress, among.count(), crs=crs, among=among, more=more)

    def told() -> Iterator[OutBatch]:
        for batch in found:
            columns = (batch.columns[name] for name in ("ref", *returned.MARKS))
            listed.extend((record_type.name, path.stem, *row) for row in zip(*columns, strict=True))
            yield batch

    if ending == WORKBOOK:
        return write(
            path,
            record_type,
            told(),
            format="XLSX",
            places=False,
            furnish=lambda book, page, headings: _furnish(
                book, page, headings, template.columns_of(record_type, national=national), listed
            ),
        )

    def finish(target: Path) -> None:
        _add_table(target, LIST_LAYER, _LIST, listed)
        if record_type.geometry:
            style = qgis_form.style(record_type, path.stem, national, read_only=(
                "ref", *returned.MARKS,
            ))  # fmt: skip
            _add_table(target, STYLE_LAYER, tuple(style), [tuple(style.values())])

    return write(
        path,
        record_type,
        told(),
        format="GPKG",
        crs=crs,
        geometry_type=_one_type(record_type, among),
        finish=finish,
    )


def _furnish(
    book: Any,
    page: Any,
    headings: list[str],
    columns: Sequence[template.Column],
    listed: list[tuple[str, ...]],
) -> None:
    """Add to a workbook what helps to fill it in, and the list of what was exported."""
    from landrelease.register.returned import MARKS

    template.add_choices(book, page, headings, columns, template.reference_lists())
    for mark in MARKS:
        if mark in headings:
            at = headings.index(mark)
            page.set_column(at, at, None, None, {"hidden": True})
    listing = book.add_worksheet(LIST_LAYER)
    for row, cells in enumerate([_LIST, *listed]):
        for column, cell in enumerate(cells):
            listing.write_string(row, column, str(cell))
    listing.hide()
    page.activate()


def _one_type(record_type: RecordType, among: Any) -> str | None:
    """Geometry type of the whole layer where there is one: QGIS edits no layer of mixed types."""
    if record_type.geometry != "polygon":
        return None
    odd = among.exclude(geometry_state__in=("valid", "invalid", "repaired", "missing", "empty"))
    return None if odd.exists() else "MultiPolygon"


def _add_table(path: Path, layer: str, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    columns = []
    for at in range(len(names)):
        cells = [row[at] for row in rows]
        plain = bool(rows) and not isinstance(rows[0][at], str)
        columns.append(np.array(cells, dtype=None if plain else object))
    try:
        pyogrio.raw.write(
            str(path), None, columns, list(names), layer=layer, driver="GPKG", geometry_type=None,
            crs=None,
        )  # fmt: skip
    except FAILURES as error:
        raise ExchangeError(f"{path.name}, table {layer}: {error}") from error


# --- and back ------------------------------------------------------------------------------------


def open_edited(path: Path, *, layer: str | None = None, limits: Limits | None = LIMITS) -> Edited:
    """Open a file that was exported for editing.

    Parameters
    ----------
    layer
        Layer of records; the only one with the marks of an export by default.
    limits
        What each look at it may take (:mod:`.confined`); None reads it in this process.

    Raises
    ------
    ExchangeError
        When it is neither GeoPackage nor workbook, or no layer (or several) has the marks.
    """
    from landrelease.register.returned import MARKS

    match path.suffix.lower():
        case ".gpkg":
            # Any layer; which one holds the records is found out afterwards.
            named = layer or next(iter(layers(path, limits=limits)), None)
            first = open_source(path, layer=named, limits=limits)
        case ".xlsx" | ".xlsm":
            return _open_workbook(open_source(path, layer=layer, limits=limits), limits)
        case _:
            raise ExchangeError(
                f"{path}: what comes back from editing is a GeoPackage (.gpkg) or a workbook "
                "(.xlsx)"
            )
    marked = [
        name
        for name in ([layer] if layer else first.layers)
        if name not in (LIST_LAYER, STYLE_LAYER) and _has_marks(path, name, MARKS, limits)
    ]
    if len(marked) != 1:
        raise ExchangeError(
            f"{path}: {'no layer' if not marked else 'more than one layer'} has the columns "
            f"{', '.join(MARKS)}, which tell what was exported"
            + (f" ({', '.join(marked)}); name one with --layer" if marked else
               "; export it with --for-editing, or import it without --back")
        )  # fmt: skip
    chosen = marked[0]
    source = first if first.layer == chosen else open_source(
        path, layer=chosen, limits=limits
    )  # fmt: skip
    return _edited(source, limits, listed=LIST_LAYER in first.layers)


def _open_workbook(source: Source, limits: Limits | None) -> Edited:
    from landrelease.register.returned import MARKS

    if not set(MARKS) <= set(source.columns):
        raise ExchangeError(
            f"{source.path}: the sheet {source.layer} lacks the columns {', '.join(MARKS)}, which "
            "tell what was exported; export it with --for-editing, or import it without --back"
        )
    return _edited(source, limits, listed=LIST_LAYER in source.layers)


def _edited(source: Source, limits: Limits | None, *, listed: bool) -> Edited:
    """The layer of records with the list of what was exported, if the file still has it."""
    if not listed:
        return Edited(source, None)
    path = source.path
    exported: dict[str, str] = {}
    kinds: set[str] = set()
    for batch in open_source(path, layer=LIST_LAYER, limits=limits).batches():
        cells = batch.columns
        for uid, ref, kind in zip(
            cells["record_uid"], cells["ref"], cells["record_type"], strict=True
        ):
            exported[str(uid)] = str(ref)
            kinds.add(str(kind))
    kind = find_record_type(kinds.pop()) if len(kinds) == 1 else None
    return Edited(source, kind, exported)


def _has_marks(path: Path, layer: str, marks: Sequence[str], limits: Limits | None) -> bool:
    return set(marks) <= set(open_source(path, layer=layer, limits=limits).columns)


class EditedMapping(Mapping):
    """The columns of an export as they were written, each the field of its name.

    A row that stands twice is left to :mod:`landrelease.register.returned`, which knows records by
    their marks and not by their ids.
    """

    once_each = False

    def __init__(self, *args: Any, halves: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        #: Columns of one end of a date whose other end was deleted.
        self.halves = tuple(halves)
        self.problems += [
            Problem(
                "half_a_date", "warning",
                f"of the two columns of a date only {column} is left: the date is not read and "
                "stays as it is", "put the other column back to change dates", field=column,
            )
            for column in halves
        ]  # fmt: skip


def mapping_of(
    source: Source, record_type: RecordType, national: Sequence[Field] = ()
) -> EditedMapping:
    """Mapping of the columns that the file still has."""
    there = set(source.columns)
    columns: dict[str, str | Parts] = {}
    halves: list[str] = []
    for item in (*records.plain_fields(record_type), *national):
        if item.kind == "date" and item not in national:
            ends = {end: f"{item.name}_{end}" for end in ("start", "end")}
            if set(ends.values()) <= there:
                columns[item.name] = ends
            else:
                halves += sorted(set(ends.values()) & there)
        elif item.name in there:
            columns[item.name] = item.name
    return EditedMapping(record_type, columns, halves=halves, extra_fields=national)


def pairs(source: Source, mapping: Mapping) -> Iterator[tuple[RawBatch, TypedBatch]]:
    """Raw and typed rows; an area that is the only part of a collection is that area."""
    from landrelease.register.returned import single_parts

    about_the_file = [*source.problems, *mapping.problems]
    for raw, typed in mapping.pairs(source):
        if typed.geometry is not None:
            typed.geometry = single_parts(shapely.force_2d(typed.geometry))
        typed.problems = [*about_the_file, *typed.problems]
        about_the_file = []
        yield raw, typed


def columns_read(mapping: Mapping) -> set[str]:
    """Columns of the file that are read as fields, or are one end of a field that is not."""
    read: set[str] = set(getattr(mapping, "halves", ()))
    for column in mapping.columns.values():
        read |= {column} if isinstance(column, str) else set(column.values())
    return read
