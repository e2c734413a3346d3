"""The cover sheet: who, when, known at, and everything that does not hold or is not known."""

from __future__ import annotations

from typing import Final

from .cells import AREAS, Absent, Figure
from .document import Column, Cover, Item, Row, Table
from .inputs import Changes, Gathered, Standing
from .land import NO_RECORD, cells_of
from .treaties import treaties

NOT_OFFICIAL: Final = "Not an official report"

#: What the rules of the ledger mean to somebody who reads a report.
RULES: Final = {
    "release_outside_hazard": "released land lies outside its hazardous area: nothing moved there",
    "release_already_released": "released what had been released before: nothing moved",
    "release_class_not_held": "releases a class that the hazardous area does not hold",
    "release_hazard_unknown": "names a hazardous area that is not on record: nothing moved",
    "release_hazard_without_polygon": "its hazardous area has no usable outline: nothing moved",
    "release_names_no_class": "names no contamination class, so it closes none",
    "release_not_after_evidence": "dated no later than the latest evidence: nothing moved",
    "release_undated": "undated: nothing moves until a person decides",
    "release_unlinked": "linked to no hazardous area: nothing moves until a person decides",
    "release_without_polygon": "no valid outline: the area stays wholly open",
    "release_without_result": "does not say whether land was cancelled, reduced or cleared",
    "historic_release_on_open_ground": (
        "a release decided before this register lies on ground that a hazardous area holds open: "
        "the ground stays open"
    ),
}

_FOUND: Final = (Column("count", "Number", "records"), Column("area", "Area", "mm2"))


def cover(title: str, gathered: Gathered) -> Cover:
    """Return the cover sheet of a report.

    Parameters
    ----------
    title
        What the report is.
    gathered
        All its figures.

    Returns
    -------
    Cover
        The sheet.
    """
    known, programme, profile = gathered.known, gathered.programme, gathered.profile
    items = [
        Item("State", programme.state or "not recorded"),
        Item("Programme", programme.name or "not recorded"),
        Item("Authority", programme.authority or "not recorded"),
        Item("Period", f"{gathered.since} to {gathered.until}"),
        Item("Cut-off date", str(gathered.until)),
        Item(
            "Known at",
            f"journal entry {known.seq}, recorded {known.recorded_at}",
            f"SHA-256 of the entry: {known.head}",
        ),
        Item(
            "National profile",
            profile.title + (" (unverified)" if profile.unverified else ""),
            "No national authority has confirmed its values." if profile.unverified else "",
        ),
        Item(
            "Administrative units",
            f"{gathered.units.count} of {gathered.units.level}, in force on {gathered.units.on}"
            if gathered.units.count
            else "not recorded",
        ),
    ]
    standing = gathered.standing
    if standing.number:
        items.append(Item("Report number", standing.number, f"SHA-256: {standing.sha256}"))
    return Cover(
        title=title,
        subtitle=f"{gathered.since} to {gathered.until}",
        standing=_standing(standing),
        official=standing.official,
        items=tuple(items),
        unverified=_unverified(gathered),
        tables=(
            *_treaties(gathered),
            _quality(gathered),
            _discrepancies(gathered),
            *((_changes(gathered.changes),) if gathered.changes else ()),
        ),
    )


def _standing(standing: Standing) -> str:
    if not standing.official:
        return NOT_OFFICIAL
    return f"Report {standing.number}, approved by {standing.approver}"


def _unverified(gathered: Gathered) -> tuple[str, ...]:
    out = [
        "The columns follow a reconstruction of the reporting forms, not the forms themselves: "
        "unverified.",
        "The scope of each treaty (which classes count) follows rules whose source document is "
        "not cited yet: unverified.",
    ]
    if gathered.profile.unverified:
        out.append(f"National profile “{gathered.profile.title}”: unverified.")
    return tuple(out)


def _treaties(gathered: Gathered) -> tuple[Table, ...]:
    found = treaties(gathered.programme.country, gathered.until)
    return () if found is None else (found,)


def _quality(gathered: Gathered) -> Table:
    quality = gathered.quality
    rows = [Row(line.key, line.label, cells_of(line, _FOUND)) for line in quality.lines]
    rows += [
        Row(f"position={line.key}", f"Positions: {line.label}", cells_of(line, _FOUND))
        for line in quality.positions
    ]
    return Table(
        "not_known",
        f"What is not known at the end of {gathered.until}",
        "What",
        _FOUND,
        tuple(rows),
        (
            _books(quality.residual, quality.drift, quality.drift_bound),
            "Areas are printed in whole square metres so that they can be compared with other "
            "reports. The positions behind them are good for some metres at best: do not rely on "
            "more than three digits.",
            NO_RECORD,
        ),
    )


def _books(residual: Figure, drift: Figure, bound: Figure) -> str:
    return (
        f"Residual of the books: {_mm2(residual)}. Drift (booked less measured on the dissolved "
        f"ground): {_mm2(drift)}, bound {_mm2(bound)}."
    )


def _mm2(figure: Figure) -> str:
    return f"{figure.value} mm²" if figure.is_number else f"{figure.value}"


def _discrepancies(gathered: Gathered) -> Table:
    lines = gathered.quality.discrepancies.lines
    rows = tuple(
        Row(line.key, RULES.get(line.key, line.label), cells_of(line, _FOUND)) for line in lines
    )
    return Table(
        "discrepancies",
        "Discrepancies: what reports say and the ground does not",
        "Rule",
        _FOUND,
        rows
        or (
            Row(
                "none",
                "No discrepancy stands",
                {
                    "count": Figure("", 0, "records"),
                    "area": Figure("", 0, "mm2"),
                },
            ),
        ),
        ("No land moved for any of these. The command `ledger discrepancies` lists each.",),
        show_key=bool(rows),
    )


def _changes(changes: Changes) -> Table:
    columns = (
        Column("before", f"In report {changes.number}", "number"),
        Column("after", "Now", "number"),
        Column("difference", "Difference", "number"),
        Column("unit", "Unit"),
        Column("entries", "Journal entries that make the difference"),
    )
    rows = tuple(
        Row(
            change.id,
            change.label,
            {
                "before": change.before,
                "after": change.after,
                "difference": change.difference,
                "unit": "m²" if change.after.unit in AREAS else change.after.unit,
                "entries": change.entries or "–",
            },
        )
        for change in changes.rows
    )
    notes = [
        f"Report {changes.number} knew the journal up to entry {changes.known_seq}. "
        f"{changes.unchanged} figures read as they did then."
    ]
    if changes.not_compared:
        notes.append(f"{changes.not_compared} figures are not in report {changes.number}.")
    unexplained = sum(change.unexplained for change in changes.rows)
    if unexplained:
        notes.append(
            f"{unexplained} differences are not made up by entries of the journal alone: "
            "'landrelease ledger explain' tells more."
        )
    return Table(
        "changes",
        f"What changed since report {changes.number}",
        "Figure",
        columns,
        rows
        or (
            Row(
                "none",
                "Nothing changed",
                dict.fromkeys((column.key for column in columns), Absent.NOT_APPLICABLE),
            ),
        ),
        tuple(notes),
        show_key=bool(rows),
    )
