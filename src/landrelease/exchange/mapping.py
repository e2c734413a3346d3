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

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landrelease.register.schema import Field, RecordType
from landrelease.register.schema import record_type as find_record_type

from . import coordinates, guessing, mapping_file, row_checks, values, vocabulary
from .cells import Cells, Parts, keep_cells
from .coordinates import Place
from .problems import ExchangeError, Problem
from .source import Objects, RawBatch, Source
from .values import as_text


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

    Attributes
    ----------
    once_each
        Whether an id that was used before is a mistake.
    """

    once_each = True

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
        try:
            return cls(**mapping_file.read(Path(path), record_type), extra_fields=extra_fields)
        except ExchangeError as error:
            raise ExchangeError(f"{path}: {error}") from error

    def reset(self) -> None:
        """Forget what was seen of a source."""
        self._cells = Cells(self.translations, self.date_order, self.decimal, self.factors)
        self._repeated = row_checks.Repeated()
        self._swapped: set[str] = set()
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
        parsed = self._cells.parse(self.known[name], value)
        if parsed.value is None or parsed.keep:
            raise ExchangeError(f"constants: {name}: {value!r}: {parsed.message or 'is empty'}")
        return parsed.value

    # --- guessing -----------------------------------------------------------------------------

    def _guess(
        self, columns: list[str], hxl: dict[str, str], aliases: Dict[str, str] | None = None
    ) -> None:
        headings = guessing.Headings(columns, hxl, aliases or {}, self.used_columns())
        if self.place is None and self.record_type.geometry:
            self.place = guessing.place(headings, self.crs)
        self.problems += guessing.fields(self.known, self.columns, headings)

    def used_columns(self) -> Iterator[str]:
        """Columns that stand for a field or a place."""
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
        missing = [c for c in (*self.used_columns(), *self.where) if c not in set(columns)]
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
        misplaced = self._misplaced(batch, problems)
        for name, column in self.columns.items():
            if name in misplaced:
                assert isinstance(column, str)
                keep_cells(batch.columns[column], column, range(n), extra)
                continue
            found = self._cells.read(self.known[name], column, batch, extra, problems, excel)
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
        row_checks.require(
            self.record_type, self.constants, batch, fields, geometry, extra, unusable, problems
        )
        ids, own = fields.get("source_id"), self.columns.get("source_id")
        if self.once_each and ids is not None and own is not None:
            self._repeated.find(batch, own, ids, geometry, unusable, repeated, problems)
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
        free = [name for name in columns if name not in set(self.used_columns())]
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
        used = set(self.used_columns())
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
            keep_cells(batch.columns[name], name, failed, extra)
        return built.geometry, built.crs

    def _misplaced(self, batch: RawBatch, problems: list[Problem]) -> Collection[str]:
        """Fields of whose columns nothing is taken over; of each it is said once why."""
        found = row_checks.swapped(self.record_type, self.columns, self.translations, batch)
        problems.extend(said for name, said in found.items() if name not in self._swapped)
        self._swapped.update(found)
        return found.keys()
