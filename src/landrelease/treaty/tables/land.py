"""The tables about land: what remains, what was released, what was found, and how it closes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from .cells import AREAS, Absent, Cell, Figure, shown_km2
from .document import Column, Row, Table
from .inputs import ExcludedLand, LandScope, Line, Units

UNIT: Final = "Administrative unit"

REMAINING: Final = (
    Column("suspected_areas", "Suspected areas (SHA), number", "areas"),
    Column("suspected", "Suspected (SHA)", "mm2"),
    Column("confirmed_areas", "Confirmed areas (CHA), number", "areas"),
    Column("confirmed", "Confirmed (CHA)", "mm2"),
    Column("mapped", "Mapped", "mm2"),
    Column("declared_areas", "Declared-only areas, number", "areas"),
    Column("declared", "Declared only", "m2"),
    Column("mapped_and_declared", "Sum of mapped and declared", "m2"),
    Column("unknown_size", "Areas of unknown size, number", "areas"),
)
RELEASED: Final = (
    Column("cancelled", "Cancelled (non-technical survey)", "mm2"),
    Column("reduced", "Reduced (technical survey)", "mm2"),
    Column("cleared", "Cleared (clearance)", "mm2"),
    Column("released_not_recorded", "Released, method not recorded", "mm2"),
    Column("declared_released", "Reported without a polygon, not decided", "m2"),
)
IDENTIFIED: Final = (
    Column("newly_identified", "Newly identified", "mm2"),
    Column("extended", "Extended", "mm2"),
    Column("reopened", "Reopened on new evidence", "mm2"),
)

#: Terms of the statement in the order in which a reader adds them up.
TERMS: Final = {
    "opening": "Opening balance",
    "newly_identified": "Newly identified",
    "extended": "Extended",
    "reopened": "Reopened on new evidence",
    "cancelled": "Cancelled (non-technical survey)",
    "reduced": "Reduced (technical survey)",
    "cleared": "Cleared (clearance)",
    "released_not_recorded": "Released, method not recorded",
    "reclassified": "Reclassified (between SHA and CHA)",
    "corrected": "Boundary or record corrected",
    "voided": "Voided",
    "split_merged": "Split and merged",
    "overlap": "Overlap with other records",
    "historic": "Releases decided before this register",
    "boundary_reform": "Reform of administrative boundaries",
    "closing": "Closing balance, from the entries",
}
COUNT_TERMS: Final = {
    "opening": "Open at the beginning",
    "new": "+ new",
    "split": "+ out of splits",
    "reopened": "+ reopened",
    "merged": "− merged into others",
    "closed": "− closed (released, corrected or voided)",
    "closing": "Open at the end",
}

_ONCE = (
    "Ground that several records hold is counted once, under the more cautious status; a unit's "
    "row holds the part of each area that lies in it."
)
_AREAS = (
    "An area that lies in several units is counted in each of them; the total counts each area "
    "once, so the numbers of areas in the rows can add up to more. The numbers of suspected and "
    "confirmed areas include areas declared only and areas of unknown size."
)
_DECLARED = (
    "Declared only: areas of which a source states a size and no usable outline exists; they are "
    "on no map. Areas of unknown size are in no area figure of this table."
)
_NO_CLASSES = (
    '"not recorded": no area on record names such a class, while areas on record name no class at '
    "all, so that 0 cannot be said."
)
_NO_DATES = (
    '"not recorded": entries are on record whose date is not, and none is dated in the period, so '
    "that 0 cannot be said."
)
NO_RECORD: Final = "No record does not mean that land is safe."


def remaining(
    scope: LandScope, units: Units, until: date, key: str = "remaining", note: str = ""
) -> Table:
    """Return the table of remaining contamination by administrative unit.

    Parameters
    ----------
    scope
        The land of the scope.
    units
        The units of the rows.
    until
        Day at whose end it is counted.
    key
        Short name of the table.
    note
        What is to be read beside it, or empty.

    Returns
    -------
    Table
        Suspected, confirmed, declared-only and unknown size, with the labelled sum.
    """
    return _by_unit(
        key,
        f"Remaining contamination at the end of {until}: {scope.label}",
        REMAINING,
        scope,
        (*((note,) if note else ()), _ONCE, _AREAS, _DECLARED, _units(units)),
    )


def released(scope: LandScope, units: Units, since: date, until: date, key: str) -> Table:
    """Return the table of releases in the period by method and unit.

    Parameters
    ----------
    scope, units, key
        As in :func:`remaining`.
    since, until
        First and last day of the period.

    Returns
    -------
    Table
        Cancelled, reduced, cleared.
    """
    return _by_unit(
        key,
        f"Land released from {since} to {until}: {scope.label}",
        RELEASED,
        scope,
        (
            "A release counts when the last open claim on the ground falls, under the method of "
            "that decision. Work reported without an accepted completion report, and releases "
            "without a date, are not in this table: see the cover sheet.",
            "Releases decided before this register are part of the opening balance, never of a "
            "period.",
            "Reported without a polygon: accepted completion reports that state an area and no "
            "outline. Nobody knows where that land lies: it is in no other figure, and the "
            "hazardous areas stay wholly open (partly released, place unknown).",
            _units(units),
        ),
    )


def identified(scope: LandScope, units: Units, since: date, until: date, key: str) -> Table:
    """Return the table of land newly identified, extended and reopened in the period.

    Parameters
    ----------
    scope, units, since, until, key
        As in :func:`released`.

    Returns
    -------
    Table
        Newly identified, extended, reopened.
    """
    return _by_unit(
        key,
        f"Land identified from {since} to {until}: {scope.label}",
        IDENTIFIED,
        scope,
        (
            "Ground that had been released before and on which new evidence was recorded is "
            "reopened, not newly identified.",
            "The date is that of the information, never of emplacement.",
            _units(units),
        ),
    )


def statement(scope: LandScope, since: date, until: date, key: str) -> Table:
    """Return the statement: opening balance, every term, closing balance.

    Parameters
    ----------
    scope, since, until, key
        As in :func:`released`.

    Returns
    -------
    Table
        A row for each term, a column for each account.
    """
    columns = (
        Column("suspected", "Suspected (SHA)", "mm2"),
        Column("confirmed", "Confirmed (CHA)", "mm2"),
        Column("open", "Suspected and confirmed", "mm2"),
    )
    rows = [
        Row(
            term,
            label,
            {
                column.key: scope.statement.get(column.key, {}).get(term, Absent.NOT_APPLICABLE)
                for column in columns
            },
            role="total" if term in ("opening", "closing") else "body",
        )
        for term, label in TERMS.items()
        if any(term in terms for terms in scope.statement.values())
    ]
    return Table(
        key,
        f"How the land closes from {since} to {until}: {scope.label}",
        "Term",
        columns,
        (*rows, *_in_km2(columns, rows[-1:]), *_measured(scope, columns)),
        (
            "Every term carries its sign: what takes land away is negative, so that the opening "
            "balance and the terms add up to the closing balance.",
            f"Every term is added up from its own entries; none is a remainder. What is left "
            f"over between opening, terms and closing: {_exact(scope.residual)}.",
            "Ground is counted once over all records. Land without a date is part of every "
            "opening balance.",
            "Areas are rounded to whole square metres one by one, so a sum made of printed "
            "figures can differ by a few square metres; the exact figures close.",
        ),
    )


def counts(scope: LandScope, since: date, until: date, key: str) -> Table:
    """Return how the number of areas closes (parents and children of splits and merges counted).

    Parameters
    ----------
    scope, since, until, key
        As in :func:`released`.

    Returns
    -------
    Table
        A row for each term.
    """
    column = Column("areas", "Areas, number", "areas")
    return Table(
        key,
        f"How the number of areas closes from {since} to {until}: {scope.label}",
        "Term",
        (column,),
        tuple(
            Row(
                term,
                label,
                {"areas": scope.counts[term]},
                "total" if term in ("opening", "closing") else "body",
            )
            for term, label in COUNT_TERMS.items()
            if term in scope.counts
        ),
        ("Areas without a usable outline are counted too.",),
    )


def classes(lines: Sequence[Line], until: date) -> Table:
    """Return open land by contamination class, each class by itself.

    Parameters
    ----------
    lines
        A line for each class: figures suspected_areas, suspected, confirmed_areas, confirmed.
    until
        Day at whose end it is counted.

    Returns
    -------
    Table
        A table without a total: classes may overlap.
    """
    columns = REMAINING[:4]
    return Table(
        "classes",
        f"Suspected and confirmed land by contamination class at the end of {until}",
        "Class",
        columns,
        tuple(Row(line.key, line.label, cells_of(line, columns)) for line in lines),
        (
            "The same ground may be suspected of several classes: the rows overlap and must not "
            "be added up.",
        ),
    )


def excluded(land: ExcludedLand, treaty: str, until: date) -> Table:
    """Return what the scope of the report leaves out.

    Parameters
    ----------
    land
        Areas by combination of classes, none of which is of the scope.
    treaty
        Words for the scope: what the areas are without.
    until
        Day at whose end it is counted.

    Returns
    -------
    Table
        A row for each combination of classes.
    """
    columns = (
        Column("areas", "Open areas, number", "areas"),
        Column("open", "Open, each area by itself", "mm2"),
        Column("declared", "Declared only", "m2"),
        Column("unknown_size", "Areas of unknown size, number", "areas"),
    )
    lines = land.lines
    return Table(
        "excluded",
        f"Left out of this report's scope at the end of {until}: areas {treaty}",
        "Classes recorded",
        columns,
        tuple(Row(line.key, line.label, cells_of(line, columns)) for line in lines)
        or (
            Row(
                "none",
                "No area with other classes only is on record",
                dict.fromkeys((column.key for column in columns), Absent.NOT_APPLICABLE),
            ),
        ),
        (
            "These areas are dangerous and are in no other table of this report. Each stands in "
            "one row only; where two of them overlap, their ground is counted in both.",
        ),
    )


def years(scopes: Iterable[tuple[int, LandScope]], label: str) -> Table:
    """Return the progress by year.

    Parameters
    ----------
    scopes
        Year and land of that year.
    label
        Words for the scope.

    Returns
    -------
    Table
        A row for each year with its statement, and the released share with its denominator.
    """
    found = [(year, scope.statement["open"]) for year, scope in scopes]
    names = [term for term in TERMS if any(not _is_zero(terms.get(term)) for _, terms in found)]
    columns = (
        *(Column(term, TERMS[term], "mm2") for term in names),
        Column("released", "Released in all", "mm2"),
        Column("share", "Released, share of what was to be done"),
    )
    rows = []
    for year, terms in found:
        cells: dict[str, Cell] = {name: terms.get(name, Absent.NOT_APPLICABLE) for name in names}
        cells["released"], cells["share"] = _progress(terms)
        rows.append(Row(str(year), str(year), cells))
    nothing = [
        TERMS[term][0].lower() + TERMS[term][1:]
        for term in TERMS
        if term not in (*names, "boundary_reform")
    ]
    notes = [
        "Suspected and confirmed land together, ground counted once. Every term carries its sign.",
        "Released in all: cancelled, reduced, cleared and released by a method not recorded. Its "
        "share is of the opening balance plus what was newly identified, extended and reopened in "
        "the year; that area is printed with it.",
    ]
    if nothing:
        notes.append(f"0 in every year, and not printed: {', '.join(nothing)}.")
    return Table("years", f"Progress by year: {label}", "Year", columns, tuple(rows), tuple(notes))


def _is_zero(figure: Figure | None) -> bool:
    return figure is None or figure.is_zero


def _progress(terms: Mapping[str, Figure]) -> tuple[Cell, Cell]:
    """Released in a year, and its share with the denominator."""
    out = [terms[name] for name in ("cancelled", "reduced", "cleared", "released_not_recorded")]
    base = [terms[name] for name in ("opening", "newly_identified", "extended", "reopened")]
    if not all(figure.is_number for figure in (*out, *base)):
        return Absent.NOT_RECORDED, Absent.NOT_RECORDED
    gone = -sum(int(figure.value) for figure in out if not isinstance(figure.value, Absent))
    whole = sum(int(figure.value) for figure in base if not isinstance(figure.value, Absent))
    together = Figure("", gone, "mm2")
    if whole <= 0:
        return together, Absent.NOT_APPLICABLE
    percent = f"{100 * gone / whole:.1f} % of {shown_km2(Figure('', whole, 'mm2'))} km²"
    return together, percent


def _measured(scope: LandScope, columns: Sequence[Column]) -> list[Row]:
    """Give the closing as measured on the ground, beside the closing of the books (rule 12)."""
    if not scope.closing_measured:
        return []
    cells: dict[str, Cell] = {
        column.key: scope.closing_measured.get(column.key, Absent.UNKNOWN) for column in columns
    }
    return [Row("measured", "Closing measured anew on the dissolved ground", cells, "apart")]


# --- parts of tables ------------------------------------------------------------------------------


def cells_of(line: Line, columns: Iterable[Column]) -> dict[str, Cell]:
    """Return the cells of a line; "not recorded" where it has no figure.

    Parameters
    ----------
    line
        The line.
    columns
        Columns of the table.

    Returns
    -------
    dict[str, Cell]
        Cells by key of column.
    """
    return {c.key: line.figures.get(c.key, Absent.NOT_RECORDED) for c in columns}


def _by_unit(
    key: str, title: str, columns: tuple[Column, ...], scope: LandScope, notes: tuple[str, ...]
) -> Table:
    shown, silent = _with_figures(scope.units, columns)
    rows = [Row(line.key, line.label, cells_of(line, columns)) for line in (*shown, *scope.special)]
    total = Row("total", "Total, ground counted once", cells_of(scope.total, columns), "total")
    if any(_is_not_recorded(cell) for cell in total.cells.values()):
        no_class = _is_not_recorded(scope.total.figures["mapped"])
        notes = (*notes, _NO_CLASSES if no_class else _NO_DATES)
    if silent:
        notes = (
            *notes,
            f"{len(silent)} units have nothing on record here and are not printed. {NO_RECORD}",
        )
    return Table(
        key,
        title,
        UNIT,
        columns,
        (*rows, total, *_in_km2(columns, (total,))),
        notes,
        show_key=True,
        left_out=tuple(line.label for line in silent),
    )


def _is_not_recorded(cell: Cell) -> bool:
    return isinstance(cell, Figure) and cell.value is Absent.NOT_RECORDED


def _with_figures(
    lines: Sequence[Line], columns: Sequence[Column]
) -> tuple[list[Line], list[Line]]:
    """Split lines into those that say something and those that are 0 in every column."""
    shown: list[Line] = []
    silent: list[Line] = []
    for line in lines:
        cells = cells_of(line, columns).values()
        empty = all(
            isinstance(cell, Figure) and (cell.is_zero or not cell.is_number) for cell in cells
        )
        (silent if empty else shown).append(line)
    return shown, silent


def _in_km2(columns: Sequence[Column], rows: Iterable[Row]) -> list[Row]:
    """Repeat a row's areas in km², rounded to the digits that the positions bear."""
    out = []
    for row in rows:
        cells: dict[str, Cell] = {}
        for column in columns:
            cell = row.cells[column.key]
            km2 = shown_km2(cell) if isinstance(cell, Figure) and column.unit in AREAS else ""
            cells[column.key] = f"{km2} km²" if km2 else "–"
        if any(cell != "–" for cell in cells.values()):
            out.append(Row(f"{row.key}_km2", f"{row.label}, in km²", cells, "apart"))
    return out


def _units(units: Units) -> str:
    if not units.count:
        return "No administrative units are recorded, so there are no rows by unit."
    return f"{units.count} administrative units of {units.level}, as in force on {units.on}."


def _exact(figure: Figure) -> str:
    return f"{figure.value} mm²" if figure.unit == "mm2" else f"{figure.value} {figure.unit}"
