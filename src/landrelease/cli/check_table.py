"""Check a table of declared figures: what its headings promise, and what the caller says of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landrelease.exchange import values
from landrelease.exchange.confined import open_source
from landrelease.exchange.problems import ExchangeError
from landrelease.exchange.vocabulary import key, word_key, words
from landrelease.land import assertions as holds
from landrelease.land.assertions import Mismatch, Sum, Tolerances
from landrelease.register import checks, codes, declared_sums
from landrelease.register.profile import Profile
from landrelease.register.schema import ACCIDENT, ACTIVITY, EDUCATION, VICTIM, RecordType

#: Headings of coordinates and years, as :func:`.vocabulary.key` writes them.
LATITUDES = ("lat", "latitude", "latitud", "y", "latitudcabecera")
LONGITUDES = ("lon", "lng", "long", "longitude", "longitud", "x", "longitudcabecera")
YEARS = ("year", "ano", "anio", "annee", "godina", "yr")

#: Share of the filled cells that must be numbers to call a column one of numbers.
NUMERIC = 0.8


@dataclass
class _Table:
    """A file as read: cells as they stand, and their numbers where they are some."""

    cells: pd.DataFrame
    rows: NDArray[np.int64]
    numbers: dict[str, NDArray[np.float64]]

    def column(self, name: str, option: str) -> str:
        """A column by its heading, however it is written.

        Raises
        ------
        ExchangeError
            Naming the columns there are.
        """
        found = [c for c in self.cells.columns if c == name or key(c) == key(name)]
        if not found:
            raise ExchangeError(
                f"{option}: there is no column {name!r}; there are: {', '.join(self.cells.columns)}"
            )
        return name if name in found else str(found[0])

    def figures(self, name: str, option: str) -> NDArray[np.float64]:
        column = self.column(name, option)
        if column in self.numbers:
            return self.numbers[column]
        return np.array([_number(cell, "") for cell in self.cells[column]], dtype=np.float64)


def check(
    path: Path,
    *,
    layer: str | None,
    sums: Sequence[str],
    percentages: Sequence[str],
    unit: Sequence[str],
    labels: Sequence[str],
    profile: Profile,
) -> checks.Outcome:
    """Check a table.

    Parameters
    ----------
    path, layer
        File and its sheet or layer, of any format that can be imported.
    sums
        ``total = part + part - part``, by column headings.
    percentages
        ``share = part / whole``.
    unit
        Columns that say what a row is about.
    labels
        ``name = key``.
    profile
        Whose tolerances hold.

    Returns
    -------
    Outcome
        Records are the row numbers a person would count in the file.

    Raises
    ------
    ExchangeError
        When the file cannot be read, or names a column it does not have.
    """
    table = _read(path, layer)
    limits = checks.tolerances(profile)
    outcome = checks.Outcome(profile.title, profile.unverified)
    for name, rows, tolerance, found in _all(table, limits, sums, percentages, unit, labels):
        outcome.looked.append(checks.Looked(name, "row", rows, tolerance, len(found)))
        outcome.found += [
            checks.Found("row", tuple(str(table.rows[r]) for r in m.rows), len(m.rows), m)
            for m in found
        ]
    outcome.found.sort(key=lambda one: checks.SEVERITIES.index(one.mismatch.severity))
    return outcome


def _read(path: Path, layer: str | None) -> _Table:
    source = open_source(path, layer=layer)
    batches = list(source.batches())
    cells = pd.DataFrame(
        {
            name: np.concatenate([b.columns[name] for b in batches]) if batches else []
            for name in source.columns
        },
        dtype=object,
    )
    rows = np.concatenate([b.rows for b in batches]) if batches else np.zeros(0, np.int64)
    numbers = {}
    for name in source.columns:
        column = cells[name]
        texts = [c for c in column if isinstance(c, str)]
        marks = values.decimal_marks(texts)
        read = {cell: _number(cell, marks) for cell in set(texts)}
        parsed = np.array(
            [read[c] if isinstance(c, str) else _number(c, marks) for c in column], np.float64
        )
        filled = int(column.notna().sum())
        if filled and int(np.isfinite(parsed).sum()) >= NUMERIC * filled:
            numbers[name] = parsed
    return _Table(cells, rows, numbers)


def _number(cell: Any, marks: str) -> float:
    """A cell as a number; nan where it is none or can be read in two ways."""
    if cell is None or isinstance(cell, bool):
        return np.nan
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).strip().removesuffix("%").strip()
    sign = -1.0 if text[:1] in "-−" and len(text) > 1 else 1.0
    text = text.lstrip("+-−")
    if not re.fullmatch(r"[\d.,'’ \u00a0\u202f]*\d", text):
        return np.nan
    digits, _ = values.plain_number(text, marks if len(marks) == 1 else "", whole=not marks)
    return np.nan if digits is None else sign * float(digits)


#: Headings of a table of declared figures, by what they say.
DECLARED = {
    "figure": ("figure", "figureid", "id"),
    "column": ("column", "term", "account"),
    "since": ("since", "from", "start"),
    "until": ("until", "asof", "date", "to", "end"),
    "by": ("by",),
    "key": ("unit", "key", "pcode"),
    "declared": ("declared", "value", "amount"),
    "measure": ("measure", "in", "unitofmeasure"),
}


def against_the_ledger(path: Path, *, layer: str | None, profile: Profile) -> checks.Outcome:
    """Compare a table of declared figures with the ledger of the open workspace.

    Parameters
    ----------
    path, layer
        File with the columns of :data:`DECLARED`: ``declared`` with ``figure`` or ``column``.
    profile
        Whose tolerances hold.

    Raises
    ------
    ExchangeError
        When a column is missing or a date cannot be read.
    """
    from landrelease.land.assertions.mismatch import half_unit
    from landrelease.register import declared

    table = _read(path, layer)
    columns = {
        name: next((c for c in table.cells.columns if key(c) in wanted), None)
        for name, wanted in DECLARED.items()
    }
    if columns["declared"] is None or (columns["figure"] is None and columns["column"] is None):
        raise ExchangeError(
            f"{path}: a table of declared figures needs the columns 'declared' and either 'figure' "
            f"or 'column'; there are: {', '.join(table.cells.columns)}"
        )
    stated = table.figures(columns["declared"], "declared")
    unread = np.flatnonzero(table.cells[columns["declared"]].notna() & ~np.isfinite(stated))
    if len(unread):
        raise ExchangeError(
            f"{path}, row {table.rows[unread[0]]}: "
            f"{table.cells[columns['declared']].iloc[unread[0]]!r} is no number, or one that can "
            f"be read in two ways ({len(unread)} such rows); write 1234.5"
        )
    rounding = half_unit(stated)
    rows = []
    for at in np.flatnonzero(np.isfinite(stated)).tolist():
        cells = {n: None if c is None else table.cells[c].iloc[at] for n, c in columns.items()}
        for name in ("since", "until"):
            cells[name] = _day(cells[name], last=name == "until", row=int(table.rows[at]))
        rows.append(declared.read(cells, at, float(stated[at]), float(rounding[at])))
    limits = checks.tolerances(profile)
    found = declared.compare(rows, limits)
    outcome = checks.Outcome(profile.title, profile.unverified)
    says = f"the digits shown, {limits.area_m2:g} m², {limits.count} items"
    outcome.looked.append(
        checks.Looked("declared figures are the ledger's", "row", len(rows), says, len(found))
    )
    outcome.found = [
        checks.Found("row", tuple(str(table.rows[r]) for r in m.rows), len(m.rows), m)
        for m in found
    ]
    return outcome


def _day(cell: Any, *, last: bool, row: int) -> dt.date | None:
    """First or last day of a date cell; a year is a year's first or last day."""
    if cell is None:
        return None
    parsed = values.date(cell)
    if not isinstance(parsed.value, dict):
        raise ExchangeError(f"row {row}: {cell!r} is no date ({parsed.message}); write YYYY-MM-DD")
    return dt.date.fromisoformat(parsed.value["end" if last else "start"])


Line = tuple[str, int, str, list[Mismatch]]


def _all(
    table: _Table,
    limits: Tolerances,
    sums: Sequence[str],
    percentages: Sequence[str],
    unit: Sequence[str],
    labels: Sequence[str],
) -> Iterator[Line]:
    count = len(table.rows)
    told = set()
    for text in sums:
        line = _sum(table, _parsed(text), limits)
        told.add(line[0])
        yield line
    for rule, record_type in (
        (declared_sums.CASUALTIES, ACCIDENT),
        (declared_sums.REACHED, EDUCATION),
    ):
        promised = _promised(table, rule, record_type)
        if promised is not None and str(promised[0]) not in told:
            yield _sum(table, promised[0], limits, promised[1])
    for text in percentages:
        yield _percentage(table, text)
    for text in labels:
        name, _, to = (side.strip() for side in text.partition("="))
        columns = [table.cells[table.column(side, "--label")].to_numpy() for side in (name, to)]
        found = holds.check_labels(*columns, field=name, key_field=to)
        found += holds.check_spellings(*columns, field=name)
        yield f"labels: {text}", count, "exact", found
    if unit:
        columns = [table.column(name, "--unit") for name in unit]
        figures = [n for n in table.numbers if n not in columns and key(n) not in _PLACES]
        frame = table.cells.copy()
        for name in figures:
            frame[name] = table.numbers[name]
        yield (
            f"reported once: {', '.join(columns)}",
            count,
            "exact",
            holds.check_resubmission(frame, unit=columns, figures=figures),
        )
        yield (
            "figures of no other row",
            count,
            f"{limits.repeat_digits} significant digits, one more for each tenfold of rows",
            holds.check_repeated_figures(frame, figures=figures, unit=columns, tolerances=limits)
            if figures
            else [],
        )
    yield from _headings(table)
    yield from _words(table)
    yield from _years(table)
    yield from _places(table, limits)
    yield from _dates(table)


_PLACES = {*LATITUDES, *LONGITUDES, *YEARS}


def _parsed(text: str) -> Sum:
    try:
        return Sum.parse(text)
    except ValueError as error:
        raise ExchangeError(f"--sum: {error}") from None


def _sum(
    table: _Table, rule: Sum, limits: Tolerances, absent: frozenset[str] = frozenset()
) -> Line:
    names = (rule.total, *(name for name, _ in rule.parts if name not in absent))
    columns = {name: table.figures(name, "--sum") for name in names}
    found = holds.check_sum(columns, rule, tolerances=limits)
    rows = int(np.isfinite(columns[rule.total]).sum())
    return str(rule), rows, f"{limits.count} and what rounding explains", found


def _promised(
    table: _Table, rule: Sum, record_type: RecordType
) -> tuple[Sum, frozenset[str]] | None:
    """The sum that the headings promise, in the words of the file, and the parts it has no column
    for: they are not recorded, so the total may exceed the others. None without such headings."""
    total = _heading(table, record_type, rule.total)
    names = {name: _heading(table, record_type, name) for name, _ in rule.parts}
    there = [name for name in names.values() if name is not None]
    if total is None or len(there) < 2 or len({total, *there}) <= len(there):
        return None
    absent = frozenset(name for name, heading in names.items() if heading is None)
    parts = tuple((names[name] or name, sign) for name, sign in rule.parts)
    return Sum(total, parts, rule.rule), absent


def _heading(table: _Table, record_type: RecordType, field: str) -> str | None:
    declared = record_type.by_name[field]
    wanted = {key(field), *(key(word) for word in declared.synonyms)}
    found = [name for name in table.numbers if key(name) in wanted]
    return found[0] if len(found) == 1 else None


def _percentage(table: _Table, text: str) -> Line:
    share, _, right = (side.strip() for side in text.partition("="))
    part, slash, whole = (side.strip() for side in right.partition("/"))
    if not slash or not share or not part:
        raise ExchangeError(
            f"--percent: {text!r} is not understood; write 'share = part / whole', or "
            "'share = part /' where no whole is stated"
        )
    figures = {name: table.figures(name, "--percent") for name in (share, part)}
    if whole:
        wholes = {whole: table.figures(whole, "--percent")}
    else:
        wholes = {n: v for n, v in table.numbers.items() if key(n) not in (key(share), key(part))}
    found = holds.check_percentage(
        figures[share], figures[part], wholes, stated=whole or None, field=share
    )
    rows = int(np.isfinite(figures[share]).sum())
    return f"{share} = {part} / {whole or '?'}", rows, "the digits shown", found


def _headings(table: _Table) -> Iterator[Line]:
    """Names against labels, where the table is the field list of a form (XLSForm)."""
    name = next((c for c in table.cells.columns if c.strip().casefold() == "name"), None)
    label = next((c for c in table.cells.columns if c.strip().casefold().startswith("label")), None)
    if name is None or label is None:
        return
    given = table.cells[[name, label]]
    rows = np.flatnonzero(given[name].notna().to_numpy())
    found = holds.check_headings(
        [str(v) for v in given[name].iloc[rows]],
        [None if v is None else str(v) for v in given[label].iloc[rows]],
    )
    yield "names say what labels say", len(rows), "exact", _at(found, rows)


def _at(found: list[Mismatch], rows: NDArray[np.int64]) -> list[Mismatch]:
    from dataclasses import replace

    return [replace(m, rows=tuple(rows[list(m.rows)].tolist())) for m in found]


def _words(table: _Table) -> Iterator[Line]:
    """Columns of sexes, consequences, ages and statuses against the words in them."""
    choices = {
        "sex": codes.SEXES,
        "consequence": codes.CONSEQUENCES,
        "age_band": codes.AGE_BANDS,
        "person_status": codes.PERSON_STATUS,
    }
    expected = {}
    for field in choices:
        declared = VICTIM.by_name[field]
        wanted = {key(field), *(key(word) for word in declared.synonyms)}
        expected |= {str(c): field for c in table.cells.columns if key(c) in wanted}
    if not expected:
        return
    known: dict[str, Callable[[str], bool]] = {}
    for field, codes_ in choices.items():
        vocabulary = words(codes_)
        known[field] = lambda word, vocabulary=vocabulary: word_key(word) in vocabulary
    found = holds.check_words(table.cells, expected, known)
    yield "columns hold what they are called", len(table.rows), "80 % of the cells", found


def _years(table: _Table) -> Iterator[Line]:
    for column in table.cells.columns:
        if key(column) in YEARS:
            found = holds.check_years(table.cells[column].to_numpy(), field=str(column))
            rows = int(table.cells[column].notna().sum())
            yield f"{column} holds years", rows, "exact", found


def _places(table: _Table, limits: Tolerances) -> Iterator[Line]:
    lat = [name for name in table.numbers if key(name) in LATITUDES]
    lon = [name for name in table.numbers if key(name) in LONGITUDES]
    if len(lat) == len(lon) == 1:
        x, y = table.numbers[lon[0]], table.numbers[lat[0]]
        found = holds.check_places(x, y, tolerances=limits)
        rows = int((np.isfinite(x) & np.isfinite(y)).sum())
        yield "coordinates in the region", rows, "the box of nearly all places", found


def _dates(table: _Table) -> Iterator[Line]:
    """Start and end, by the headings of an activity."""
    columns = []
    for field in ("started", "date"):
        declared = ACTIVITY.by_name[field]
        wanted = {key(field), *(key(word) for word in declared.synonyms)}
        found = [str(c) for c in table.cells.columns if key(c) in wanted]
        if len(found) != 1:
            return
        columns.append(found[0])
    pairs = []
    for column in columns:
        # Days repeat; reading one takes far longer than looking it up.
        read = {cell: values.date(cell).value for cell in table.cells[column].unique()}
        days = [v if isinstance(v := read[c], dict) else {} for c in table.cells[column]]
        pairs.append(([d.get("start") for d in days], [d.get("end") for d in days]))
    rows = sum(
        a is not None and b is not None for a, b in zip(pairs[0][0], pairs[1][0], strict=True)
    )
    found = holds.check_order(pairs[0], pairs[1], fields=(columns[0], columns[1]))
    yield f"{columns[0]} before {columns[1]}", rows, "exact, whole intervals", found
