"""Which column is which field, and what its words, units and dates mean.

A mapping is guessed from headings and HXL tags (:meth:`Mapping.guess`) or stated in a YAML file
(:meth:`Mapping.load`)::

    as: hazards                     # record type, if not stated elsewhere
    guess: true                     # also guess the fields that are not named below
    columns:                        # field: column
      source_id: HA Code
      type: Area class
      date: {year: Year, month: Month}        # or {start: From, end: To}, or one column
      declared_m2: Size
    constants: {location_origin: digitised}   # fills what no column gives
    values:                         # field: {word in the file: stable code}
      type: {Zone rouge: CHA}
    dates: {order: dmy}             # 03/04/2015 is in April (dmy) or in March (mdy)
    numbers: {decimal: ","}         # "2,006" is 2.006
    units: {declared_m2: ha}        # ha, km2, acre, m2; cm, mm, m, in
    geometry: {kind: utm, easting: X, northing: Y, zone: 33N}
    where: {Country: [Bosnia and Herzegovina]}   # only rows with one of these values
    crs: EPSG:4326
    layer: Sheet1
    namespace: imsma-ng             # whose ids the source ids are

The kinds of ``geometry`` and their columns are in :data:`.coordinates.KINDS`. What is not a known
key, field, column or kind is an error that names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landrelease.register import yaml_files
from landrelease.register.schema import Field, RecordType
from landrelease.register.schema import record_type as find_record_type

from . import coordinates, values, vocabulary
from .coordinates import Place
from .problems import ExchangeError, Problem, shorten
from .source import Objects, RawBatch, Source
from .values import NOTHING, Parsed, as_text

#: A date in several columns: ``{"start", "end"}`` or ``{"year", "month", "day"}`` to column.
Parts = dict[str, str]

KEYS = (
    "as", "guess", "columns", "constants", "values", "dates", "numbers", "units", "geometry",
    "where", "crs", "layer", "namespace",
)  # fmt: skip

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


#: Dates that are a period of validity: a single column gives its beginning, and it goes on.
PERIODS = {"valid"}


#: Distinct cells of a column that are kept parsed, so that memory stays bounded.
CACHED = 50_000


@dataclass
class TypedBatch:
    """Rows of one record type with typed values.

    Attributes
    ----------
    rows
        int64; row or feature number in the file.
    fields
        Field name to values, as :data:`landrelease.register.schema.KINDS` says; ``None`` = not
        recorded.
    extra
        Per row, what no field took over: column name to the cell as text. Fields of the profile
        stand here too, typed, under their names.
    geometry, crs
        As in :class:`.source.RawBatch`; ``None`` when the source has no places.
    problems
        Findings about rows and columns.
    unusable
        Mask of rows that cannot become a record; each has an ``error`` among the problems.
    repeated
        Mask of rows that repeat an earlier row with the same id in every cell.
    merged
        For tables with one row per vertex, the rows that became each record.
    left_out
        Row numbers left out by ``where``.
    """

    rows: NDArray[np.int64]
    fields: dict[str, list[Any]]
    extra: list[dict[str, Any]]
    geometry: Objects | None
    crs: str | None
    problems: list[Problem]
    unusable: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    merged: list[NDArray[np.int64]] | None = None
    left_out: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.rows)


class Mapping:
    """From the columns of a source to the fields of a record type.

    A mapping remembers what it has seen of one source (ids, decimal marks), so take a fresh one,
    or :meth:`reset`, for another.

    Parameters
    ----------
    record_type
        What the rows are.
    columns
        Field to column, or to several columns for a date.
    extra_fields
        Fields of the national profile.
    """

    def __init__(
        self,
        record_type: RecordType | str,
        columns: Dict[str, str | Parts] | None = None,
        *,
        constants: Dict[str, Any] | None = None,
        translations: Dict[str, Dict[Any, str]] | None = None,
        date_order: values.Order | None = None,
        decimal: str | None = None,
        units: Dict[str, str] | None = None,
        place: Place | None = None,
        where: Dict[str, Sequence[Any]] | None = None,
        crs: str | None = None,
        layer: str | None = None,
        namespace: str | None = None,
        guess_rest: bool = False,
        extra_fields: Sequence[Field] = (),
    ) -> None:
        self.record_type = (
            find_record_type(record_type) if isinstance(record_type, str) else record_type
        )
        self.extra_fields = {item.name: item for item in extra_fields}
        self.known = {**self.extra_fields, **self.record_type.by_name}
        self.columns: dict[str, str | Parts] = dict(columns or {})
        self.date_order = date_order
        self.decimal = decimal
        self.units = dict(units or {})
        self.place = place
        self.where = {
            name: {as_text(value) for value in wanted} for name, wanted in (where or {}).items()
        }
        self.crs = crs
        self.layer = layer
        self.namespace = namespace
        self.guess_rest = guess_rest
        self.problems: list[Problem] = []
        for names, what in (
            (self.columns, "columns"), (constants or {}, "constants"),
            (translations or {}, "values"), (self.units, "units"),
        ):  # fmt: skip
            self._check_fields(names, what)
        self.translations = {
            name: self._translation(self.known[name], words)
            for name, words in (translations or {}).items()
        }
        self.factors = {name: self._factor(name, unit) for name, unit in self.units.items()}
        self.reset()
        self.constants = {name: self._constant(name, v) for name, v in (constants or {}).items()}

    # --- making one ---------------------------------------------------------------------------

    @classmethod
    def guess(
        cls,
        record_type: RecordType | str,
        columns: Sequence[str],
        hxl: Dict[str, str] | None = None,
        *,
        extra_fields: Sequence[Field] = (),
        aliases: Dict[str, str] | None = None,
        **options: Any,
    ) -> Mapping:
        """Find the fields by heading, HXL tag and synonym, and the place columns.

        Parameters
        ----------
        aliases
            Column to the title that its source gives it beside the name.

        Returns
        -------
        Mapping
            Its ``problems`` say where several columns could be the same field.
        """
        mapping = cls(record_type, extra_fields=extra_fields, **options)
        mapping._guess(list(columns), dict(hxl or {}), dict(aliases or {}))
        return mapping

    @classmethod
    def load(
        cls,
        path: str | Path,
        record_type: RecordType | str | None = None,
        *,
        extra_fields: Sequence[Field] = (),
    ) -> Mapping:
        """Read a mapping file (see the head of this module).

        Raises
        ------
        ExchangeError
            When the file is not YAML, or names a key, field, code, unit or kind that is not
            known.
        """
        path = Path(path)
        try:
            given = yaml_files.load(path.read_bytes()) or {}
        except yaml_files.YamlError as error:
            raise ExchangeError(f"{path}: not readable as YAML ({error})") from error
        if not isinstance(given, dict):
            raise ExchangeError(f"{path}: a mapping file has keys such as columns: and values:")
        try:
            return cls._from_dict(given, record_type, extra_fields)
        except ExchangeError as error:
            raise ExchangeError(f"{path}: {error}") from error

    @classmethod
    def _from_dict(
        cls,
        given: dict[str, Any],
        record_type: RecordType | str | None,
        extra_fields: Sequence[Field],
    ) -> Mapping:
        unknown = [str(name) for name in given if name not in KEYS]
        if unknown:
            raise ExchangeError(f"unknown key {', '.join(unknown)}; there are: {', '.join(KEYS)}")
        stated = given.get("as")
        try:
            kind = None if stated is None else find_record_type(str(stated))
        except KeyError as error:
            raise ExchangeError(f"as: {error.args[0]}") from error
        if isinstance(record_type, str):
            record_type = find_record_type(record_type)
        if kind is not None and record_type is not None and kind.name != record_type.name:
            raise ExchangeError(f"is for {kind.plural}, not for {record_type.plural}")
        chosen = record_type or kind
        if chosen is None:
            raise ExchangeError("does not say what the rows are; add as: hazards (or another)")
        dates = _section(given, "dates", ("order",))
        order = dates.get("order")
        if order not in (None, "dmy", "mdy", "ymd"):
            raise ExchangeError(f"dates: order {order!r} is dmy, mdy or ymd")
        decimal = _section(given, "numbers", ("decimal",)).get("decimal")
        if decimal not in (None, ",", "."):
            raise ExchangeError(f"numbers: decimal {decimal!r} is ',' or '.'")
        crs = given.get("crs")
        where = {
            str(name): wanted if isinstance(wanted, list) else [wanted]
            for name, wanted in _section(given, "where").items()
        }
        return cls(
            chosen,
            _columns(_section(given, "columns")),
            constants=_section(given, "constants"),
            translations={
                str(name): _section({"values": words}, "values")
                for name, words in _section(given, "values").items()
            },
            date_order=order,
            decimal=decimal,
            units={str(k): str(v) for k, v in _section(given, "units").items()},
            place=_place(_section(given, "geometry"), crs),
            where=where,
            crs=None if crs is None else str(crs),
            layer=None if given.get("layer") is None else str(given["layer"]),
            namespace=None if given.get("namespace") is None else str(given["namespace"]),
            guess_rest=bool(given.get("guess", False)),
            extra_fields=extra_fields,
        )

    def reset(self) -> None:
        """Forget what was seen of a source."""
        self._seen: dict[str, tuple[int, int]] = {}
        self._cache: dict[str, dict[Any, Parsed]] = {}
        self._marks: dict[str, set[str]] = {}
        self._said: set[tuple[str, str]] = set()
        self._bound = False

    def _check_fields(self, names: Dict[str, Any], what: str) -> None:
        unknown = [str(name) for name in names if name not in self.known]
        if unknown:
            raise ExchangeError(
                f"{what}: {self.record_type.plural} have no field {', '.join(unknown)}; "
                f"there are: {', '.join(self.known)}"
            )

    def _translation(self, item: Field, words: Dict[Any, str]) -> dict[str, str]:
        if item.choices is None:
            raise ExchangeError(f"values: {item.name} has no codes to translate to")
        wrong = [str(code) for code in words.values() if code not in item.choices]
        if wrong:
            raise ExchangeError(
                f"values: {item.name} has no code {', '.join(wrong)}; "
                f"there are: {', '.join(item.choices)}"
            )
        return {vocabulary.key(word): code for word, code in words.items()}

    def _factor(self, name: str, unit: str) -> Decimal:
        known = values.UNITS.get(self.known[name].unit)
        if known is None:
            raise ExchangeError(f"units: {name} has no unit")
        if unit not in known:
            raise ExchangeError(f"units: {name} in {unit!r}; known are: {', '.join(known)}")
        return known[unit]

    def _constant(self, name: str, value: Any) -> Any:
        parsed = self._parse(self.known[name], value, "", excel=False)
        if parsed.value is None or parsed.keep:
            raise ExchangeError(f"constants: {name}: {value!r}: {parsed.message or 'is empty'}")
        return parsed.value

    # --- guessing -----------------------------------------------------------------------------

    def _guess(
        self, columns: list[str], hxl: dict[str, str], aliases: Dict[str, str] | None = None
    ) -> None:
        taken = set(self._used_columns())
        by_key: dict[str, list[str]] = {}
        for name in columns:
            if name not in taken:
                by_key.setdefault(vocabulary.key(name), []).append(name)
        # A title counts as a heading where no column bears it as its name.
        for name, alias in (aliases or {}).items():
            if name not in taken and vocabulary.key(alias) not in by_key:
                by_key[vocabulary.key(alias)] = [name]
        by_tag: dict[str, list[str]] = {}
        for name, tag in hxl.items():
            if name not in taken:
                by_tag.setdefault(_tag_key(tag), []).append(name)
        if self.place is None and self.record_type.geometry:
            self.place = _guess_place(by_key, by_tag, self.crs)
            if self.place is not None:
                self._take(self.place.columns.values(), by_key, by_tag)
        open_fields = [f for f in self.known.values() if f.name not in self.columns]
        self._guess_intervals(open_fields, by_key, by_tag)
        for names_of, index in (
            (lambda f: [vocabulary.key(f.name)], by_key),
            (lambda f: [_tag_key(tag) for tag in f.hxl], by_tag),
            (lambda f: [vocabulary.key(s) for s in f.synonyms], by_key),
        ):
            for item in open_fields:
                if item.name in self.columns:
                    continue
                found = list(
                    dict.fromkeys(name for key in names_of(item) for name in index.get(key, []))
                )
                if found:
                    self.columns[item.name] = found[0]
                    self._take(found[:1], by_key, by_tag)
                    if len(found) > 1:
                        self.problems.append(
                            Problem(
                                "several_columns", "info",
                                f"{', '.join(found)} could all be {item.name}; {found[0]} is "
                                "taken, the others are kept as extra", "state it in a mapping",
                                field=item.name,
                            )
                        )  # fmt: skip
        self._guess_months(by_key, by_tag)

    def _take(self, names: Any, *indexes: dict[str, list[str]]) -> None:
        for name in list(names):
            for index in indexes:
                for found in index.values():
                    if name in found:
                        found.remove(name)

    def _guess_intervals(self, open_fields: list[Field], by_key: Any, by_tag: Any) -> None:
        """Take ``x_start`` with ``x_end``, as our own exports write them, for a date ``x``.

        Only when every date of the record type is there so (or it has one only): in other
        files ``date_start`` and ``date_end`` are two dates of an activity.
        """
        dates = [item for item in open_fields if item.kind == "date"]
        pairs = {}
        for item in dates:
            ends = [
                by_key.get(vocabulary.key(f"{item.name}_{end}"), [None])[:1]
                for end in ("start", "end")
            ]
            if all(end and end[0] for end in ends):
                pairs[item.name] = {"start": ends[0][0], "end": ends[1][0]}
        if len(pairs) == len(dates):
            for name, parts in pairs.items():
                self.columns[name] = parts
                self._take(parts.values(), by_key, by_tag)

    def _guess_months(self, by_key: Any, by_tag: Any) -> None:
        """A date found as a year only, beside a column of months, is the month."""
        for name, column in list(self.columns.items()):
            if (
                self.known[name].kind != "date"
                or not isinstance(column, str)
                or vocabulary.key(column) not in YEAR
            ):
                continue
            parts = {"year": column}
            for role, names in (("month", MONTH), ("day", DAY)):
                found = [c for key in names for c in by_key.get(key, [])]
                if len(found) != 1:
                    break
                parts[role] = found[0]
            if len(parts) > 1:
                self.columns[name] = parts
                self._take(parts.values(), by_key, by_tag)

    def _used_columns(self) -> Iterator[str]:
        for column in self.columns.values():
            yield from [column] if isinstance(column, str) else column.values()
        if self.place is not None:
            yield from self.place.columns.values()

    def bind(self, columns: Sequence[str], hxl: Dict[str, str] | None = None) -> None:
        """Check the mapping against the columns of a source; done by :meth:`apply` too.

        Raises
        ------
        ExchangeError
            When it names a column that the source does not have.
        """
        if self.guess_rest and not self._bound:
            self._guess(list(columns), dict(hxl or {}))
        missing = [c for c in (*self._used_columns(), *self.where) if c not in set(columns)]
        if missing:
            raise ExchangeError(
                f"the mapping names the column {', '.join(map(repr, dict.fromkeys(missing)))}, "
                f"which the source does not have; it has: {', '.join(columns)}"
            )
        self._bound = True

    # --- applying -----------------------------------------------------------------------------

    def typed(
        self,
        source: Source,
        size: int = 20_000,
        profile_extra: Sequence[Field] | None = None,
    ) -> Iterator[TypedBatch]:
        """Read a whole source as typed rows, one row per vertex put together where stated."""
        for _, typed in self.pairs(source, size, profile_extra):
            yield typed

    def pairs(
        self,
        source: Source,
        size: int = 20_000,
        profile_extra: Sequence[Field] | None = None,
    ) -> Iterator[tuple[RawBatch, TypedBatch]]:
        """As :meth:`typed`, with the cells that each batch of rows was read from."""
        self.bind(source.columns, source.hxl)
        raw = source.batches(size)
        if self.place is not None:
            raw = coordinates.gather(raw, self.place, size)
        for batch in raw:
            yield batch, self.apply(batch, profile_extra, excel=source.format == "XLSX")

    def apply(
        self,
        batch: RawBatch,
        profile_extra: Sequence[Field] | None = None,
        *,
        excel: bool = False,
    ) -> TypedBatch:
        """Give the rows of a batch typed values.

        Parameters
        ----------
        batch
            From :meth:`.source.Source.batches`; batches in the order of the file.
        profile_extra
            Fields of the national profile, if not given to the mapping already; columns with
            their name or synonyms are read into ``extra`` as typed values.
        excel
            Whether bare numbers in date columns count Excel's days.
        """
        if profile_extra:
            self._add_profile(profile_extra, list(batch.columns))
        self.bind(list(batch.columns))
        left_out = np.empty(0, np.int64)
        if self.where:
            keep = self._wanted(batch)
            left_out = batch.rows[~keep]
            batch = batch.take(keep)
        n = len(batch)
        problems = list(batch.problems)
        if len(left_out):
            problems.append(
                Problem(
                    "left_out_by_where", "info",
                    f"{len(left_out)} rows left out by where:, first row {left_out[0]}",
                )
            )  # fmt: skip
        extra: list[dict[str, Any]] = [{} for _ in range(n)]
        self._keep_unmapped(batch, extra)
        geometry, crs = self._places(batch, extra, problems)
        fields: dict[str, list[Any]] = {item.name: [None] * n for item in self.record_type.fields}
        misplaced = self._swapped(batch, problems)
        for name, column in self.columns.items():
            if name in misplaced:
                assert isinstance(column, str)
                _keep_cells(batch.columns[column], column, range(n), extra)
                continue
            found = self._field(self.known[name], column, batch, extra, problems, excel)
            if name in self.extra_fields:
                for i, value in enumerate(found):
                    if value is not None:
                        extra[i][name] = value
            else:
                fields[name] = found
        for name, value in self.constants.items():
            if name in self.extra_fields:
                for row in extra:
                    row.setdefault(name, value)
            else:
                fields[name] = [value if v is None else v for v in fields[name]]
        unusable = np.zeros(n, dtype=bool)
        repeated = np.zeros(n, dtype=bool)
        self._require(batch, fields, geometry, extra, unusable, problems)
        self._duplicates(batch, fields.get("source_id"), geometry, unusable, repeated, problems)
        return TypedBatch(
            batch.rows, fields, extra, geometry, crs, problems, unusable, repeated, batch.merged,
            left_out,
        )  # fmt: skip

    def _add_profile(self, profile_extra: Sequence[Field], columns: list[str]) -> None:
        new = {f.name: f for f in profile_extra if f.name not in self.known}
        if not new:
            return
        self.extra_fields.update(new)
        self.known.update(new)
        free = [name for name in columns if name not in set(self._used_columns())]
        for item in new.values():
            wanted = {vocabulary.key(item.name), *map(vocabulary.key, item.synonyms)}
            for name in free:
                if vocabulary.key(name) in wanted:
                    self.columns[item.name] = name
                    free.remove(name)
                    break

    def _wanted(self, batch: RawBatch) -> NDArray[np.bool_]:
        keep = np.ones(len(batch), dtype=bool)
        for name, wanted in self.where.items():
            keep &= np.array(
                [c is not None and as_text(c) in wanted for c in batch.columns[name]], dtype=bool
            )
        return keep

    def _keep_unmapped(self, batch: RawBatch, extra: list[dict[str, Any]]) -> None:
        used = set(self._used_columns())
        for name, cells in batch.columns.items():
            if name not in used:
                for row, cell in zip(extra, cells, strict=True):
                    if cell is not None:
                        row[name] = cell if type(cell) is str else as_text(cell)

    def _places(
        self, batch: RawBatch, extra: list[dict[str, Any]], problems: list[Problem]
    ) -> tuple[Objects | None, str | None]:
        if self.place is None:
            return batch.geometry, batch.crs
        built = coordinates.build(batch, self.place)
        problems.extend(built.problems)
        failed = np.flatnonzero(built.failed).tolist()
        for name in self.place.columns.values():
            _keep_cells(batch.columns[name], name, failed, extra)
        return built.geometry, built.crs

    def _field(
        self,
        item: Field,
        column: str | Parts,
        batch: RawBatch,
        extra: list[dict[str, Any]],
        problems: list[Problem],
        excel: bool,
    ) -> list[Any]:
        """Typed values of one field; each distinct cell is parsed once."""
        if isinstance(column, dict):
            names = list(column.values())
            cells: Any = list(zip(*(batch.columns[name] for name in names), strict=True))
        else:
            names = [column]
            cells = batch.columns[column]
            if item.kind == "text" and item.name != "source_id":
                return [c if c is None or type(c) is str else as_text(c) for c in cells]
            if item.name == "source_id" and all(type(c) is str and c == c.strip() for c in cells):
                return list(cells)  # nothing to trim or to say
        cache = self._cache.setdefault(item.name, {})
        if len(cache) > CACHED:
            cache.clear()
        mark = ""
        if item.kind == "decimal":
            mark = self._mark(item.name, cells, cache)
        empty = (None,) * len(names) if isinstance(column, dict) else None
        cache[empty] = NOTHING
        for cell in set(cells) - cache.keys():
            if isinstance(column, dict):
                cache[cell] = self._date_parts(dict(zip(column, cell, strict=True)), excel)
            else:
                cache[cell] = self._parse(item, cell, mark, excel)
        found = [cache[cell] for cell in cells]
        said = [i for i, parsed in enumerate(found) if parsed.rule]
        for i in said:
            parsed = found[i]
            if parsed.keep:
                for name in names:
                    _keep_cells(batch.columns[name], name, [i], extra)
            if parsed.severity == "info":  # the same about a whole column: said once
                if (parsed.rule, item.name) in self._said:
                    continue
                self._said.add((parsed.rule, item.name))
            given = cells[i] if not isinstance(column, dict) else "/".join(
                as_text(c) for c in cells[i] if c is not None
            )  # fmt: skip
            problems.append(
                Problem(
                    parsed.rule, parsed.severity,
                    f"not readable as {item.help.lower()}" if item.personal else parsed.message,
                    parsed.hint, int(batch.rows[i]), item.name,
                    None if item.personal else shorten(as_text(given)),
                )
            )  # fmt: skip
        return [parsed.value for parsed in found]

    def _mark(self, name: str, cells: Any, cache: dict[Any, Parsed]) -> str:
        """Decimal mark of a column: as stated, or as its unmistakable numbers show."""
        if self.decimal:
            return self.decimal
        marks = self._marks.setdefault(name, set())
        seen = marks | set(values.decimal_marks(c for c in set(cells) if isinstance(c, str)))
        if seen != marks:
            marks |= seen
            cache.clear()
        return next(iter(marks)) if len(marks) == 1 else ""

    def _parse(self, item: Field, cell: Any, mark: str, excel: bool) -> Parsed:
        own = self.translations.get(item.name, {})
        if item.kind == "choice":
            return values.choice(cell, item.choices or {}, own)
        if item.kind == "classes":
            if isinstance(cell, (list, tuple)):
                cell = "|".join(map(str, cell))
            return values.classes(cell, item.choices or {}, own)
        if item.kind == "date":
            found = values.date(cell, order=self.date_order, excel=excel)
            return _open_ended(found) if item.name in PERIODS else found
        if item.kind == "integer":
            return values.number(cell, whole=True)
        if item.kind == "decimal":
            return values.number(
                cell, unit=item.unit, factor=self.factors.get(item.name), mark=mark
            )
        if item.kind == "boolean":
            return values.boolean(cell)
        if item.kind == "reference":
            found = values.identifier(cell)
            given = None if found.value is None else {"given": found.value}
            return Parsed(given, found.rule, found.message, found.hint, found.severity)
        if item.name == "source_id":
            return values.identifier(cell)
        return Parsed(as_text(cell))

    def _date_parts(self, parts: dict[str, Any], excel: bool) -> Parsed:
        if "year" in parts:
            return _composed(parts)
        start, end = (
            NOTHING if parts[end] is None
            else values.date(parts[end], order=self.date_order, excel=excel)
            for end in ("start", "end")
        )  # fmt: skip
        for one in (start, end):
            if one.value is None and one.rule:
                return one
        if start.value is None or end.value is None:
            return end if start.value is None else start
        if start.value["start"] > end.value["end"]:
            return values.bad(
                "reversed_dates",
                f"ends ({end.value['end']}) before it begins ({start.value['start']})",
            )
        said = start if start.rule else end
        days = {"start": start.value["start"], "end": end.value["end"]}
        return Parsed(days, said.rule, said.message, said.hint, said.severity, said.keep)

    # --- checks over columns and rows ---------------------------------------------------------

    def _swapped(self, batch: RawBatch, problems: list[Problem]) -> set[str]:
        """Choice fields whose column holds the words of another field.

        Nothing of such a column is taken over: "dead" in the column of the sex is no sex, and
        most words would only raise one warning a row.
        """
        tables, words = {}, {}
        for item in self.record_type.fields:
            if item.kind == "choice" and item.choices is not None:
                own = self.translations.get(item.name, {})
                tables[item.name] = (vocabulary.words(item.choices), own)
                column = self.columns.get(item.name)
                if isinstance(column, str):
                    filled = {as_text(c) for c in set(batch.columns[column]) if c is not None}
                    filled = {word for word in filled if not values.says_nothing(word)}
                    if filled:
                        words[item.name] = filled

        def share(name: str, of: str) -> float:
            known, own = tables[of]
            hits = sum(
                vocabulary.word_key(w) in known or vocabulary.key(w) in own for w in words[name]
            )
            return hits / len(words[name])

        misplaced = set()
        for name in words:
            if share(name, name) >= 0.2:
                continue
            others = [o for o in tables if o != name and share(name, o) >= 0.6]
            if not others:
                continue
            mutual = [
                o for o in others if o in words and share(o, o) < 0.2 and share(o, name) >= 0.6
            ]
            other = (mutual or others)[0]
            misplaced.add(name)
            if ("swapped_columns", name) in self._said:
                continue
            self._said.add(("swapped_columns", name))
            column, theirs = self.columns[name], self.columns.get(other)
            problems.append(
                Problem(
                    "swapped_columns", "error",
                    f"the column {column!r} holds words of {other}, not of {name}"
                    + (f", and {theirs!r} the other way round" if mutual else "")
                    + "; nothing of it was taken over",
                    f"state in the mapping: columns: {{{other}: {column}"
                    + (f", {name}: {theirs}" if mutual else "") + "}",
                    field=name, value=shorten("; ".join(sorted(words[name])[:5])),
                )
            )  # fmt: skip
        return misplaced

    def _require(
        self,
        batch: RawBatch,
        fields: dict[str, list[Any]],
        geometry: Objects | None,
        extra: list[dict[str, Any]],
        unusable: NDArray[np.bool_],
        problems: list[Problem],
    ) -> None:
        for item in self.record_type.fields:
            if not item.required:
                continue
            for i, value in enumerate(fields[item.name]):
                if value is None:
                    unusable[i] = True
                    problems.append(
                        Problem(
                            "missing_required", "error",
                            f"{item.name} is not recorded, and without it a "
                            f"{self.record_type.label.lower()} says nothing",
                            "fill it in, or state in the mapping which column it is",
                            int(batch.rows[i]), item.name,
                        )
                    )  # fmt: skip
        columns = [cells for name, cells in fields.items() if name not in self.constants]
        for i, kept in enumerate(extra):
            if kept or (geometry is not None and geometry[i] is not None):
                continue
            if all(cells[i] is None for cells in columns):
                unusable[i] = True
                problems.append(
                    Problem(
                        "empty_row", "error", "the row says nothing: no field and no place",
                        "delete it at the source if it was left over", int(batch.rows[i]),
                    )
                )  # fmt: skip

    def _duplicates(
        self,
        batch: RawBatch,
        ids: list[Any] | None,
        geometry: Objects | None,
        unusable: NDArray[np.bool_],
        repeated: NDArray[np.bool_],
        problems: list[Problem],
    ) -> None:
        if ids is None or "source_id" not in self.columns:
            return
        own = self.columns["source_id"]
        others = [cells for name, cells in batch.columns.items() if name != own]
        cells = zip(*others, strict=True) if others else [()] * len(batch)
        outlines = [None] * len(batch) if geometry is None else shapely.to_wkb(geometry)
        for i, (key, row, outline) in enumerate(zip(ids, cells, outlines, strict=True)):
            if key is None:
                continue
            content = hash((row, outline))
            first = self._seen.setdefault(key, (int(batch.rows[i]), content))
            if first[0] == batch.rows[i]:
                continue
            same = first[1] == content
            (repeated if same else unusable)[i] = True
            problems.append(
                Problem(
                    "duplicate_id", "warning" if same else "error",
                    f"the id {key!r} was used in row {first[0]} already, "
                    + ("with the same content" if same else "with other content"),
                    "" if same else "correct the id, or delete the row that is out of date",
                    int(batch.rows[i]), "source_id", shorten(key),
                )
            )  # fmt: skip


def _keep_cells(cells: Objects, name: str, at: Any, extra: list[dict[str, Any]]) -> None:
    for i in at:
        if cells[i] is not None:
            cell = cells[i]
            extra[i][name] = cell if type(cell) is str else as_text(cell)


def _open_ended(found: Parsed) -> Parsed:
    """A period from the date found on, unless the date is an interval of its own."""
    if found.value is None or found.value["start"] != found.value["end"]:
        return found
    return replace(found, value={**found.value, "end": values.OPEN_END})


def _composed(parts: dict[str, Any]) -> Parsed:
    """Date of separate cells for year, month and day."""
    given = {
        role: NOTHING if c is None else values.number(c, whole=True) for role, c in parts.items()
    }
    for role, parsed in given.items():
        if parsed.rule:
            return values.bad(parsed.rule, f"{role}: {parsed.message}", parsed.hint)
    numbers = {role: parsed.value for role, parsed in given.items()}
    year, month, day = (numbers.get(role) for role in ("year", "month", "day"))
    if year is None:
        text = "/".join(as_text(c) for c in parts.values() if c is not None)
        return values.bad("not_a_date", f"{text!r} has no year") if month or day else NOTHING
    text = "-".join(f"{n:0{w}d}" for n, w in ((year, 4), (month, 2), (day, 2)) if n)
    if day and not month:
        return values.bad("not_a_date", f"day {day} of {year} without a month")
    return values.date(text)


def _tag_key(tag: str) -> str:
    """HXL tag with its attributes in order, without those for language and version."""
    name, *attributes = tag.lower().replace(" ", "").split("+")
    kept = sorted(a for a in attributes if not a.startswith(("i_", "v_")) and a != "en")
    return "+".join([name, *kept])


def _guess_place(by_key: Any, by_tag: Any, crs: str | None) -> Place | None:
    found = {
        role: next((c for key in names for c in by_key.get(key, [])), None)
        for role, names in PLACE_NAMES.items()
    }
    for role in ("lon", "lat"):
        tagged = by_tag.get(f"#geo+{role}")
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
            return Place(kind, columns, given)
    return None


def _section(given: dict[str, Any], name: str, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    section = given.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise ExchangeError(f"{name}: is a list of key: value, not {section!r}")
    if keys:
        for key in section:
            if key not in keys:
                raise ExchangeError(f"{name}: unknown key {key!r}; there are: {', '.join(keys)}")
    return section


def _columns(section: dict[str, Any]) -> dict[str, str | Parts]:
    columns: dict[str, str | Parts] = {}
    for name, column in section.items():
        if isinstance(column, dict):
            roles = set(column)
            if roles != {"start", "end"} and not (
                "year" in roles and roles <= {"year", "month", "day"}
            ):
                raise ExchangeError(
                    f"columns: {name}: several columns are {{start, end}} or {{year, month, day}}"
                )
            columns[str(name)] = {str(role): str(c) for role, c in column.items()}
        else:
            columns[str(name)] = str(column)
    return columns


def _place(section: dict[str, Any], crs: Any) -> Place | None:
    if not section:
        return None
    kind = section.get("kind")
    if kind not in coordinates.KINDS:
        raise ExchangeError(
            f"geometry: kind {kind!r} is not known; there are: {', '.join(coordinates.KINDS)}"
        )
    needed, optional, option_names = coordinates.KINDS[kind]
    columns, options = {}, {}
    for role, given in section.items():
        if role == "kind":
            continue
        # "zone: 33N" is a constant; "zone: {column: Zone}" a column.
        if role in needed or (role in optional and role not in option_names):
            columns[role] = str(given)
        elif role in optional and isinstance(given, dict) and set(given) == {"column"}:
            columns[role] = str(given["column"])
        elif role in option_names:
            options[role] = given
        else:
            raise ExchangeError(
                f"geometry: {kind} has no {role!r}; there are: "
                + ", ".join(dict.fromkeys((*needed, *optional, *option_names)))
            )
    if crs is not None and "crs" in option_names:
        options.setdefault("crs", str(crs))
    return Place(kind, columns, options)
